"""Lists go down to the villages and come up again, by sets: thousands of lines in one statement (规程第八条).

`office_path` of a line says who answers for the visit, `held_at` how far down the line has come. Only in a village is it visited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Left, Length
from django.db.models.lookups import LessThan

from canbao.rules.approval import NoReason
from canbao.rules.offices import (
    PATH_LENGTHS,
    TOWN_PATH,
    VILLAGE_PATH,
    office_full_name,
    office_open,
    offices,
    scope_range,
)
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import WITH_VILLAGE, Move, Outcome, TaskState, may, when_dispatched
from canbao.services import access, audit
from canbao.services.survey import progress, reaching
from canbao.store.models import SurveyRound, SurveyTask, SurveyTaskLeft

_REASON = 200


class NothingToMove(Exception):
    """No line stands where this step begins."""


class NotBelow(Exception):
    """An office that is not below the actor's, or is none."""

    def __init__(self, office: str) -> None:
        super().__init__(office)
        self.office = office


class BadDay(ValueError):
    """A day that has passed, or one after the round's."""


class Depth(StrEnum):
    NEXT = "NEXT"  # to the offices just below
    VILLAGE = "VILLAGE"  # to the villages in one go


@dataclass(frozen=True, slots=True)
class Below:
    """An office just below with its lines. waiting: can be handed down from here; handed_down: have left for it; reached: have come to
    a village, as the board and the list of rounds count them (progress.REACHED).
    is_rest: lines of the actor's own office, for which no office below is known."""

    office: str
    waiting: int
    handed_down: int
    reached: int
    visited: int
    late: int
    is_rest: bool


def below(actor: Actor, round_id: int, *, on: date) -> list[Below]:
    """The offices just below the actor's that have lines, and the lines that lie with his own. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_DISPATCH)
    width = next_width(actor)
    rows = reaching.tasks_of(actor, round_id).exclude(state=TaskState.DROPPED).order_by()
    here = Q(_held=len(actor.office), state=TaskState.PLANNED)
    counted = rows.values(part=Left("office_path", width)).annotate(
        waiting=Count("pk", filter=here),
        handed_down=Count("pk", filter=~here),
        reached=Count("pk", filter=progress.REACHED),
        visited=Count("pk", filter=Q(visited_at__isnull=False)),
        late=Count("pk", filter=progress.late(on)),
    )  # fmt: skip
    return [_below(dict(row), actor) for row in counted.order_by("part")]


def _below(row: dict[str, Any], actor: Actor) -> Below:
    path = str(row.pop("part"))
    return Below(path, **row, is_rest=path == actor.office)


def next_width(actor: Actor) -> int:
    """How long the path of an office just below is."""
    return next((width for width in PATH_LENGTHS if width > len(actor.office)), VILLAGE_PATH)


@transaction.atomic
def dispatch(
    round_id: int, *, offices: Sequence[str], depth: Depth, due_on: date | None = None, actor: Actor, at: datetime
) -> int:
    """Hand lines down to offices just below the actor's, or through them to the villages; says how many.

    Lines whose village is not known stop at the town. Where a line was visited before it was recalled, it stands there again.
    Raises NotAllowed, NotFound, RoundOver, NotBelow, BadDay, NothingToMove.
    """
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_DISPATCH, is_open=True, lock=True)
    _check_day(round_, due_on, at)
    target = next_width(actor) if depth is Depth.NEXT else VILLAGE_PATH
    rows = _of_offices(actor, round_id, offices).filter(Q(state=TaskState.PLANNED, _held__lt=target))
    rows = rows.alias(_own=Length("office_path")).filter(_own__gt=F("_held"))
    counted = _by_office(rows, next_width(actor))
    done = rows.update(
        held_at=Left("office_path", target),
        state=_where_it_stood(F("office_path")) if target == VILLAGE_PATH else TaskState.PLANNED.value,
        dispatched_at=at,
        **({"due_on": due_on} if due_on else {}),
    )
    return _noted(audit.Event.TASKS_DISPATCHED, round_id, counted, done, actor=actor, at=at)


def reached_villages(round_id: int, *, dispatched_at: datetime, actor: Actor) -> int:
    """Of the lines handed down at one moment as many as came to villages; the rest stopped above, where no village is known for them."""
    rows = reaching.tasks_of(actor, round_id).filter(dispatched_at=dispatched_at)
    return rows.filter(progress.REACHED).count()


def _check_day(round_: SurveyRound, due_on: date | None, at: datetime) -> None:
    if due_on and not day_of(at) <= due_on <= round_.due_on:
        raise BadDay(due_on)


def _where_it_stood(path: F | Value) -> Case:
    """`rules.survey.when_dispatched` for a set; a line that comes no further than a town is not visited yet."""
    done = [one.value for one in Outcome if when_dispatched(visits=1, outcome=one) is TaskState.VISITED]
    return Case(
        When(LessThan(Length(path), VILLAGE_PATH), then=Value(TaskState.PLANNED.value)),
        When(outcome__in=done, then=Value(TaskState.VISITED.value)),
        When(visits__gt=0, then=Value(when_dispatched(visits=1, outcome="").value)),
        default=Value(when_dispatched(visits=0, outcome="").value),
        output_field=CharField(),
    )


@transaction.atomic
def recall(
    round_id: int,
    *,
    offices: Sequence[str],
    reason: str,
    actor: Actor,
    at: datetime,
    dispatched_at: datetime | None = None,
) -> int:
    """Take lines back up from offices just below; visits, drafts and outcomes stay with them. Says how many.

    What the villages have handed in stays with the towns. Raises NotAllowed, NotFound, RoundOver, NotBelow, NoReason, NothingToMove.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_DISPATCH, is_open=True, lock=True)
    if not reason.strip():
        raise NoReason(round_id)
    rows = _of_offices(actor, round_id, offices)
    return _take_back(round_id, rows, reason.strip()[:_REASON], actor=actor, at=at)


