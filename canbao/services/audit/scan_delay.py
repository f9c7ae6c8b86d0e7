"""Whether the watch over the journal runs: an alarm that nobody looks for is not missed by anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

LATE: Final = timedelta(minutes=15)  # the timetable scans every five minutes


@dataclass(frozen=True, slots=True)
class ScanDelay:
    """scanned_to: up to when the journal was looked through, None for never; age: of that, by the clock of the database."""

    scanned_to: datetime | None
    age: timedelta

    @property
    def is_late(self) -> bool:
        return self.scanned_to is None or self.age > LATE


def scan_delay() -> ScanDelay:
    """How far the watch over the journal is behind now."""
    with connection.cursor() as cursor:
        cursor.execute("select max(scanned_to), clock_timestamp() - max(scanned_to) from alarm_position")
        scanned_to, age = cursor.fetchone()
    return ScanDelay(scanned_to, age or timedelta())
