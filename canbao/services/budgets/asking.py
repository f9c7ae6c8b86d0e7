"""The holder's half: what the own account has used, a request for more, its withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from canbao.rules import approval
from canbao.rules.approval import Decision, History, State
from canbao.rules.budgets import LIFT_HOURS, LIFT_TIMES, Budget, budgets_of
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.audit.budgets import Use, use_of
from canbao.store.models import BudgetLift

SHOWN = 20  # of the own requests
MOST_REASON = 200


class LiftReasonMissingError(ValueError):
    """A request says why; so does a refusal and a withdrawal."""


class LiftAmountError(ValueError):
    """More than may be asked for, nothing, or for another time than is offered; `most` is the largest amount."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class LiftPendingError(Exception):
    """A request for this budget waits already."""


@dataclass(frozen=True, slots=True)
class Own:
    """What the page of an account shows: its budgets and its last requests, the newest first."""

    uses: Sequence[Use]
    lifts: Sequence[BudgetLift]


def own(*, actor: Actor, at: datetime) -> Own:
    """The budgets of the actor's account, how much of each is used, and what was asked for."""
    uses = [use for budget in budgets_of(actor.role) if (use := use_of(budget, actor=actor, at=at))]
    lifts = BudgetLift.objects.filter(asked_by=actor.account).order_by("-pk")[:SHOWN]
    return Own(uses, list(lifts))


def most_of(use: Use) -> int:
    """The largest amount that may be asked for: so many times what a day allows without it."""
    return (use.allowed.day - use.extra) * LIFT_TIMES


@transaction.atomic
def ask(budget: Budget, *, amount: int, hours: int, reason: str, actor: Actor, at: datetime) -> BudgetLift:
    """Ask for more looks for some hours; the administrator who grants it is somebody else.

    Raises LiftReasonMissingError, LiftAmountError, LiftPendingError, access.NotFound (a budget that the post does not have).
    """
    use = use_of(budget, actor=actor, at=at)
    if use is None or budget not in budgets_of(actor.role):
        raise access.NotFound(budget.value)
    if not reason.strip():
        raise LiftReasonMissingError
    if not 0 < amount <= most_of(use) or hours not in LIFT_HOURS:
        raise LiftAmountError(most_of(use))
    if BudgetLift.objects.filter(asked_by=actor.account, budget=budget, state=State.SUBMITTED).exists():
        raise LiftPendingError
    step = approval.decide(History(), Decision.SUBMIT, by=actor, at=at)
    try:
        with transaction.atomic():
            asked = BudgetLift.objects.create(
                budget=budget, amount=amount, hours=hours, reason=reason.strip()[:MOST_REASON], role=actor.role,
                office=actor.office, state=step.state, steps=[step.as_dict()], asked_by=actor.account, asked_at=at,
            )  # fmt: skip
    except IntegrityError as error:  # another request of the account, at the same moment
        raise LiftPendingError from error
    detail: dict[str, object] = {"budget": budget.label, "amount": amount_in_words(asked), "hours": hours}
    note(audit.Event.BUDGET_LIFT_ASKED, asked, actor=actor, at=at, **detail, reason=asked.reason)
    return asked


@transaction.atomic
def withdraw(lift_id: int, *, reason: str, actor: Actor, at: datetime) -> BudgetLift:
    """Take the own request back. Raises access.NotFound, approval.Refused, LiftReasonMissingError."""
    if not reason.strip():
        raise LiftReasonMissingError
    asked = BudgetLift.objects.select_for_update().filter(pk=lift_id, asked_by=actor.account).first()
    if asked is None:
        raise access.NotFound(lift_id, kind="查阅额度申请")
    take(asked, Decision.WITHDRAW, reason=reason, actor=actor, at=at)
    asked.save(update_fields=["state", "steps", "settled_by", "settled_at"])
    note(audit.Event.BUDGET_LIFT_WITHDRAWN, asked, actor=actor, at=at, reason=reason.strip())
    return asked


def take(asked: BudgetLift, decision: Decision, *, reason: str, actor: Actor, at: datetime) -> None:
    """The next step of a request, which the caller has locked, by the approval machine. Raises approval.Refused."""
    history = History(steps=tuple(approval.step_of(step) for step in asked.steps))
    step = audit.decide(
        history, decision, by=actor, at=at, reason=reason, target_kind="account", target_id=asked.asked_by,
        area=asked.office,
    )  # fmt: skip
    asked.steps = [*asked.steps, step.as_dict()]
    asked.state, asked.settled_by, asked.settled_at = step.state, actor.account, at


def amount_in_words(asked: BudgetLift) -> str:
    """每小时、每天各增加 100 次."""
    return f"每小时、每天各增加 {asked.amount} {Budget(asked.budget).unit}"


def note(event: audit.Event, asked: BudgetLift, *, actor: Actor, at: datetime, **detail: object) -> None:
    """A step of a request on record; the target is the account it is about."""
    said = {"request": asked.pk, "budget": Budget(asked.budget).label} | detail
    audit.record(
        event, actor=actor, at=at, target_kind="account", target_id=asked.asked_by, area=asked.office, detail=said
    )
