"""What a stopped account sees, how it asks for more, who grants it; numbers that are guessed, under every address."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from canbao.api.urls import api
from canbao.rules.labels import ID_KINDS
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Role
from canbao.store.models import BudgetLift, JournalEntry, PolicySetting
from tests.integration.matrix.rows import Rows
from tests.integration.matrix.test_matrix import ASKED, PAGES, POSTS, signed_in
from tests.worlds import AT, account, office_for, person, town_offices

TOWN = town_offices()[0]
pytestmark = pytest.mark.django_db


def policy(name: str, value: int) -> None:
    PolicySetting.objects.create(name=name, value=value, changed_by="guo", changed_at=AT, reason="r")


@pytest.fixture
def staff(settings: Any, tmp_path: Any, transactional_db: None, request: Any) -> dict[str, Client]:
    """A clerk, a security administrator and one person; from here on both connections are the web's login."""
    settings.CANBAO_HOME = tmp_path
    settings.AXES_ENABLED = False
    account("li", Role.TOWN_CLERK, TOWN)
    account("guo", Role.SECURITY_ADMINISTRATOR, "50")
    person(1, TOWN)
    policy("budget_files_office_hour", 30)
    policy("budget_unknown_ids_hour", 6)
    clients = {name: browser(name) for name in ("li", "guo")}
    request.getfixturevalue("web_login")
    return clients


def browser(name: str) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies[site.SESSION_COOKIE_NAME] = signed_in(name)
    return client


def journal(event: str) -> list[JournalEntry]:
    with connection.cursor() as cursor:
        cursor.execute("set role canbao_worker")
        found = list(JournalEntry.objects.filter(event=event).order_by("pk"))
        cursor.execute("set role canbao_web")
    return found


def test_a_stopped_account_is_told_what_and_until_when_asks_for_more_and_goes_on(staff: dict[str, Client]) -> None:
    clerk, security = staff["li"], staff["guo"]
    answers = [clerk.get("/people/1/").status_code for _ in range(32)]
    assert answers == [200] * 30 + [429] * 2
    stopped = clerk.get("/people/1/")
    page = stopped.content.decode()
    renews = timezone.localtime().replace(minute=0) + timezone.timedelta(hours=1)
    assert "“打开人员档案”：每小时 30 次的额度已经用完" in page and f"{renews:%Y-%m-%d %H:00} 起恢复" in page
    assert "张三" not in page and "/budgets/?budget=FILES" in page and 0 < int(stopped["Retry-After"]) <= 3600
    assert clerk.get("/").status_code == 200 and "已用完" in clerk.get("/budgets/?budget=FILES").content.decode()
    wrong = clerk.post("/budgets/ask/", {"budget": "FILES", "amount": "5000", "hours": "4", "reason": "集中办理"})
    assert wrong.status_code == 422 and "一次最多申请增加 1600" in wrong.content.decode()
    asked = {"budget": "FILES", "amount": "5", "hours": "4", "reason": "集中办理转移 200 人"}
    assert clerk.post("/budgets/ask/", asked).status_code == 302
    assert "等待批准" in security.get("/budgets/requests/").content.decode()
    assert "待批准的额度申请" in security.get("/").content.decode()
    number = BudgetLift.objects.get().pk
    assert clerk.post(f"/budgets/requests/{number}/grant/").status_code == 403
    assert security.post(f"/budgets/requests/{number}/refuse/", {"reason": ""}).status_code == 422
    assert security.post(f"/budgets/requests/{number}/grant/").status_code == 302
    assert [clerk.get("/people/1/").status_code for _ in range(6)] == [200] * 5 + [429]
    assert {entry.event for entry in journal("BUDGET_LIFT_GRANTED")} and len(journal("BUDGET_SPENT")) == 4


def test_a_request_is_taken_back_with_a_reason(staff: dict[str, Client]) -> None:
    clerk = staff["li"]
    clerk.post("/budgets/ask/", {"budget": "FILES", "amount": "5", "hours": "4", "reason": "集中办理"})
    number = BudgetLift.objects.get().pk
    assert clerk.post(f"/budgets/{number}/withdraw/", {"reason": " "}).status_code == 422
    assert clerk.post(f"/budgets/{number}/withdraw/", {"reason": "不用了"}).status_code == 302
    assert "已撤回" in clerk.get("/budgets/").content.decode()


