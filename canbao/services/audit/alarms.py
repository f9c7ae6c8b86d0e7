"""The alarms that wait for an auditor: which there are, and what they turned out to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from canbao.rules.alarms import AlarmKind
from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.events import Event
from canbao.services.audit.journal import record
from canbao.services.audit.reading import office_words, real_names, require
from canbao.store.models import Alarm, AlarmState

PAGE = 50


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
