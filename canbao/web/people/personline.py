"""The spells of the insurances as a drawing: bars on a line of years, in numbers that SVG takes as attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from canbao.rules.enrolment import EnrolmentState
from canbao.services.showing import Insurance, Spell

WIDTH, NAMES, ROW, TOP = 960, 132, 30, 26
_LEAST_YEARS = 8
_TONES = {
    EnrolmentState.PAYING: "paying",
    EnrolmentState.DRAWING: "drawing",
    EnrolmentState.DRAWING_SUSPENDED: "stopped",
    EnrolmentState.INTERRUPTED: "stopped",
    EnrolmentState.TERMINATED: "ended",
    EnrolmentState.NOT_ENROLLED: "ended",
}


@dataclass(frozen=True)
class Bar:
    x: float
    y: int
    width: float
    tone: str
    title: str


@dataclass(frozen=True)
class Line:
    name: str
    y: int
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Tick:
    x: float
    year: int


@dataclass(frozen=True)
class Drawing:
    """here: where the day of the file is."""

    height: int
    ticks: Sequence[Tick]
    lines: Sequence[Line]
    here: float
    width: int = WIDTH


def draw(insurances: Sequence[Insurance], on: date) -> Drawing | None:
    """None when there is nothing to draw."""
    rows = [one for one in insurances if one.spells]
    if not rows:
        return None
    first = min(spell.starts for one in rows for spell in one.spells).year
    first = min(first, on.year - _LEAST_YEARS)
    start, end = date(first, 1, 1).toordinal(), date(on.year + 1, 1, 1).toordinal()

    def at(day: date) -> float:
        inside = min(max(day.toordinal(), start), end)
        return round(NAMES + (WIDTH - NAMES - 8) * (inside - start) / (end - start), 1)

    lines = [
        Line(one.scheme.label, TOP + ROW * place, [_bar(spell, at, TOP + ROW * place, on) for spell in one.spells])
        for place, one in enumerate(rows)
    ]
    step = next(n for n in (1, 2, 5, 10, 20) if (on.year - first) / n <= 12)
    ticks = [Tick(at(date(year, 1, 1)), year) for year in range(first, on.year + 1) if year % step == 0]
    return Drawing(TOP + ROW * len(rows) + 6, ticks, lines, at(on))


def _bar(spell: Spell, at: object, y: int, on: date) -> Bar:
    assert callable(at)
    x = at(spell.starts)
    ends = at(spell.to or max(on, spell.starts))
    until = f"{spell.to:%Y-%m-%d}" if spell.to else "至今"
    tone = _TONES[spell.state] if spell.certain else "unknown"
    return Bar(x, y + 7, max(round(ends - x, 1), 2), tone, f"{spell.label} {spell.starts:%Y-%m-%d} — {until}")
