"""Sealing that nothing holds up for long, and what is said where it was: by the health page, an alarm and each verification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from canbao.rules.alarms import AlarmKind, Suspicion
from canbao.rules.division import CITY
from canbao.services.audit.chain import JournalBusy, end_blockers, seal
from canbao.services.audit.raising import raise_or_grow

LONG = timedelta(minutes=10)  # without a seal, which is due each minute
SUBJECT = "日志封存"


@dataclass(frozen=True)
class Unsealed:
    """The entries that no seal covers yet. since: the oldest of them; age: of that, by the clock of the database."""

    count: int
    first_id: int
    last_id: int
    since: datetime | None
    age: timedelta

    @property
    def is_long(self) -> bool:
        """Whether they have waited longer than any sealing takes: what was changed in them meanwhile cannot be found."""
        return self.age > LONG


def unsealed() -> Unsealed:
    """What waits to be sealed now, of the whole journal whatever the login sees of it."""
    with connection.cursor() as cursor:
        cursor.execute("select * from journal_unsealed()")
        count, first, latest, since, age = cursor.fetchone()
    return Unsealed(count, first or 0, latest or 0, since, age or timedelta())


def keep_sealed(*, at: datetime) -> int:
    """Seal what is there, patiently; returns how many entries. The work of a thread that does nothing else.

    First the sessions are ended that hold others up for longer than any page, whatever it is that they hold.
    """
    try:
        end_blockers()
        return seal(patient=True).entries
    except JournalBusy:  # somebody else seals, or holds the lock of those who do
        return 0
    finally:
        watch(at=at)


def watch(*, at: datetime) -> int:
    """Raise an alarm where entries have waited too long; returns how many alarms are new."""
    found = unsealed()
    if not found.is_long or found.since is None:
        return 0
    late = Suspicion(
        AlarmKind.JOURNAL_UNSEALED, SUBJECT, CITY, found.count, found.first_id, found.last_id, found.since, at
    )
    return raise_or_grow(late, at=at)
