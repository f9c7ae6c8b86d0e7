"""The ways from an actor to a round and to its lines, and the one place where lines are moved on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from canbao.rules.division import CITY
from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Move, NotNow, TaskState, may, move
from canbao.services import access, audit
from canbao.store.models import RoundState, SurveyRound, SurveyTask


class RoundOver(Exception):
    """The round is not open: its lists can be looked at and nothing else."""

    def __init__(self, round_: SurveyRound) -> None:
        super().__init__(round_.pk)
        self.state = RoundState(round_.state)


def rounds_of(actor: Actor) -> QuerySet[SurveyRound]:
    """The rounds whose area has something of the actor's: opened above, at or below his office; newest first."""
    above = [actor.office[:width] for width in (2, 6, 15, 18) if width <= len(actor.office)]
    below = scope_range(actor.office)
    if actor.office == CITY:
        return SurveyRound.objects.order_by("-pk")
    rows = SurveyRound.objects.filter(office__in=[CITY, *above]) | SurveyRound.objects.filter(office__range=below)
    return rows.order_by("-pk")


def round_of(
    actor: Actor, round_id: int, *, need: Permission = Permission.SURVEY_VIEW, is_open: bool = False, lock: bool = False
) -> SurveyRound:
    """The round, if it concerns the actor. is_open: only while it goes on. Raises NotAllowed, NotFound, RoundOver."""
    access.require(actor, need)
    rows = rounds_of(actor)
    found = (rows.select_for_update() if lock else rows).filter(pk=round_id).first()
    if found is None:
        raise access.NotFound(round_id)
    if is_open and found.state != RoundState.OPEN:
        raise RoundOver(found)
    return found


def stays_open(round_id: int) -> bool:
    """Whether the round goes on, and does so until the caller's transaction is over: who closes it waits. Many may ask at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select 1 from survey_round where id = %s and state = 'OPEN' for share", [round_id])
        return cursor.fetchone() is not None


def tasks_of(actor: Actor, round_id: int) -> QuerySet[SurveyTask]:
    """The lines of a round in the actor's area that have been handed down to his level."""
    rows = access.handed_to(SurveyTask.objects.filter(round_id=round_id), actor)
    return access.within(rows, actor)


def note_listed(round_id: int, what: str, rows: int, *, actor: Actor, at: datetime) -> None:
    """A page that names people of a round's lines is shown: on record, where it names any. what: the list, in words."""
    if rows:
        audit.record_look(
            audit.Event.TASKS_LISTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
            detail={"what": what, "rows": rows}, area=actor.office,
        )  # fmt: skip


def step(task: SurveyTask, taken: Move, **facts: Any) -> None:
    """Take one step with a locked line and write it down, with other facts of the same line. Raises rules.survey.NotNow."""
    task.state = move(TaskState(task.state), taken).value
    for name, value in facts.items():
        setattr(task, name, value)
    task.save(update_fields=["state", *facts])


def step_all(rows: QuerySet[SurveyTask], taken: Move, **facts: Any) -> int:
    """Take the same step with every line of a set that stands where it begins; says how many. One statement."""
    after = move(next(iter(may(taken))), taken)
    return rows.filter(state__in=[state.value for state in may(taken)]).update(state=after.value, **facts)


__all__ = ["NotNow", "RoundOver", "round_of", "rounds_of", "step", "step_all", "tasks_of"]
