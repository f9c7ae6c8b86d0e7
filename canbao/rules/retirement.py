"""On which day somebody reaches retirement age, by sex and month of birth (关于实施渐进式延迟法定退休年龄的决定, from 2025).

Who reached the old age before 2025 retired by it; from then on it rises by a month for every few months of birth. The steps agree
with the published end points.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from enum import Enum
from typing import NamedTuple

RISES_FROM = date(2025, 1, 1)
_OLD_JOINER = date(1996, 1, 1)  # Chongqing: women who joined alone before this day retire at 50


class _Line(NamedTuple):
    """old: age in years; step: months of birth for one month more; most: months more at the end."""

    old: int
    step: int
    most: int


class Line(Enum):
    """The three ages there are: which one a woman has depends on her work."""

    MEN_60 = _Line(60, 4, 36)
    WOMEN_55 = _Line(55, 4, 36)
    WOMEN_50 = _Line(50, 2, 60)


def line_of(sex: str | None, *, joined_alone_on: date | None = None) -> Line:
    """The latest age that may be hers or his: the register does not know a woman's post.

    joined_alone_on: when somebody who pays alone first joined the employee pension.
    """
    if sex != "2":
        return Line.MEN_60
    return Line.WOMEN_50 if joined_alone_on and joined_alone_on < _OLD_JOINER else Line.WOMEN_55


def months_later(born: date, line: Line) -> int:
    """How many months later than by the old age somebody retires."""
    old, step, most = line.value
    after = (born.year + old - RISES_FROM.year) * 12 + born.month - RISES_FROM.month
    return 0 if after < 0 else min(most, after // step + 1)


def retires_on(born: date, line: Line) -> date:
    """The day on which the statutory retirement age is reached."""
    return months_after(born, line.value.old * 12 + months_later(born, line))


def reaches(born: date, years: int) -> date:
    """The day somebody is so many years old; born on 29 February, the last of the month."""
    return months_after(born, years * 12)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
