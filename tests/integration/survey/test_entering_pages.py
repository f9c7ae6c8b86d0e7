"""The entry desk and the change requests in the browser's terms: what is shown, what is refused, what is saved."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from canbao.rules.roles import Role
from canbao.store.models import SurveyTask
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import account, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
PHONE = "13800000001"
TYPED = {"occupation": "lhjy", "work_in": "万州区", "phone": PHONE, "signer": "1", "signed_on": "20261118"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ease(settings: Any, tmp_path: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    settings.AXES_ENABLED = False


@pytest.fixture
def line() -> SurveyTask:
    account("li", Role.TOWN_CLERK, TOWN)
    account("wang", Role.TOWN_CLERK, TOWN)
    who = person(1, VILLAGE, name="赵四", phone="13911112222", hukou_address="重庆市某区某村7号")
    return survey_task(
        survey_round(second_percent=100), who, state="RETURNED", outcome="CHECKED", form_number="260000000014"
    )


def browser(name: str = "li") -> Client:
    client = Client()
    client.cookies[site.SESSION_COOKIE_NAME] = signed_in(name)
    return client


def page(client: Client, name: str, *args: Any) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def hand_over(client: Client, task: SurveyTask, **typed: str) -> Any:
    shown = client.get(reverse("task-enter", args=[task.pk])).context
    page = {"version": shown["version"], "edition": shown["edition"], "seconds": "41"}
    return client.post(reverse("task-enter", args=[task.pk]), TYPED | page | typed)


def save(client: Client, task: SurveyTask, edition: int, **typed: Any) -> Any:
    sent = {"edition": edition, "seconds": 5, "answers": typed, "explained": {}}
    return client.post(reverse("task-draft", args=[task.pk]), json.dumps(sent), content_type="application/json")


def test_the_desk_shows_what_is_known_hidden_and_hands_over_to_a_result_in_words(
    line: SurveyTask, as_web: None
) -> None:
    client = browser()
    shown = page(client, "task-enter", line.pk)
    assert "139****2222" in shown and "13911112222" not in shown and "某村7号" not in shown
    answer = hand_over(client, line)
    assert answer.status_code == 302
    result = page(client, "task-enter", line.pk)
    assert "2 项写入登记库，1 项转变更申请" in result and PHONE not in result
    assert "万州区" in result and "灵活就业人员" in result  # each value as it was written


def test_a_refused_form_comes_back_with_what_was_typed_and_what_is_wrong(line: SurveyTask, as_web: None) -> None:
    answer = hand_over(browser(), line, phone="1380000", occupation="N02")
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "移动电话为11位数字" in said and 'value="1380000"' in said and "不满45岁" in said
    assert answer.context["must"] == 1 and answer.context["explain"] == 1


def test_a_late_draft_is_answered_with_what_is_stored(line: SurveyTask, as_web: None) -> None:
    client = browser()
    page(client, "task-enter", line.pk)
    first = save(client, line, 1, phone=PHONE, occupation="lhjy")
    assert first.json()["answers"] == {"phone": PHONE, "occupation": "E06"}
    assert first.json()["meanings"] == {"occupation": "灵活就业人员"}
    late = save(client, line, 3, phone="13800000009", occupation="E06")
    assert (late.status_code, late.json()["edition"], late.json()["answers"]["phone"]) == (409, 1, PHONE)
    assert "别的窗口" in late.json()["said"] and "移动电话" in late.json()["said"] and "职业" not in late.json()["said"]
    assert f'value="{PHONE}"' in page(browser(), "task-enter", line.pk)  # the browser has crashed


def test_a_stale_page_is_not_handed_over_and_keeps_what_was_typed(line: SurveyTask, as_web: None) -> None:
    client = browser()
    page(client, "task-enter", line.pk)
    save(client, line, 1, phone=PHONE)
    answer = hand_over(client, line, phone="13800000009", edition="0")
    said = answer.content.decode()
    assert answer.status_code == 422 and "别的窗口" in said and 'value="13800000009"' in said
    assert hand_over(client, line, phone="13800000009", edition=str(answer.context["edition"])).status_code == 302


@pytest.mark.parametrize(
    "sent",
    ["", "[]", '{"answers": 1}', '{"answers": {}, "edition": "x"}', "[" * 3000, '{"answers": {}, "edition": true}'],
)
def test_what_is_no_draft_is_not_saved(line: SurveyTask, as_web: None, sent: str) -> None:
    client = browser()
    page(client, "task-enter", line.pk)
    answer = client.post(reverse("task-draft", args=[line.pk]), sent, content_type="application/json")
    assert answer.status_code == 400


def test_anothers_draft_says_whose_it_is_and_may_be_taken_over(line: SurveyTask, as_web: None) -> None:
    mine, other = browser(), browser("wang")
    page(mine, "task-enter", line.pk)
    save(mine, line, 1, phone=PHONE)
    assert "li 已开始录入这份登记表" in page(other, "task-enter", line.pk)
    other.post(reverse("task-take-over", args=[line.pk]))
    assert f'value="{PHONE}"' in page(other, "task-enter", line.pk)
    assert save(mine, line, 2, phone="13800000009").status_code == 409


def test_the_second_typing_shows_nothing_of_the_first_nor_of_the_register(line: SurveyTask, as_web: None) -> None:
    hand_over(browser(), line)
    shown = page(browser("wang"), "task-again", line.pk)
    assert PHONE not in shown and "139****2222" not in shown and "灵活就业人员</output>" not in shown
    assert "不需要您复录" in page(browser(), "task-again", line.pk)
    browser("wang").post(reverse("task-again", args=[line.pk]), TYPED | {"occupation": "E01"})
    seconds = page(browser(), "entry-seconds", line.round_id)
    assert "当前职业" in seconds and "企业职工" in seconds and "20.00%" in seconds
    assert reverse("task-seconds", args=[line.pk]) not in seconds and "须由另一人核实" in seconds  # for li typed it


def test_what_differs_is_settled_by_another_beside_the_paper(line: SurveyTask, as_web: None) -> None:
    hand_over(browser(), line)
    other, address = browser("wang"), reverse("task-seconds", args=[line.pk])
    assert "没有需要核实的差异" in page(other, "task-seconds", line.pk)
    other.post(reverse("task-again", args=[line.pk]), TYPED | {"phone": "13800000007"})
    assert "1 份待核实" in page(other, "survey-entry", line.round_id)
    shown = page(other, "task-seconds", line.pk)
    assert PHONE in shown and "13800000007" in shown  # as on the paper
    assert "没有选择" in other.post(address, {"stands-phone": "x"}, follow=True).content.decode()
    mine = browser()
    assert "须由另一人核实" in mine.post(address, {"stands-phone": "FIRST"}, follow=True).content.decode()
    done = other.post(address, {"stands-phone": "SECOND"}, follow=True).content.decode()
    assert "已核实 1 项" in done and "转变更申请" in done and PHONE not in done
    assert "待核实）" not in page(other, "survey-entry", line.round_id)


def test_a_form_number_opens_its_form_and_another_says_why_not(line: SurveyTask, as_web: None) -> None:
    find = reverse("entry-find", args=[line.round_id])
    client = browser()
    assert client.get(find, {"number": "260000000014-1"}).headers["Location"] == reverse("task-enter", args=[line.pk])
    assert "不是一个表号" in client.get(find, {"number": "12345"}, follow=True).content.decode()


def test_requests_are_listed_hidden_and_only_in_the_area(line: SurveyTask, as_web: None) -> None:
    hand_over(browser(), line)
    client = browser()
    for shown in (page(client, "changes"), page(client, "survey-changes", line.round_id)):
        assert "138****0001" in shown and PHONE not in shown and "尚不能在系统中审批" in shown
    one = client.get(reverse("changes")).context["rows"][0][0]
    shown = page(client, "change", one.change_id)
    assert "139****2222" in shown and PHONE not in shown and "登记表 260000000014" in shown and "镇街初审" in shown


def test_the_file_of_a_person_tells_what_was_declared_and_asked_for(line: SurveyTask, as_web: None) -> None:
    hand_over(browser(), line)
    shown = page(browser(), "person", line.person_id)
    assert (
        "灵活就业人员" in shown and "依据：登记表 260000000014" in shown and "变更申请" in shown and PHONE not in shown
    )
