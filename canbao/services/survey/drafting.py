"""Forms that are being typed: who has which, what has been saved, taking over, the next one (规程第八条).

A form belongs to the clerk who opened it until it is handed over or another takes it over, on record. Each saving makes the next edition
of the draft: a page that shows an older one, in another tab or without network for a while, never overwrites what it has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from canbao.bulk.sqltext import SQL, checked, sql
from canbao.rules import entry as typing
from canbao.rules.forms import is_form_number
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.second_entry import differing
from canbao.rules.survey import Outcome, TaskState
from canbao.services import access, audit
from canbao.services.survey import knowing, reaching, sheets
from canbao.store.models import EntryKind, FormEntry, RegistrationForm, SurveyTask

CLAIM = timedelta(minutes=10)
QUEUE = (TaskState.HANDED_IN, TaskState.RETURNED)
# Without paper there is nothing to enter for these: the check closes them.
NOTHING_TO_ENTER = (Outcome.NOT_MET, Outcome.REFUSED, Outcome.AWAY, Outcome.NO_SUCH_PERSON)
MOST_SECONDS, MOST_EDITIONS = 6 * 3600, 2_000_000_000


class NotWaiting(Exception):
    """The line does not wait for an entry: not handed in yet, entered already, closed."""

    def __init__(self, task: SurveyTask) -> None:
        super().__init__(task.pk)
        self.state = TaskState(task.state)


class Held(Exception):
    """Another clerk has begun this form."""

    def __init__(self, entry: FormEntry) -> None:
        super().__init__(entry.pk)
        self.by = entry.entered_by
        self.since = entry.saved_at or entry.entered_at
        self.edition = entry.edition


class Late(Exception):
    """Another edition than that of the page is stored; `entry` is what stands, `differs` the items that were sent otherwise."""

    def __init__(self, entry: FormEntry, sent: Mapping[str, str]) -> None:
        super().__init__(entry.pk)
        self.entry = entry
        self.differs = differing(entry.answers, sent)


class NoSuchForm(LookupError):
    """No line of this round in the area has this form number."""


@dataclass(frozen=True)
class Desk:
    """One form on the desk."""

    task: SurveyTask
    entry: FormEntry
    knows: knowing.Knows


@transaction.atomic
def open_form(task_id: int, *, actor: Actor, at: datetime) -> Desk:
    """Begin a form or go on with it; the look on record.

    Raises NotAllowed, NotFound, RoundOver, NotWaiting, Held, knowing.Gone.
    """
    task = waiting_task(task_id, actor=actor)
    knows = knowing.of(task, actor=actor)
    found = draft_of(task)
    if found is None:
        found = _begin(task, knowing.first_answers(knows), actor=actor, at=at)
    elif found.entered_by != actor.account:
        if found.edition or found.entered_at > at - CLAIM:
            raise Held(found)
        _hand_to(found, actor=actor, at=at)
    _note(task, actor=actor, at=at)
    return Desk(task, found, knows)


def waiting_task(task_id: int, *, actor: Actor) -> SurveyTask:
    """The line, locked, if its form can be entered now. Raises NotAllowed, NotFound, RoundOver, NotWaiting."""
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER, lock=True)
    reaching.round_of(actor, task.round_id, need=Permission.SURVEY_ENTER, is_open=True)
    if task.state not in QUEUE:
        raise NotWaiting(task)
    return task


def draft_of(task: SurveyTask, kind: str = EntryKind.FIRST) -> FormEntry | None:
    """What is being typed, no matter who types it."""
    rows = FormEntry.objects.filter(task_id=task.pk, kind=kind, done_at=None)
    return rows.order_by("-turn").first()


def last_done(task_id: int, kind: str = EntryKind.FIRST) -> FormEntry | None:
    """The entry that stands."""
    rows = FormEntry.objects.filter(task_id=task_id, kind=kind, done_at__isnull=False)
    return rows.order_by("-turn").first()


def _begin(task: SurveyTask, answers: Mapping[str, str], *, actor: Actor, at: datetime) -> FormEntry:
    done = FormEntry.objects.filter(task_id=task.pk, kind=EntryKind.FIRST).aggregate(last=Max("turn"))["last"] or 0
    return FormEntry.objects.create(
        task_id=task.pk, round_id=task.round_id, turn=done + 1, office_path=task.office_path, answers=dict(answers),
        form_number=task.form_number, entered_by=actor.account, entered_at=at,
    )  # fmt: skip


@transaction.atomic
def take_over(task_id: int, *, actor: Actor, at: datetime) -> None:
    """Go on with what another has begun; on record with whose it was.

    Raises NotAllowed, NotFound, RoundOver, NotWaiting.
    """
    task = waiting_task(task_id, actor=actor)
    found = draft_of(task)
    if found is None or found.entered_by == actor.account:
        return
    before = found.entered_by
    _hand_to(found, actor=actor, at=at)
    _note(task, actor=actor, at=at, decision="接手", asked_by=before)


def _hand_to(entry: FormEntry, *, actor: Actor, at: datetime) -> None:
    entry.entered_by, entry.entered_at = actor.account, at
    entry.save(update_fields=["entered_by", "entered_at"])


@transaction.atomic
def save(
    task_id: int, *, edition: int, answers: Mapping[str, Any], explained: Mapping[str, Any], seconds: int, actor: Actor,
    at: datetime,
) -> FormEntry:  # fmt: skip
    """Keep what has been typed so far. The same saving sent again is the same.

    edition: the one that this saving makes, one more than its page has shown or was told to be saved.
    Raises NotAllowed, NotFound, NotWaiting, Held, Late.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER)
    found = FormEntry.objects.select_for_update().filter(task_id=task.pk, kind=EntryKind.FIRST, done_at=None).first()
    if found is None:
        raise NotWaiting(task)
    return keep(found, edition=edition, answers=answers, explained=explained, seconds=seconds, actor=actor, at=at)


