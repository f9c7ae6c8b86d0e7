"""The village worker's device: by the session of the pages and nothing else; the own village's lines and nobody else's."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from canbao.rules.roles import Role
from canbao.store.models import FoundPerson, SurveyTask, SurveyVisit
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import account, foreign_town, number, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
BASE = "/api/v1/field"


@pytest.fixture
def lines(db: None) -> tuple[SurveyTask, SurveyTask]:
    """A line of the own village and a foreign one, seen with the web's login."""
    round_ = survey_round()
    account("cunzhang", Role.VILLAGE_SURVEYOR, VILLAGE)
    account("li", Role.TOWN_CLERK, TOWN)
    who = person(1, VILLAGE, birth_date=date(1985, 2, 3), home_address="某村3组12号", phone="13812345678")
    own = survey_task(round_, who)
    foreign = survey_task(round_, person(2, village_office(foreign_town(TOWN))))
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    return own, foreign


def browser(name: str = "cunzhang", *, csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=csrf)
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(name)
    return client


def visit(task: SurveyTask, **more: Any) -> dict[str, Any]:
    given = {
        "client_id": str(uuid4()),
        "task_id": task.pk,
        "outcome": "CHECKED",
        "visited_at": "2026-11-20T10:00:00+08:00",
    }
    return given | more


def post(client: Client, where: str, content: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"{BASE}/{where}", json.dumps(content), content_type="application/json")
    return answer.status_code, answer.json()


def stored(table: Any) -> int:
    """As the worker sees it."""
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
    return int(table.objects.count())


def get(client: Client, where: str) -> tuple[int, dict[str, Any]]:
    answer = client.get(f"{BASE}/{where}")
    return answer.status_code, answer.json()


def test_without_a_session_or_the_post_or_the_pages_token_everything_is_refused(
    lines: tuple[SurveyTask, SurveyTask],
) -> None:
    for ask in ("tasks", f"households/{lines[0].pk}", f"receipts/{uuid4()}"):
        assert get(Client(), ask) == (401, get(Client(), "tasks")[1]), ask
        assert get(browser("li"), ask)[0] == 403, ask
    for where in ("visits", "found"):
        assert post(Client(), where, visit(lines[0]))[0] == 401
        assert post(browser("li"), where, visit(lines[0]))[0] == 403
        status, problem = post(browser(csrf=True), where, visit(lines[0]))
        assert (status, problem["code"]) == (403, "CSRF")
    assert stored(SurveyVisit) == 0


def test_a_session_that_has_something_to_do_first_is_refused(lines: tuple[SurveyTask, SurveyTask]) -> None:
    client = browser()
    with connection.cursor() as cursor:
        cursor.execute("update account set must_change_password = true where name = 'cunzhang'")
    assert get(client, "tasks")[0] == 401


def test_the_list_has_the_address_and_no_number_and_of_another_village_nothing(
    lines: tuple[SurveyTask, SurveyTask],
) -> None:
    own, foreign = lines
    client = browser()
    status, found = get(client, "tasks")
    assert status == 200 and [one["task_id"] for one in found["lines"]] == [own.pk]
    said = json.dumps(found, ensure_ascii=False)
    assert "某村3组12号" in said and number(1, "19850203") not in said and "13812345678" not in said
    assert get(client, f"households/{foreign.pk}")[0] == 404
    assert post(client, "visits", visit(foreign))[0] == 404


def test_a_visit_is_answered_with_a_receipt_that_can_be_read_back(lines: tuple[SurveyTask, SurveyTask]) -> None:
    client, sent = browser(), visit(lines[0], answers={"occupation": "E06"})
    first = post(client, "visits", sent)
    assert first[0] == 200 and {post(client, "visits", sent)[1]["receipt"] for _ in range(4)} == {first[1]["receipt"]}
    assert get(client, f"receipts/{sent['client_id']}") == first
    assert post(client, "visits", sent | {"note": "别的"})[1]["code"] == "CLASH"
    assert stored(SurveyVisit) == 1


def test_what_cannot_be_stored_is_named_by_item(lines: tuple[SurveyTask, SurveyTask]) -> None:
    status, problem = post(browser(), "visits", visit(lines[0], outcome="REFUSED", answers={"shoe": "42", "name": "x"}))
    assert (status, problem["code"], set(problem["fields"])) == (422, "WRONG_ANSWERS", {"shoe", "name", "note"})


def test_somebody_alike_has_to_be_chosen_and_is_told_without_number_or_address(
    lines: tuple[SurveyTask, SurveyTask],
) -> None:
    own, _ = lines
    client = browser()
    sent = {"client_id": str(uuid4()), "round_id": own.round_id, "facts": {"name": "张三", "doc_number": number(2)}}
    status, problem = post(client, "found", sent)
    (twin,) = problem["twins"]
    assert (status, problem["code"], twin["likeness"], twin["task_id"]) == (409, "ALIKE", "SAME", None)
    assert number(2) not in json.dumps(problem)
    assert post(client, "found", sent | {"chosen": "NEW"})[1]["code"] == "SAME_NUMBER"
    assert post(client, "found", sent | {"chosen": twin["key"]})[1]["came"] == "ELSEWHERE"
    mine = sent | {"client_id": str(uuid4()), "facts": {"name": "张三", "doc_number": number(1, "19850203")}}
    assert post(client, "found", mine)[1]["twins"][0]["task_id"] == own.pk
    assert get(client, f"receipts/{sent['client_id']}")[1]["kind"] == "FOUND"
    assert stored(FoundPerson) == 1


@pytest.mark.parametrize(
    "said",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T20:00:00Z", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z"],
)
def test_a_year_that_no_clock_shows_is_refused(lines: tuple[SurveyTask, SurveyTask], said: str) -> None:
    status, told = post(browser(), "visits", visit(lines[0], visited_at=said))
    assert (status, told["code"], list(told["fields"])) == (422, "INVALID", ["visited_at"])


def test_a_time_is_kept_in_utc_whatever_its_offset(lines: tuple[SurveyTask, SurveyTask]) -> None:
    assert post(browser(), "visits", visit(lines[0], visited_at="2026-11-20T10:00:00+23:59"))[0] == 200
    assert stored(SurveyVisit) == 1
