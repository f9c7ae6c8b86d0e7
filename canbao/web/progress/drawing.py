"""Bars drawn on the server; the table beside them says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from canbao.services.survey.progress import Counts, Day

WIDTH, HEIGHT = 720, 130
SERIES = (("visited", "走访"), ("returned", "收表"), ("entered", "录入"))
PARTS = (("done", "录入办结"), ("back", "已交镇街"), ("visited", "已走访"), ("sent_back", "退回"), ("left", "未走访"))
LENGTH = 100  # of the bar of an office


@dataclass(frozen=True, slots=True)
class Bar:
    """Numbers as texts: an SVG knows no thousands."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    title: str


def by_day(days: Sequence[Day]) -> list[Bar]:
    """Three bars for each day, the highest of all as high as the drawing."""
    most = max((getattr(day, name) for day in days for name, _ in SERIES), default=0) or 1
    step = WIDTH / max(1, len(days))
    return [
        _day_bar(day, name, label, most, x=step * (number + 0.1 + 0.27 * place), width=step * 0.25)
        for number, day in enumerate(days)
        for place, (name, label) in enumerate(SERIES)
        if getattr(day, name)
    ]


def _day_bar(day: Day, name: str, label: str, most: int, *, x: float, width: float) -> Bar:
    count = getattr(day, name)
    height = max(1.0, HEIGHT * count / most)
    title = f"{day.on:%Y-%m-%d} {label} {count:,}"
    return Bar(f"{x:.1f}", f"{HEIGHT - height:.1f}", f"{width:.1f}", f"{height:.1f}", name, title)


def of_office(counts: Counts) -> list[Bar]:
    """One bar in as many parts as there are kinds of lines; nothing for an office without lines."""
    numbers = {
        "done": counts.done, "back": counts.handed_in + counts.returned, "visited": counts.visited,
        "sent_back": counts.sent_back, "left": counts.planned + counts.to_visit + counts.trying,
    }  # fmt: skip
    found, x = [], 0.0
    for name, label in PARTS:
        width = LENGTH * numbers[name] / counts.total if counts.total else 0
        if width:
            found.append(Bar(f"{x:.2f}", "0", f"{width:.2f}", "10", name, f"{label} {numbers[name]:,}"))
        x += width
    return found
