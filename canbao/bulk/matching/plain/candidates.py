"""Which pairs are worth weighing: units that share something with a weak unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from canbao.bulk.matching.plain.entries import Entry
from canbao.bulk.matching.plain.units import WEAK_FROM, Units, Weak
from canbao.rules.identity import check_digit, repairs
from canbao.rules.matching import BLOCK_LIMIT, LISTS_ONCE

# (kind, value): T town, D district, P phone, A address, N person number, C card, B certificate, M mother or her household, L list
Evidence = set[tuple[str, str]]


@dataclass(frozen=True)
class Blocks:
    """pairs: (unit, other) and whether the number of one is a slip away from the other's; names of strong units."""

    pairs: dict[tuple[int, int], bool]
    evidence: dict[int, Evidence]
    strong_names: dict[int, set[str]]


@dataclass(frozen=True)
class Block:
    """A weak unit meets the entries with its value of one kind; `joint` adds what must agree as well."""

    kind: str
    value: Callable[[Entry], str | None]
    joint: Callable[[Entry | Weak], object]
    agree: Callable[[Weak, Entry], bool]


def _anyone(w: Weak, e: Entry) -> bool:
    return True


def _birth(w: Weak, e: Entry) -> bool:
    return w.birth is not None and w.birth == e.birth


def _name(w: Weak, e: Entry) -> bool:
    return w.key == e.key


def _birth_or_name(w: Weak, e: Entry) -> bool:
    return _birth(w, e) or _name(w, e)


BLOCKS = (
    Block("N", lambda e: e.person_no, lambda x: None, _anyone),
    Block("C", lambda e: e.card_no, lambda x: None, _anyone),
    Block("B", lambda e: e.birth_certificate, lambda x: None, _anyone),
    Block("P", lambda e: e.phone, lambda x: None, _birth_or_name),
    Block("M", lambda e: None if e.household_no is None else "h" + e.household_no, lambda x: x.birth, _birth),
    Block("T", lambda e: e.town, lambda x: x.birth, _birth),
    Block("T", lambda e: e.town, lambda x: x.key, _name),
)


def build(entries: list[Entry], units: Units) -> Blocks:
    """Every pair to be weighed, once."""
    evidence = _evidence(entries, units)
    names = _strong_names(entries, units)
    pairs: dict[tuple[int, int], bool] = {}
    for unit, other in _by_name_and_birth(units, names):
        pairs[unit, other] = False
    for unit, other in _by_same_number(units):
        pairs[unit, other] = False
    for block in BLOCKS:
        for unit, other in _by_shared_value(block, entries, units, evidence):
            pairs[unit, other] = False
    for weak in units.weak.values():
        for n17 in slips_of(weak) & units.strong.keys():
            pairs[weak.unit, n17] = True
    return Blocks(_possible(pairs, units), evidence, names)


def slips_of(weak: Weak) -> set[int]:
    """The first 17 digits of every number that one slip may have turned into this one."""
    number = weak.number
    if number is None or not weak.citizen_like or not 17 <= len(number) <= 19:
        return set()
    if len(number) != 18 or not (number[:17].isdigit() and number[17] in "0123456789X"):
        return {int(right[:17]) for right in repairs(number)}
    substituted = (number[:i] + sign + number[i + 1 :] for i in range(17) for sign in "0123456789")
    swapped = (number[:i] + number[i + 1] + number[i] + number[i + 2 :] for i in range(17))
    last = {int(number[:17])}
    return last | {int(n[:17]) for n in (*substituted, *swapped) if n[:17].isdigit() and check_digit(n[:17]) == n[17]}


def _strong_names(entries: list[Entry], units: Units) -> dict[int, set[str]]:
    """Every spelling of the holder of each valid number, former names with them."""
    names = {n17: {strong.key} for n17, strong in units.strong.items()}
    for e in entries:
        if e.n17 is None or e.n17 not in names or units.unit_of[e.id] != e.n17:
            continue
        names[e.n17] |= {e.key} if e.former_key is None else {e.key, e.former_key}
    return names


