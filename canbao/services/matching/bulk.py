"""One decision for all cases with the same evidence: previewed and asked for by one, confirmed by another, undone whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Left

from canbao.rules import approval
from canbao.rules.approval import Decision, History, State, Step
from canbao.rules.division import CITY
from canbao.rules.match_labels import CaseKind
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit, jobs, registry
from canbao.services.jobs import Kind
from canbao.services.matching import deciding
from canbao.services.matching.beside import CaseView, view_case
from canbao.services.matching.deciding import AlreadyOne, NotDecidable
from canbao.store.models import BulkState, CaseState, MatchBulk, MatchCase, MatchCaseOpinion

AT_ONCE = 200  # more than this is work for the queue, not for a page
CHUNK = 200  # cases a transaction
SAMPLE = 10
Watch = Callable[[int], None]


class NoneFound(Exception):
    """No open case has this evidence any more."""


@dataclass(frozen=True)
class Preview:
    """What a bulk decision would settle: by office below, and ten cases side by side."""

    kind: str
    pattern: str
    found: int
    last_case_id: int
    below: list[tuple[str, int]]
    sample: list[CaseView]


def patterns(actor: Actor, *, kind: str = CaseKind.POSSIBLE_SAME) -> list[tuple[str, int]]:
    """The evidence of the open cases of the area, the most frequent first. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_DECIDE)
    rows = _open(kind, actor)
    return list(rows.values_list("reason").annotate(n=Count("pk")).order_by("-n", "reason")[:30])


def preview(actor: Actor, *, pattern: str, kind: str = CaseKind.POSSIBLE_SAME, at: datetime) -> Preview:
    """What a decision on this evidence would settle; the people of the sample are looked at on record.

    Raises access.NotAllowed, NoneFound.
    """
    access.require(actor, Permission.CASE_DECIDE)
    rows = _open(kind, actor).filter(reason=pattern)
    found = rows.aggregate(n=Count("pk"), last=Max("pk"))
    if not found["n"]:
        raise NoneFound(pattern)
    width = 6 if actor.office == CITY else 15
    below = rows.annotate(below=Left("office_path", width)).values_list("below").annotate(n=Count("pk"))
    sample = [
        view_case(pk, actor=actor, at=at) for pk in rows.order_by("subject").values_list("pk", flat=True)[:SAMPLE]
    ]
    return Preview(kind, pattern, found["n"], found["last"], list(below.order_by("-n", "below")), sample)


@transaction.atomic
def ask(
    actor: Actor, *, pattern: str, same: bool, reason: str, last_case_id: int, at: datetime,
    kind: str = CaseKind.POSSIBLE_SAME,
) -> MatchBulk:  # fmt: skip
    """Ask that all open cases with this evidence, as far as they were previewed, be decided alike.

    Raises access.NotAllowed, registry.NoBasis, NoneFound.
    """
    access.require(actor, Permission.CASE_DECIDE)
    if not reason.strip():
        raise registry.NoBasis
    found = _open(kind, actor).filter(reason=pattern, pk__lte=last_case_id).count()
    if not found:
        raise NoneFound(pattern)
    bulk = MatchBulk.objects.create(
        kind=kind, pattern=pattern, same=same, reason=reason, last_case_id=last_case_id, found=found,
        office_path=actor.office, asked_by=actor.account, asked_at=at,
    )  # fmt: skip
    _record(audit.Event.CASE_BULK_ASKED, bulk, actor, at, {"found": found, "same": same})
    return bulk


@transaction.atomic
def refuse(bulk_id: int, *, actor: Actor, at: datetime, reason: str) -> MatchBulk:
    """Raises access.NotAllowed, access.NotFound, approval.Refused."""
    bulk = _check(bulk_id, Decision.REFUSE, actor, at, reason)
    bulk.state = BulkState.REFUSED
    bulk.save()
    _record(audit.Event.CASE_BULK_REFUSED, bulk, actor, at, {"reason": reason})
    return bulk


@transaction.atomic
def confirm(bulk_id: int, *, on: date, actor: Actor, at: datetime) -> MatchBulk:
    """Confirm as the second person. A few cases are settled at once; many are left to a job (state WORKING).

    Raises access.NotAllowed, access.NotFound, approval.Refused.
    """
    bulk = _check(bulk_id, Decision.APPROVE, actor, at, "")
    bulk.state = BulkState.WORKING
    bulk.save()
    if bulk.found > AT_ONCE:
        label = f"成批判定 {bulk.pk}：{bulk.found} 件"
        jobs.start(Kind.CASE_BULK, label=label, arguments=_for_job(bulk), actor=actor, at=at)
        return bulk
    return settle(bulk.pk, on=on, actor=actor, at=at)


