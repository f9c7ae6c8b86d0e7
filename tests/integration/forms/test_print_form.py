"""The form of a person of the register: what is on it, who may print it and how, what is written down."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as conf
from django.test import Client
from django.urls import reverse

from canbao.rules.budgets import Budget
from canbao.rules.letters import Kind as LetterKind
from canbao.rules.permissions import PERMISSIONS, NotAllowed, Permission
from canbao.rules.roles import Actor, Role
from canbao.rules.unmasking import Reason
from canbao.services import access, audit, forms, registry, unmasking
from canbao.services.unmasking import NotSaid
from canbao.store.models import (
    BusinessNumber,
    Card,
    Employer,
    Enrolment,
    JournalEntry,
    Person,
    RegistrationForm,
)
from tests.integration.matrix.test_matrix import signed_in
from tests.paper import MODULES, bare, codes, words
from tests.worlds import AT, LONG_AGO, ON, account, foreign_town, person, town_offices

pytestmark = pytest.mark.django_db
MOBILE, LANDLINE = "1390" + "0000" + "456", "023-6790" + "1234"
COMMON = {"valid_from": LONG_AGO, "recorded_at": AT, "basis": "test"}


@pytest.fixture(autouse=True)
def _house(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.CANBAO_HOME = tmp_path_factory.getbasetemp() / "printing"
    settings.MODULES = MODULES


@pytest.fixture
def town() -> str:
    return town_offices()[0]


@pytest.fixture
def clerk(town: str) -> Actor:
    return Actor("li", Role.TOWN_CLERK, town)


@pytest.fixture
def somebody(town: str) -> Person:
    """Works, is in four of five insurances, has a card; once paid in a resident scheme."""
    one = person(
        701, town, name="张𬎆", ethnicity="15", hukou_type="51", hukou_address="重庆市某区人民路188号3-4",
        home_division="500101001001", home_address="重庆市万州区高笋塘街道东方广场社区居民委员会某路27号",
        phone=f"{LANDLINE}、{MOBILE}", gap="MISSING_SCHEME",
    )  # fmt: skip
    here = {"person_id": one.pk, "office_path": town, **COMMON}
    for scheme in ("EMPLOYEE_PENSION", "EMPLOYEE_MEDICAL", "UNEMPLOYMENT", "WORK_INJURY"):
        Enrolment.objects.create(
            scheme=scheme, record_key=f"k-{scheme}", source="employee", state="PAYING", first_enrolled_on=LONG_AGO,
            spell_from=LONG_AGO, capacity="101", employer_no="E1", enrolment_division="500101000000", **here,
        )  # fmt: skip
    Enrolment.objects.create(
        scheme="RESIDENT_PENSION", record_key="r", source="resident_pension", state="TERMINATED", **here
    )
    Employer.objects.create(source="employee", employer_no="E1", name="某某机械制造有限公司")
    BusinessNumber.objects.create(source="employee", number="2300009871", **here)
    BusinessNumber.objects.create(source="resident_pension", number="6600001234", **here)
    Card.objects.create(person_id=one.pk, card_no="A00987654321", card_status="1", office_path=town)
    return one


@pytest.fixture
def odd(town: str) -> Person:
    return person(703, town, name="李\ue815")


def _full(one: Person, clerk: Actor) -> bytes:
    return forms.print_form(one.pk, masked=False, on=ON, actor=clerk, at=AT, reason=Reason.AT_COUNTER)


def test_the_form_says_what_the_register_knows(somebody: Person, clerk: Actor) -> None:
    front, back = map(bare, words(_full(somebody, clerk)))
    for said in (
        "张𬎆", "男", "土家族", "1990-01-01", "居民身份证(户口簿)", str(somebody.doc_number), "2300009871", "6600001234",
        "A00987654321", "重庆市某区人民路188号3-4", "某某机械制造有限公司", "企业职工", "万州区", "终止参保",
        "打印日期:2026年11月20日",
    ):  # fmt: skip
        assert said in front, said
    assert "尊敬的张𬎆先生(女士)" in front
    assert (
        "已为您参加了城镇职工基本养老保险、城镇职工基本医疗保险、失业保险、工伤保险、生育保险,您所在的用人单位还应为您参加无。"
        in front
    )
    assert "您还可以" not in front and "择一打印" not in front
    assert front.count("参保缴费") == 4 and front.count("2020-01-01") == 4 and front.count("未参保") == 3
    assert "(500101" not in front
    assert (
        "重庆市(省/自治区/直辖市)(地/市/州)万州区(区/县)高笋塘街道(乡镇/街道)东方广场社区居民委员会(村/社区)某路27号"
        in back
    )
    assert MOBILE in back and "023—67901234" in back
    assert back.count("√") == 3 and "就业地(区/县、自治县):万州区。" in back


def test_hidden_is_the_default_even_of_what_is_open_on_screen(somebody: Person, clerk: Actor) -> None:
    unmasking.unmask(somebody.pk, item="doc_number", reason=Reason.AT_COUNTER, note="", actor=clerk, at=AT)
    text = "".join(map(bare, words(forms.print_form(somebody.pk, masked=True, on=ON, actor=clerk, at=AT))))
    told = [
        secret
        for secret in (
            str(somebody.doc_number),
            MOBILE,
            "67901234",
            "人民路188号",
            "某路27号",
            "2300009871",
            "A00987654321",
        )
        if secret in text
    ]
    assert told == []
    assert "139****0456" in text and "部分信息已隐藏" in text and "张𬎆" in text


def test_who_is_in_no_insurance_for_a_known_reason(town: str, clerk: Actor) -> None:
    baby = person(702, town, name="王小", scope="UNREGISTERED_NEWBORN")
    front, back = map(bare, words(_full(baby, clerk)))
    assert front.count("未参保") == 8 and "您还可以个人身份参加城乡居民合作医疗保险。" in front
    assert back.count("√") == 1 and ("√□新生儿" in back or "□√新生儿" in back)


def test_each_sheet_is_on_record_under_its_own_number(somebody: Person, clerk: Actor, town: str) -> None:
    first, second = _full(somebody, clerk), forms.print_form(somebody.pk, masked=True, on=ON, actor=clerk, at=AT)
    kept = list(RegistrationForm.objects.order_by("id"))
    assert [codes(pdf)[0] for pdf in (first, second)] == [[f"{one.number}-1"] for one in kept]
    assert [(one.person_id, one.masked, bool(one.reason), one.office_path, one.printed_by) for one in kept] == [
        (somebody.pk, False, True, town, "li"), (somebody.pk, True, False, town, "li")
    ]  # fmt: skip
    entries = JournalEntry.objects.filter(event="FORM_PRINTED").order_by("id")
    assert [(e.target_id, e.area, e.detail["number"], e.detail["shown"]) for e in entries] == [
        (str(somebody.pk), town, kept[0].number, "原文"), (str(somebody.pk), town, kept[1].number, "部分隐藏")
    ]  # fmt: skip


def test_printing_in_full_takes_a_reason(somebody: Person, clerk: Actor) -> None:
    for reason, note in ((None, ""), (Reason.OTHER, "有事")):
        with pytest.raises(NotSaid):
            forms.print_form(somebody.pk, masked=False, on=ON, actor=clerk, at=AT, reason=reason, note=note)
    assert not RegistrationForm.objects.exists() and not JournalEntry.objects.filter(event="FORM_PRINTED").exists()


def test_a_print_in_full_counts_as_unmasking(somebody: Person, clerk: Actor) -> None:
    _full(somebody, clerk)
    forms.print_form(somebody.pk, masked=True, on=ON, actor=clerk, at=AT)
    line = JournalEntry.objects.get(event="UNMASKED")
    assert (line.target_id, line.detail["item"]) == (str(somebody.pk), "登记表全部项目")
    use = audit.budgets.use_of(Budget.UNMASKED, actor=clerk, at=AT)
    assert use and use.in_hour == 1


def test_a_clerk_chooses_another_text_of_the_letter_and_says_why(somebody: Person, clerk: Actor) -> None:
    alone = forms.Choice(LetterKind.ALONE, "本人已离职，单位未停保")
    front = bare(words(forms.print_form(somebody.pk, masked=True, on=ON, actor=clerk, at=AT, choice=alone))[0])
    assert "您还可以个人身份参加" in front and "所在的用人单位" not in front
    kept = RegistrationForm.objects.get()
    assert (kept.letter, kept.letter_reason) == ("ALONE", alone.reason)
    detail = JournalEntry.objects.get(event="FORM_PRINTED").detail
    assert (detail["letter"], detail["why"]) == (LetterKind.ALONE.label, alone.reason)


def test_the_text_of_the_rules_takes_no_reason_and_another_does(somebody: Person, clerk: Actor) -> None:
    same = forms.Choice(LetterKind.EMPLOYER, "")
    forms.print_form(somebody.pk, masked=True, on=ON, actor=clerk, at=AT, choice=same)
    assert RegistrationForm.objects.get().letter == ""
    for why in ("", "  ", "号码500901199001010010"):
        choice = forms.Choice(LetterKind.PENSION, why)
        with pytest.raises(forms.NoReasonForChoice):
            forms.print_form(somebody.pk, masked=True, on=ON, actor=clerk, at=AT, choice=choice)
    assert RegistrationForm.objects.count() == 1


def test_what_was_declared_before_is_not_asked_again(town: str, clerk: Actor) -> None:
    one = person(704, town, name="周七")
    facts = {
        "occupation": "X01",
        "work_out": "广东省",
        "away_schemes": "XP,XM",
        "post_code": "400000",
        "qq": "10001000",
    }
    registry.declare(one.pk, facts=facts, valid_from=ON, basis="form:1", actor=clerk, at=AT)
    front, back = map(bare, words(_full(one, clerk)))
    assert "广东省" in back and "400000" in back and "10001000" in back
    assert all(
        f"√□{said}" in back or f"□√{said}" in back
        for said in ("1.就业", "市外", "已参加社会保险", "养老保险", "医疗保险")
    )
    assert "您还可以个人身份参加无。" in front


def test_who_may_print() -> None:
    may = {role for role in Role if Permission.FORM_PRINT in PERMISSIONS[role]}
    assert may == {
        Role.TOWN_CLERK, Role.TOWN_REVIEWER, Role.DISTRICT_CLERK, Role.DISTRICT_APPROVER, Role.MUNICIPAL_APPROVER
    }  # fmt: skip
    assert all(Permission.PERSON_UNMASK in PERMISSIONS[role] for role in may)


def test_nobody_prints_without_the_right_or_beyond_the_area(somebody: Person, clerk: Actor, town: str) -> None:
    with pytest.raises(NotAllowed):
        forms.print_form(somebody.pk, masked=True, on=ON, actor=Actor("g", Role.GUIDE, town), at=AT)
    stranger = Actor("wu", Role.TOWN_CLERK, foreign_town(town))
    with pytest.raises(access.NotFound):
        forms.print_form(somebody.pk, masked=True, on=ON, actor=stranger, at=AT)


def test_a_name_no_font_draws_stops_the_print_and_leaves_nothing(odd: Person, clerk: Actor) -> None:
    with pytest.raises(forms.NotPrintable) as hole:
        _full(odd, clerk)
    assert (hole.value.person_id, hole.value.character) == (703, "\ue815")
    assert not RegistrationForm.objects.exists()


def test_before_the_person_was_registered_there_is_nothing(somebody: Person, clerk: Actor) -> None:
    with pytest.raises(forms.NotInRegister):
        forms.print_form(somebody.pk, masked=True, on=LONG_AGO.replace(year=2019), actor=clerk, at=AT)


def test_the_page_asks_and_then_shows_the_pages(somebody: Person, town: str, as_web: None) -> None:
    account("reader", Role.TOWN_CLERK, town)
    client = Client()
    client.cookies[conf.SESSION_COOKIE_NAME] = signed_in("reader")
    address = reverse("person-form", args=[somebody.pk])
    assert (
        reverse("person-form", args=[somebody.pk]) in client.get(reverse("person", args=[somebody.pk])).content.decode()
    )
    assert "隐藏一部分" in client.get(address).content.decode()
    shown = client.get(address).content.decode()
    assert "按规则打印" in shown and "用人单位参保情况" in shown and "第五十三条" in shown
    refused = client.post(address, {"shown": "masked", "letter": "ALONE"})
    assert refused.status_code == 422 and "须写明理由" in refused.content.decode()
    refused = client.post(address, {"shown": "full"})
    assert refused.status_code == 422 and "打印原文须选择一个理由" in refused.content.decode()
    answer = client.post(address, {"shown": "full", "reason": "AT_COUNTER"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert "object-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"] and answer.headers["Content-Disposition"].startswith("inline")
    assert str(somebody.doc_number) in words(answer.content)[0]
    assert str(somebody.doc_number) not in words(client.post(address, {"shown": "masked"}).content)[0]


def test_the_page_names_the_character_that_is_missing(odd: Person, town: str, as_web: None) -> None:
    account("reader", Role.TOWN_CLERK, town)
    client = Client()
    client.cookies[conf.SESSION_COOKIE_NAME] = signed_in("reader")
    answer = client.post(reverse("person-form", args=[odd.pk]), {"shown": "masked"})
    assert answer.status_code == 409 and "U+E815" in answer.content.decode() and "703" in answer.content.decode()
