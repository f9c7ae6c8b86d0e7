"""From entries to units: one strong unit per valid number in use, one weak unit per lesser clue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TypeVar

from canbao.bulk.matching.plain.entries import Entry, birth_in
from canbao.rules.fillers import crowded_from
from canbao.rules.holders import NameUse, partition
from canbao.rules.identity import check_digit
from canbao.rules.matching import LISTS_ONCE, may_be_one
from canbao.rules.names import is_placeholder
from canbao.rules.near_numbers import citizen_like

WEAK_FROM = 10**17  # strong units carry their 17 digits as key, weak ones a number above all of these

K = TypeVar("K")
Holder = int | str  # a valid number, or any other
LoneNames = dict[tuple[int, str], set[int]]  # (area and birth, name): numbers


@dataclass(frozen=True)
class Strong:
    """A valid number in use, under the name of its holder."""

    n17: int
    key: str
    birth: date | None
    sex: str


@dataclass(frozen=True)
class Weak:
    """kind: S second holder of a number, O old number, L other number, B certificate, P person number, R one record."""

    unit: int
    kind: str
    key: str
    names: frozenset[str]
    birth: date | None
    sex: str | None
    number: str | None
    citizen_like: bool


@dataclass(frozen=True)
class Spelling:
    """Where one name under a number belongs: part 0 is whose number it is."""

    part: int
    head: bool
    twin: bool


@dataclass
class Units:
    """members: the entries of every unit, strong or weak; unit_of: the unit of every entry; crowded: values of too many people."""

    strong: dict[int, Strong] = field(default_factory=dict)
    weak: dict[int, Weak] = field(default_factory=dict)
    members: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    unit_of: dict[tuple[str, str], int] = field(default_factory=dict)
    spelling: dict[tuple[Holder, str], Spelling] = field(default_factory=dict)
    crowded: set[tuple[str, str]] = field(default_factory=set)
    documents: set[tuple[str, int]] = field(default_factory=set)  # under which all that is told may be one person's
    certificates: set[str] = field(default_factory=set)

    @cached_property
    def disputed(self) -> set[Holder]:
        """Numbers that more than one person uses."""
        return {holder for (holder, _), spelling in self.spelling.items() if spelling.part > 0}

    @property
    def people(self) -> int:
        return len(self.strong) + len(self.weak)


def build(entries: list[Entry]) -> Units:
    """Group the entries."""
    units = Units(crowded=_crowded(entries))
    numbers = _grouped((e.n17, e) for e in entries if e.n17 is not None)
    loose = _grouped((e.loose_number, e) for e in entries if e.loose_number is not None)
    lone = _lone_names(numbers)
    holders: list[tuple[Holder, list[Entry]]] = [*numbers.items(), *loose.items()]
    for holder, held in holders:
        if len({e.key for e in held}) > 1:
            units.spelling.update(_part(holder, held, lone))
    units.strong = {n: _strong(n, held, units) for n, held in numbers.items() if not all(e.old for e in held)}
    units.documents, units.certificates = _agreeing(entries, units)
    grouped = _grouped((_grouping(e, units), e) for e in entries)
    for e in grouped.pop("", []):
        assert e.n17 is not None
        _place(units, e, e.n17)
    for unit, grouping in enumerate(sorted(grouped), WEAK_FROM + 1):
        for e in grouped[grouping]:
            _place(units, e, unit)
        units.weak[unit] = _weak(unit, grouping[1], grouped[grouping], units)
    return units


def _crowded(entries: list[Entry]) -> set[tuple[str, str]]:
    """What more people have than share it for good reasons (`rules.fillers.crowded_from`), as evidence of a kind."""
    people: dict[tuple[str, str, str], set[int | str]] = defaultdict(set)
    for e in entries:
        for kind, column, before, value in (
            ("P", "phone", "", e.phone), ("C", "card_no", "", e.card_no), ("N", "person_no", "", e.person_no),
            ("M", "household_no", "h", e.household_no), ("M", "mother_number", "m", e.mother_number),
            ("B", "birth_certificate", "", e.birth_certificate),
        ):  # fmt: skip
            if value is not None:
                people[kind, column, before + value].add(e.key if e.n17 is None else e.n17)
    return {(kind, value) for (kind, column, value), who in people.items() if len(who) > crowded_from(column)}


def _agreeing(entries: list[Entry], units: Units) -> tuple[set[tuple[str, int]], set[str]]:
    """Documents, with the part of the name, and birth certificates under which all that is told may be one person's."""
    documents = _grouped(
        ((e.loose_number, _spelling(e, units).part), e) for e in entries if e.loose_number is not None and e.sure
    )
    certificates = _grouped((e.birth_certificate, e) for e in entries if e.birth_certificate and e.n17 is None)
    return (
        {document for document, held in documents.items() if _may_be_one(held)},
        {certificate for certificate, held in certificates.items() if _may_be_one(held) and _named_once(held)},
    )


def _may_be_one(held: list[Entry]) -> bool:
    return may_be_one({e.birth for e in held if e.birth is not None}, {e.sex for e in held if e.sex is not None})


def _named_once(held: list[Entry]) -> bool:
    return len({e.key for e in held if not is_placeholder(e.key)}) < 2


def _grouped(pairs: Iterable[tuple[K, Entry]]) -> dict[K, list[Entry]]:
    groups: dict[K, list[Entry]] = defaultdict(list)
    for key, entry in pairs:
        groups[key].append(entry)
    return groups


