"""The desk and the board through the web: what is said, undone, downloaded, and not to be seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.urls import reverse

from canbao.outside import queue
from canbao.rules.roles import Role
from canbao.store.models import Job, JournalEntry, SurveyRound, SurveyTask
from tests.integration.matrix.test_matrix import signed_in
from tests.integration.survey.test_checking import FOREIGN, TOWN, VILLAGE, a_line, state_of
from tests.worlds import AT, account, office_for, survey_round
from tests.worlds import number as citizen_number

pytestmark = pytest.mark.django_db
SignIn = Callable[[Role], Client]


@pytest.fixture
def sign_in(settings: Any, tmp_path: Any) -> SignIn:
    """A browser of somebody in a role for the town; the database is the web's from then on."""
    settings.AXES_ENABLED = False
    settings.CANBAO_HOME = tmp_path

    def made(role: Role) -> Client:
        account(f"s-{role.value.lower()}", role, office_for(role, TOWN))
        client = Client()
        client.cookies[site.SESSION_COOKIE_NAME] = signed_in(f"s-{role.value.lower()}")
        with connection.cursor() as cursor:
            cursor.execute("set local role canbao_web")
        return client

    return made


@contextmanager
def as_worker() -> Iterator[None]:
    """To see what became of it: the web's login, outside a request, sees nobody."""
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
    yield
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")


def stands(task: SurveyTask) -> str:
    with as_worker():
        return state_of(task)


