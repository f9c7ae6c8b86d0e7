"""Whatever is typed, posted or written into an address, no page fails. A new page enters by itself: what it reads is listened for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings as site
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, reverse

from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Role
from tests.integration.matrix.rows import Rows
from tests.integration.matrix.test_matrix import PAGES, POSTS, signed_in, staff, world

__all__ = ["staff", "world"]

ROUNDS = 4
SHELL = {"csrfmiddlewaretoken", "turn", "back"}  # on every page, and a page of their own
Offered = dict[str, list[Any]]
FIELDS: dict[tuple[str, str], Offered] = {}
LONG = 5000
NONSENSE = (
    "", " ", "0", "-1", "1.5", "9223372036854775808", "99999999999999999999", "9" * LONG, "٣", "²", "1e9", "NaN",
    "\0", "a\0b", "x" * 70_000, "张" * LONG, "𠮷😀\u202e\ufeff", "'\";--<script>{{7*7}}{%", "%s%(x)s{0}", "../../etc/passwd",
    "0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "null", "[]", '{"a":[1]}', "true", "//evil.example/", "http://[",
    b"\xff\xfe\xed\xa0\x80",
)  # fmt: skip
NUMBERS = ("0", "2147483648", "9223372036854775808", "99999999999999999999", "9" * LONG)
WORDS = ("\0", "..", "a/b", "张" * 300, "𠮷\u202e", "%00", "'\"<", " ")


class Seen(HTMLParser):
    """The values a page offers for each name, so that not everything stops at the first field."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.offered: Offered = {}
        self._name = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("input", "select", "textarea", "button") and given.get("name"):
            self._name = str(given["name"])
        if tag in ("input", "button", "option") and self._name:
            self.offered.setdefault(self._name, []).append(given.get("value") or "理由写在这里")


@contextmanager
def listening() -> Iterator[set[str]]:
    """The names somebody asks a query or a form for."""
    heard: set[str] = set()
    plain = {way: getattr(QueryDict, way) for way in ("get", "getlist", "__getitem__", "__contains__")}

    def overheard(way: str) -> Any:
        def read(self: QueryDict, key: str, *more: Any, **named: Any) -> Any:
            heard.add(key)
            return plain[way](self, key, *more, **named)

        return read

    with pytest.MonkeyPatch.context() as patch:
        for way in plain:
            patch.setattr(QueryDict, way, overheard(way))
        yield heard


class Visitor:
    """Somebody signed in who sends anything; whatever it did is undone."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.faults: list[str] = []

    def send(self, way: str, address: str, given: list[tuple[str, Any]], **headers: str) -> str:
        client = Client()
        client.cookies[site.SESSION_COOKIE_NAME] = self.session
        text = urlencode(given)
        try:
            with transaction.atomic():
                if way == "get":
                    answer = client.get(f"{address}?{text}", headers=headers)
                else:
                    form = "application/x-www-form-urlencoded"
                    answer = client.post(address, text, content_type=form, headers=headers)
                transaction.set_rollback(True)
            if answer.status_code < 500:
                return "" if answer.streaming else answer.content.decode(errors="replace")
            fault = str(answer.status_code)
        except Exception as error:
            fault = repr(error)[:200]
        self.faults.append(f"{way} {address[:100]} {text[:200]}: {fault}")
        return ""

    def visit(self, pattern: URLPattern, rows: Rows, dice: Random) -> None:
        for way in ("get", "post"):
            address = reverse(str(pattern.name), kwargs={name: rows[name] for name in pattern.pattern.converters})
            known = FIELDS.get((str(pattern.name), way))
            offered = known or FIELDS.setdefault((str(pattern.name), way), self.asked_by(address, way, dice))
            for _ in range(1 if known else ROUNDS):  # most at the first role that comes by
                self.send(way, address, list(_mixed(offered, dice)), **_headers(dice))
        for strange in _addresses(pattern, rows, dice):
            self.send(dice.choice(("get", "post")), strange, [("x", "1")])

    def asked_by(self, address: str, way: str, dice: Random) -> Offered:
        """What a page reads, with the values it offers itself; the second time more, for what it reads may depend on them."""
        offered: Offered = {}
        for _ in range(2):
            with listening() as heard:
                page = self.send(
                    way, address, [(name, dice.choice(offered.get(name) or ["1"])) for name in [*offered, "x"]]
                )
                offered |= Seen(page or self.send("get", address, [])).offered
            offered |= {name: [] for name in heard - offered.keys()}
        return {name: values for name, values in offered.items() if name not in SHELL or address == "/view/"}


def _mixed(offered: Offered, dice: Random) -> Iterator[tuple[str, Any]]:
    """Fields in part right, in part nonsense, some missing and some twice."""
    for name, right in offered.items():
        for _ in range(dice.choice((0, 1, 1, 1, 1, 2))):
            yield name, dice.choice(right if right and dice.random() < 0.6 else NONSENSE)


def _headers(dice: Random) -> dict[str, str]:
    strange = {"hx-request": "true", "hx-current-url": dice.choice(("http://[", "//x", "\u00ff", "http://testserver/cases/")),
               "hx-trigger": "\u00ff", "referer": "http://[", "accept-language": "x" * 600}  # fmt: skip
    return dice.choice((strange, {}))


def _addresses(pattern: URLPattern, rows: Rows, dice: Random) -> Iterator[str]:
    """Each part of the address in turn replaced by nonsense of its kind."""
    converters = pattern.pattern.converters
    marks = {name: 900_000 + place if type(one).__name__ == "IntConverter" else f"~{place}~"
             for place, (name, one) in enumerate(converters.items())}  # fmt: skip
    template = reverse(str(pattern.name), kwargs=marks) if marks else ""
    for name, mark in marks.items():
        for strange in dice.sample(NUMBERS if isinstance(mark, int) else WORDS, 1):
            address = template.replace(str(mark), quote(strange, safe=""))
            for other, right in marks.items():
                address = address.replace(str(right), quote(str(rows[other]))) if other != name else address
            yield address


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.mark.parametrize("role", POSTS, ids=str)
def test_no_page_fails(role: Role, world: tuple[Rows, Rows], staff: dict[Role, str]) -> None:
    visitor = Visitor(signed_in(staff[role]))
    for pattern in PAGES:
        need = pattern.callback.need  # type: ignore[attr-defined]
        if not isinstance(need, Permission) or allows(role, need):
            visitor.visit(pattern, world[0], Random(f"{role} {pattern.name}"))
    assert not visitor.faults, "\n".join(visitor.faults)


def test_a_page_that_fails_is_noticed(world: tuple[Rows, Rows], staff: dict[Role, str], monkeypatch: Any) -> None:
    visitor = Visitor(signed_in(staff[Role.TOWN_CLERK]))
    monkeypatch.setattr("canbao.services.work.waiting", lambda *_, **__: 1 // 0)
    visitor.send("get", "/", [])
    assert "ZeroDivisionError" in visitor.faults[0]
