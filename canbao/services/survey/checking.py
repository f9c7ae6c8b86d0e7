"""The town checks what was handed in: sends lines back with a reason, closes them, and takes either back (规程第八条)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from canbao.rules.approval import NoReason
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import (
    NOT_YET_BACK,
    WITH_TOWN,
    Move,
    Outcome,
    TaskState,
    before_check,
    may,
    settled_without_form,
)
from canbao.services import audit
from canbao.services.survey import reaching, settling
from canbao.services.survey.reported import COUNTS
from canbao.store.models import EntryKind, Evidence, FormEntry, SurveyTask, SurveyVisit

AT_ONCE = 200  # lines ticked on a page
REASON_LENGTH = 200
STAMPS = ("handed_in_at", "returned_at", "entered_at")
LATEST = SurveyVisit.objects.filter(task_id=OuterRef("pk"), withheld__in=COUNTS).order_by("-pk")
ENTERED = FormEntry.objects.filter(task_id=OuterRef("pk"), kind=EntryKind.FIRST, done_at__isnull=False).order_by(
    "-turn"
)
UNSETTLED = FormEntry.objects.filter(task_id=OuterRef("pk"), kind=EntryKind.SECOND, unsettled__gt=0)
PAPERS = Evidence.objects.filter(task_id=OuterRef("pk"), removed_at__isnull=True)


_OF_THE_PERSON = [Outcome.DEAD.value, Outcome.MOVED.value]  # what the register has to be told, by a change request


class Refused(Exception):
    """Of the lines asked for so many cannot be taken on; the subclasses say why. Nothing was done with any of them."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class NothingChosen(Refused):
    """No line was ticked, or none that is there."""


class NotThere(Refused):
    """Lines that no longer stand where this step begins: somebody else has moved them."""


class NotEntered(Refused):
    """Lines with a form that has not been entered."""


class NoEvidence(Refused):
    """Lines whose outcome needs a paper that is not on file."""


class SecondDue(Refused):
    """Lines whose form was drawn to be typed again by another, or typed otherwise by him and not settled yet."""


class OwnEntry(Refused):
    """Lines whose form the actor himself entered: another has to close them."""


class OwnReport(Refused):
    """Lines that the actor himself reported: another has to close them."""


class NotYours(Refused):
    """Lines about which somebody else has decided: only he takes it back."""


class StillOpen(Refused):
    """Lines of the village that are still with it."""


@transaction.atomic
def send_back(round_id: int, *, tasks: Sequence[int], reason: str, actor: Actor, at: datetime) -> int:
    """Give lines back to their villages; nothing of what was entered is lost. Says how many.

    Raises NotAllowed, NotFound, RoundOver, NoReason, Refused.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CHECK, is_open=True)
    if not reason.strip():
        raise NoReason(round_id)
    said = reason.strip()[:REASON_LENGTH]
    rows = _chosen(actor, round_id, tasks, WITH_TOWN)
    _note(audit.Event.TASKS_SENT_BACK, _targets(rows), actor=actor, at=at, detail={"reason": said})
    return reaching.step_all(rows, Move.SEND_BACK, sent_back=F("sent_back") + 1, sent_back_reason=said)


@transaction.atomic
def close(round_id: int, *, tasks: Sequence[int], actor: Actor, at: datetime) -> int:
    """Close lines after a check: entered ones, and those whose outcome has no form. Says how many.

    Raises NotAllowed, NotFound, RoundOver, Refused.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CHECK, is_open=True)
    return _close(_chosen(actor, round_id, tasks, WITH_TOWN), actor=actor, at=at)


@transaction.atomic
def close_village(round_id: int, *, village: str, actor: Actor, at: datetime) -> int:
    """Close everything of a village with which nothing is left to do but this. Says how many.

    Raises NotAllowed, NotFound, RoundOver, Refused.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CHECK, is_open=True)
    rows = reaching.tasks_of(actor, round_id).filter(office_path=village)
    states = _locked(rows.filter(state__in=[*NOT_YET_BACK, *WITH_TOWN]))
    if left := sum(state in NOT_YET_BACK for state in states.values()):
        raise StillOpen(left)
    return _close(rows.filter(pk__in=list(states)), actor=actor, at=at)


@transaction.atomic
def undo_close(round_id: int, *, closed_at: datetime, actor: Actor, at: datetime) -> int:
    """Open again what the actor closed at one moment; says how many.

    Raises NotAllowed, NotFound, RoundOver, Refused.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CHECK, is_open=True)
    rows = reaching.tasks_of(actor, round_id).filter(state=TaskState.CLOSED, closed_at=closed_at)
    _check_doer(list(_locked(rows)), audit.Event.TASKS_CLOSED, actor)
    return _stand_again(rows, "撤销办结", actor=actor, at=at, closed_at=None)


