"""Who the rows of the explaining lists are about, in plain Python: the reference for `bulk.matching.explaining`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from canbao.bulk.matching.plain.candidates import Blocks, is_weak, slips_of
from canbao.bulk.matching.plain.entries import Entry
from canbao.bulk.matching.plain.units import Units, Weak
from canbao.bulk.matching.plain.weighing import agreement, names_agree, names_of
from canbao.bulk.matching.record import Decision, ListedRow
from canbao.rules.identity import check_digit
from canbao.rules.match_labels import Outcome
from canbao.rules.matching import (
    BLOCK_LIMIT,
    DOUBTS_SHOWN,
    VERY_NUMBER,
    Agreement,
    Band,
    NumberLink,
    Rule,
    band_of_row,
    clear,
    doubtful,
    links,
    may_link,
    rarity,
    rule_of_row,
    score,
)
from canbao.rules.near_numbers import citizen_like

RowId = tuple[str, str]


@dataclass(frozen=True)
class Candidate:
    """A person a row may be about, by the unit that says most. is_rival: has another valid number than the row's."""

    row: Entry
    unit: int
    cluster: int
    seen: Agreement
    bits: float
    is_rival: bool = False

    @property
    def is_number_same(self) -> bool:
        return self.seen.number in VERY_NUMBER


@dataclass(frozen=True)
class Explained:
    rows: list[ListedRow]
    doubts: list[Candidate]


def build(
    rows: Iterable[Entry], units: Units, blocks: Blocks, clusters: dict[int, int], decisions: Sequence[Decision]
) -> Explained:
    """The outcome of every row; clusters: the person of every unit."""
    read = sorted(rows, key=lambda row: row.id)
    same, ruled_out = _decided(read, units, clusters, decisions)
    finder = _Finder(units, blocks, clusters)
    found: list[ListedRow] = []
    doubts: list[Candidate] = []
    sure: dict[RowId, Candidate] = {}
    for row in read:
        people = finder.people(row, ruled_out)
        if row.id in same:
            found.append(ListedRow(*row.id, Outcome.APPLIED, min(same[row.id]), Rule.DECIDED, Band.STRONG))
        elif (best := _sure(people, units.people)) is not None:
            document, sure[row.id] = row.n17 is None, best
            rule = rule_of_row(best.seen, old=row.old, document=document)
            found.append(ListedRow(*row.id, Outcome.APPLIED, best.cluster, rule, band_of_row(best.seen, old=row.old)))
        else:
            shown = [p for p in people if not p.is_rival and (p.is_number_same or doubtful(p.bits, units.people))]
            doubts += shown[:DOUBTS_SHOWN]
            found.append(ListedRow(*row.id, Outcome.CASE if shown else Outcome.NOBODY))
    twice = _died_twice(found, sure, {row.id: row.died_on for row in read if row.died_on})
    kept = [ListedRow(*_id(row), Outcome.CASE) if _id(row) in twice else row for row in found]
    return Explained(kept, doubts + [sure[row] for row in sorted(twice)])


def _id(row: ListedRow) -> RowId:
    return row.source, row.record_key


def _died_twice(found: list[ListedRow], sure: dict[RowId, Candidate], days: dict[RowId, date]) -> set[RowId]:
    """The rows that tell another day than the surest about the same person, where no clerk has said which is about him."""
    by_person: dict[int, list[ListedRow]] = defaultdict(list)
    for row in found:
        if row.cluster is not None and _id(row) in days:
            by_person[row.cluster].append(row)
    twice: set[RowId] = set()
    for rows in by_person.values():
        if not any(row.rule is Rule.DECIDED for row in rows):
            first = max(rows, key=lambda row: (row.band is Band.EXACT, sure[_id(row)].bits, days[_id(row)]))
            twice |= {_id(row) for row in rows if days[_id(row)] != days[_id(first)]}
    return twice


def _sure(people: list[Candidate], size: int) -> Candidate | None:
    if not people or people[0].is_rival or not may_link(people[0].seen):
        return None
    best, second = people[0], people[1].bits if len(people) > 1 else None
    return best if (best.is_number_same or links(best.bits, size)) and clear(best.bits, second) else None


def _decided(
    rows: list[Entry], units: Units, clusters: dict[int, int], decisions: Sequence[Decision]
) -> tuple[dict[RowId, set[int]], set[tuple[RowId, int]]]:
    """The people clerks gave a row to, and those they ruled out."""
    known = {row.id for row in rows}
    same: dict[RowId, set[int]] = defaultdict(set)
    ruled_out: set[tuple[RowId, int]] = set()
    for d in decisions:
        for row, record in (
            ((d.a_source, d.a_key), (d.b_source, d.b_key)),
            ((d.b_source, d.b_key), (d.a_source, d.a_key)),
        ):
            unit = units.unit_of.get(record)
            if row not in known or unit is None:
                continue
            if d.same:
                same[row].add(clusters[unit])
            else:
                ruled_out.add((row, clusters[unit]))
    return same, ruled_out


