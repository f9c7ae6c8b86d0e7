"""The second person's half: a security administrator grants or refuses what was asked for in his area."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from canbao.rules.approval import Decision, State
from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.budgets.asking import amount_in_words, note, take
from canbao.store.models import BudgetLift

SHOWN = 50


def waiting(*, actor: Actor) -> list[BudgetLift]:
    """What waits for a decision in the actor's area, the oldest first. Raises access.NotAllowed."""
    return list(_own(actor).filter(state=State.SUBMITTED).order_by("asked_at", "pk"))


def settled(*, actor: Actor) -> list[BudgetLift]:
    """What was decided last, the newest first. Raises access.NotAllowed."""
    return list(_own(actor).exclude(state=State.SUBMITTED).order_by("-settled_at", "-pk")[:SHOWN])


@transaction.atomic
def grant(lift_id: int, *, actor: Actor, at: datetime) -> BudgetLift:
    """Allow what was asked for, from now on for its hours. Raises access.NotAllowed, access.NotFound, approval.Refused."""
    asked = _locked(lift_id, actor)
    take(asked, Decision.APPROVE, reason="", actor=actor, at=at)
    asked.valid_until = at + timedelta(hours=asked.hours)
    _save(asked)
    until = f"{timezone.localtime(asked.valid_until):%Y-%m-%d %H:%M}"
    note(audit.Event.BUDGET_LIFT_GRANTED, asked, actor=actor, at=at, amount=amount_in_words(asked), until=until)
    return asked


@transaction.atomic
def refuse(lift_id: int, *, reason: str, actor: Actor, at: datetime) -> BudgetLift:
    """Raises access.NotAllowed, access.NotFound, approval.Refused (without a reason, too)."""
    asked = _locked(lift_id, actor)
    take(asked, Decision.REFUSE, reason=reason, actor=actor, at=at)
    _save(asked)
    note(audit.Event.BUDGET_LIFT_REFUSED, asked, actor=actor, at=at, reason=reason.strip())
    return asked


def _own(actor: Actor) -> QuerySet[BudgetLift]:
    access.require(actor, Permission.BUDGET_LIFT)
    return BudgetLift.objects.filter(office__range=scope_range(actor.office))


def _locked(lift_id: int, actor: Actor) -> BudgetLift:
    asked = _own(actor).select_for_update().filter(pk=lift_id).first()
    if asked is None:
        raise access.NotFound(lift_id, kind="查阅额度申请")
    return asked


def _save(asked: BudgetLift) -> None:
    asked.save(update_fields=["state", "steps", "settled_by", "settled_at", "valid_until"])
