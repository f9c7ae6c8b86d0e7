"""Weigh every pair: what both sides have in common, and the bits of `rules.matching.score`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from canbao.bulk.matching.plain.candidates import Blocks, Evidence, facts_of, is_weak
from canbao.bulk.matching.plain.units import Strong, Units, Weak
from canbao.rules.identity import check_digit
from canbao.rules.matching import Agreement, Near, NumberLink, births_near, equal_numbers, may_link, rarity, score
from canbao.rules.names import NameLevel, compare, is_placeholder
from canbao.rules.near_numbers import HOME_RETURN_PERMIT, numbers_near


@dataclass(frozen=True)
class Weighed:
    """unnamed: no pair of real names could be compared."""

    unit: int
    other: int
    seen: Agreement
    unnamed: bool
    bits: float

    @property
    def may_link(self) -> bool:
        return may_link(self.seen)


def build(units: Units, blocks: Blocks) -> list[Weighed]:
    """Every pair with its weight."""
    holders = Counter(strong.key for strong in units.strong.values())
    other_evidence: dict[int, Evidence] = dict(blocks.evidence)
    multiple = _multiple(units)
    weighed = []
    for (unit, other), slip in sorted(blocks.pairs.items()):
        if other not in other_evidence:
            other_evidence[other] = {fact for e in units.members[other] for fact in facts_of(e)}
        level, unnamed = names_agree(units.weak[unit].names, names_of(other, units, blocks))
        seen = agreement(
            units.weak[unit],
            units.weak[other] if is_weak(other) else units.strong[other],
            name=level,
            name_bits=rarity(holders[units.weak[unit].key], units.people),
            slip=slip,
            unnamed=unnamed,
            multiple=unit in multiple or other in multiple,
            mine=blocks.evidence[unit],
            theirs=other_evidence[other],
        )
        weighed.append(Weighed(unit, other, seen, unnamed, round(score(seen), 6)))
    return weighed


def _multiple(units: Units) -> set[int]:
    """Weak units of twins: several certificates for one mother and day."""
    born: dict[tuple[str, date], dict[str, set[int]]] = {}
    for unit in units.weak:
        for e in units.members[unit]:
            if e.mother_number and e.birth and e.birth_certificate:
                born.setdefault((e.mother_number, e.birth), {}).setdefault(e.birth_certificate, set()).add(unit)
    return {unit for found in born.values() if len(found) > 1 for units_ in found.values() for unit in units_}


def names_of(unit: int, units: Units, blocks: Blocks) -> frozenset[str] | set[str]:
    return units.weak[unit].names if is_weak(unit) else blocks.strong_names[unit]


def names_agree(mine: frozenset[str], theirs: frozenset[str] | set[str]) -> tuple[NameLevel, bool]:
    """The best level over all spellings of both sides, real names before placeholders; and whether there were none."""
    order = list(NameLevel)
    pairs = [(a, b, is_placeholder(a) or is_placeholder(b)) for a in mine for b in theirs]
    unnamed = all(placeholder for _, _, placeholder in pairs)
    levels = [compare(a, b) for a, b, placeholder in pairs if unnamed or not placeholder]
    return min(levels, key=order.index), unnamed


def agreement(
    weak: Weak,
    other: Weak | Strong,
    *,
    name: NameLevel,
    name_bits: float,
    slip: bool,
    unnamed: bool,
    multiple: bool = False,
    mine: Evidence | frozenset[tuple[str, str]] = frozenset(),
    theirs: Evidence | frozenset[tuple[str, str]] = frozenset(),
    very: NumberLink | None = None,
) -> Agreement:
    """What the two have in common; very: the very number, which only rows of explaining lists are weighed with."""
    birth = _births(weak.birth, other.birth)
    sex = Near.UNKNOWN if not weak.sex or not other.sex else Near.SAME if weak.sex == other.sex else Near.OTHER
    shared = Counter(kind for kind, _ in mine & theirs)
    return Agreement(
        name=name,
        name_bits=name_bits,
        number=very or (NumberLink.REPAIRED if slip else _number(weak, other, birth, sex)),
        birth=birth,
        sex=sex,
        area=_area(shared, mine, theirs),
        homes=bool(shared["P"]) + bool(shared["A"]),
        person_no=bool(shared["N"]),
        card=bool(shared["C"]),
        mother=bool(shared["M"]),
        certificate=bool(shared["B"]),
        same_list=bool(shared["L"]),
        same_source=bool(shared["S"]),
        other_certificate=not shared["B"] and all(any(kind == "B" for kind, _ in side) for side in (mine, theirs)),
        multiple_birth=multiple,
        disputed=weak.kind == "S" or (isinstance(other, Weak) and other.kind == "S"),
        unnamed=unnamed,
    )


def _number(weak: Weak, other: Weak | Strong, birth: Near, sex: Near) -> NumberLink:
    permit = re.fullmatch(HOME_RETURN_PERMIT, weak.number or "")
    if permit and isinstance(other, Strong) and str(other.n17)[0] < "7":
        return NumberLink.FAR
    if not weak.citizen_like or weak.number is None:
        return NumberLink.NONE
    if isinstance(other, Strong):
        return numbers_near(weak.number, f"{other.n17}{check_digit(str(other.n17))}")
    if not other.citizen_like or other.number is None:
        return NumberLink.NONE
    if weak.number == other.number:
        return NumberLink.NONE if weak.kind == "S" else equal_numbers(birth, sex)
    return numbers_near(weak.number, other.number)


def _births(a: date | None, b: date | None) -> Near:
    return Near.UNKNOWN if a is None or b is None else births_near(a, b)


def _area(
    shared: Counter[str], mine: Evidence | frozenset[tuple[str, str]], theirs: Evidence | frozenset[tuple[str, str]]
) -> Near:
    if shared["T"] or shared["D"]:
        return Near.SAME if shared["T"] else Near.NEAR
    known = all(any(kind == "D" for kind, _ in side) for side in (mine, theirs))
    return Near.OTHER if known else Near.UNKNOWN
