"""Every page x every role x an own and a foreign row. A new page enters by itself and fails until it can be tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import NOT_A_POST, Role
from canbao.services.accounts.signing import FACTOR_PASSED
from canbao.store.models import Account
from canbao.web.routes import Open
from tests.integration.matrix.rows import NAME, Rows, name_everybody, rows_of
from tests.worlds import account, foreign_town, office_for, town_offices

POSTS = [role for role in Role if role not in NOT_A_POST]


def pages(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "ninja" and pattern.namespace is None:
                yield from pages(pattern.url_patterns)
        else:
            yield pattern


PAGES = list(pages())
# Pages that mean nothing without being asked something.
ASKED = {"person-unmask": "?field=doc_number"}


@pytest.mark.parametrize("pattern", PAGES, ids=lambda p: p.name or str(p.pattern))
def test_every_page_names_what_it_needs(pattern: URLPattern) -> None:
    assert isinstance(getattr(pattern.callback, "need", None), Permission | Open), pattern
    assert pattern.name, pattern


@pytest.fixture(scope="module")
def staff() -> dict[Role, str]:
    return {role: f"t-{role.value.lower()}" for role in POSTS}


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any, staff: dict[Role, str]) -> tuple[Rows, Rows]:
    """Rows of the town the roles work for, and of a town in another district; seen through the web's login."""
    settings.CANBAO_HOME = tmp_path
    settings.AXES_ENABLED = False
    town = town_offices()[0]
    for role, name in staff.items():
        account(name, role, office_for(role, town))
    own, foreign = rows_of(town, first=1), rows_of(foreign_town(town), first=500)
    name_everybody(own, staff[Role.TOWN_CLERK])
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    return own, foreign


def address_of(pattern: URLPattern, rows: Rows) -> str:
    address = reverse(str(pattern.name), kwargs={name: rows[name] for name in pattern.pattern.converters})
    return address + ASKED.get(str(pattern.name), "")


def signed_in(name: str) -> str:
    """The session cookie of an account that is past every gate."""
    client = Client()
    client.force_login(Account.objects.get(name=name), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[FACTOR_PASSED] = True
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.mark.parametrize("role", POSTS, ids=str)
def test_a_page_opens_for_those_who_may_and_shows_nothing_of_others(
    role: Role, world: tuple[Rows, Rows], staff: dict[Role, str]
) -> None:
    own, foreign = world
    session = signed_in(staff[role])
    wrong: list[str] = []
    naming: list[str] = []
    for pattern in PAGES:
        need = pattern.callback.need  # type: ignore[attr-defined]
        may = isinstance(need, Open) or allows(role, need)
        before = _last_line()
        status, said = _answer(session, "get", address_of(pattern, own))
        if NAME in said:
            naming.append(str(pattern.name))
            wrong += [f"{pattern.name} names people and leaves no line"] if _last_line() == before else []
        answers = {"get": status, "post": _status(session, "post", address_of(pattern, own))}
        if not may and set(answers.values()) != {403}:
            wrong.append(f"{pattern.name} is not refused: {answers}")
        if may and (403 in answers.values() or max(answers.values()) >= 500):
            wrong.append(f"{pattern.name} does not open: {answers}")
        if may and Rows.scoped(pattern) and answers["get"] not in (200, 302, 405):
            wrong.append(f"{pattern.name} is not found in its own area: {answers}")
        if (
            may
            and isinstance(need, Permission)
            and Rows.scoped(pattern)
            and role.value.startswith(("TOWN", "DISTRICT", "VILLAGE"))
        ):
            beyond = {way: _status(session, way, address_of(pattern, foreign)) for way in ("get", "post")}
            if not set(beyond.values()) <= {404, 405} or set(beyond.values()) == {405}:
                wrong.append(f"{pattern.name} tells something of a foreign row: {beyond}")
    assert not wrong, "\n".join(wrong)
    assert len(naming) >= NAMING.get(role, 0), naming


# How many pages name somebody, at the least: a test of pages without people would find nothing.
NAMING = {Role.TOWN_CLERK: 15, Role.VILLAGE_SURVEYOR: 6, Role.DISTRICT_CLERK: 6, Role.MUNICIPAL_OPERATOR: 3}


def _status(session: str, way: str, address: str) -> int:
    return _answer(session, way, address)[0]


def _answer(session: str, way: str, address: str) -> tuple[int, str]:
    """What a page answers and what its main part says, or the whole of a part of a page; whatever it did is undone."""
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        answer = getattr(client, way)(address)
        said = b"" if answer.streaming else answer.content
        transaction.set_rollback(True)
    text = said.decode("utf-8", "replace")
    main = re.search(r"<main.*?</main>", text, re.DOTALL)
    return answer.status_code, main[0] if main else text


def _last_line() -> int:
    """The number of the journal's last line, taken back or not."""
    with connection.cursor() as cursor:
        cursor.execute("select last_value from journal_id_seq")
        (last,) = cursor.fetchone()
    return int(last)


@pytest.mark.django_db
def test_nobody_signed_in_is_sent_to_sign_in() -> None:
    client = Client(raise_request_exception=False)
    for pattern in PAGES:
        answer = client.get(address_of(pattern, Rows(dict.fromkeys(pattern.pattern.converters, 1))))
        if pattern.callback.need is not Open.ANYBODY:  # type: ignore[attr-defined]
            assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/"), pattern.name
        else:
            assert answer.status_code < 500, pattern.name