def said(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_a_click_closes_and_another_takes_it_back(sign_in: SignIn) -> None:
    round_ = survey_round()
    task = a_line(round_, 1, "ENTERED")
    client = sign_in(Role.TOWN_CLERK)
    page = reverse("survey-check", args=[round_.pk])
    assert "张三" in said(client, page)

    answer = client.post(page, {"act": "close", "task": task.pk, "village": VILLAGE}, follow=True)
    assert "已办结 1 人" in answer.content.decode() and stands(task) == "CLOSED"
    (message,) = answer.context["messages"]
    client.post(message.extra_tags)
    assert stands(task) == "ENTERED"


def test_sending_back_says_what_is_missing_and_the_village_reads_why(sign_in: SignIn) -> None:
    round_ = survey_round()
    task = a_line(round_, 1, "ENTERED")
    client = sign_in(Role.TOWN_CLERK)
    page = reverse("survey-check", args=[round_.pk])
    nothing = client.post(page, {"act": "send", "task": task.pk, "more": " ", "village": VILLAGE})
    shown = nothing.content.decode()
    assert nothing.status_code == 422 and stands(task) == "ENTERED"
    assert re.search(rf'value="{task.pk}"[^>]* checked', shown)  # ticks stay
    assert "退回须写明原因" in shown.partition('name="reason"')[2].partition("check-close")[0]  # beside its field
    assert "退回须写明原因" not in shown.partition('id="toasts"')[2].partition("<dialog")[0]
    client.post(page, {"act": "send", "task": task.pk, "reason": "字迹不清", "more": "第二页", "village": VILLAGE})
    with as_worker():
        village = sign_in(Role.VILLAGE_SURVEYOR)
    assert "退回原因：字迹不清；第二页" in said(village, reverse("survey-hand-in", args=[round_.pk]))


def test_handing_in_twice_says_that_there_is_nothing(sign_in: SignIn) -> None:
    round_ = survey_round()
    a_line(round_, 1, "VISITED")
    client = sign_in(Role.VILLAGE_SURVEYOR)
    page = reverse("survey-hand-in", args=[round_.pk])
    assert "已上交 1 人" in client.post(page, follow=True).content.decode()
    assert "没有可以上交的" in client.post(page, follow=True).content.decode()


def test_a_foreign_office_is_not_there(sign_in: SignIn) -> None:
    round_ = survey_round()
    a_line(round_, 1, "ENTERED", office=FOREIGN)
    client = sign_in(Role.TOWN_CLERK)
    for office in (FOREIGN, FOREIGN[:6], "50", "x", "500999"):
        for name in ("survey-round", "survey-board", "survey-report"):
            assert client.get(reverse(name, args=[round_.pk]) + f"?office={office}").status_code == 404, (name, office)
    assert "张三" not in said(client, reverse("survey-check", args=[round_.pk]) + f"?village={FOREIGN}")


def test_the_town_downloads_its_bulletin_at_once_and_the_city_by_a_job(sign_in: SignIn) -> None:
    round_ = survey_round()
    a_line(round_, 1, "ENTERED")
    page = reverse("survey-bulletin", args=[round_.pk])
    answer = sign_in(Role.TOWN_CLERK).post(page)
    assert answer.content[:2] == b"PK" and "attachment" in answer["Content-Disposition"]
    with as_worker():
        assert JournalEntry.objects.filter(event="BULLETIN_EXPORTED").exists()
        city = sign_in(Role.MUNICIPAL_ANALYST)
    assert city.post(page).status_code == 302
    assert Job.objects.filter(kind="bulletin", arguments={"round": round_.pk}).count() == 1
    assert "bulletin" in queue.task_names()


def test_a_call_is_noted_and_the_next_one_opens(sign_in: SignIn) -> None:
    round_ = survey_round(call_percent=100)
    for number in (1, 2):
        a_line(round_, number, "HANDED_IN")
    client = sign_in(Role.DISTRICT_CLERK)
    calls = reverse("survey-calls", args=[round_.pk])
    assert "已抽取 2 人" in client.post(calls, follow=True).content.decode()
    assert "每名走访人员都已按比例抽足" in client.post(calls, follow=True).content.decode()
    first = client.get(calls).context["rows"][0][0].call
    page = reverse("survey-call", args=[first.pk])
    refused = client.post(page, {"differs": "outcome", "note": "没人上门"}).content.decode()
    assert (
        "请选择：已联系上" in refused
        and 'value="没人上门"' in refused
        and re.search(r'value="outcome" checked', refused)
    )
    answer = client.post(page, {"reached": "yes", "differs": "outcome"})
    assert answer["Location"] != page and answer["Location"].startswith("/calls/")
    assert "（100%）" in said(client, calls + "?done=1")


def test_the_board_asks_for_itself_only_while_the_round_is_open(sign_in: SignIn) -> None:
    round_ = survey_round()
    a_line(round_, 1, "ENTERED")
    client = sign_in(Role.TOWN_CLERK)
    board = reverse("survey-board", args=[round_.pk])
    assert "every 30s" in said(client, board)
    with as_worker():
        SurveyRound.objects.update(state="CLOSED", closed_by="x", closed_at=AT)
    assert "every 30s" not in said(client, board)


def test_no_identity_number_is_taken_into_a_reason_and_nothing_else_of_the_form_is_lost(sign_in: SignIn) -> None:
    round_ = survey_round()
    tasks = [a_line(round_, number, "ENTERED") for number in (1, 2)]
    client = sign_in(Role.TOWN_CLERK)
    page = f"{reverse('survey-check', args=[round_.pk])}?village={VILLAGE}"
    written = f"本人 {citizen_number(1)} 没有签名"
    sent = {"act": ["send"], "task": [str(task.pk) for task in tasks], "more": [written], "reason": ["字迹不清"]}
    answer = client.post(page, sent)
    again = answer.content.decode().partition(f'method="post" action="{page}"')[2].partition("</form>")[0]
    beside = re.search(r'<textarea [^>]*name="more"[^>]*aria-describedby="([^"]+)"[^>]*>([^<]*)</textarea>', again)
    assert answer.status_code == 422 and stands(tasks[0]) == "ENTERED"
    assert beside and beside[2] == written and re.search(rf'id="{beside[1]}".*不要写证件号码', again)
    kept: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', again):
        kept.setdefault(name, []).append(value)
    assert {name: kept.get(name) for name in sent} == sent | {"more": None} and kept["submission"]
    client.post(page, kept | {"more": ["没有签名"]})
    assert [stands(task) for task in tasks] == ["SENT_BACK"] * 2


def test_the_page_of_a_line_leads_those_who_take_papers_to_its_papers(sign_in: SignIn) -> None:
    task = a_line(survey_round(), 1, "ENTERED")
    page, papers = (reverse(name, args=[task.pk]) for name in ("survey-task", "task-evidence"))
    assert f'href="{papers}"' in said(sign_in(Role.TOWN_CLERK), page)
