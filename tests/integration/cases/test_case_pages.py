"""The pages of cases: walked in order both ways, told apart in the list, with what they are decided by."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client

from canbao.rules.budgets import Budget
from canbao.rules.roles import Role
from canbao.services import access, audit, matching
from canbao.store.models import ListedSpell, LookCount, MatchCase, MatchCaseRecord, Person
from tests.integration.cases.test_cases import APPROVER, CLERK, PATTERN, TOWN, a_case
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import AT, LONG_AGO, account

pytestmark = pytest.mark.django_db


def browser(name: str, role: Role, office: str) -> Client:
    """Signed in, behind the web's login from here on."""
    account(name, role, office)
    client = Client()
    client.cookies[site.SESSION_COOKIE_NAME] = signed_in(name)
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    return client


def step(client: Client, here: MatchCase, **more: str) -> int:
    answer = client.get("/cases/next/", {"kind": here.kind, "after": str(here.pk)} | more)
    return int(answer.headers["Location"].strip("/").rpartition("/")[2])


def test_all_cases_are_walked_in_order_forward_and_back() -> None:
    cases = [a_case() for _ in range(4)]
    client = browser("li", Role.TOWN_CLERK, TOWN)
    forward = [step(client, one) for one in cases]
    assert forward == [*(one.pk for one in cases[1:]), cases[-1].pk]  # at the end one stays
    back = [step(client, one, back="1") for one in cases]
    assert back == [cases[0].pk, *(one.pk for one in cases[:-1])]


def test_after_a_decision_the_following_case_is_shown_and_then_those_passed_over() -> None:
    cases = [a_case() for _ in range(3)]
    client = browser("li", Role.TOWN_CLERK, TOWN)

    def decided(case: MatchCase, verdict: str) -> str:
        said = {"verdict": verdict, "kind": case.kind, f"reason_{verdict}": "户口簿"}
        return client.post(f"/cases/{case.pk}/decide/", said).headers["Location"]

    assert decided(cases[1], "different") == f"/cases/{cases[2].pk}/"
    assert decided(cases[2], "later") == f"/cases/{cases[0].pk}/"


def test_a_list_of_cases_names_its_people_and_each_can_be_told_who_looked(settings: Any) -> None:
    settings.AXES_ENABLED = False
    case = a_case()
    client = browser("li", Role.TOWN_CLERK, TOWN)
    said = client.get("/cases/", {"kind": "POSSIBLE_SAME"}).content.decode()
    assert "张三" in said and "张叁" in said and "1990-01-01" in said
    with access.acting_as(CLERK):
        for person_id in case.person_ids:
            assert [(look.act, look.post) for look in audit.looks_at(person_id)] == [
                ("在疑点清单中查看姓名", "镇街经办岗")
            ]
        assert LookCount.objects.get(account="li", budget=Budget.LISTS).in_hour == 1  # one page


def test_a_death_is_shown_with_its_day_and_who_says_so() -> None:
    case = a_case(kind="DEAD_BUT_ACTIVE")
    MatchCase.objects.filter(pk=case.pk).update(person_ids=case.person_ids[:1])
    MatchCaseRecord.objects.filter(case_id=case.pk, place=2).delete()
    Person.objects.filter(pk=case.person_ids[0]).update(death_on=date(2026, 5, 3), hukou_status="DECEASED")
    ListedSpell.objects.create(
        person_id=case.person_ids[0], source="deaths", record_key="7", from_on=date(2026, 5, 2), office_path=TOWN,
        valid_from=LONG_AGO, recorded_at=AT, basis="run:1",
    )  # fmt: skip
    client = browser("li", Role.TOWN_CLERK, TOWN)
    said = client.get(f"/cases/{case.pk}/").content.decode()
    assert "2026-05-03" in said and "2026-05-02" in said and "死亡" in said and "公安" in said


def test_a_hidden_number_is_opened_from_the_case_with_a_reason() -> None:
    case = a_case(kind="INVALID_NUMBER")
    person_id = case.person_ids[0]
    full = Person.objects.get(pk=person_id).doc_number
    client = browser("li", Role.TOWN_CLERK, TOWN)
    page = f"/cases/{case.pk}/"
    said = client.get(page).content.decode()
    address = f"/people/{person_id}/unmask/?field=doc_number"
    assert full not in said and f"{address}&amp;case={case.pk}" in said
    answer = client.post(f"{address}&case={case.pk}", {"field": "doc_number", "reason": "CASE", "note": ""})
    assert answer.headers["Location"] == page
    assert full in re.sub("<[^>]*>", "", client.get(page).content.decode())


def test_a_row_where_lists_only_overlap_is_not_shown_as_the_same() -> None:
    case = a_case()
    one, other = case.person_ids
    for person_id, place, division in ((one, 3, "500112001"), (other, 4, "500112001"), (other, 5, "500112002")):
        MatchCaseRecord.objects.create(
            case_id=case.pk, place=place, person_id=person_id, source="health", record_key=f"{place}",
            facts={"division": division}, office_path=TOWN,
        )  # fmt: skip
    client = browser("li", Role.TOWN_CLERK, TOWN)
    said = client.get(f"/cases/{case.pk}/").content.decode()
    assert '<tr class="overlaps"><th scope="row">区划' in said and '<tr class="agrees"><th scope="row">出生日期' in said


def test_who_confirms_a_bulk_decision_confirms_beside_its_preview() -> None:
    a_case()
    with access.acting_as(CLERK):
        last = MatchCase.objects.latest("pk").pk
        bulk = matching.bulk.ask(CLERK, pattern=PATTERN, same=False, reason="各有户口", last_case_id=last, at=AT)
    client = browser("qian", Role.DISTRICT_APPROVER, APPROVER.office)
    said = client.get("/cases/bulk/preview/", {"pattern": PATTERN, "bulk": bulk.pk}).content.decode()
    assert "确认生效" in said and "提交，由另一人确认" not in said
