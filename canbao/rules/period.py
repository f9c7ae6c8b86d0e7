"""Half-open periods of days, [start, end); an open end is None, never a far date. And where a day begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Asia/Shanghai")  # all times a clerk reads or writes


def day_of(at: datetime) -> date:
    """The day an instant belongs to in Chongqing."""
    return at.astimezone(HERE).date()


class EmptyPeriod(ValueError):
    """A period ends after it starts."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, up to but without `end`. None: since ever, until further notice."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise EmptyPeriod(self.start, self.end)

    def contains(self, on: date) -> bool:
        """Is the day inside?"""
        return (self.start is None or self.start <= on) and (self.end is None or on < self.end)

    def covers(self, other: Period) -> bool:
        """Is every day of `other` inside?"""
        return self.intersect(other) == other

    def overlaps(self, other: Period) -> bool:
        """Do they share a day?"""
        return _before(self.start, other.end) and _before(other.start, self.end)

    def intersect(self, other: Period) -> Period | None:
        """The days both have."""
        if not self.overlaps(other):
            return None
        return Period(_later_start(self.start, other.start), _earlier_end(self.end, other.end))

    def subtract(self, other: Period) -> tuple[Period, ...]:
        """The days of this one that `other` lacks, as nought to two periods in order."""
        shared = self.intersect(other)
        if shared is None:
            return (self,)
        head = () if shared.start == self.start else (Period(self.start, shared.start),)
        tail = () if shared.end == self.end else (Period(shared.end, self.end),)
        return head + tail

    def months(self) -> Period:
        """Widened to whole calendar months: what counts where a month begun is a month."""
        start = self.start and self.start.replace(day=1)
        end = self.end and (self.end if self.end.day == 1 else _next_month(self.end))
        return Period(start, end)

    def shared_months(self, other: Period) -> Period | None:
        """The calendar months in which both have a day; pensions paid twice are counted so (城乡养老保险制度衔接暂行办法)."""
        return self.months().intersect(other.months())

    def month_count(self) -> int | None:
        """How many calendar months have a day inside; None when an end is open."""
        whole = self.months()
        if whole.start is None or whole.end is None:
            return None
        return (whole.end.year - whole.start.year) * 12 + whole.end.month - whole.start.month


ALWAYS = Period()


def _before(start: date | None, end: date | None) -> bool:
    return start is None or end is None or start < end


def _later_start(one: date | None, two: date | None) -> date | None:
    return max(one, two) if one and two else one or two


def _earlier_end(one: date | None, two: date | None) -> date | None:
    return min(one, two) if one and two else one or two


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
