"""Watch the journal for reading by the list: every five minutes the hour behind is looked through; what is found waits for an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from canbao.rules import policy
from canbao.rules.alarms import WINDOW, Act, AlarmKind, Deed, Limits, Suspicion, suspicions
from canbao.rules.division import CITY
from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services.audit.journal import Event, record
from canbao.services.audit.reading import office_words, real_names, require
from canbao.store.models import Alarm, AlarmPosition, AlarmState, PolicySetting

STEP = timedelta(minutes=30)  # of the windows when more than a minute has to be caught up
BACK = timedelta(days=2)  # how far behind a watch that stood still is caught up
USUAL_DAYS = 30
PAGE = 50
OFFICE_DIGITS = 18  # of the longest path, a village's

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


class AlarmNotFound(LookupError):
    """No such alarm, or not the actor's to settle."""


class AlreadySettled(Exception):
    """Somebody has settled it; `alarm` says who and when."""

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(alarm.pk)
        self.alarm = alarm


class NoteMissing(ValueError):
    """An alarm is settled with a word on what it was."""


@dataclass(frozen=True)
class AlarmView:
    """An alarm as its list shows it."""

    id: int
    kind: AlarmKind
    subject: str
    who: str
    office: str
    count: int
    first_id: int
    last_id: int
    from_at: datetime
    to_at: datetime
    is_open: bool
    note: str
    settled_by: str
    settled_at: datetime | None


def scan(*, at: datetime) -> int:
    """Look through what was written since the last scan and raise what is suspicious; returns how many alarms are new.

    May run twice, late, or beside itself: an alarm grows, it is not raised again.
    """
    with transaction.atomic():
        position, _ = AlarmPosition.objects.select_for_update().get_or_create(
            pk=1, defaults={"scanned_to": at - WINDOW}
        )
        limits, raised = _limits(), 0
        for end in _ends(position.scanned_to, at):
            raised += sum(raise_or_grow(found, at=at) for found in _found(_acts(end), limits, end))
        position.scanned_to = max(at, position.scanned_to)
        position.save(update_fields=["scanned_to"])
    return raised


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


def alarms(*, actor: Actor, is_open: bool, below: int | None = None) -> list[AlarmView]:
    """Newest first, from below a number on.

    Raises NotAllowed.
    """
    require(actor, Permission.JOURNAL_VIEW)
    rows = _own(actor).filter(state=AlarmState.OPEN if is_open else AlarmState.SETTLED)
    if below:
        rows = rows.filter(pk__lt=below)
    kept = list(rows.order_by("-pk")[:PAGE])
    names = real_names({alarm.subject for alarm in kept} | {alarm.settled_by or "" for alarm in kept})
    return [_told(alarm, names) for alarm in kept]


def waiting(*, actor: Actor) -> int:
    """How many alarms wait for this post. Raises NotAllowed."""
    require(actor, Permission.JOURNAL_VIEW)
    return _own(actor).filter(state=AlarmState.OPEN).count()


@transaction.atomic
def settle(alarm_id: int, *, note: str, actor: Actor, at: datetime) -> None:
    """Close an alarm with what it turned out to be.

    Raises NotAllowed, AlarmNotFound, AlreadySettled, NoteMissing.
    """
    require(actor, Permission.ALARM_SETTLE)
    if not note.strip():
        raise NoteMissing
    alarm = _own(actor).select_for_update().filter(pk=alarm_id).first()
    if alarm is None:
        raise AlarmNotFound(alarm_id)
    if alarm.state == AlarmState.SETTLED:
        raise AlreadySettled(alarm)
    alarm.state, alarm.note = AlarmState.SETTLED, note.strip()
    alarm.settled_by, alarm.settled_at = actor.account, at
    alarm.save(update_fields=["state", "note", "settled_by", "settled_at"])
    detail: dict[str, object] = {"kind": AlarmKind(alarm.kind).label, "note": alarm.note}
    record(Event.ALARM_SETTLED, actor=actor, at=at, target_kind="alarm", target_id=str(alarm_id), detail=detail)


def _own(actor: Actor) -> QuerySet[Alarm]:
    return Alarm.objects.filter(office__range=scope_range(actor.office))


def _limits() -> Limits:
    return Limits.chosen(policy.in_force(dict(PolicySetting.objects.values_list("name", "value"))))


def _ends(since: datetime, at: datetime) -> list[datetime]:
    """The ends of the hours to look through: steps of half an hour up to now."""
    end, ends = max(since, at - BACK) + STEP, []
    while end < at:
        ends.append(end)
        end += STEP
    return [*ends, at]


def _acts(end: datetime) -> list[Act]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, event, account, office, target_id, coalesce(detail->>'stem', ''),"
            " coalesce(detail->>'digest', ''), terminal"
            " from journal where at > %s and at <= %s and event = any(%s) and role <> %s order by id",
            [end - WINDOW, end, list(_DEEDS), Role.EXTERNAL_SYSTEM],
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


def raise_or_grow(found: Suspicion, *, at: datetime, using: str = DEFAULT_DB_ALIAS, adds: bool = False) -> int:
    """A new alarm (1), or one that grows (0). adds: what was found is new, not counted again."""
    with transaction.atomic(using=using):
        rows = Alarm.objects.using(using).filter(kind=found.kind, subject=found.subject, state=AlarmState.OPEN)
        if grows := rows.select_for_update().first():
            if found.last_id > grows.last_id:
                _grow(grows, found, adds=adds)
                grows.save(using=using, update_fields=["count", "last_id", "to_at"])
            return 0
        Alarm.objects.using(using).create(
            kind=found.kind, subject=found.subject, office=found.office[:OFFICE_DIGITS] or CITY, count=found.count,
            first_id=found.first_id, last_id=found.last_id, from_at=found.from_at, to_at=found.to_at, raised_at=at,
        )  # fmt: skip
    return 1


def _grow(alarm: Alarm, found: Suspicion, *, adds: bool) -> None:
    alarm.count = alarm.count + found.count if adds else max(alarm.count, found.count)
    alarm.last_id, alarm.to_at = found.last_id, max(found.to_at, alarm.to_at)


def _told(alarm: Alarm, names: dict[str, str]) -> AlarmView:
    name = names.get(alarm.subject)
    settler = alarm.settled_by or ""
    return AlarmView(
        id=alarm.pk,
        kind=AlarmKind(alarm.kind),
        subject=alarm.subject,
        who=f"{name}（{alarm.subject}）" if name else alarm.subject,
        office=office_words(alarm.office),
        count=alarm.count,
        first_id=alarm.first_id,
        last_id=alarm.last_id,
        from_at=alarm.from_at,
        to_at=alarm.to_at,
        is_open=alarm.state == AlarmState.OPEN,
        note=alarm.note,
        settled_by=names.get(settler, settler),
        settled_at=alarm.settled_at,
    )
