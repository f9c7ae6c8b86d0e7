"""The insurances of a person: the form's eight rows in its order, with the spells that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from canbao.rules.codes import Scheme
from canbao.rules.enrolment import ACTIVE, EnrolmentState
from canbao.rules.labels import SOURCES
from canbao.rules.masking import mask
from canbao.rules.wording import in_words

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in one state. to None: goes on. certain False: insured at some time before, the spells in between are not known."""

    starts: date
    to: date | None
    state: EnrolmentState
    certain: bool = True

    @property
    def label(self) -> str:
        return self.state.label if self.certain else "此前参保（明细未报送）"


@dataclass(frozen=True, slots=True)
class Insurance:
    """One row of the form: the enrolment that counts, and how many others there are of the scheme."""

    scheme: Scheme
    state: EnrolmentState = EnrolmentState.NOT_ENROLLED
    capacity: str = ""
    employer: str = ""
    place: str = ""
    source: str = ""
    key: str = ""
    first_on: date | None = None
    spell_from: date | None = None
    spell_to: date | None = None
    pension_since: date | None = None
    others: int = 0
    spells: Sequence[Spell] = field(default_factory=tuple)

    @property
    def enrolled(self) -> bool:
        return self.state is not EnrolmentState.NOT_ENROLLED


def insurances_of(
    rows: Iterable[Row],
    *,
    employers: Mapping[tuple[str, str], str],
    past: Iterable[Row] = (),
    on: date,
    known_at: datetime,
) -> list[Insurance]:
    """Eight rows, insured or not. employers: names by (source, number); past: every version of every enrolment."""
    held: dict[str, list[Row]] = {}
    for row in rows:
        held.setdefault(row["scheme"], []).append(row)
    versions: dict[str, list[Row]] = {}
    for row in past:
        if row["known_from"] <= known_at and (row["known_to"] is None or row["known_to"] > known_at):
            versions.setdefault(row["scheme"], []).append(row)
    return [_insurance(scheme, held.get(scheme, []), versions.get(scheme, []), employers, on) for scheme in Scheme]


def in_force(rows: Iterable[Row], on: date) -> list[dict[str, Any]]:
    """What the spells say of a day that lies before the rows themselves: those that hold it, in the state they had then."""
    found = []
    for row in rows:
        starts, to = row["spell_from"], row["spell_to"]
        if starts is None or starts > on or (to is not None and to <= on):
            continue
        drawn = row["pension_since"] is not None and row["pension_since"] <= on
        state = EnrolmentState.DRAWING if drawn else EnrolmentState.PAYING
        found.append({**row, "state": state.value})
    return found


def _insurance(
    scheme: Scheme, held: list[Row], versions: list[Row], employers: Mapping[tuple[str, str], str], on: date
) -> Insurance:
    spells = _spells([*versions, *held])
    if not held:
        return Insurance(scheme, spells=spells)
    row = min(held, key=_weight)
    number = row["employer_no"]
    return Insurance(
        scheme=scheme,
        state=EnrolmentState(row["state"]),
        capacity=in_words("capacity", row["capacity"], on=on),
        employer=employers.get((row["source"], number), number or ""),
        place=in_words("enrolment_division", row["enrolment_division"], on=on),
        source=SOURCES.get(str(row["source"]), str(row["source"])),
        key=str(mask("record_key", row["record_key"])),
        first_on=row["first_enrolled_on"],
        spell_from=row["spell_from"],
        spell_to=row["spell_to"],
        pension_since=row["pension_since"],
        others=len(held) - 1,
        spells=spells,
    )


def _weight(row: Row) -> tuple[bool, bool, int, str]:
    """What goes on counts before what was broken off, that before what ended; then the newest."""
    state = EnrolmentState(row["state"])
    started = row["spell_from"] or row["first_enrolled_on"]
    return (
        state not in ACTIVE,
        state is EnrolmentState.TERMINATED,
        -(started.toordinal() if started else 0),
        row["record_key"],
    )


def _spells(rows: list[Row]) -> tuple[Spell, ...]:
    """Each spell once; a pension splits it; what lies before the first spell is only known to have begun."""
    found: dict[tuple[date, date | None], Spell] = {}
    firsts: list[date] = []
    for row in rows:
        state = EnrolmentState(row["state"])
        if row["first_enrolled_on"]:
            firsts.append(row["first_enrolled_on"])
        starts, to, drawn = row["spell_from"], row["spell_to"], row["pension_since"]
        if starts is None:
            continue
        if drawn and starts < drawn:
            found[starts, drawn] = Spell(starts, drawn, EnrolmentState.PAYING)
            starts = drawn
        found[starts, to] = Spell(starts, to, _during(state, to))
    spells = sorted(found.values(), key=lambda spell: (spell.starts, spell.to or date.max))
    first = min(firsts, default=None)
    if first and (not spells or first < spells[0].starts):
        spells.insert(0, Spell(first, spells[0].starts if spells else None, EnrolmentState.PAYING, certain=False))
    return tuple(spells)


def _during(state: EnrolmentState, to: date | None) -> EnrolmentState:
    """A spell that ended was paid until then, whatever came after."""
    ended = (EnrolmentState.INTERRUPTED, EnrolmentState.TERMINATED)
    return EnrolmentState.PAYING if to is not None and state in ended else state
