"""Watch the journal for reading by the list: every five minutes the hour behind is looked through; what is found waits for an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from canbao.rules import policy
from canbao.rules.alarms import WINDOW, Act, Deed, Limits, Suspicion, suspicions
from canbao.rules.roles import Role
from canbao.services.audit.events import Event
from canbao.services.audit.raising import raise_or_grow
from canbao.store.models import Alarm, AlarmPosition, AlarmState, PolicySetting

STEP = timedelta(minutes=30)  # of the windows when more than a minute has to be caught up
BACK = timedelta(days=2)  # how far behind a watch that stood still is caught up
USUAL_DAYS = 30
_DEEDS = {
    Event.PERSON_VIEWED.value: Deed.OPENED,
    Event.SEARCHED.value: Deed.SEARCHED,
    Event.LOOKED_OUTSIDE.value: Deed.SEARCHED,
    Event.LOOKED_FOR_TWIN.value: Deed.NUMBER_TRIED,
    Event.CLIENT_LOOKED_UP.value: Deed.ASKED,
    Event.UNMASKED.value: Deed.UNMASKED,
    Event.ACCESS_REFUSED.value: Deed.REFUSED,
    Event.NOT_IN_AREA.value: Deed.REFUSED,
    Event.SIGN_IN_FAILED.value: Deed.SIGN_IN_FAILED,
    Event.RESET_DISPUTED.value: Deed.DISPUTED,
    Event.RESET_EMERGENCY.value: Deed.EMERGENCY,
}


def scan(*, at: datetime) -> int:
    """Look through what was written since the last scan and raise what is suspicious; returns how many alarms are new.

    May run twice, late, or beside itself: an alarm grows, it is not raised again.
    """
    with transaction.atomic():
        position, _ = AlarmPosition.objects.select_for_update().get_or_create(
            pk=1, defaults={"scanned_to": at - WINDOW}
        )
        raised = _look_through(position.scanned_to, at)
        position.scanned_to = max(at, position.scanned_to)
        position.save(update_fields=["scanned_to"])
    return raised


@transaction.atomic
def scan_own(*, at: datetime) -> int:
    """The same for a page, which sees the entries of its own area only: how far the journal was looked through is not moved by it.

    No more than the last hour is looked through, however long the watch has stood still: that is caught up by `scan`.
    """
    position = AlarmPosition.objects.first()
    return _look_through(max(position.scanned_to, at - WINDOW) if position else at - WINDOW, at)


def _look_through(since: datetime, at: datetime) -> int:
    limits = _limits()
    return sum(
        raise_or_grow(found, at=at) for end in _ends(since, at) for found in _found(_acts(end), limits, end)
    )  # fmt: skip


def _limits() -> Limits:
    return Limits.chosen(policy.in_force(dict(PolicySetting.objects.values_list("name", "value"))))


def _ends(since: datetime, at: datetime) -> list[datetime]:
    """The ends of the hours to look through: steps of half an hour up to now."""
    end, ends = max(since, at - BACK) + STEP, []
    while end < at:
        ends.append(end)
        end += STEP
    return [*ends, at]


def _found(acts: list[Act], limits: Limits, end: datetime) -> Iterator[Suspicion]:
    """What the hour gives rise to, leaving out the entries that an auditor has settled."""
    active = {act.account for act in acts}
    usual, today = _usual(active, end), _today(active, end)
    for found in suspicions(acts, limits=limits, usual=usual, today=today):
        settled = Alarm.objects.filter(kind=found.kind, subject=found.subject, state=AlarmState.SETTLED)
        upto = settled.aggregate(last=Max("last_id"))["last"] or 0
        if upto < found.first_id:
            yield found
            continue
        rest = [act for act in acts if act.id > upto]
        again = suspicions(rest, limits=limits, usual=usual, today=today)
        yield from (item for item in again if (item.kind, item.subject) == (found.kind, found.subject))


def _acts(end: datetime) -> list[Act]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, event, account, office, target_id, coalesce(detail->>'stem', ''),"
            " coalesce(detail->>'digest', ''), terminal"
            " from journal where at > %s and at <= %s and event = any(%s) and (role <> %s or event = %s) order by id",
            [end - WINDOW, end, list(_DEEDS), Role.EXTERNAL_SYSTEM, Event.CLIENT_LOOKED_UP],
        )
        return [_act(row) for row in cursor.fetchall()]


def _act(row: tuple[int, datetime, str, str, str, str, str, str, str]) -> Act:
    number, at, event, account, office, target, stem, digest, terminal = row
    deed = _DEEDS[event]
    who = target if deed is Deed.SIGN_IN_FAILED else account
    return Act(number, at, deed, who, office, target, stem, digest, terminal)


def _usual(accounts: set[str], end: datetime) -> dict[str, float]:
    """The median, over the hours in which the account opened anybody, of how many; before the hour that is looked at.

    Only for accounts with some history: a newcomer has no usual hour.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select account, percentile_cont(0.5) within group (order by n) from ("
            " select account, date_trunc('hour', at) as hour, count(distinct target_id) as n from journal"
            " where account = any(%s) and event = %s and at > %s and at <= %s group by 1, 2) h"
            " group by account having count(*) >= 10",
            [sorted(accounts), Event.PERSON_VIEWED, end - timedelta(days=USUAL_DAYS), end - WINDOW],
        )
        return dict(cursor.fetchall())


def _today(accounts: set[str], end: datetime) -> dict[str, int]:
    midnight = timezone.localtime(end).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "select account, count(distinct target_id) from journal where account = any(%s) and event = %s"
            " and at >= %s and at <= %s group by account",
            [sorted(accounts), Event.PERSON_VIEWED, midnight, end],
        )
        return dict(cursor.fetchall())
