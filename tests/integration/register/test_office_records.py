"""People whom an office registered from a form take part in the matching: one person, counted once, no matter who comes first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from canbao.rules.roles import Actor, Role
from canbao.services import matching, registry
from canbao.store.models import Declaration, MatchCase, OfficeRecord, Person, PersonDocument, PersonHistory, PersonMerge
from tests.integration.intake.builders import Row, police
from tests.integration.register.conftest import FIRST, SECOND, THIRD, Register, number, town

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor("li", Role.TOWN_CLERK, "500112500112015")
VILLAGE = "500112500112015001"
FOUND: dict[str, Any] = {
    "name": "钱五妹", "sex": "2", "birth_date": date(1991, 3, 4), "doc_type": "01", "doc_number": number(700, "19910304"),
    "phone": "13900000001", "home_address": "幸福路7号", "office_path": VILLAGE, "gap": "NONE_AT_ALL", "scope": "RESIDENT_HERE",
}  # fmt: skip


def by_form(**facts: Any) -> int:
    given = {name: value for name, value in (FOUND | facts).items() if value is not None}
    return registry.record(given, valid_from=date(2026, 11, 5), basis="form:260000000014", actor=CLERK, at=SECOND)


def by_police(serial: int = 700, **changes: str) -> Row:
    born = changes.get("出生日期", "19910304")
    own = {
        "公民身份号码": number(serial, born),
        "姓名": "钱五妹",
        "性别": "2",
        "出生日期": born,
        "户籍地址": "幸福路7号",
    }
    return police(serial, **own | changes)


def facts_of(person_id: int) -> dict[str, Any]:
    return Person.objects.filter(pk=person_id).values().get()


def test_a_person_from_a_form_has_a_document_and_is_left_as_he_is_by_a_run(register: Register) -> None:
    register.accept(town(5))
    register.run()
    person_id = by_form()
    before, digest = facts_of(person_id), registry.digest()
    assert PersonDocument.objects.get(person_id=person_id).number == FOUND["doc_number"]

    report = register.run(THIRD)

    assert not report.repeated, "what the offices registered is new to the matching"
    assert facts_of(person_id) == before and registry.digest() == digest
    assert register.run(THIRD).repeated


@pytest.mark.parametrize("name", ["钱五妹", "钱伍妹"])
def test_form_first_then_police_is_one_person_under_the_same_number(register: Register, name: str) -> None:
    register.accept(town(5))
    register.run()
    person_id = by_form()

    register.accept([*town(5), by_police(姓名=name)], as_of="2026-11-15")
    register.run(THIRD)

    who = register.person(FOUND["doc_number"])
    assert (who.pk, who.name, who.phone, who.scope) == (person_id, name, FOUND["phone"], "LOCAL_HUKOU")
    assert Person.objects.count() == 6
    assert PersonDocument.objects.get(person_id=person_id).sources == "police,office"


@pytest.mark.parametrize("name", ["钱五妹", "钱伍妹"])
def test_police_first_then_form_is_one_person_and_the_entry_of_the_form_leads_there(
    register: Register, name: str
) -> None:
    register.accept([*town(5), by_police(姓名=name)])
    register.run()
    known = register.person(FOUND["doc_number"]).pk
    person_id = by_form()
    registry.declare(
        person_id,
        facts={"occupation": "E06"},
        valid_from=date(2026, 11, 5),
        basis="form:260000000014",
        actor=CLERK,
        at=SECOND,
    )

    register.run(THIRD)

    assert Person.objects.filter(doc_number=FOUND["doc_number"]).get().pk == known
    assert Person.objects.count() == 6
    assert registry.stands_as(person_id) == known
    assert PersonHistory.objects.filter(person_id=person_id).exists()
    assert Declaration.objects.get().person_id == known
    assert Person.objects.get(pk=known).phone == FOUND["phone"]


def test_when_the_list_no_longer_says_so_the_two_entries_stand_as_before(register: Register) -> None:
    register.accept(town(5))
    batch = register.accept([*town(5), by_police()], as_of="2026-11-02")
    register.run()
    person_id = by_form()
    register.run(THIRD)
    assert registry.stands_as(person_id) != person_id

    register.reverse(batch, THIRD.replace(hour=6))

    assert registry.stands_as(person_id) == person_id
    assert not PersonMerge.objects.filter(unmerged_at__isnull=True).exists()
    assert Person.objects.get(doc_number=FOUND["doc_number"]).pk == person_id


def test_a_person_who_may_be_the_same_is_a_case_and_the_decision_makes_one_of_two(register: Register) -> None:
    register.accept(town(5))
    register.run()
    person_id = by_form(doc_number=None, doc_type=None, phone=None, home_address=None)

    register.accept([*town(5), by_police()], as_of="2026-11-15")
    register.run(THIRD)

    if Person.objects.count() == 7:  # not sure enough among so few people
        case = MatchCase.objects.get(kind="POSSIBLE_SAME")
        operator = Actor("wang", Role.MUNICIPAL_OPERATOR)
        matching.decide(case.pk, same=True, reason="户口簿", on=THIRD.date(), actor=operator, at=THIRD)
        register.run(THIRD.replace(hour=5))
    assert Person.objects.count() == 6
    assert registry.stands_as(person_id) == register.person(FOUND["doc_number"]).pk


def test_a_newborn_from_a_form_is_the_child_that_the_police_deliver_later(register: Register) -> None:
    register.accept(town(5))
    register.run()
    person_id = by_form(
        name="钱小宝",
        birth_date=date(2026, 9, 1),
        doc_number=None,
        doc_type=None,
        phone=None,
        scope="UNREGISTERED_NEWBORN",
    )

    child = by_police(702, 出生日期="20260901") | {"姓名": "钱小宝", "户籍区划": "500112015001"}
    register.accept([*town(5), child], as_of="2026-11-15")
    register.run(THIRD)

    assert Person.objects.filter(name="钱小宝").get().pk == person_id
    assert Person.objects.get(pk=person_id).doc_number == number(702, "20260901")


def test_a_list_of_deaths_reaches_who_came_by_a_form(register: Register) -> None:
    register.accept(town(5))
    register.run()
    person_id = by_form()
    register.accept(
        [{"证件号码": FOUND["doc_number"], "姓名": "钱五妹", "死亡日期": "20261110"}],
        source="deaths",
        as_of="2026-11-15",
    )
    register.run(THIRD)
    assert (facts_of(person_id)["death_on"], facts_of(person_id)["scope"]) == (date(2026, 11, 10), None)


def test_who_is_registered_while_a_run_is_at_work_is_not_ended_by_it(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(5))
    made: list[int] = []

    def step(name: str) -> None:
        if name == "wanted":
            made.append(by_form())

    matching.run(actor=Actor("zhang", Role.MUNICIPAL_OPERATOR), at=FIRST, step=step)

    assert Person.objects.filter(pk=made[0]).exists()
    assert not register.run(THIRD).repeated
    assert Person.objects.count() == 6


def test_what_was_corrected_since_is_what_is_compared(register: Register) -> None:
    register.accept(town(5))
    register.run()
    person_id = by_form(doc_number=None, doc_type=None, name="钱某")
    right = {"name": "钱五妹", "doc_number": FOUND["doc_number"], "doc_type": "01"}
    registry.correct(
        person_id,
        facts=right,
        valid_from=date(2026, 11, 6),
        version=1,
        basis="form:2",
        actor=CLERK,
        at=SECOND.replace(hour=5),
    )
    register.accept([*town(5), by_police()], as_of="2026-11-15")
    register.run(THIRD)
    assert Person.objects.get(doc_number=FOUND["doc_number"]).pk == person_id


def test_what_was_corrected_goes_along_to_whom_the_entry_leads(register: Register) -> None:
    register.accept([*town(5), by_police()])
    register.run()
    person_id = by_form()
    registry.correct(
        person_id, facts={"phone": "13900000009"}, valid_from=date(2026, 11, 6), version=1, basis="form:2", actor=CLERK,
        at=SECOND.replace(hour=5),
    )  # fmt: skip
    register.run(THIRD)
    assert register.person(FOUND["doc_number"]).phone == "13900000009"


def test_who_was_ended_by_decision_does_not_come_back(register: Register) -> None:
    register.accept(town(5))
    register.run()
    person_id = by_form()
    registry.end(
        person_id, ended_on=date(2026, 11, 12), version=1, basis="申请表", actor=CLERK, at=SECOND.replace(hour=6)
    )
    register.run(THIRD)
    assert not Person.objects.filter(pk=person_id).exists()
    assert OfficeRecord.objects.get().ended_by == "li"
