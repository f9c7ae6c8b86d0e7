"""Forms typed a second time, by another and without sight of the first; what differs is shown and the first stands (规程第八条)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from canbao.rules import entry, second_entry
from canbao.rules.answers import BY_NAME
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.showing import Fact, fact
from canbao.services.survey import drafting, reaching
from canbao.store.models import EntryKind, FormEntry, SurveyTask

SHOWN = 50


class NotDue(Exception):
    """The form is not to be typed again, or not by this account."""


class Unreadable(Exception):
    """Answers that mean nothing; `items` names them."""

    def __init__(self, items: Iterable[str]) -> None:
        self.items = sorted(items)
        super().__init__(*self.items)


@dataclass(frozen=True)
class Again:
    """A form on the desk for the second time: nothing of the first is in it."""

    task: SurveyTask
    entry: FormEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """One form that two have typed otherwise."""

    task_id: int
    name: str
    office: str
    done_at: datetime
    first_by: str
    second_by: str
    items: list[tuple[str, Fact, Fact]]


@dataclass(frozen=True, slots=True)
class Rate:
    """How often two typings differ."""

    of: str
    compared: int
    wrong: int

    @property
    def percent(self) -> float:
        return 100 * self.wrong / self.compared if self.compared else 0.0


_TAKE = """
select t.id from survey_task t
where t.round_id = %(round)s and t.office_path between %(lo)s and %(hi)s and length(t.held_at) >= %(width)s and t.second_due
and not exists (select 1 from form_entry e where e.task_id = t.id and (e.kind = 'FIRST' and e.entered_by = %(account)s
    or e.kind = 'SECOND' and e.done_at is null and e.entered_by <> %(account)s and coalesce(e.saved_at, e.entered_at) > %(stale)s))
order by t.id limit 1 for update of t skip locked
"""


@transaction.atomic
def take_next(actor: Actor, round_id: int, *, at: datetime) -> int | None:
    """The next form that waits to be typed again by this account, begun for it. Raises NotAllowed, NotFound, RoundOver."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER, is_open=True)
    lowest, highest = access.people_range(actor)
    values: dict[str, Any] = {
        "round": round_id, "lo": lowest, "hi": highest, "width": len(actor.office), "account": actor.account,
        "stale": at - drafting.CLAIM,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    open_again(int(row[0]), actor=actor, at=at)
    return int(row[0])


@transaction.atomic
def open_again(task_id: int, *, actor: Actor, at: datetime) -> Again:
    """Begin the second typing or go on with it. Raises NotAllowed, NotFound, RoundOver, NotDue, drafting.Held."""
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER, lock=True)
    reaching.round_of(actor, task.round_id, need=Permission.SURVEY_ENTER, is_open=True)
    first = drafting.last_done(task_id)
    if not task.second_due or first is None or first.entered_by == actor.account:
        raise NotDue(task_id)
    found = drafting.draft_of(task, EntryKind.SECOND)
    if found is None:
        found = FormEntry.objects.create(
            task_id=task.pk, round_id=task.round_id, turn=first.turn, kind=EntryKind.SECOND, office_path=task.office_path,
            form_number=task.form_number, entered_by=actor.account, entered_at=at,
        )  # fmt: skip
    elif found.entered_by != actor.account:
        if (found.saved_at or found.entered_at) > at - drafting.CLAIM:
            raise drafting.Held(found)
        found.answers, found.entered_by, found.entered_at = {}, actor.account, at  # blind of the other second, too
        found.save(update_fields=["answers", "entered_by", "entered_at"])
    _note(audit.Event.ENTRY_OPENED, task, actor=actor, at=at, kind="SECOND")
    return Again(task, found)


@transaction.atomic
def save(
    task_id: int, *, edition: int, answers: Mapping[str, Any], seconds: int, actor: Actor, at: datetime
) -> FormEntry:
    """Keep what has been typed so far. Raises NotAllowed, NotFound, NotDue, drafting.Held, drafting.Late."""
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER)
    rows = FormEntry.objects.select_for_update().filter(task_id=task.pk, kind=EntryKind.SECOND, done_at=None)
    if (found := rows.first()) is None:
        raise NotDue(task_id)
    return drafting.keep(found, edition=edition, answers=answers, explained={}, seconds=seconds, actor=actor, at=at)


