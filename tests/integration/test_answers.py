"""What every answer of the web says to browsers and to what stands between."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from canbao.rules.roles import Role
from tests.integration.matrix.rows import Rows
from tests.integration.matrix.test_matrix import signed_in, staff, world

__all__ = ["staff", "world"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "address", ["/", "/search/", "/cases/", "/people/1/", "/people/1/sources/", "/nowhere/", "/me/"]
)
def test_no_page_is_kept_by_the_browser_or_on_the_way(address: str, staff: dict[Role, str]) -> None:
    answer = _clerk(staff).get(address)
    assert "no-store" in answer.headers["Cache-Control"] and "private" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("world")
def test_a_page_is_read_or_posted_to_and_nothing_else(staff: dict[Role, str]) -> None:
    clerk = _clerk(staff)
    for way in ("put", "delete", "patch", "options", "trace"):
        assert getattr(clerk, way)("/search/").status_code == 405, way


def test_trying_numbers_of_others_is_on_record(world: tuple[Rows, Rows], staff: dict[Role, str]) -> None:
    own, foreign = world
    clerk = _clerk(staff)
    for person in (foreign["person_id"], 999_999_999, own["person_id"]):
        clerk.get(f"/people/{person}/")
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
        cursor.execute("select target_id, area from journal where event = 'NOT_IN_AREA' order by id")
        assert cursor.fetchall() == [(f"/people/{foreign['person_id']}/", ""), ("/people/999999999/", "")]


def _clerk(staff: dict[Role, str]) -> Any:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(staff[Role.TOWN_CLERK])
    return client