def settle(bulk_id: int, *, on: date, actor: Actor, at: datetime, watch: Watch = lambda done: None) -> MatchBulk:
    """Every case of a confirmed bulk takes effect; those that cannot be decided any more are left and counted.

    Some hundred cases a transaction: a killed job goes on where it was. watch: told how many more are done.
    Raises access.NotAllowed, access.NotFound.
    """
    bulk = access.fetch(MatchBulk.objects.all(), actor, need=Permission.CASE_DECIDE_BULK, pk=bulk_id)
    if bulk.state != BulkState.WORKING:
        return bulk
    maker = Actor(bulk.asked_by, actor.role, bulk.office_path)
    rows = _open(bulk.kind, maker).filter(reason=bulk.pattern, pk__lte=bulk.last_case_id).order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            for case_id in chunk:
                _decide(case_id, bulk, on=on, maker=maker, at=at)
        last = chunk[-1]
        watch(len(chunk))
    return _finish(bulk, actor, at)


def _decide(case_id: int, bulk: MatchBulk, *, on: date, maker: Actor, at: datetime) -> None:
    with suppress(NotDecidable, AlreadyOne, registry.NotFound):
        deciding.decide(case_id, same=bulk.same, reason=bulk.reason, on=on, actor=maker, at=at, bulk_id=bulk.pk)


@transaction.atomic
def _finish(bulk: MatchBulk, actor: Actor, at: datetime) -> MatchBulk:
    bulk.settled = MatchCaseOpinion.objects.filter(bulk_id=bulk.pk).count()
    bulk.skipped = bulk.found - bulk.settled
    bulk.state = BulkState.APPROVED
    bulk.save()
    detail: dict[str, object] = {"settled": bulk.settled, "skipped": bulk.skipped, "asked_by": bulk.asked_by}
    _record(audit.Event.CASE_BULK_SETTLED, bulk, actor, at, detail)
    return bulk


@transaction.atomic
def undo(bulk_id: int, *, on: date, actor: Actor, at: datetime) -> MatchBulk:
    """Take the whole of a bulk decision back, or nothing of it; many cases are left to a job (the state stays APPROVED).

    Raises access.NotAllowed, access.NotFound, approval.Refused, registry.LaterActs.
    """
    bulk = access.fetch(MatchBulk.objects.all(), actor, need=Permission.CASE_DECIDE_BULK, pk=bulk_id)
    if bulk.state == BulkState.APPROVED and bulk.settled > AT_ONCE:
        label = f"撤销成批判定 {bulk.pk}：{bulk.settled} 件"
        jobs.start(Kind.CASE_BULK_UNDO, label=label, arguments=_for_job(bulk), actor=actor, at=at)
        return bulk
    return take_back(bulk_id, on=on, actor=actor, at=at)


@transaction.atomic
def take_back(bulk_id: int, *, on: date, actor: Actor, at: datetime, watch: Watch = lambda done: None) -> MatchBulk:
    """`undo`, here and now. Raises what it raises."""
    bulk = access.fetch(MatchBulk.objects.all(), actor, need=Permission.CASE_DECIDE_BULK, lock=True, pk=bulk_id)
    if bulk.state != BulkState.APPROVED:
        raise approval.WrongStage(bulk.state)
    settled = MatchCaseOpinion.objects.filter(bulk_id=bulk.pk).order_by("-case_id").values_list("case_id", flat=True)
    maker = Actor(bulk.asked_by, actor.role, bulk.office_path)
    for case in MatchCase.objects.filter(pk__in=list(settled), state=CaseState.DECIDED).order_by("-pk"):
        deciding.undo(case.pk, on=on, actor=maker, at=at)
        watch(1)
    bulk.state, bulk.undone_by, bulk.undone_at = BulkState.UNDONE, actor.account, at
    bulk.save()
    _record(audit.Event.CASE_BULK_UNDONE, bulk, actor, at, {"settled": bulk.settled})
    return bulk


def requests(actor: Actor) -> Sequence[MatchBulk]:
    """The bulk decisions of the area, the newest first. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_VIEW)
    return list(access.within(MatchBulk.objects.all(), actor).order_by("-pk")[:30])


def _for_job(bulk: MatchBulk) -> dict[str, object]:
    return {"bulk": bulk.pk, "cases": bulk.settled or bulk.found}


def _open(kind: str, actor: Actor) -> QuerySet[MatchCase]:
    return access.within(MatchCase.objects.filter(kind=kind, state=CaseState.OPEN, turn=0), actor)


def _check(bulk_id: int, decision: Decision, actor: Actor, at: datetime, reason: str) -> MatchBulk:
    bulk = access.fetch(MatchBulk.objects.all(), actor, need=Permission.CASE_DECIDE_BULK, lock=True, pk=bulk_id)
    asked = Step(Decision.SUBMIT, State.SUBMITTED, bulk.asked_by, bulk.asked_at)
    steps = (asked,)
    if bulk.state != BulkState.SUBMITTED:
        raise approval.WrongStage(bulk.state)
    audit.decide(
        History(steps=steps), decision, by=actor, at=at, reason=reason, target_kind="bulk", target_id=str(bulk.pk),
        area=bulk.office_path,
    )  # fmt: skip
    bulk.checked_by, bulk.checked_at = actor.account, at
    return bulk


def _record(event: audit.Event, bulk: MatchBulk, actor: Actor, at: datetime, detail: dict[str, object]) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="bulk", target_id=str(bulk.pk), basis=bulk.reason, detail=detail,
        area=bulk.office_path,
    )  # fmt: skip
