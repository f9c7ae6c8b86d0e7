"""Another system asks: with a token, for a granted purpose, within its area, its fields and its quota; on record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from canbao.rules import approval
from canbao.rules.purposes import Purpose
from canbao.rules.roles import Actor, Role
from canbao.services import access, clients
from canbao.store.models import ApiClient, JournalEntry
from tests.worlds import AT, foreign_town, number, person, town_offices

SYSTEM = Actor("sys", Role.SYSTEM_ADMINISTRATOR)
SECURITY = Actor("sec", Role.SECURITY_ADMINISTRATOR)
TOWN = town_offices()[0]


@pytest.fixture
def token(db: None) -> str:
    """A client of one district that may ask three times a day for names and numbers."""
    person(1, TOWN)
    person(2, foreign_town(TOWN), name="李四")
    made = clients.register(
        name="tax", department="某区税务局", basis="渝社〔2026〕1号", purposes=[Purpose.PERSON_ASKED],
        fields=["name", "doc_number"], office=TOWN[:6], quota=3, actor=SYSTEM, at=AT,
    )  # fmt: skip
    clients.grant(made.pk, actor=SECURITY, at=AT)
    token = clients.issue_token(made.pk, actor=SYSTEM, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    return token


def ask(token: str, **question: Any) -> tuple[int, dict[str, Any]]:
    answer = Client().post(
        "/api/v1/persons/lookup", json.dumps({"purpose": "PERSON_ASKED"} | question),
        content_type="application/json", headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    return answer.status_code, answer.json()


def test_the_granted_fields_come_back_masked_and_the_look_is_on_record(token: str) -> None:
    status, answer = ask(token, number=number(1))
    assert status == 200
    assert set(answer["facts"]) == {"name", "doc_number"} and "enrolments" not in answer
    assert answer["facts"]["doc_number"] != number(1) and "*" in answer["facts"]["doc_number"]
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
    entry = JournalEntry.objects.get(event="CLIENT_LOOKED_UP")
    assert (entry.account, entry.target_id, entry.area) == ("api:tax", "1", TOWN)
    assert number(1) not in json.dumps(entry.detail)


def test_who_lies_outside_is_not_there_and_the_attempt_is_on_record(token: str) -> None:
    unknown, foreign = ask(token, number=number(77)), ask(token, number=number(2))
    assert unknown == foreign and foreign[0] == 404 and foreign[1]["code"] == "NOT_FOUND"
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
    entries = JournalEntry.objects.filter(event="CLIENT_LOOKED_UP", target_kind="nobody")
    assert len({entry.detail["digest"] for entry in entries}) == 2
    assert not any(number(77) in json.dumps(entry.detail) for entry in entries)


def test_purpose_token_and_quota_are_held(token: str) -> None:
    assert ask("wrong", number=number(1))[0] == 401
    assert ask(token, number=number(1), purpose="DATA_QUALITY") == (
        403, {"code": "PURPOSE_NOT_GRANTED", "message": "这个用途没有批准给本接口用户。", "fields": {}}
    )  # fmt: skip
    status, problem = ask(token, number="", more=1)
    assert status == 422 and set(problem["fields"]) == {"number", "more"}
    assert [ask(token, number=number(1))[0] for _ in range(4)] == [200, 200, 200, 429]


def test_refusals_are_on_record_without_number_or_token(token: str) -> None:
    ask(token, number=number(1), purpose="DATA_QUALITY")
    for _ in range(4):
        ask(token, number=number(1))
    for guess in ("guess-one", "guess-two"):
        ask(guess, number=number(1))
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
    entries = list(JournalEntry.objects.filter(event="CLIENT_REFUSED").order_by("id"))
    assert [(entry.account, entry.target_id, entry.detail["reason"]) for entry in entries] == [
        ("api:tax", "tax", "用途未获批准"), ("api:tax", "tax", "当日次数已用完"), ("api:?", "?", "令牌无效或已停用"),
    ]  # fmt: skip
    assert not any(number(1) in str(entry.detail) or "guess" in str(entry.detail) for entry in entries)


def test_wrong_tokens_of_one_network_are_one_line_a_minute(token: str) -> None:
    for serial in range(1, 4):
        clients.note_wrong_token(terminal=f"2001:db8::{serial}", at=AT)
    clients.note_wrong_token(terminal="2001:db8:0:1::1", at=AT)
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
    counted = JournalEntry.objects.filter(event="CLIENT_REFUSED").values_list("detail__counted_from", flat=True)
    assert sorted(counted) == ["2001:db8:0:1::", "2001:db8::"]


def test_a_switched_off_client_asks_no_more(token: str) -> None:
    clients.stop(ApiClient.objects.get().pk, reason="异常", actor=SECURITY, at=AT)
    assert ask(token, number=number(1))[0] == 401


def test_nobody_grants_what_he_registered_and_business_posts_see_no_clients(db: None) -> None:
    made = clients.register(
        name="x", department="d", basis="b", purposes=[Purpose.PERSON_ASKED], fields=["name"], office="50", quota=1,
        actor=SYSTEM, at=AT,
    )  # fmt: skip
    with pytest.raises(approval.SamePerson):
        clients.grant(made.pk, actor=Actor("sys", Role.SECURITY_ADMINISTRATOR), at=AT)
    with pytest.raises(clients.WrongState):
        clients.issue_token(made.pk, actor=SYSTEM, at=AT)
    with pytest.raises(access.NotAllowed):
        clients.all_clients(actor=Actor("town", Role.TOWN_CLERK, TOWN))
