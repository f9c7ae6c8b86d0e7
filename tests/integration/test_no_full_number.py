"""No page and no command tells a whole number, phone or address of anybody unless it was opened. New pages enter by themselves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from canbao.cli.main import run
from canbao.rules.permissions import allows
from canbao.rules.roles import Actor, Role
from canbao.services import registry, showing
from canbao.store.models import (
    BusinessNumber,
    Card,
    FactDecision,
    Household,
    MatchCase,
    MatchCaseRecord,
    Person,
    PersonDocument,
)
from canbao.web.routes import Open
from tests.integration.intake.test_intake_commands import OpenHouse
from tests.integration.matrix.rows import Rows, rows_of
from tests.integration.matrix.test_matrix import PAGES, POSTS, address_of, signed_in
from tests.worlds import AT, LONG_AGO, ON, account, number, office_for, person, town_offices

pytestmark = pytest.mark.django_db
FIRST = 601
OLD, MOTHER = number(801), number(802, "19700101")
MOBILE, NEW_MOBILE, LANDLINE = "1390" + "0000" + "456", "1390" + "0000" + "789", "023-6790" + "1234"
HUKOU, HOME = "重庆市某区人民路188号3-4", "某镇青木村三组27号"
BUSINESS, CARD, BIRTH, HOUSEHOLD = "2300009871", "A00987654321", "P500998877", "5000998877"
SECRETS = {
    "号码": OLD, "母亲": MOTHER, "手机": MOBILE, "新手机": NEW_MOBILE, "电话": LANDLINE, "户籍地址": HUKOU,
    "住址": HOME, "业务编号": BUSINESS, "卡号": CARD, "出生证": BIRTH, "户号": HOUSEHOLD,
}  # fmt: skip


def _tell_all(rows: Rows, town: str) -> dict[str, str]:
    """Everything that is to be hidden, wherever the register keeps it. Returns what nobody may read."""
    common = {"office_path": town, "valid_from": LONG_AGO, "recorded_at": AT, "basis": f"来函 {OLD}"}
    one = Person.objects.get(pk=rows["person_id"])
    facts = {
        "hukou_address": HUKOU, "home_address": HOME, "moved_in_from": HUKOU, "birth_certificate": BIRTH,
        "mother_number": MOTHER, "household_no": HOUSEHOLD,
    }  # fmt: skip
    Person.objects.filter(household_no=None).update(phone=MOBILE, **facts)
    PersonDocument.objects.create(person_id=one.pk, number=OLD, doc_type="01", sources="police", **common)
    BusinessNumber.objects.create(person_id=one.pk, source="employee", number=BUSINESS, **common)
    Card.objects.create(person_id=one.pk, card_no=CARD, office_path=town)
    Household.objects.get_or_create(
        household_no=HOUSEHOLD, defaults={"members": 2, "address": HUKOU, "office_path": town}
    )
    MatchCase.objects.filter(pk=rows["case_id"]).update(record_keys=[f"health:{OLD}"])
    MatchCaseRecord.objects.filter(case_id=rows["case_id"]).update(
        record_key=OLD,
        facts={
            "name": "张三", "doc_number": OLD, "phone": f"{LANDLINE}、{MOBILE}", "address": HUKOU, "mother_number": MOTHER,
            "birth_certificate": BIRTH, "person_no": BUSINESS, "birth_date": "1990-01-01",
        },
    )  # fmt: skip
    FactDecision.objects.create(person_id=one.pk, field="phone", value=MOBILE, valid_from=ON, basis="b", decided_by="x",
                                decided_at=AT, office_path=town)  # fmt: skip
    registry.correct(one.pk, facts={"phone": NEW_MOBILE}, valid_from=ON, version=None, basis=f"证明 {OLD}",
                     actor=Actor("li", Role.DISTRICT_CLERK, town[:6]), at=AT + timedelta(hours=1))  # fmt: skip
    return SECRETS | {"证件号码": str(one.doc_number), "另一人": number(rows["person_id"] + 1)}


@pytest.fixture
def seeded(settings: Any, tmp_path: Path) -> tuple[Rows, dict[str, str]]:
    settings.CANBAO_HOME = tmp_path
    town = town_offices()[0]
    rows = rows_of(town, first=FIRST)
    return rows, _tell_all(rows, town)


@pytest.mark.parametrize("role", POSTS, ids=str)
def test_no_page_tells(role: Role, seeded: tuple[Rows, dict[str, str]]) -> None:
    rows, secrets = seeded
    account("reader", role, office_for(role, town_offices()[0]))
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    session = signed_in("reader")
    told = []
    for pattern in PAGES:
        need = pattern.callback.need  # type: ignore[attr-defined]
        has_row = set(pattern.pattern.converters) <= set(rows)  # else the matrix test asks for one
        if has_row and (isinstance(need, Open) or allows(role, need)):
            for typed in (None, {"q": "张三", "name": "张三"}):
                for name in _told(_ask(session, address_of(pattern, rows), typed), secrets):
                    told.append(f"{pattern.name} ({'post' if typed else 'get'}): {name}")
    assert told == []


def test_the_pages_are_read_at_all(seeded: tuple[Rows, dict[str, str]]) -> None:
    """Otherwise the test above would pass on empty pages."""
    rows, _ = seeded
    account("reader", Role.TOWN_CLERK, town_offices()[0])
    session = signed_in("reader")
    page = _ask(session, reverse("person", args=[rows["person_id"]]), None)
    assert all(
        words in page for words in ("139****0789", "139****0456", "重庆市某区人民路****", "23******71", "青木村****")
    )
    assert "张三" in _ask(session, reverse("case", args=[rows["case_id"]]), None)
    person(99_001, town_offices()[0])  # a second of the name: one alone is opened at once
    assert "张三" in _ask(session, reverse("search"), {"q": "张三"})


@pytest.mark.parametrize(
    "command",
    [("person", "show", str(FIRST)), ("person", "show", str(FIRST), "--json"), ("cases",), ("cases", "--json"), ("cases", "CASE")],
    ids=" ".join,
)  # fmt: skip
def test_no_command_tells(
    command: tuple[str, ...], seeded: tuple[Rows, dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, secrets = seeded
    words = [str(rows["case_id"]) if word == "CASE" else word for word in command]
    assert run(OpenHouse(tmp_path), words) == 0
    said = capsys.readouterr()
    assert said.out and _told(said.out + said.err, secrets) == []


def test_in_full_is_full_and_on_record_as_such(
    seeded: tuple[Rows, dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(OpenHouse(tmp_path), ["person", "show", str(FIRST), "--full"]) == 0
    assert NEW_MOBILE in capsys.readouterr().out


def test_another_system_is_told_no_more_than_the_screen(seeded: tuple[Rows, dict[str, str]]) -> None:
    from canbao.rules.purposes import FIELDS

    _, secrets = seeded
    answer = showing.for_client(registry.as_of(FIRST, valid_on=ON, known_at=AT + timedelta(days=1)), fields=FIELDS)
    assert answer["facts"]["phone"] == "139****0789" and _told(str(answer), secrets) == []


def _ask(session: str, address: str, typed: dict[str, str] | None) -> str:
    """A page's text; whatever it did is undone."""
    from django.conf import settings

    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        answer = client.get(address) if typed is None else client.post(address, typed)
        transaction.set_rollback(True)
    return b"".join(answer).decode(errors="replace")


def _told(text: str, secrets: dict[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if secret in text]