def test_who_guesses_numbers_is_answered_nothing_under_a_number_any_more(staff: dict[str, Client]) -> None:
    clerk = staff["li"]
    assert [clerk.get(f"/people/{n}/").status_code for n in range(900, 908)] == [404] * 6 + [429] * 2
    assert clerk.get("/people/1/").status_code == 429  # what is there is not told either
    assert clerk.get("/search/").status_code == 200 and clerk.get("/budgets/").status_code == 200
    guesses = journal("NOT_IN_AREA")
    assert [entry.target_id for entry in guesses] == [f"/people/{n}/" for n in range(900, 906)]
    assert {entry.detail["what"] for entry in guesses} == {"人员"}
    assert [entry.event for entry in journal("BUDGET_SPENT")] == ["BUDGET_SPENT"] * 3


def test_a_guess_through_the_interface_counts_like_one_under_an_address(settings: Any, tmp_path: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    account("cunzhang", Role.VILLAGE_SURVEYOR, office_for(Role.VILLAGE_SURVEYOR, TOWN))
    policy("budget_unknown_ids_hour", 6)
    client = browser("cunzhang")
    answers = [client.get(f"/api/v1/field/receipts/{uuid4()}") for _ in range(3)]
    answers += [client.get(f"/api/v1/field/households/{n}") for n in range(900, 904)]
    assert [answer.status_code for answer in answers] == [404] * 6 + [429]
    spent = client.get("/api/v1/field/tasks")
    assert (spent.status_code, spent.json()["code"]) == (429, "BUDGET_SPENT") and int(spent["Retry-After"]) > 0
    assert [entry.detail["what"] for entry in journal("NOT_IN_AREA")] == ["新发现人员"] * 3 + ["走访名单"] * 3


def parts_of(pattern: URLPattern) -> dict[str, Any]:
    return dict(pattern.pattern.converters)


def test_every_part_of_an_address_has_a_name_in_the_journal() -> None:
    parts = {name for pattern in PAGES for name in parts_of(pattern)}
    interface = {name for path in api.get_openapi_schema()["paths"] for name in _named(path)}
    assert parts | interface == set(ID_KINDS)


def _named(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.mark.parametrize("way", ["get", "post"])
def test_a_number_that_is_not_there_is_on_record_under_every_address(
    way: str, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CANBAO_HOME = tmp_path
    settings.AXES_ENABLED = False
    monkeypatch.setattr("canbao.services.audit.budgets.require_left", lambda *_, **__: None)
    monkeypatch.setattr("canbao.services.audit.looking.counting", lambda *_, **__: None)
    for role in POSTS:
        account(f"t-{role.value.lower()}", role, office_for(role, TOWN))
    sessions = {role: signed_in(f"t-{role.value.lower()}") for role in POSTS}
    tried, silent = 0, []
    for pattern in PAGES:
        need = pattern.callback.need  # type: ignore[attr-defined]
        if not parts_of(pattern) or not isinstance(need, Permission):
            continue
        client = Client(raise_request_exception=False)
        client.cookies[site.SESSION_COOKIE_NAME] = sessions[next(role for role in POSTS if allows(role, need))]
        address = _nowhere(pattern)
        if getattr(client, way)(address).status_code == 404:
            tried += 1
            path = address.partition("?")[0]
            if not JournalEntry.objects.filter(event="NOT_IN_AREA", target_id=path[:100]).exists():
                silent.append(path)
    assert silent == [] and tried > 30


def _nowhere(pattern: URLPattern) -> str:
    from django.urls import reverse

    parts = parts_of(pattern)
    rows = Rows({name: 987_654 if type(one).__name__ == "IntConverter" else "zz" for name, one in parts.items()})
    return reverse(str(pattern.name), kwargs=rows) + ASKED.get(str(pattern.name), "")
