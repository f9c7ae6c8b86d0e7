"""Budgets of looks: counted where the look is committed, stopped at the limit, lifted by two people for some hours."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from canbao.rules import approval
from canbao.rules.alarms import AlarmKind
from canbao.rules.budgets import Budget, Group, parameter_name
from canbao.rules.permissions import NotAllowed
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit, budgets
from canbao.services.audit.budgets import use_of
from canbao.store.models import Alarm, JournalEntry, LookCount, PolicySetting
from tests.integration.looks.verbs import CLERK, WORKER
from tests.worlds import AT, bare_account

SECURITY = Actor("guo", Role.SECURITY_ADMINISTRATOR)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def staff(db: None) -> None:
    for name in (CLERK.account, SECURITY.account, "other"):
        bare_account(name)


@pytest.fixture
def few(db: None) -> None:
    """A policy of 30 files an hour and 160 a day, the strictest there is."""
    for span, value in (("hour", 30), ("day", 160)):
        PolicySetting.objects.create(
            name=parameter_name(Budget.FILES, Group.OFFICE, span),
            value=value,
            changed_by="guo",
            changed_at=AT,
            reason="r",
        )


def open_file(person_id: int = 1, *, actor: Actor = CLERK, at: datetime = AT) -> None:
    audit.record_look(
        audit.Event.PERSON_VIEWED, actor=actor, at=at, target_kind="person", target_id=str(person_id), area=actor.office
    )


def spent(*, actor: Actor = CLERK, at: datetime = AT) -> audit.BudgetSpentError:
    with pytest.raises(audit.BudgetSpentError) as error:
        open_file(actor=actor, at=at)
    return error.value


def until_spent(*, actor: Actor = CLERK, at: datetime = AT) -> int:
    """How many files can be opened before the account is stopped."""
    for count in range(1000):
        try:
            open_file(count, actor=actor, at=at)
        except audit.BudgetSpentError:
            return count
    raise AssertionError("nobody stopped it")


def test_at_the_limit_of_the_hour_the_account_is_stopped_and_in_the_next_it_goes_on(few: None) -> None:
    assert until_spent() == 30
    error = spent()
    assert (error.budget, error.by_day, error.allowed) == (Budget.FILES, False, 30)
    assert error.renews_at == AT.replace(minute=0) + HOUR and "每小时 30 次" in error.sentence
    open_file(actor=replace(CLERK, account="wang"))  # another account goes on
    assert until_spent(at=AT + HOUR) == 30


def test_at_the_limit_of_the_day_it_is_stopped_until_midnight_here(few: None) -> None:
    assert [until_spent(at=AT + n * HOUR) for n in range(6)] == [30, 30, 30, 30, 30, 10]
    error = spent(at=AT + 6 * HOUR)
    assert error.by_day and error.renews_at.hour == 0 and error.renews_at - (AT + 6 * HOUR) < DAY
    assert until_spent(at=error.renews_at) == 30


def test_a_late_request_of_the_hour_before_does_not_begin_the_count_anew(few: None) -> None:
    open_file(at=AT + HOUR)
    assert until_spent(at=AT) == 29


def test_what_is_refused_is_on_record_with_an_alarm_at_once_and_shown_to_nobody(few: None) -> None:
    until_spent()
    spent()
    refused = JournalEntry.objects.filter(event="BUDGET_SPENT")
    assert refused.count() == 2 and JournalEntry.objects.filter(event="PERSON_VIEWED").count() == 30
    last = refused.order_by("-pk")[0]
    assert last.detail == {"budget": "打开人员档案", "limit": "每小时 30 次", "tried": "PERSON_VIEWED"}
    alarm = Alarm.objects.get(kind=AlarmKind.BUDGET_SPENT)
    assert (alarm.subject, alarm.office, alarm.count, alarm.last_id) == (CLERK.account, CLERK.office, 2, last.pk)


def test_a_batch_that_would_pass_the_limit_leaves_nothing_of_it(few: None) -> None:
    lines = [audit.Line(audit.Event.PERSON_VIEWED, "person", str(n)) for n in range(31)]
    with pytest.raises(audit.BudgetSpentError):
        audit.record_looks(lines, actor=CLERK, at=AT)
    audit.record_looks(lines[:30], actor=CLERK, at=AT)
    assert JournalEntry.objects.filter(event="PERSON_VIEWED").count() == 30


def test_a_case_counts_once_however_many_people_it_has_and_a_zip_once_however_many_files() -> None:
    lines = [audit.Line(audit.Event.PERSON_VIEWED, "person", str(n)) for n in range(4)]
    audit.record_looks(lines, actor=CLERK, at=AT, budget=Budget.CASES, count=1)
    lines = [audit.Line(audit.Event.EXPORT_DOWNLOADED, "job", "1") for _ in range(400)]
    audit.record_looks(lines, actor=CLERK, at=AT, count=1)
    counted = {row.budget: row.in_hour for row in LookCount.objects.all()}
    assert counted == {"CASES": 1, "DOWNLOADS": 1}


def test_a_setting_beyond_the_bounds_gives_way_to_the_default() -> None:
    name = parameter_name(Budget.FILES, Group.OFFICE, "hour")
    PolicySetting.objects.create(name=name, value=100_000, changed_by="guo", changed_at=AT, reason="r")
    assert until_spent() == 150


def test_another_system_has_its_quota_and_no_budget() -> None:
    system = Actor("api:x", Role.EXTERNAL_SYSTEM)
    for n in range(160):
        open_file(n, actor=system)
    assert not LookCount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_do_not_pass_the_limit_together() -> None:
    for span, value in (("hour", 30), ("day", 160)):
        PolicySetting.objects.create(
            name=parameter_name(Budget.FILES, Group.OFFICE, span),
            value=value,
            changed_by="guo",
            changed_at=AT,
            reason="r",
        )
    came: Counter[str] = Counter()

    def hurry() -> None:
        for n in range(10):
            try:
                with transaction.atomic():
                    open_file(n)
                came["opened"] += 1
            except audit.BudgetSpentError:
                came["stopped"] += 1
        connections.close_all()

    threads = [threading.Thread(target=hurry) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert came == {"opened": 30, "stopped": 50}
    assert JournalEntry.objects.filter(event="PERSON_VIEWED").count() == 30
    alarm = Alarm.objects.get(kind=AlarmKind.BUDGET_SPENT)
    assert alarm.subject == CLERK.account


def lift(amount: int = 20, hours: int = 2, **more: Any) -> int:
    asked = budgets.ask(Budget.FILES, amount=amount, hours=hours, reason="集中办理转移", actor=CLERK, at=AT, **more)
    return int(asked.pk)


def test_two_people_lift_it_for_some_hours(few: None) -> None:
    until_spent()
    number = lift()
    with pytest.raises(audit.BudgetSpentError):
        open_file()  # asked for is not granted
    budgets.grant(number, actor=SECURITY, at=AT)
    assert until_spent() == 20
    use = use_of(Budget.FILES, actor=CLERK, at=AT)
    assert use and (use.in_hour, use.allowed.hour, use.extra, use.is_spent) == (50, 50, 20, True)
    later = AT + 2 * HOUR
    assert until_spent(at=later) == 30  # over
    told = [audit.sentence(e.event, target_id=e.target_id, detail=e.detail) for e in
            JournalEntry.objects.filter(event__startswith="BUDGET_LIFT").order_by("pk")]  # fmt: skip
    assert told[0].startswith(
        "申请增加查阅额度“打开人员档案”：每小时、每天各增加 20 次，2 小时内有效，理由：集中办理转移"
    )
    assert told[1].startswith(
        "批准账号 li 增加查阅额度“打开人员档案”：每小时、每天各增加 20 次，有效期至 2026-11-20 12:00"
    )


def test_nobody_lifts_his_own_and_nobody_else_may() -> None:
    guard = replace(CLERK, account=SECURITY.account)
    number = int(budgets.ask(Budget.FILES, amount=10, hours=1, reason="r", actor=guard, at=AT).pk)
    with pytest.raises(approval.SamePerson):
        budgets.grant(number, actor=SECURITY, at=AT)
    with pytest.raises(NotAllowed):
        budgets.grant(number, actor=CLERK, at=AT)
    far = replace(SECURITY, account="far", office="500243" if CLERK.office[:6] != "500243" else "500101")
    with pytest.raises(access.NotFound):
        budgets.grant(number, actor=far, at=AT)
    budgets.grant(number, actor=replace(SECURITY, account="other"), at=AT)
    with pytest.raises(approval.WrongStage):
        budgets.refuse(number, reason="太晚", actor=replace(SECURITY, account="other"), at=AT)


def test_what_is_asked_for_has_a_reason_and_bounds() -> None:
    with pytest.raises(budgets.LiftReasonMissingError):
        budgets.ask(Budget.FILES, amount=1, hours=1, reason=" ", actor=CLERK, at=AT)
    for amount, hours in ((0, 1), (1601, 1), (10, 3)):
        with pytest.raises(budgets.LiftAmountError):
            budgets.ask(Budget.FILES, amount=amount, hours=hours, reason="r", actor=CLERK, at=AT)
    with pytest.raises(access.NotFound):
        budgets.ask(Budget.FILES, amount=1, hours=1, reason="r", actor=WORKER, at=AT)  # villages have no files
    number = lift()
    with pytest.raises(budgets.LiftPendingError):
        lift()
    with pytest.raises(access.NotFound):
        budgets.withdraw(number, reason="r", actor=replace(CLERK, account="wang"), at=AT)
    budgets.withdraw(number, reason="写错了", actor=CLERK, at=AT)
    assert lift() != number
    assert [row.state for row in budgets.settled(actor=SECURITY)] == ["WITHDRAWN"]


def test_a_refusal_has_a_reason_and_gives_nothing(few: None) -> None:
    until_spent()
    number = lift()
    with pytest.raises(approval.NoReason):
        budgets.refuse(number, reason=" ", actor=SECURITY, at=AT)
    budgets.refuse(number, reason="没有集中业务", actor=SECURITY, at=AT)
    spent()


def test_the_days_of_a_village_and_of_a_town_fit() -> None:
    """200 visits and 60 people found at eight hours' pace; 500 cases and 250 forms at a desk."""
    day = {
        WORKER: {Budget.LINES: 200 * 3, Budget.LISTS: 200, Budget.NUMBERS: 60 * 2},
        CLERK: {Budget.CASES: 500, Budget.LINES: 250 * 4, Budget.SEARCHES: 300, Budget.FILES: 300, Budget.LISTS: 200},
    }
    for actor, uses in day.items():
        for budget, amount in uses.items():
            use = use_of(budget, actor=actor, at=AT)
            assert use and use.allowed.day >= amount and use.allowed.hour >= amount / 8 * 1.5, (actor.role, budget)


def test_of_two_requests_at_the_same_moment_the_second_is_told_that_the_first_waits(
    few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked before either was written; the table takes one."""
    budgets.ask(Budget.FILES, amount=1, hours=1, reason="r", actor=CLERK, at=AT)
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", lambda rows: False)
    with pytest.raises(budgets.LiftPendingError):
        budgets.ask(Budget.FILES, amount=1, hours=1, reason="r", actor=CLERK, at=AT)