@transaction.atomic
def finish(task_id: int, *, answers: Mapping[str, Any], seconds: int, actor: Actor, at: datetime) -> FormEntry:
    """Hand over the second typing and compare. Handing it over again changes nothing.

    Raises NotAllowed, NotFound, RoundOver, NotDue, drafting.Held, Unreadable.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER, lock=True)
    before = drafting.last_done(task_id, EntryKind.SECOND)
    if before and not task.second_due and before.entered_by == actor.account:
        return before
    again = open_again(task_id, actor=actor, at=at)
    values, wrong = entry.read_all(answers)
    if wrong:
        raise Unreadable(wrong)
    first = drafting.last_done(task_id)
    found = again.entry
    found.answers, found.differs = values, second_entry.differing(first.answers if first else {}, values)
    found.seconds = max(found.seconds, min(seconds, drafting.MOST_SECONDS))
    found.edition, found.saved_at, found.done_at = found.edition + 1, at, at
    found.save(update_fields=["answers", "differs", "seconds", "edition", "saved_at", "done_at"])
    again.task.second_due = False
    again.task.save(update_fields=["second_due"])
    _note(audit.Event.FORM_ENTERED_AGAIN, task, actor=actor, at=at, fields=found.differs)
    return found


def differences(actor: Actor, round_id: int, *, on: date) -> list[Difference]:
    """The latest forms of the area that two have typed otherwise, hidden as everywhere. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER)
    rows = access.within(FormEntry.objects.filter(round_id=round_id, kind=EntryKind.SECOND), actor)
    seconds = list(rows.filter(done_at__isnull=False).exclude(differs=[]).order_by("-pk")[:SHOWN])
    ids = [one.task_id for one in seconds]
    firsts = {(one.task_id, one.turn): one for one in FormEntry.objects.filter(task_id__in=ids, kind=EntryKind.FIRST)}
    tasks = access.within(SurveyTask.objects.filter(pk__in=ids), actor).in_bulk()
    names = audit.real_names({one.entered_by for one in (*seconds, *firsts.values())})
    return [
        _difference(tasks[one.task_id], firsts[one.task_id, one.turn], one, names, on)
        for one in seconds
        if one.task_id in tasks and (one.task_id, one.turn) in firsts
    ]


def _difference(
    task: SurveyTask, first: FormEntry, second: FormEntry, names: Mapping[str, str], on: date
) -> Difference:
    def shown(one: FormEntry, item: str) -> Fact:
        return fact(item, one.answers.get(item), on=on, label=label(item))

    return Difference(
        task_id=task.pk, name=task.name, office=task.office_path, done_at=second.done_at or second.entered_at,
        first_by=names.get(first.entered_by, first.entered_by), second_by=names.get(second.entered_by, second.entered_by),
        items=[(label(item), shown(first, item), shown(second, item)) for item in second.differs],
    )  # fmt: skip


def rates(actor: Actor, round_id: int) -> tuple[list[Rate], list[Rate]]:
    """By clerk of the first typing, and by item: how many items were compared and how many differ. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER)
    rows = access.within(
        FormEntry.objects.filter(round_id=round_id, kind=EntryKind.SECOND, done_at__isnull=False), actor
    )
    compared: dict[str, Counter[str]] = {"clerk": Counter(), "item": Counter()}
    wrong: dict[str, Counter[str]] = {"clerk": Counter(), "item": Counter()}
    seconds = list(rows.order_by("-pk").values_list("task_id", "turn", "answers", "differs")[:5000])
    firsts = FormEntry.objects.filter(round_id=round_id, kind=EntryKind.FIRST, task_id__in=[row[0] for row in seconds])
    clerks = {(task, turn): by for task, turn, by in firsts.values_list("task_id", "turn", "entered_by")}
    for task_id, turn, answers, differs in seconds:
        items = set(answers) | set(differs)
        compared["clerk"][clerks.get((task_id, turn), "")] += len(items)
        wrong["clerk"][clerks.get((task_id, turn), "")] += len(differs)
        compared["item"].update(items)
        wrong["item"].update(differs)
    names = audit.real_names(compared["clerk"])
    by_clerk = [Rate(names.get(one, one), n, wrong["clerk"][one]) for one, n in compared["clerk"].most_common()]
    by_item = [Rate(label(one), compared["item"][one], n) for one, n in wrong["item"].most_common()]
    return by_clerk, by_item


def label(item: str) -> str:
    return BY_NAME[item].label if item in BY_NAME else {one.name: one.label for one in entry.FIELDS}.get(item, item)


def _note(event: audit.Event, task: SurveyTask, *, actor: Actor, at: datetime, **detail: object) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="task", target_id=str(task.pk), detail=detail, area=task.office_path
    )