def _place(units: Units, entry: Entry, unit: int) -> None:
    units.members[unit].append(entry)
    units.unit_of[entry.id] = unit


def _lone_names(numbers: dict[int, list[Entry]]) -> LoneNames:
    """Full numbers that are used under one name only."""
    lone: LoneNames = defaultdict(set)
    for n17, held in numbers.items():
        if len({e.key for e in held}) == 1 and not all(e.old for e in held):
            lone[n17 // 1000, held[0].key].add(n17)
    return lone


def _part(holder: Holder, held: list[Entry], lone: LoneNames) -> dict[tuple[Holder, str], Spelling]:
    """Which of the names under one number are one person (`rules.holders.partition`)."""
    keys = sorted({e.key for e in held})
    uses = [_use(holder, key, held, lone) for key in keys]
    parts = partition(uses)
    head = min(
        (i for i, part in enumerate(parts) if part == 0),
        key=lambda i: uses[i].rank,
    )
    return {(holder, key): Spelling(parts[i], i == head, uses[i].held_elsewhere) for i, key in enumerate(keys)}


def _use(holder: Holder, key: str, held: list[Entry], lone: LoneNames) -> NameUse:
    own = [e for e in held if e.key == key]
    others = [e for e in held if e.key != key]
    told = {e.told_birth for e in own if e.told_birth is not None}
    number = holder if isinstance(holder, int) else None
    return NameUse(
        key=key,
        rows=len({e.person_no or e.id for e in own}),
        official=any(e.source == "police" for e in own),
        birth_fits=birth_in(number) in told if told and number is not None else None,
        kin=bool({t for e in own for t in _tokens(e)} & {t for e in others for t in _tokens(e)}),
        held_elsewhere=number is not None and bool(lone.get((number // 1000, key), set()) - {number}),
        former=frozenset(e.former_key for e in own if e.former_key is not None),
        person_nos=frozenset(e.person_no for e in own if e.person_no is not None),
    )


def _tokens(e: Entry) -> Iterable[tuple[str, str]]:
    """What only people of one home, or one person, share."""
    pairs = (("p", e.phone), ("c", e.card_no), ("h", e.home), ("n", e.person_no))
    return [(kind, value) for kind, value in pairs if value is not None]


def _strong(n17: int, held: list[Entry], units: Units) -> Strong:
    heads = [e.key for e in held if (s := units.spelling.get((n17, e.key))) and s.head]
    return Strong(n17, heads[0] if heads else held[0].key, birth_in(n17), str(2 - n17 % 2))


def _grouping(e: Entry, units: Units) -> str:
    """What makes entries one unit; empty for those of a strong one. Sorted, it numbers the weak units."""
    if e.n17 is not None:
        part = _spelling(e, units).part
        if part == 0 and e.n17 in units.strong:
            return ""
        return f"1S|{e.n17}|{part}" if part else f"2O|{e.n17}|0"
    if e.loose_number is not None:
        part = _spelling(e, units).part
        group = f"3L|{e.loose_number}|{part}"
        if e.sure and (e.loose_number, part) in units.documents:
            return group
        if e.birth is not None and e.sex is not None:
            return f"{group}|{e.birth.isoformat()}|{e.sex}"
    if e.birth_certificate is not None and ("B", e.birth_certificate) not in units.crowded:
        group = f"4B|{e.birth_certificate}"
        told = f"{e.key}|{e.birth.isoformat() if e.birth else ''}|{e.sex or ''}"
        return group if e.birth_certificate in units.certificates else f"{group}|{told}"
    if e.person_no is not None and e.source not in LISTS_ONCE:
        return "|".join(["5P", e.person_no, e.key, *([e.birth.isoformat()] if e.birth else [])])
    return f"6R|{e.source}|{e.record_key}"


def _spelling(e: Entry, units: Units) -> Spelling:
    holder: Holder = e.n17 if e.n17 is not None else e.loose_number or ""
    return units.spelling.get((holder, e.key), Spelling(0, True, False))


def _weak(unit: int, kind: str, members: list[Entry], units: Units) -> Weak:
    told = [e.told_birth for e in members if e.told_birth is not None]
    # The number of somebody else says nothing of the second holder's birth.
    known = [e.birth for e in members if e.birth and (kind != "S" or (e.n17 is not None and _spelling(e, units).twin))]
    sexes = {e.sex for e in members if e.sex is not None}
    uses = Counter(e.key for e in members)
    number = _own_number(members) if kind == "S" else _number(members)
    return Weak(
        unit=unit,
        kind=kind,
        key=min(uses, key=lambda key: (is_placeholder(key), -uses[key], key)),
        names=frozenset(uses) | {e.former_key for e in members if e.former_key is not None},
        birth=min(told, default=None) or min(known, default=None),
        sex=sexes.pop() if len(sexes) == 1 else None,
        number=number,
        citizen_like=citizen_like(number),
    )


def _own_number(members: list[Entry]) -> str | None:
    """A second holder born on the number's own day may well be its owner: other numbers then speak against being him."""
    if not any(e.n17 is not None and e.told_birth == birth_in(e.n17) for e in members if e.told_birth is not None):
        return None
    return min(f"{e.n17}{check_digit(str(e.n17))}" for e in members)


def _number(members: list[Entry]) -> str | None:
    """The number as written, an old one with 15 digits."""
    old = [f"{str(e.n17)[:6]}{str(e.n17)[-9:]}" for e in members if e.n17 is not None]
    return min((e.loose_number for e in members if e.loose_number is not None), default=min(old, default=None))
