"""What each account has looked up within the hour and the day, and what two people have allowed beyond the limits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from canbao.rules.approval import State
from canbao.rules.budgets import Budget

_KINDS = [budget.value for budget in Budget]


class LookCount(models.Model):
    """One row for each account and budget, written in the transaction of the look. A new hour or day begins the count anew."""

    id = models.BigAutoField(primary_key=True)
    account = models.CharField("账号", max_length=150)
    budget = models.CharField("额度", max_length=20)
    day = models.DateField("日期")
    in_day = models.IntegerField("当日次数")
    hour = models.DateTimeField("小时")
    in_hour = models.IntegerField("当时次数")

    class Meta:
        db_table = "look_count"
        verbose_name = "查阅次数"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(budget__in=_KINDS), name="look_count_budget"),
            models.UniqueConstraint(fields=["account", "budget"], name="look_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.budget}"


class BudgetLift(models.Model):
    """More looks than the limits allow, asked for by the holder of the account and granted by somebody else, for some hours.

    office: of the post in which it was asked; its security administrators decide. amount: so many more within each hour and day
    until valid_until. steps: the history of `rules.approval`. A trigger (lifts.sql) sees to it that these are two people with
    accounts in use, and that nothing is rewritten.
    """

    id = models.BigAutoField(primary_key=True)
    budget = models.CharField("额度", max_length=20)
    amount = models.IntegerField("增加次数")
    hours = models.IntegerField("小时数")
    reason = models.CharField("申请理由", max_length=200)
    role = models.CharField("岗位", max_length=24)
    office = models.CharField("机构", max_length=18, db_collation="C")
    state = models.CharField("状态", max_length=10, choices=[(state.value, state.label) for state in State])
    steps = models.JSONField("经过", default=list)
    asked_by = models.CharField("申请人", max_length=150)
    asked_at = models.DateTimeField("申请时间")
    settled_by = models.CharField("办结人", max_length=150, blank=True, default="")
    settled_at = models.DateTimeField("办结时间", null=True)
    valid_until = models.DateTimeField("有效期至", null=True)

    class Meta:
        db_table = "budget_lift"
        verbose_name = "查阅额度申请"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(budget__in=_KINDS), name="budget_lift_budget"),
            models.CheckConstraint(condition=Q(amount__gt=0, hours__gt=0), name="budget_lift_bounds"),
            models.CheckConstraint(
                condition=~Q(asked_by=F("settled_by")) | Q(state=State.WITHDRAWN), name="budget_lift_two_people"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by="", state=State.SUBMITTED)
                | (Q(settled_at__isnull=False) & ~Q(settled_by="") & ~Q(state=State.SUBMITTED)),
                name="budget_lift_settled_pair",
            ),
            models.CheckConstraint(
                condition=Q(state=State.APPROVED, valid_until__isnull=False)
                | (~Q(state=State.APPROVED) & Q(valid_until__isnull=True)),
                name="budget_lift_granted_until",
            ),
            models.UniqueConstraint(
                fields=["asked_by", "budget"], condition=Q(state=State.SUBMITTED), name="budget_lift_one_open"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_by", "budget", "valid_until"],
                condition=Q(state=State.APPROVED),
                name="budget_lift_valid",
            ),
            models.Index(fields=["asked_at"], condition=Q(state=State.SUBMITTED), name="budget_lift_waiting"),
        ]

    def __str__(self) -> str:
        return f"budget lift {self.pk}"
