"""How much of what it may look up an account has used, and what it is told when the hour or the day is spent (rules.budgets)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Sum

from canbao.rules import budgets as rules
from canbao.rules import policy
from canbao.rules.approval import State
from canbao.rules.budgets import Allowance, Budget
from canbao.rules.roles import Actor
from canbao.store.models import BudgetLift, LookCount, PolicySetting

JOURNAL: Final = "journal"  # the connection of looks


class BudgetSpentError(Exception):
    """The account has looked up as much as it may. allowed: in that hour or day; renews_at: when it begins anew."""

    def __init__(self, budget: Budget, *, by_day: bool, allowed: int, at: datetime) -> None:
        super().__init__(budget.value)
        self.budget, self.by_day, self.allowed = budget, by_day, allowed
        self.renews_at = rules.renews_at(at, by_day=by_day)

    @property
    def in_words(self) -> str:
        """每小时 40 次 or 每天 150 次."""
        return f"{'每天' if self.by_day else '每小时'} {self.allowed} {self.budget.unit}"

    @property
    def sentence(self) -> str:
        """What the holder of the account is told."""
        when = f"{self.renews_at:%m月%d日 %H:%M}"
        return f"“{self.budget.label}”的额度（{self.in_words}）已经用完，{when} 起恢复。"


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a budget an account has used within this hour and day; allowed: with what was granted beyond the policy."""

    budget: Budget
    in_hour: int
    in_day: int
    allowed: Allowance
    extra: int = 0

    @property
    def is_spent(self) -> bool:
        return self.in_hour >= self.allowed.hour or self.in_day >= self.allowed.day


def spent(budget: Budget, amount: int, more: int, *, actor: Actor, at: datetime) -> BudgetSpentError:
    """Which of the two limits it was: the day's where both are reached. more: what was granted beyond the policy."""
    use = _use(budget, actor, more, at, using=JOURNAL)
    assert use
    by_day = use.in_day + amount > use.allowed.day
    return BudgetSpentError(budget, by_day=by_day, allowed=use.allowed.day if by_day else use.allowed.hour, at=at)


def require_left(budget: Budget, *, actor: Actor, at: datetime) -> None:
    """Refuse before anything is looked up where the account has none left. Raises BudgetSpentError."""
    seen = LookCount.objects.filter(account=actor.account, budget=budget, day__gte=rules.hour_of(at).date())
    if not seen.exists():
        return
    use = use_of(budget, actor=actor, at=at)
    if use and use.is_spent:
        by_day = use.in_day >= use.allowed.day
        raise BudgetSpentError(budget, by_day=by_day, allowed=use.allowed.day if by_day else use.allowed.hour, at=at)


def use_of(budget: Budget, *, actor: Actor, at: datetime) -> Use | None:
    """What the actor's account has used; None where nothing is counted."""
    more = lifted(budget, actor.account, at, using=DEFAULT_DB_ALIAS)
    return _use(budget, actor, more, at, using=DEFAULT_DB_ALIAS)


def _use(budget: Budget, actor: Actor, more: int, at: datetime, *, using: str) -> Use | None:
    settings = PolicySetting.objects.using(using).filter(name__startswith="budget_").values_list("name", "value")
    allowed = rules.allowance(budget, actor.role, policy.in_force(dict(settings)))
    if allowed is None:
        return None
    row = LookCount.objects.using(using).filter(account=actor.account, budget=budget).first()
    hour = rules.hour_of(at)
    in_hour = row.in_hour if row and row.hour >= hour else 0
    in_day = row.in_day if row and row.day >= hour.date() else 0
    return Use(budget, in_hour, in_day, Allowance(allowed.hour + more, allowed.day + more), more)


def lifted(budget: Budget, account: str, at: datetime, *, using: str = JOURNAL) -> int:
    """What two people have allowed beyond the policy at this moment (`services.budgets`)."""
    granted = BudgetLift.objects.using(using).filter(asked_by=account, budget=budget, state=State.APPROVED)
    found = granted.filter(settled_at__lte=at, valid_until__gt=at).aggregate(n=Sum("amount"))["n"]
    return int(found or 0)