@transaction.atomic
def undo(round_id: int, *, dispatched_at: datetime, actor: Actor, at: datetime) -> int:
    """Take back what was handed down at one moment. Raises NotAllowed, NotFound, RoundOver, NothingToMove."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_DISPATCH, is_open=True, lock=True)
    rows = reaching.tasks_of(actor, round_id).filter(dispatched_at=dispatched_at)
    return _take_back(round_id, rows, "撤销下发", actor=actor, at=at)


def _take_back(round_id: int, rows: QuerySet[SurveyTask], reason: str, *, actor: Actor, at: datetime) -> int:
    rows = rows.filter(Q(_held__gt=len(actor.office)))
    counted = _by_office(rows.filter(state__in=[TaskState.PLANNED, *WITH_VILLAGE]), next_width(actor))
    up = {"held_at": Left("office_path", len(actor.office)), "dispatched_at": None}
    done = reaching.step_all(rows, Move.RECALL, **up)
    done += rows.filter(state=TaskState.PLANNED).update(**up)
    return _noted(audit.Event.TASKS_RECALLED, round_id, counted, done, actor=actor, at=at, more={"reason": reason})


@transaction.atomic
def reassign(round_id: int, *, rows: QuerySet[SurveyTask], office: str, reason: str, actor: Actor, at: datetime) -> int:
    """Give lines to another office below the actor's. A line that had come to its end goes to the end of the new way.

    rows: a choice of `listing.chosen`. Raises NotAllowed, NotFound, RoundOver, NotBelow, NoReason, NothingToMove.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_DISPATCH, is_open=True, lock=True)
    if not reason.strip():
        raise NoReason(round_id)
    if not _is_below(office, actor, day_of(at)):
        raise NotBelow(office)
    moving = rows.filter(state__in=[TaskState.PLANNED, *WITH_VILLAGE]).exclude(office_path=office)
    at_end = Q(held_at=F("office_path"), _held__gte=TOWN_PATH)
    held = Case(When(at_end, then=Value(office)), default=Left(Value(office), Length("held_at")))
    state = Case(When(at_end, then=_where_it_stood(Value(office))), default=F("state"), output_field=CharField())
    _remember(moving, at)
    done = moving.update(office_path=office, held_at=held, state=state, dispatched_at=at)
    said = {"reason": reason.strip()[:_REASON]}
    return _noted(audit.Event.TASKS_REASSIGNED, round_id, {office: done}, done, actor=actor, at=at, more=said)


