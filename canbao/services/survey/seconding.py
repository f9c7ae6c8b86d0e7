"""Forms typed a second time, by another and without sight of the first; what differs waits for a look at the paper (规程第八条)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from canbao.bulk.sqltext import sql
from canbao.rules import entry, second_entry
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.survey import drafting, reaching
from canbao.store.models import EntryKind, FormEntry, SurveyTask


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


_TAKE = sql("""
select t.id from survey_task t
where t.round_id = %(round)s and t.office_path between %(lo)s and %(hi)s and length(t.held_at) >= %(width)s and t.second_due
and t.id <> all(%(skip)s) and not exists (select 1 from form_entry e where e.task_id = t.id and (e.kind = 'FIRST' and e.entered_by = %(account)s
    or e.kind = 'SECOND' and e.done_at is null and e.entered_by <> %(account)s and coalesce(e.saved_at, e.entered_at) > %(stale)s))
order by t.id limit 1 for update of t skip locked
""")


@transaction.atomic
def take_next(actor: Actor, round_id: int, *, at: datetime) -> int | None:
    """The next form that waits to be typed again by this account, begun for it. Raises NotAllowed, NotFound, RoundOver."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_ENTER, is_open=True)
    lowest, highest = access.people_range(actor)
    values: dict[str, Any] = {
        "round": round_id, "lo": lowest, "hi": highest, "width": len(actor.office), "account": actor.account,
        "stale": at - drafting.CLAIM,
    }  # fmt: skip
    passed: list[int] = []
    while (found := drafting.taken(_TAKE, values | {"skip": passed})) is not None:
        try:
            open_again(found, actor=actor, at=at)
        except (drafting.Held, NotDue):  # another was a moment earlier
            passed.append(found)
        else:
            return found
    return None


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
    audit.record_look(
        audit.Event.ENTRY_OPENED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), area=task.office_path,
        detail={"kind": "SECOND"},
    )  # fmt: skip
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
def finish(
    task_id: int, *, answers: Mapping[str, Any], seconds: int, actor: Actor, at: datetime, edition: int | None = None
) -> FormEntry:
    """Hand over the second typing and compare. Handing it over again changes nothing.

    edition: of the draft that the page has seen. Raises NotAllowed, NotFound, RoundOver, NotDue, drafting.Held, drafting.Late, Unreadable.
    """
    task = access.task(actor, task_id, need=Permission.SURVEY_ENTER, lock=True)
    before = drafting.last_done(task_id, EntryKind.SECOND)
    if before and not task.second_due and before.entered_by == actor.account:
        return before
    again = open_again(task_id, actor=actor, at=at)
    values, wrong = entry.read_all(answers)
    if wrong:
        raise Unreadable(wrong)
    drafting.check_edition(again.entry, edition, values)
    first = drafting.last_done(task_id)
    found = again.entry
    found.answers, found.differs = values, second_entry.differing(first.answers if first else {}, values)
    found.unsettled, found.seconds = len(found.differs), max(found.seconds, min(seconds, drafting.MOST_SECONDS))
    found.edition, found.saved_at, found.done_at = found.edition + 1, at, at
    found.save(update_fields=["answers", "differs", "unsettled", "seconds", "edition", "saved_at", "done_at"])
    again.task.second_due = False
    again.task.save(update_fields=["second_due"])
    _note(audit.Event.FORM_ENTERED_AGAIN, task, actor=actor, at=at, fields=found.differs)
    return found


def _note(event: audit.Event, task: SurveyTask, *, actor: Actor, at: datetime, **detail: object) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="task", target_id=str(task.pk), detail=detail, area=task.office_path
    )
