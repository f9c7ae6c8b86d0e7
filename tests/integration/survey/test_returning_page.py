"""The return station as a page: JSON for its script, a page for anybody else, a refusal by its kind, and nothing in full."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from canbao.rules.forms import form_number
from canbao.rules.roles import Role
from canbao.services.accounts.signing import FACTOR_PASSED
from canbao.store.models import RegistrationForm, SurveyTask
from tests.worlds import AT, account, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
NUMBER = form_number(2026, 77)
pytestmark = pytest.mark.django_db


@pytest.fixture
def station(settings: Any, request: pytest.FixtureRequest) -> tuple[Client, str, SurveyTask]:
    """A clerk's browser, the address of the station, and the line of the one sheet that is out; with the web's login."""
    settings.AXES_ENABLED = False
    client = Client(raise_request_exception=False)
    client.force_login(account("li", Role.TOWN_CLERK, TOWN), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[FACTOR_PASSED] = True
    session.save()
    round_ = survey_round()
    task = survey_task(round_, person(1, village_office(TOWN), home_address="石桥村3组18号", phone="13900001234"))
    RegistrationForm.objects.create(
        number=NUMBER, version=1, person_id=1, person_version=1, masked=True, printed_by="li", printed_at=AT,
        office_path=task.office_path, task_id=task.pk,
    )  # fmt: skip
    request.getfixturevalue("as_web")
    return client, f"/survey/{round_.pk}/return/", task


def scan(station: tuple[Client, str, SurveyTask], text: str = f"{NUMBER}-1", **more: str) -> dict[str, Any]:
    client, address, _ = station
    answer = client.post(address, {"number": text} | more, headers={"accept": "application/json"})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_a_scan_is_answered_with_who_it_is_and_a_second_one_as_done_by_the_same(station: Any) -> None:
    first, second = scan(station), scan(station)
    assert (first["kind"], first["is_back"], first["shown"]["name"]) == ("BACK", True, "张三")
    assert "18号" not in str(first) and "13900001234" not in str(first)
    assert (second["kind"], second["is_back"], second["mine"]) == ("ALREADY", False, True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12", "NOT_A_NUMBER"),
        (NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10), "WRONG_DIGIT"),
        (form_number(2026, 78), "UNKNOWN"),
    ],
)
def test_a_refusal_names_its_kind_and_says_what_to_do(station: Any, text: str, kind: str) -> None:
    told = scan(station, text)
    assert (told["kind"], told["is_back"], told["number"]) == (kind, False, text)
    assert told["text"].endswith("。")


def test_without_its_script_the_page_itself_shows_the_answer_and_the_sheet(station: Any) -> None:
    client, address, _ = station
    page = client.post(address, {"number": NUMBER}).content.decode()
    assert "is-BACK" in page and f'data-number="{NUMBER}"' in page
    assert "18号" not in page


def test_signing_as_an_agent_shows_the_error_and_home_counts_it_until_the_tick(station: Any) -> None:
    client, address, _ = station
    scan(station)
    told = client.post(f"{address}sign/", {"form": NUMBER, "signer": "AGENT"}, headers={"accept": "application/json"})
    assert told.json()["shown"]["must"] is True
    assert "缺委托书的登记表" in client.get("/").content.decode()
    assert NUMBER in client.get("/survey/returns/without-mandate/").content.decode()
    client.post(f"{address}sign/", {"form": NUMBER, "signer": "AGENT", "mandate": "1"})
    assert "缺委托书的登记表" not in client.get("/").content.decode()


def test_undo_without_a_reason_leaves_the_sheet_where_it_is(station: Any) -> None:
    client, address, _ = station
    scan(station)
    for reason, left in ((" ", 1), ("扫错", 0)):
        client.post(f"{address}undo/", {"form": NUMBER, "reason": reason})
        assert client.get(address).content.decode().count(f'data-number="{NUMBER}"') == left
    assert scan(station)["kind"] == "BACK"


def test_the_missing_sheet_is_listed_for_its_village_and_gone_once_it_is_back(station: Any) -> None:
    client, address, task = station
    assert NUMBER in client.get(f"{address}{task.office_path}/").content.decode()
    scan(station)
    assert NUMBER not in client.get(f"{address}{task.office_path}/").content.decode()
    assert NUMBER in client.get(f"{address}{task.office_path}/?show=BACK").content.decode()
