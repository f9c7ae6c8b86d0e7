"""Raise an alarm, or let the one that is open grow."""

from __future__ import annotations

from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction

from canbao.rules.alarms import AlarmKind, Suspicion
from canbao.rules.division import CITY
from canbao.rules.roles import Actor
from canbao.services.audit.budgets import JOURNAL
from canbao.store.models import Alarm, AlarmState

OFFICE_DIGITS = 18  # of the longest path, a village's


def raise_or_grow(found: Suspicion, *, at: datetime, using: str = DEFAULT_DB_ALIAS, adds: bool = False) -> int:
    """A new alarm (1), or one that grows (0). adds: what was found is new, not counted again."""
    new = {
        "office": found.office[:OFFICE_DIGITS] or CITY, "count": found.count, "first_id": found.first_id,
        "last_id": found.last_id, "from_at": found.from_at, "to_at": found.to_at, "raised_at": at,
    }  # fmt: skip
    with transaction.atomic(using=using):
        alarm, is_new = (
            Alarm.objects.using(using)
            .select_for_update()
            .get_or_create(kind=found.kind, subject=found.subject, state=AlarmState.OPEN, defaults=new)
        )
        if not is_new and found.last_id > alarm.last_id:
            _grow(alarm, found, adds=adds)
            alarm.save(using=using, update_fields=["count", "last_id", "to_at"])
    return int(is_new)


def _grow(alarm: Alarm, found: Suspicion, *, adds: bool) -> None:
    alarm.count = alarm.count + found.count if adds else max(alarm.count, found.count)
    alarm.last_id, alarm.to_at = found.last_id, max(found.to_at, alarm.to_at)


def raise_budget_spent(*, actor: Actor, at: datetime) -> None:
    """An alarm about the line that was just appended on the journal's connection; one that is open grows."""
    with connections[JOURNAL].cursor() as cursor:
        cursor.execute("select lastval()")
        (line,) = cursor.fetchone()
    found = Suspicion(AlarmKind.BUDGET_SPENT, actor.account, actor.office, 1, line, line, at, at)
    try:
        with transaction.atomic(using=JOURNAL):
            raise_or_grow(found, at=at, using=JOURNAL, adds=True)
    except IntegrityError:
        pass  # another request of the account has raised it at the same moment
