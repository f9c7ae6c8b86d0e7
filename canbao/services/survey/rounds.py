"""Rounds: opened by the city or a district, changed and closed by the same, never reopened (规程第八条)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Q

from canbao.rules.answers import COMPLETE
from canbao.rules.duty import Gap
from canbao.rules.offices import scope_range
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor
from canbao.rules.survey import NOT_YET_BACK, PLANNED_FOR, TaskState, VisitReason
from canbao.rules.visiting import BY_GAP, NEED_SINCE
from canbao.services import access, audit, jobs
from canbao.services.survey import reaching
from canbao.store.models import Job, Person, RoundState, SurveyRound, SurveyTask

PAGE: Final = 20
_NUMBERS: Final = ("people", "planned", "back", "closed", "late")


class NotPlanned(ValueError):
    """What is asked for makes no round. field: which part of it is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a round is to be. asked_items: looked at for INCOMPLETE; since_on: from when on somebody is new, for EXCHANGE."""

    name: str
    reasons: Sequence[VisitReason]
    due_on: date
    asked_items: Sequence[str] = COMPLETE
    since_on: date | None = None
    second_percent: int = 5
    call_percent: int = 3
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """A round with how far it is, in the area of the reader. failed: its list was not made and nobody is at it any more."""

    round: SurveyRound
    people: int
    planned: int
    back: int
    closed: int
    late: int
    failed: bool = False

    @property
    def handed_down(self) -> int:
        return self.people - self.planned


@transaction.atomic
def open_round(
    wanted: Wanted, *, actor: Actor, at: datetime, in_background: bool = True
) -> tuple[SurveyRound, Job | None]:
    """Open a round of the actor's area; its list is made by a job that is queued with it, or else by the caller at once.

    Raises NotAllowed, NotPlanned.
    """
    access.require(actor, Permission.SURVEY_OPEN)
    _check(wanted, on=day_of(at))
    incomplete = VisitReason.INCOMPLETE in wanted.reasons
    made = SurveyRound.objects.create(
        name=wanted.name.strip(), office=actor.office, reasons=[one.value for one in PLANNED_FOR if one in wanted.reasons],
        asked_items=[item for item in COMPLETE if incomplete and item in wanted.asked_items], since_on=wanted.since_on,
        due_on=wanted.due_on, second_percent=wanted.second_percent, call_percent=wanted.call_percent,
        note=wanted.note.strip(), opened_by=actor.account, opened_at=at,
    )  # fmt: skip
    audit.record(
        audit.Event.ROUND_OPENED, actor=actor, at=at, target_kind="round", target_id=str(made.pk),
        detail={"label": made.name, "until": made.due_on.isoformat()}, area=made.office,
    )  # fmt: skip
    if not in_background:
        return made, None
    job = jobs.start(
        jobs.Kind.SURVEY_BUILD, label=f"生成走访名单：{made.name}", arguments={"round": made.pk}, actor=actor, at=at
    )
    return made, job


def _check(wanted: Wanted, *, on: date) -> None:
    if not wanted.name.strip() or len(wanted.name.strip()) > 60:
        raise NotPlanned("name")
    if not set(wanted.reasons) or set(wanted.reasons) - set(PLANNED_FOR):
        raise NotPlanned("reasons")
    if wanted.due_on < on:
        raise NotPlanned("due_on")
    if NEED_SINCE.intersection(wanted.reasons) and (wanted.since_on is None or wanted.since_on > on):
        raise NotPlanned("since_on")
    if VisitReason.INCOMPLETE in wanted.reasons and not set(wanted.asked_items).intersection(COMPLETE):
        raise NotPlanned("asked_items")
    for field in ("second_percent", "call_percent"):
        if not 0 <= getattr(wanted, field) <= 100:
            raise NotPlanned(field)


@transaction.atomic
def change(round_id: int, *, due_on: date, actor: Actor, at: datetime) -> SurveyRound:
    """Move the day until which a round goes on; lines that have the same day go with it.

    Raises NotAllowed, NotFound, RoundOver, NotPlanned.
    """
    round_ = own(actor, round_id)
    if round_.state != RoundState.OPEN:
        raise reaching.RoundOver(round_)
    if due_on < day_of(at):
        raise NotPlanned("due_on")
    before, round_.due_on = round_.due_on, due_on
    round_.save(update_fields=["due_on"])
    SurveyTask.objects.filter(round_id=round_id, due_on=before, state__in=NOT_YET_BACK).update(due_on=due_on)
    audit.record(
        audit.Event.ROUND_CHANGED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"fields": ["完成期限"], "before": before.isoformat(), "after": due_on.isoformat()}, area=round_.office,
    )  # fmt: skip
    return round_


@transaction.atomic
def close(round_id: int, *, note: str, actor: Actor, at: datetime) -> SurveyRound:
    """End a round, or give up one whose list was not made; its lines stay where they are and can only be looked at.

    Raises NotAllowed, NotFound, RoundOver, NotPlanned.
    """
    round_ = own(actor, round_id)
    if round_.state not in (RoundState.OPEN, RoundState.BUILDING):
        raise reaching.RoundOver(round_)
    if not note.strip():
        raise NotPlanned("note")
    round_.state = RoundState.CLOSED if round_.state == RoundState.OPEN else RoundState.CANCELLED
    round_.note, round_.closed_by, round_.closed_at = note.strip()[:200], actor.account, at
    round_.save(update_fields=["state", "note", "closed_by", "closed_at"])
    audit.record(
        audit.Event.ROUND_CLOSED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"reason": round_.note}, area=round_.office,
    )  # fmt: skip
    return round_


def own(actor: Actor, round_id: int) -> SurveyRound:
    """A round that the actor's office opened, locked: only its opener's office changes it. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_OPEN, lock=True)
    if round_.office != actor.office:
        raise access.NotAllowed(Permission.SURVEY_OPEN)
    return round_


