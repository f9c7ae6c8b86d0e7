"""Null characters, endless texts and JSON beyond its limits, in every place a request has: refused, never an error of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from canbao.rules.roles import Role
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import account, town_offices, village_office

PATHS = (
    "/sign-in/",
    "/",
    "/search/",
    "/api/v1/field/tasks",
    "/api/v1/persons/lookup",
    "/static/canbao/canbao.css",
    "/nowhere",
)
HEADERS = ("referer", "user-agent", "accept-language", "x-csrftoken", "hx-current-url", "hx-target", "authorization")
NUL, LONG = "a\0b", "张" * 30_000


@pytest.fixture
def client(db: None) -> Client:
    account("clerk", Role.TOWN_CLERK, town_offices()[0])
    made = Client()
    made.cookies[site.SESSION_COOKIE_NAME] = signed_in("clerk")
    return made


@pytest.fixture
def walker(db: None) -> Client:
    account("walker", Role.VILLAGE_SURVEYOR, village_office(town_offices()[0]))
    made = Client()
    made.cookies[site.SESSION_COOKIE_NAME] = signed_in("walker")
    return made


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("strange", [NUL, LONG], ids=["null", "long"])
def test_in_the_address_and_the_query(client: Client, path: str, strange: str) -> None:
    assert client.get(path, {"q": strange}).status_code == 400
    assert client.get(path, {strange: "x"}).status_code == 400
    if strange == NUL:
        assert client.get(path + quote(strange)).status_code == 400


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", [site.SESSION_COOKIE_NAME, site.CSRF_COOKIE_NAME, "canbao_view", "other"])
def test_in_a_cookie(client: Client, path: str, name: str) -> None:
    assert client.get(path, headers={"cookie": f"{name}={NUL}"}).status_code == 400
    assert client.get(path, headers={"cookie": f'{name}="a\\000b"'}).status_code == 400


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", HEADERS)
def test_in_a_header(client: Client, path: str, name: str) -> None:
    assert client.get(path, headers={name: NUL}).status_code == 400


@pytest.mark.parametrize("path", PATHS[:3])
@pytest.mark.parametrize("strange", [NUL, LONG], ids=["null", "long"])
def test_in_a_form(client: Client, path: str, strange: str) -> None:
    for body in ({"name": strange}, {strange: "x"}):
        assert client.post(path, body).status_code == 400
    file = SimpleUploadedFile("x", b"x")
    file.name = strange
    assert client.post(path, {"chosen": file}).status_code < 500  # Django cuts what is no name out of it


BODIES = (b"[" * 5_000, b'{"a":' * 5_000, b'{"answers": {"a": "\\u0000"}}', b'{"note": "\\ud800"}', b'{"a": ' + b"9" * 5_000 + b"}",
          b'{"a": 1e999}', b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff", b'{"note": "' + b"x" * 30_000 + b'"}')  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_in_json(client: Client, walker: Client, body: bytes) -> None:
    for path in ("/api/v1/field/visits", "/api/v1/field/found"):
        answer: Any = walker.post(path, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "UNREADABLE")
    assert client.post("/survey/tasks/1/draft/", body, content_type="application/json").status_code in (400, 404)