def _remember(moving: QuerySet[SurveyTask], at: datetime) -> None:
    """Whose the lines were: a village may still have results of theirs to hand over."""
    rows = moving.alias(_own=Length("office_path")).filter(_own=VILLAGE_PATH).select_for_update()
    left = (
        SurveyTaskLeft(task_id=pk, round_id=of, office_path=path, left_at=at)
        for pk, of, path in rows.values_list("pk", "round_id", "office_path")
    )
    SurveyTaskLeft.objects.bulk_create(left, batch_size=5000)


@transaction.atomic
def drop(round_id: int, *, rows: QuerySet[SurveyTask], reason: str, actor: Actor, at: datetime) -> int:
    """Take lines off the list for good; what was done with them stays on record. Says how many.

    rows: a choice of `listing.chosen`. Raises NotAllowed, NotFound, RoundOver, NoReason, NothingToMove.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_DISPATCH, is_open=True, lock=True)
    if not reason.strip():
        raise NoReason(round_id)
    counted = _by_office(rows.filter(state__in=may(Move.DROP)), VILLAGE_PATH)
    done = reaching.step_all(rows, Move.DROP)
    said = {"reason": reason.strip()[:_REASON]}
    return _noted(audit.Event.TASKS_DROPPED, round_id, counted, done, actor=actor, at=at, more=said)


def _of_offices(actor: Actor, round_id: int, chosen: Sequence[str]) -> QuerySet[SurveyTask]:
    """The lines below offices that lie below the actor's. Raises NotBelow, NothingToMove."""
    if not chosen:
        raise NothingToMove(round_id)
    found = Q()
    for office in dict.fromkeys(chosen):
        if not office.startswith(actor.office) or len(office) not in PATH_LENGTHS or len(office) <= len(actor.office):
            raise NotBelow(office)
        lowest, highest = scope_range(office)
        found |= Q(office_path__gte=lowest, office_path__lte=highest)
    return reaching.tasks_of(actor, round_id).filter(found)


def _is_below(office: str, actor: Actor, on: date) -> bool:
    return office.startswith(actor.office) and len(office) > len(actor.office) and office_open(office, on)


def offices_below(actor: Actor, text: str, *, on: date, most: int = 20) -> list[str]:
    """Offices below the actor's that exist today and whose name has every word of the text. Raises NotAllowed."""
    access.require(actor, Permission.SURVEY_DISPATCH)
    words = text.split()
    if not words:
        return []
    lowest, highest = scope_range(actor.office)
    below = (one for one in offices() if lowest < one.path <= highest and one.period.contains(on))
    found = (one.path for one in below if all(word in office_full_name(one.path) for word in words))
    return sorted(found, key=lambda path: (len(path), path))[:most]


def _by_office(rows: QuerySet[SurveyTask], width: int) -> dict[str, int]:
    counted = rows.order_by().values(part=Left("office_path", width)).annotate(n=Count("pk"))
    return {row["part"]: row["n"] for row in counted.order_by("part")}


def _noted(
    event: audit.Event, round_id: int, counted: dict[str, int], done: int, *, actor: Actor, at: datetime,
    more: Mapping[str, object] | None = None,
) -> int:  # fmt: skip
    """One line of the journal for each office. Raises NothingToMove."""
    if not done:
        raise NothingToMove(round_id)
    lines = (
        audit.Line(
            event, "round", str(round_id),
            detail={"people": n, "office": audit.office_words(office)} | dict(more or {}), area=office,
        )
        for office, n in counted.items()
    )  # fmt: skip
    audit.record_all(lines, actor=actor, at=at)
    return done