def is_own(actor: Actor, round_: SurveyRound) -> bool:
    return allows(actor.role, Permission.SURVEY_OPEN) and round_.office == actor.office


def forecast(actor: Actor) -> dict[VisitReason, int]:
    """About how many people each reason would bring, where the register says so by itself: one count of the area.

    Raises NotAllowed.
    """
    access.require(actor, Permission.SURVEY_OPEN)
    lowest, highest = scope_range(actor.office)
    rows = Person.objects.filter(office_path__gte=lowest, office_path__lte=highest, scope__isnull=False)
    counted = {row["gap"]: row["n"] for row in rows.order_by().values("gap").annotate(n=Count("pk"))}
    return {reason: counted.get(gap.value, 0) for reason, gap in BY_GAP.items()} | _all_of(counted)


def _all_of(counted: dict[str, int]) -> dict[VisitReason, int]:
    """At most so many: people insured for what may be open to him, everybody for what may be blank."""
    insured = sum(n for gap, n in counted.items() if gap != Gap.NONE_AT_ALL)
    return {VisitReason.MAY_JOIN: insured, VisitReason.INCOMPLETE: sum(counted.values())}


def listed(actor: Actor, *, after: int = 0, on: date) -> list[Stand]:
    """The rounds that concern the actor, newest first, those before number `after`. Raises NotAllowed."""
    access.require(actor, Permission.SURVEY_VIEW)
    rows = reaching.rounds_of(actor)
    found = list((rows.filter(pk__lt=after) if after else rows)[:PAGE])
    counts = _counts(actor, [round_.pk for round_ in found], on)
    return [_stand(round_, counts.get(round_.pk, {})) for round_ in found]


def stand(actor: Actor, round_id: int, *, on: date) -> Stand:
    """One of them. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id)
    return _stand(round_, _counts(actor, [round_id], on).get(round_id, {}))


def _counts(actor: Actor, rounds: list[int], on: date) -> dict[int, dict[str, int]]:
    rows = access.within(access.handed_to(SurveyTask.objects.filter(round_id__in=rounds), actor), actor)
    counted = rows.exclude(state=TaskState.DROPPED).order_by().values("round_id").annotate(
        people=Count("pk"),
        planned=Count("pk", filter=Q(state=TaskState.PLANNED)),
        back=Count("pk", filter=~Q(state__in=NOT_YET_BACK)),
        closed=Count("pk", filter=Q(state=TaskState.CLOSED)),
        late=Count("pk", filter=Q(state__in=NOT_YET_BACK, due_on__lt=on)),
    )  # fmt: skip
    return {row["round_id"]: {name: row[name] for name in _NUMBERS} for row in counted}


def _stand(round_: SurveyRound, counted: dict[str, int]) -> Stand:
    numbers = {name: counted.get(name, 0) for name in _NUMBERS}
    return Stand(
        round_, **numbers, failed=round_.state == RoundState.BUILDING and not building_job(round_.pk, waits=True)
    )


def building_job(round_id: int, *, waits: bool = False) -> Job | None:
    """The newest job that makes the list of a round; waits: only one that has not ended."""
    rows = Job.objects.filter(kind=jobs.Kind.SURVEY_BUILD.value, arguments__round=round_id)
    return (rows.filter(finished_at__isnull=True) if waits else rows).order_by("-pk").first()
