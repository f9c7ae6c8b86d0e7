"""The pages of villages, with the web's login: what is ticked or everybody who fits is confirmed; the lines of rounds follow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from canbao.rules.roles import Role
from canbao.services import access
from canbao.services.accounts.signing import FACTOR_PASSED
from canbao.services.survey import listing, placed
from canbao.store.models import JournalEntry, Person, SurveyRound, SurveyTask, VillageAct, VillageAssignment
from tests.integration.villages import city
from tests.integration.villages.city import BARE, CLERK, MEMBER, NAMED, POOL, SLOPE, SPLIT, SQUARE, TOWN
from tests.worlds import AT, account, survey_round, survey_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(settings: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Client:
    settings.AXES_ENABLED, settings.CANBAO_HOME = False, tmp_path
    city.build()
    city.work_out()
    found = Client()
    found.force_login(account("jing", Role.TOWN_CLERK, TOWN), backend="django.contrib.auth.backends.ModelBackend")
    session = found.session
    session[FACTOR_PASSED] = True
    session.save()
    round_ = survey_round()
    for who in (NAMED, SPLIT, BARE):
        survey_task(round_, Person.objects.get(pk=who), office_path=TOWN, held_at=TOWN, state="PLANNED")
    with connection.cursor() as cursor:  # what the worker staged in this transaction is not the web's to drop
        cursor.execute("drop table if exists pg_temp.changed")
    request.getfixturevalue("as_web")
    return found


def _round() -> SurveyRound:
    return SurveyRound.objects.get()


def lines() -> dict[int, str]:
    with access.acting_as(city.OPERATOR):
        return dict(SurveyTask.objects.values_list("person_id", "office_path"))


def test_a_page_is_confirmed_at_once_undone_and_the_lines_of_the_round_follow(client: Client) -> None:
    page = client.get("/villages/").content.decode()
    assert "同一道路 26 人中 20 人属于该村（社区）" in page and "高笋塘街道 · 乌龙池社区" in page
    answer = client.post("/villages/decide/?state=SUGGESTED", {"act": "confirm", "person": [SPLIT]}, follow=True)
    text = answer.content.decode()
    assert "已确认 1 人的村（社区）" in text and city.office(SPLIT) == POOL
    assert lines() == {NAMED: TOWN, SPLIT: POOL, BARE: TOWN}, "of the people of the act"
    way_back = re.search(r"/villages/acts/\d+/undo/", text)
    assert way_back
    assert "恢复到办理之前" in client.post(way_back[0], follow=True).content.decode()
    assert city.office(SPLIT) == TOWN


def test_everybody_who_fits_is_confirmed_without_ticks(client: Client) -> None:
    client.post("/villages/decide/?state=SUGGESTED&rule=ROAD", {"act": "confirm", "every": "1", "shown": "1"})
    with access.acting_as(CLERK):
        assert VillageAct.objects.get().people == 1
    assert city.office(SPLIT) == POOL


def test_what_was_not_shown_is_not_decided_nor_more_than_fit_in_one_act(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = {"act": "confirm", "every": "1", "shown": "2"}
    answer = client.post("/villages/decide/?state=SUGGESTED", every)
    assert answer.status_code == 422 and "人数已有变化" in answer.content.decode() and city.office(SPLIT) == TOWN
    for module in ("deciding", "listing"):
        monkeypatch.setattr(f"canbao.services.villages.{module}.MOST_AT_ONCE", 1)
    address = "/villages/decide/?state=-"
    assert 'name="every"' not in client.get("/villages/?state=-").content.decode()
    for given in (every, {"act": "correct", "person": [SPLIT, BARE], "village": SQUARE, "reason": "电话核实"}):
        assert "一次最多办理" in client.post(address, given).content.decode()
    assert city.office(SPLIT) == TOWN


def standing(person_id: int) -> tuple[str, str, str]:
    with access.acting_as(CLERK):
        row = VillageAssignment.objects.get(pk=person_id)
        return row.state, row.village_path, city.office(person_id)


def act(client: Client, **given: Any) -> str:
    return client.post("/villages/decide/?state=" + given.pop("state", "ASSIGNED"), given, follow=True).content.decode()


def take_back(client: Client, page: str) -> None:
    way_back = re.search(r"/villages/acts/\d+/undo/", page)
    assert way_back and "已撤销" in client.post(way_back[0], follow=True).content.decode()


def test_a_town_withdraws_only_whom_the_departments_know_in_it(client: Client) -> None:
    """The departments know MEMBER in the district only: there the town would lose sight of him."""
    given = {"act": "withdraw", "reason": "不在该村"}
    page = act(client, person=[NAMED, MEMBER], **given)
    assert "已撤回 1 人" in page and "另有 1 人部门只登记到区县" in page
    assert (standing(NAMED)[0], city.office(NAMED)) == ("WITHDRAWN", TOWN)
    assert standing(MEMBER) == ("ASSIGNED", SLOPE, SLOPE)
    assert "由区县撤回，没有办理" in act(client, person=[MEMBER], **given)
    take_back(client, page)
    assert standing(NAMED) == ("ASSIGNED", POOL, POOL)


def test_undone_the_word_before_holds_again(client: Client) -> None:
    act(client, act="confirm", person=[SPLIT], state="SUGGESTED")
    corrected = {"act": "correct", "village": SQUARE, "reason": "电话核实"}
    page = act(client, person=[SPLIT], state="CONFIRMED", **corrected)
    assert standing(SPLIT) == ("CORRECTED", SQUARE, SQUARE)
    take_back(client, page)
    assert standing(SPLIT) == ("CONFIRMED", POOL, POOL)
    page = act(client, person=[MEMBER], **corrected)
    assert standing(MEMBER) == ("CORRECTED", SQUARE, SQUARE)
    take_back(client, page)
    assert standing(MEMBER) == ("ASSIGNED", SLOPE, SLOPE)


def test_nobody_is_moved_back_by_a_suggestion_for_where_he_was(client: Client) -> None:
    with access.acting_as(CLERK):
        Person.objects.filter(pk=SPLIT).update(office_path=SLOPE)  # as a form does
    assert "没有可以办理的人" in act(client, act="confirm", person=[SPLIT], state="SUGGESTED")
    assert city.office(SPLIT) == SLOPE
    page = act(client, act="correct", person=[BARE], state="-", village=SQUARE, reason="电话核实")
    with access.acting_as(CLERK):
        Person.objects.filter(pk=BARE).update(office_path=SLOPE)
    way_back = re.search(r"/villages/acts/\d+/undo/", page)
    assert way_back and "没有可以撤销" in client.post(way_back[0], follow=True).content.decode()
    assert city.office(BARE) == SLOPE


def test_a_correction_names_the_village_and_why(client: Client) -> None:
    address = "/villages/decide/?state=-"
    answer = client.post(address, {"act": "correct", "person": [BARE], "village": SQUARE})
    text = answer.content.decode()
    assert (
        answer.status_code == 422
        and re.search(r'id="reason_error"[^>]*>.*请写明原因', text)
        and city.office(BARE) == TOWN
    )
    assert re.search(rf'value="{BARE}"[^>]* checked', text) and re.search(rf'value="{SQUARE}" selected', text), (
        "as it was sent"
    )
    given = {"act": "correct", "person": [BARE], "village": SQUARE, "reason": "电话核实"}
    assert "更正到" in client.post(address, given, follow=True).content.decode()
    assert city.office(BARE) == SQUARE
    with access.acting_as(CLERK):
        assert JournalEntry.objects.get(event="VILLAGES_CORRECTED").detail["reason"] == "电话核实"


def test_nothing_ticked_nothing_done(client: Client) -> None:
    text = client.post("/villages/decide/", {"act": "withdraw", "reason": "地址不清"}).content.decode()
    assert re.search(r'id="person_error"[^>]*>.*没有可以办理的人', text) and 'value="地址不清"' in text


def test_the_figures_lead_to_the_people(client: Client) -> None:
    page = client.get("/villages/figures/").content.decode()
    assert f"/villages/?office={TOWN}" in page and "99.6%" in page and "没有写明地点" in page
    assert client.get("/villages/?state=ASSIGNED&office=500101500101002").status_code == 404


def test_the_list_of_a_round_shows_the_suggestion_and_confirms_it(client: Client) -> None:
    number = _round().pk
    page = client.get(f"/survey/{number}/list/?village=SUGGESTED").content.decode()
    assert "建议：高笋塘街道 · 乌龙池社区" in page and page.count("data-line") == 1
    with access.acting_as(CLERK):
        task = SurveyTask.objects.get(person_id=SPLIT)
    client.post(f"/survey/{number}/list/move/", {"act": "confirm_village", "task": [task.pk]})
    assert lines()[SPLIT] == POOL and city.office(SPLIT) == POOL
    assert "data-line" not in client.get(f"/survey/{number}/list/?village=SUGGESTED").content.decode()


@pytest.mark.parametrize("act", ["confirm_village", "drop"])
def test_all_that_fit_in_the_list_of_a_round_are_as_many_as_were_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    narrowed = f"/survey/{_round().pk}/list/%s?village=SUGGESTED"
    assert "符合以上条件的全部 1 人" in client.get(narrowed % "").content.decode()
    given = {"act": act, "every": "1", "reason": "已迁出"}
    for shown in ({}, {"shown": "2"}, {"shown": "x"}):
        answer = client.post(narrowed % "move/", given | shown)
        assert answer.status_code == 422 and "人数已有变化" in answer.content.decode()
    monkeypatch.setattr(listing, "MOST_COUNTED", 0)
    page = client.get(narrowed % "").content.decode()
    assert 'name="every"' not in page and "请再选条件" in page
    assert client.post(narrowed % "move/", given | {"shown": "1"}).status_code == 422
    monkeypatch.undo()
    client.post(narrowed % "move/", given | {"shown": "1"})
    assert "data-line" not in client.get(narrowed % "").content.decode()


def test_lines_follow_only_what_lies_with_the_town(client: Client) -> None:
    with access.acting_as(CLERK):
        SurveyTask.objects.filter(person_id=NAMED).update(state="TO_VISIT")
        assert placed.follow(actor=CLERK, at=AT) == 0
        SurveyTask.objects.filter(person_id=NAMED).update(state="PLANNED")
        assert placed.follow(actor=CLERK, at=AT) == 1 and placed.follow(actor=CLERK, at=AT) == 0
        assert JournalEntry.objects.get(event="TASKS_REASSIGNED").area == POOL