def keep(
    found: FormEntry, *, edition: int, answers: Mapping[str, Any], explained: Mapping[str, Any], seconds: int,
    actor: Actor, at: datetime,
) -> FormEntry:  # fmt: skip
    """Write one saving of a locked draft. Raises Held, Late."""
    if found.entered_by != actor.account:
        raise Held(found)
    (values, _), reasons = typing.read_all(answers), said(explained)
    if edition == found.edition and (values, reasons) == (found.answers, found.explained):
        return found
    if edition != found.edition + 1:
        raise Late(found, values)
    found.answers, found.explained, found.edition = values, reasons, edition
    found.seconds, found.saved_at = max(found.seconds, min(seconds, MOST_SECONDS)), at
    found.save(update_fields=["answers", "explained", "edition", "seconds", "saved_at"])
    return found


def check_edition(found: FormEntry, edition: int | None, values: Mapping[str, str]) -> None:
    """A page that hands over has seen what is stored, or says the same. None: nothing was shown. Raises Late."""
    late = Late(found, values)
    if edition not in (None, found.edition) and late.differs:
        raise late


def said(explained: Mapping[str, Any]) -> dict[str, str]:
    """Reasons for what was to be explained, by items."""
    names = {item.name for item in typing.FIELDS}
    texts = {
        name: " ".join(str(text).replace("\0", "").split())[:100] for name, text in explained.items() if name in names
    }
    return {name: text for name, text in texts.items() if text}


# Paper that is here comes before what was only handed in; a form somebody has begun is left to him. The lock keeps two who ask at
# once apart; what the other wrote is read again under it.
_TAKE = sql("""
select t.id from survey_task t
where t.round_id = %(round)s and t.office_path between %(lo)s and %(hi)s and length(t.held_at) >= %(width)s
and t.state = %(state)s and (t.state = 'RETURNED' or t.outcome <> all(%(nothing)s)) and t.id <> all(%(skip)s)
and not exists (select 1 from form_entry e where e.task_id = t.id and e.kind = 'FIRST' and e.done_at is null
    and e.entered_by <> %(account)s and (e.edition > 0 or e.entered_at > %(stale)s))
order by t.office_path, t.address_key, t.id limit 1 for update of t skip locked
""")


@transaction.atomic
def take_next(actor: Actor, round_id: int, *, at: datetime, village: str = "", skip: int = 0) -> int | None:
    """The next form of the round that waits for this account, begun for it; None when there is none.

    skip: a line not to be given. Raises NotAllowed, NotFound, RoundOver.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER, is_open=True)
    lowest, highest = access.people_range(actor)
    if village:
        lowest, highest = max(lowest, village), min(highest, village + "~")
    passed = [skip]
    for state in reversed(QUEUE):
        values = {
            "round": round_id, "lo": lowest, "hi": highest, "width": len(actor.office), "state": state.value,
            "nothing": [one.value for one in NOTHING_TO_ENTER], "account": actor.account, "stale": at - CLAIM,
        }  # fmt: skip
        while (found := taken(_TAKE, values | {"skip": passed})) is not None:
            try:
                open_form(found, actor=actor, at=at)
            except (Held, knowing.Gone):
                passed.append(found)
            else:
                return found
    return None


def taken(query: SQL, values: Mapping[str, Any]) -> int | None:
    """The line that a query finds and locks."""
    with connection.cursor() as cursor:
        cursor.execute(checked(query), values)
        row = cursor.fetchone()
        return int(row[0]) if row else None


def by_number(actor: Actor, round_id: int, *, number: str, at: datetime) -> int:
    """The line of a form number, as scanned or typed; a number that is none here is on record.

    Raises NotAllowed, NotFound, NoSuchForm.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER)
    digits = number.partition("-")[0].strip()
    lines = reaching.tasks_of(actor, round_id)
    sheet = access.within(RegistrationForm.objects.filter(number=digits), actor).first()
    named = lines.filter(form_number=digits) if digits else lines.none()
    if sheet and sheet.task_id:
        named |= lines.filter(pk=sheet.task_id)
    elif sheet and sheet.person_id:
        named |= lines.filter(person_id=sheet.person_id)
    if (found := named.values_list("pk", flat=True).first()) is None:
        if is_form_number(digits):
            sheets.note_unknown(digits, actor=actor, at=at)
        raise NoSuchForm(digits)
    return int(found)


def _note(task: SurveyTask, *, actor: Actor, at: datetime, **detail: object) -> None:
    audit.record_look(
        audit.Event.ENTRY_OPENED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), detail=detail,
        area=task.office_path,
    )  # fmt: skip
