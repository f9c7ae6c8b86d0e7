"""The village hands in what it has visited: all that is ready at once, as often as something is ready (规程第八条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Move, Outcome, TaskState, is_late
from canbao.services import audit
from canbao.services.showing import fact
from canbao.services.survey import reaching
from canbao.store.models import SurveyRound, SurveyTask

SHOWN = 100  # of the lines that are not ready
_WAITING = (TaskState.TO_VISIT, TaskState.TRYING, TaskState.SENT_BACK)


class NothingReady(Exception):
    """Not a single line has been visited and not yet handed in."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """A line that stays with the village."""

    task_id: int
    name: str
    state: TaskState
    visits: int
    reason: str  # why it was sent back
    late: bool


@dataclass(frozen=True, slots=True)
class Stand:
    """What would be handed in and what would not. without_sheet: how many of the ready have a form that has not come back yet."""

    round: SurveyRound
    ready: dict[Outcome, int]
    without_sheet: int
    waiting: dict[TaskState, int]
    rest: list[NotReady]
    handed_in: int

    @property
    def ready_count(self) -> int:
        return sum(self.ready.values())

    @property
    def waiting_count(self) -> int:
        return sum(self.waiting.values())


def stand(actor: Actor, round_id: int, *, on: date, at: datetime) -> Stand:
    """How far the actor's village is, and who is not ready; on record. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_VISIT)
    rows = reaching.tasks_of(actor, round_id)
    states = {row["state"]: row["n"] for row in rows.order_by().values("state").annotate(n=Count("pk"))}
    ready = rows.filter(state=TaskState.VISITED)
    outcomes = {row["outcome"]: row["n"] for row in ready.order_by().values("outcome").annotate(n=Count("pk"))}
    rest = list(rows.filter(state__in=_WAITING).order_by("-sent_back", "address_key", "pk")[:SHOWN])
    _note_list(actor, round_id, len(rest), at)
    later = (TaskState.HANDED_IN, TaskState.RETURNED, TaskState.ENTERED, TaskState.CLOSED)
    return Stand(
        round=round_,
        ready={outcome: n for outcome in Outcome if (n := outcomes.get(outcome))},
        without_sheet=ready.filter(outcome=Outcome.CHECKED, returned_at__isnull=True).count(),
        waiting={state: n for state in _WAITING if (n := states.get(state))},
        rest=[_not_ready(task, on) for task in rest],
        handed_in=sum(states.get(state, 0) for state in later),
    )


def _note_list(actor: Actor, round_id: int, rows: int, at: datetime) -> None:
    audit.record_look(
        audit.Event.TASKS_LISTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"rows": rows}, area=actor.office,
    )  # fmt: skip


def _not_ready(task: SurveyTask, on: date) -> NotReady:
    state = TaskState(task.state)
    said = fact("sent_back_reason", task.sent_back_reason, on=on).text if state is TaskState.SENT_BACK else ""
    return NotReady(
        task.pk, fact("name", task.name, on=on).text, state, task.visits, said, is_late(state, task.due_on, on=on)
    )


@transaction.atomic
def hand_in(round_id: int, *, actor: Actor, at: datetime) -> int:
    """Hand in every line of the village that has been visited; says how many.

    Raises NotAllowed, NotFound, RoundOver, NothingReady.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_VISIT, is_open=True)
    done = reaching.step_all(reaching.tasks_of(actor, round_id), Move.HAND_IN, handed_in_at=at)
    if not done:
        raise NothingReady(round_id)
    audit.record(
        audit.Event.TASKS_HANDED_IN, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"people": done}, area=actor.office,
    )  # fmt: skip
    return done