class _Finder:
    """Indexes over the units, and the people that a row may be about."""

    def __init__(self, units: Units, blocks: Blocks, clusters: dict[int, int]) -> None:
        self.units, self.blocks, self.clusters = units, blocks, clusters
        self.holders = Counter(strong.key for strong in units.strong.values())
        self.weak_with: dict[int | str, set[int]] = defaultdict(set)
        self.surely_with: dict[str, set[int]] = defaultdict(set)
        self.repaired: dict[int, set[int]] = defaultdict(set)
        self.named: dict[object, set[int]] = defaultdict(set)
        for weak in units.weak.values():
            for e in units.members[weak.unit]:
                for number in (e.n17, e.loose_number):
                    if number is not None:
                        self.weak_with[number].add(weak.unit)
                if e.sure and e.loose_number is not None:
                    self.surely_with[e.loose_number].add(weak.unit)
            for n17 in slips_of(weak):
                self.repaired[n17].add(weak.unit)
            for name in weak.names:
                self.named[name, weak.birth].add(weak.unit)
        for n17, names in blocks.strong_names.items():
            for name in names:
                self.named[name, units.strong[n17].birth].add(n17)

    def people(self, row: Entry, ruled_out: set[tuple[RowId, int]]) -> list[Candidate]:
        """The most likely first."""
        mine = _as_weak(row)
        by_person: dict[int, list[Candidate]] = defaultdict(list)
        for unit, (very, slip) in self._pairs(row, mine).items():
            candidate = self._weighed(row, mine, unit, very=very, slip=slip)
            if (row.id, candidate.cluster) not in ruled_out:
                by_person[candidate.cluster].append(candidate)
        best = [min(found, key=lambda c: (not c.is_number_same, -c.bits, c.unit)) for found in by_person.values()]
        return sorted((self._judged(c) for c in best), key=lambda c: (-c.bits, c.cluster))

    def _pairs(self, row: Entry, mine: Weak) -> dict[int, tuple[NumberLink | None, bool]]:
        number = row.n17 if row.n17 is not None else row.loose_number
        has_number = _few(self.weak_with[number]) if number is not None else set()
        slips: set[int] = set()
        if row.n17 is not None:
            has_number |= {row.n17} & self.units.strong.keys()
            slips |= _few(self.repaired[row.n17])
        else:
            for n17 in slips_of(mine):
                slips |= ({n17} & self.units.strong.keys()) | _few(self.weak_with[n17])
        named = _few(self.named[row.key, row.birth]) if row.birth is not None else set()
        return {unit: (self._very(row, unit, has_number), unit in slips) for unit in has_number | slips | named}

    def _very(self, row: Entry, unit: int, has_number: set[int]) -> NumberLink | None:
        if unit not in has_number:
            return None
        if row.n17 is not None:
            return NumberLink.SAME
        return NumberLink.DOCUMENT if row.sure and unit in self.surely_with[row.loose_number or ""] else None

    def _weighed(self, row: Entry, mine: Weak, unit: int, *, very: NumberLink | None, slip: bool) -> Candidate:
        level, unnamed = names_agree(mine.names, names_of(unit, self.units, self.blocks))
        seen = agreement(
            mine,
            self.units.weak[unit] if is_weak(unit) else self.units.strong[unit],
            name=level,
            name_bits=rarity(self.holders[row.key], self.units.people),
            slip=slip,
            unnamed=unnamed,
            very=very,
        )
        return Candidate(row, unit, self.clusters[unit], seen, round(score(seen), 6))

    def _judged(self, c: Candidate) -> Candidate:
        is_rival = c.row.n17 is not None and not is_weak(c.cluster) and c.cluster != c.row.n17 and not c.is_number_same
        return Candidate(c.row, c.unit, c.cluster, c.seen, c.bits, is_rival)


def _few(units: set[int]) -> set[int]:
    """What too many share explains nothing."""
    return set(units) if len(units) <= BLOCK_LIMIT else set()


def _as_weak(row: Entry) -> Weak:
    number = row.loose_number if row.n17 is None else f"{row.n17}{check_digit(str(row.n17))}"
    return Weak(0, "X", row.key, frozenset({row.key}), row.birth, row.sex, number, citizen_like(number))