@transaction.atomic
def undo_send_back(round_id: int, *, tasks: Sequence[int], actor: Actor, at: datetime) -> int:
    """Take lines back that the actor sent back and that have not been visited anew; says how many.

    Raises NotAllowed, NotFound, RoundOver, Refused.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CHECK, is_open=True)
    rows = _chosen(actor, round_id, tasks, {TaskState.SENT_BACK})
    _check_doer(list(rows.values_list("pk", flat=True)), audit.Event.TASKS_SENT_BACK, actor)
    again = {"sent_back": F("sent_back") - 1, "sent_back_reason": ""}
    return _stand_again(rows, "撤销退回", actor=actor, at=at, **again)


def _chosen(actor: Actor, round_id: int, tasks: Sequence[int], states: Iterable[TaskState]) -> QuerySet[SurveyTask]:
    """The ticked lines, locked, all of them where the step begins. Raises NothingChosen, NotThere."""
    wanted = set(tasks[:AT_ONCE])
    rows = reaching.tasks_of(actor, round_id).filter(pk__in=wanted)
    there = _locked(rows)
    if not there:
        raise NothingChosen(0)
    if away := len(wanted) - sum(state in set(states) for state in there.values()):
        raise NotThere(away)
    return rows


def _locked(rows: QuerySet[SurveyTask]) -> dict[int, str]:
    """Where each line stands, held until the end: what is checked of it then is still so when it is closed."""
    return dict(rows.select_for_update().order_by("pk").values_list("pk", "state"))


def _close(rows: QuerySet[SurveyTask], *, actor: Actor, at: datetime) -> int:
    """Raises NothingChosen, NotEntered, NoEvidence, SecondDue, OwnEntry, OwnReport."""
    without = [outcome.value for outcome in settled_without_form()]
    entered = rows.filter(state__in=may(Move.CLOSE))
    settled = rows.filter(state__in=may(Move.SETTLE), outcome__in=without)
    _check(rows, actor)
    _note(audit.Event.TASKS_CLOSED, _targets(rows), actor=actor, at=at, detail={})
    for task in settled.filter(outcome__in=_OF_THE_PERSON):
        settling.ask_of_outcome(task, actor=actor, at=at)
    return reaching.step_all(settled, Move.SETTLE, closed_at=at) + reaching.step_all(entered, Move.CLOSE, closed_at=at)


def _check(rows: QuerySet[SurveyTask], actor: Actor) -> None:
    if not rows.exists():
        raise NothingChosen(0)
    without = [outcome.value for outcome in settled_without_form()]
    if waiting := rows.filter(state__in=may(Move.SETTLE)).exclude(outcome__in=without).count():
        raise NotEntered(waiting)
    needing = [outcome.value for outcome in Outcome if outcome.needs_evidence]
    if bare := rows.filter(~Exists(PAPERS), outcome__in=needing).count():
        raise NoEvidence(bare)
    if drawn := rows.filter(Q(second_due=True) | Exists(UNSETTLED)).count():
        raise SecondDue(drawn)
    if (
        own := rows.filter(state=TaskState.ENTERED)
        .alias(by=Subquery(ENTERED.values("entered_by")[:1]))
        .filter(by=actor.account)
        .count()
    ):
        raise OwnEntry(own)
    if own := rows.alias(by=Subquery(LATEST.values("account")[:1])).filter(by=actor.account).count():
        raise OwnReport(own)


def _stand_again(rows: QuerySet[SurveyTask], said: str, *, actor: Actor, at: datetime, **facts: object) -> int:
    """Back to where each line stood. Raises NothingChosen."""
    by_state: dict[TaskState, list[int]] = {}
    for pk, *stamps in rows.select_for_update().order_by("pk").values_list("pk", *STAMPS):
        by_state.setdefault(before_check(**dict(zip(STAMPS, stamps, strict=True))), []).append(pk)
    if not by_state:
        raise NothingChosen(0)
    _note(audit.Event.CHECK_UNDONE, _targets(rows), actor=actor, at=at, detail={"decision": said})
    return sum(
        SurveyTask.objects.filter(pk__in=tasks).update(state=state.value, **facts) for state, tasks in by_state.items()
    )


def _check_doer(tasks: Sequence[int], event: audit.Event, actor: Actor) -> None:
    """Raises NotYours."""
    doers = audit.last_doers(event, "task", [str(pk) for pk in tasks])
    if others := sum(doer != actor.account for doer in doers.values()):
        raise NotYours(others)


def _targets(rows: QuerySet[SurveyTask]) -> list[tuple[int, str]]:
    return list(rows.order_by("pk").values_list("pk", "office_path"))


def _note(
    event: audit.Event, targets: Iterable[tuple[int, str]], *, actor: Actor, at: datetime, detail: dict[str, object]
) -> None:
    """One line of the journal for each person, so that his own office can say what was decided."""
    lines = (audit.Line(event, "task", str(pk), detail=detail, area=path) for pk, path in targets)
    audit.record_all(lines, actor=actor, at=at)
