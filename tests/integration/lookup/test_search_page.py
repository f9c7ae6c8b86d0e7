"""The search screen: words are posted and never stand in an address; what is missing is said beside the field."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from canbao.rules.roles import Role
from canbao.store.models import Account
from tests.integration.lookup.test_search import FAR, HERE, THERE, number, person
from tests.worlds import account

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings: Any, tmp_path: Any) -> Any:
    """A signed-in browser by role; the database is what the web sees."""
    settings.CANBAO_HOME = tmp_path
    settings.AXES_ENABLED = False
    for pk, name, office in ((1, "张伟", HERE), (2, "张炜", THERE), (3, "曾国强", FAR)):
        person(pk, name, office)
    account("clerk", Role.TOWN_CLERK, HERE)
    account("district", Role.DISTRICT_CLERK, "500101")

    def sit(name: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(name=name), backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        session["second_factor_passed"] = True
        session.save()
        with connection.cursor() as cursor:
            cursor.execute("set local role canbao_web")
        return client

    return sit


def test_a_search_is_posted_answered_in_place_and_not_kept(desk: Any) -> None:
    client = desk("clerk")
    whole = client.post("/search/", {"q": "zhangwei"})
    part = client.post("/search/", {"q": number(9)}, headers={"HX-Request": "true"})
    page = part.content.decode()
    assert "张伟" in whole.content.decode() and "张炜" not in whole.content.decode()
    assert "<html" not in page and "按号码查找" in page
    assert "no-store" in part.headers["Cache-Control"] and "HX-Push-Url" not in part.headers
    assert page.count(number(9)) == 1  # what was typed stays in the box, and nowhere else


def test_the_one_person_of_a_number_or_a_whole_name_is_opened_at_once(desk: Any) -> None:
    client = desk("clerk")
    for typed in (number(1), "张伟"):
        assert client.post("/search/", {"q": typed}).headers["Location"] == "/people/1/"
        assert (
            client.post("/search/", {"q": typed}, headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/people/1/"
        )
    assert client.post("/search/", {"q": "zhangwei"}).status_code == 200  # sounds like it


def test_words_in_an_address_find_nothing(desk: Any) -> None:
    page = desk("clerk").get("/search/", {"q": "张伟"}).content.decode()
    assert "张炜" not in page and "1980年5月" not in page and "可以这样查" in page


@pytest.mark.parametrize(
    ("typed", "remark"),
    [
        ({"q": ""}, "请输入号码"),
        ({"q": "zw"}, "请选择镇街"),
        ({"q": "张"}, "只有一个字"),
        ({"q": "张伟", "born": "昨天"}, "看不懂这个日期"),
        ({"q": "张伟", "town": "太白街道"}, "没有叫这个名称"),
    ],
)
def test_what_is_missing_is_said_beside_the_field(desk: Any, typed: dict[str, str], remark: str) -> None:
    answer = desk("clerk").post("/search/", typed)
    assert (answer.status_code, remark in answer.content.decode()) == (422, True)


def test_nothing_found_says_what_to_try_and_only_a_district_is_led_outside(desk: Any) -> None:
    for name, led in (("clerk", False), ("district", True)):
        page = desk(name).post("/search/", {"q": number(3)}).content.decode()
        assert "辖区内没有查到" in page and "逐位核对号码" in page and "曾国强" not in page
        assert (page.count("/search/outside/") > 0) is led
    assert desk("clerk").post("/search/outside/", {"number": number(3)}).status_code == 403


def test_a_look_outside_tells_who_is_responsible(desk: Any) -> None:
    client = desk("district")
    asked = {"number": number(3), "name": "曾国强", "reason": "MOVED", "note": ""}
    page = client.post("/search/outside/", asked).content.decode()
    assert "查到 1 人" in page and "负责的经办机构" in page and page.count(number(3)) == 1
    assert client.post("/search/outside/", asked | {"reason": "OTHER"}).status_code == 422
    assert "没有号码和姓名都相符" in client.post("/search/outside/", asked | {"name": "曾国富"}).content.decode()
