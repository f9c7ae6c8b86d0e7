"""What people declare on a form: on the two clocks, untouched by runs, gone and back with the person."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.services import registry
from canbao.store.models import Declaration
from tests.integration.intake.builders import RECEIVER
from tests.integration.register.conftest import FIRST, SECOND, THIRD, Register, number, town

pytestmark = pytest.mark.django_db(transaction=True)


def _declare(person_id: int, day: date, at: object, **facts: object) -> int:
    return registry.declare(
        person_id,
        facts=facts,
        valid_from=day,
        basis="form:260000000017",
        actor=RECEIVER,
        at=at,  # type: ignore[arg-type]
    )


def test_a_later_statement_follows_an_earlier_one_and_both_can_be_asked_for(register: Register) -> None:
    register.accept(town())
    register.run(FIRST)
    person = register.person(number(4)).pk
    assert _declare(person, date(2026, 11, 3), SECOND, occupation="N03", qq="10001") == 1
    assert _declare(person, date(2026, 11, 18), THIRD, occupation="E06") == 2

    def said(on: str, known: object) -> tuple[object, object]:
        view = registry.as_of(person, valid_on=date.fromisoformat(on), known_at=known)  # type: ignore[arg-type]
        return view.declared.get("occupation"), view.declared.get("qq")

    assert said("2026-11-04", THIRD) == ("N03", "10001")
    assert said("2026-11-19", THIRD) == ("E06", "10001")
    assert said("2026-11-19", SECOND) == ("N03", "10001")
    assert said("2026-11-02", THIRD) == (None, None)
    with pytest.raises(registry.NoBasis):
        registry.declare(person, facts={"qq": "1"}, valid_from=date(2026, 11, 3), basis=" ", actor=RECEIVER, at=THIRD)


def test_a_run_leaves_it_alone_and_it_goes_and_comes_back_with_the_person(register: Register) -> None:
    people = town()
    register.accept(people)
    register.run(FIRST)
    person = register.person(number(4)).pk
    _declare(person, date(2026, 11, 3), SECOND, occupation="N03")

    moved = people[3] | {"户籍区划": "500103005", "op": "U"}
    register.accept([moved], kind="delta", as_of="2026-11-09")
    register.run(SECOND.replace(hour=5))
    declared = Declaration.objects.get(pk=person)
    assert (declared.occupation, declared.office_path) == ("N03", register.person(number(4)).office_path)
    assert declared.office_path[:6] == "500103"

    gone = register.accept([people[3] | {"op": "D"}], kind="delta", as_of="2026-11-19")
    register.run(THIRD)
    assert not Declaration.objects.filter(pk=person).exists()
    register.reverse(gone, THIRD.replace(hour=6))
    assert Declaration.objects.get(pk=person).occupation == "N03"


def test_a_telephone_from_a_form_outlives_a_list_that_has_none(register: Register) -> None:
    """An authority that reports anew and says nothing of it has not said that it is wrong."""
    people = town()
    register.accept(people)
    resident = {
        "居民编号": "R1", "证件类型": "01", "证件号码": number(4), "姓名": people[3]["姓名"], "性别": "1",
        "出生日期": "19900101", "居住区划": "500112005", "居住地址": "重庆市渝北区人民路4号", "居住类型": "常住",
    }  # fmt: skip
    register.accept([resident], source="health")
    register.run(FIRST)
    person = register.person(number(4))
    registry.correct(
        person.pk, facts={"phone": "13900000004"}, valid_from=date(2026, 11, 3), version=person.version,
        basis="form:260000000017", actor=RECEIVER, at=SECOND,
    )  # fmt: skip
    register.accept(
        [resident | {"居住地址": "重庆市渝北区解放路9号", "op": "U"}], source="health", kind="delta", as_of="2026-11-19"
    )
    register.run(THIRD)
    person.refresh_from_db()
    assert (person.home_address, person.phone) == ("重庆市渝北区解放路9号", "13900000004")
    register.accept(
        [resident | {"联系电话": "13900000099", "op": "U"}], source="health", kind="delta", as_of="2026-11-20"
    )
    register.run(THIRD.replace(hour=8))
    person.refresh_from_db()
    assert person.phone == "13900000099"
