"""A bar for each day, drawn on the server; the table below it says the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 720, 120


@dataclass(frozen=True)
class Bar:
    """Place and size in the drawing; the day and its number of entries."""

    x: float
    y: float
    width: float
    height: float
    day: date
    count: int


def bars(days: list[tuple[date, int]]) -> list[Bar]:
    """As wide together as the drawing, the highest as high."""
    most = max((count for _, count in days), default=0) or 1
    step = WIDTH / max(1, len(days))
    return [
        Bar(
            x=round(number * step + step * 0.1, 1),
            y=round(HEIGHT - HEIGHT * count / most, 1),
            width=round(step * 0.8, 1),
            height=round(HEIGHT * count / most, 1),
            day=day,
            count=count,
        )
        for number, (day, count) in enumerate(days)
    ]