def facts_of(e: Entry) -> Iterator[tuple[str, str]]:
    """What an entry has that another may share."""
    if e.source in LISTS_ONCE:
        yield "L", e.source
    yield "S", e.source
    mother = None if e.mother_number is None else "m" + e.mother_number
    household = "h" + e.household_no if e.source == "police" and e.household_no is not None else None
    for kind, value in (
        ("T", e.town), ("D", e.district), ("P", e.phone), ("A", e.home), ("N", e.person_no), ("C", e.card_no),
        ("B", e.birth_certificate), ("M", mother), ("M", household),
    ):  # fmt: skip
        if value is not None:
            yield kind, value


def _evidence(entries: list[Entry], units: Units) -> dict[int, Evidence]:
    """What each weak unit shares with others, with the household of a newborn's mother, without crowded values."""
    households: dict[str, set[str]] = defaultdict(set)
    for e in entries:
        if e.source == "police" and e.household_no is not None and e.n17 is not None:
            households[f"{e.n17}"].add("h" + e.household_no)
    found: dict[int, Evidence] = {}
    for unit in units.weak:
        own = units.members[unit]
        told = [e.mother_number for e in own if e.mother_number and len(e.mother_number) == 18]
        mothers = {number[:17] for number in told if ("M", "m" + number) not in units.crowded}
        at_home = {("M", home) for mother in mothers for home in households.get(mother, ())}
        found[unit] = ({fact for e in own for fact in facts_of(e)} | at_home) - units.crowded
    return found


def _by_same_number(units: Units) -> Iterator[tuple[int, int]]:
    """Units with one number that identifies nobody."""
    alike: dict[str, list[int]] = defaultdict(list)
    for weak in units.weak.values():
        if weak.kind in "LBPR" and weak.citizen_like and weak.number is not None:
            alike[weak.number].append(weak.unit)
    for found in alike.values():
        if len(found) <= BLOCK_LIMIT:
            yield from ((a, b) for a in found for b in found if a != b)


def _by_name_and_birth(units: Units, strong_names: dict[int, set[str]]) -> Iterator[tuple[int, int]]:
    """Units born on one day with a name in common."""
    known: dict[object, list[int]] = defaultdict(list)
    for n17, names in strong_names.items():
        for name in names:
            known[name, units.strong[n17].birth].append(n17)
    for weak in units.weak.values():
        for name in weak.names:
            known[name, weak.birth].append(weak.unit)
    for weak in units.weak.values():
        if weak.birth is not None:
            yield from ((weak.unit, other) for name in weak.names for other in known[name, weak.birth])


def _by_shared_value(
    block: Block, entries: list[Entry], units: Units, evidence: dict[int, Evidence]
) -> Iterable[tuple[int, int]]:
    wanted: dict[object, list[Weak]] = defaultdict(list)
    for unit, facts in evidence.items():
        for kind, value in facts:
            if kind == block.kind:
                wanted[value, block.joint(units.weak[unit])].append(units.weak[unit])
    for e in entries:
        if (shared := block.value(e)) is None:
            continue
        meeting = wanted.get((shared, block.joint(e)), [])
        if len(meeting) <= BLOCK_LIMIT:
            yield from ((w.unit, units.unit_of[e.id]) for w in meeting if block.agree(w, e))


def _possible(pairs: dict[tuple[int, int], bool], units: Units) -> dict[tuple[int, int], bool]:
    """Nobody meets himself, and a second holder never joins the first holder of the same number."""
    second = {(u, e.n17) for u, weak in units.weak.items() if weak.kind == "S" for e in units.members[u]}
    return {pair: slip for pair, slip in pairs.items() if pair[0] != pair[1] and pair not in second}


def is_weak(unit: int) -> bool:
    return unit >= WEAK_FROM
