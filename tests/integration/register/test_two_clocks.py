"""As it was, and as it was known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from canbao.bulk.registry.tables import TABLES
from canbao.services import registry
from canbao.services.registry.history_sql import history_key
from canbao.store.models import Person
from tests.integration.intake.builders import RECEIVER
from tests.integration.register.conftest import FIRST, SECOND, THIRD, Register, employed, number, town

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_answers_after_a_correction_and_a_later_change(register: Register) -> None:
    people = town()
    register.accept(people)
    register.run(FIRST)
    person = register.person(number(4)).pk
    wrong_birth = people[3] | {"民族": "01", "出生日期": "19900101", "性别": "2", "op": "U"}
    register.accept([wrong_birth], kind="delta", as_of="2026-11-09")  # the sex was wrong all along
    register.run(SECOND)
    moved = wrong_birth | {"户籍地址": "重庆市渝北区解放路9号"}
    register.accept([moved], kind="delta", as_of="2026-11-19")  # from then on another address
    register.run(THIRD)

    early, late = "2026-11-01", "2026-11-21"
    old, new = "重庆市渝北区人民路4号", "重庆市渝北区解放路9号"

    def answer(on: str, known: object) -> tuple[str, str]:
        facts = register.facts(person, on, known)  # type: ignore[arg-type]
        return facts["sex"], facts["hukou_address"]

    assert answer(early, FIRST) == ("1", old)
    assert answer(late, FIRST) == ("1", old)
    assert answer(early, THIRD) == ("2", old)
    assert answer(late, THIRD) == ("2", new)
    assert answer(early, SECOND) == ("2", old)


def test_a_decided_fact_stands_until_the_police_report_anew(register: Register) -> None:
    people = town()
    register.accept(people)
    register.run(FIRST)
    person = register.person(number(4))

    registry.correct(
        person.pk, facts={"name": "改后名"}, valid_from=date(2026, 11, 5), version=1,
        basis="公安证明1号", actor=RECEIVER, at=SECOND,
    )  # fmt: skip
    register.accept([people[9] | {"户籍地址": "重庆市渝北区解放路9号", "op": "U"}], kind="delta", as_of="2026-11-09")
    register.run(SECOND.replace(hour=4))
    assert Person.objects.get(pk=person.pk).name == "改后名"

    register.accept([people[3] | {"姓名": "公安新名", "op": "U"}], kind="delta", as_of="2026-11-19")
    register.run(THIRD)
    assert Person.objects.get(pk=person.pk).name == "公安新名"


def test_a_stale_version_and_a_missing_basis_are_refused(register: Register) -> None:
    register.accept(town())
    register.run(FIRST)
    person = register.person(number(4)).pk
    change = {"facts": {"phone": "1"}, "valid_from": date(2026, 11, 5), "actor": RECEIVER, "at": SECOND}

    with pytest.raises(registry.NoBasis):
        registry.correct(person, version=1, basis=" ", **change)  # type: ignore[arg-type]
    with pytest.raises(registry.StaleVersion):
        registry.correct(person, version=7, basis="证明", **change)  # type: ignore[arg-type]
    assert registry.correct(person, version=1, basis="证明", **change) == 2  # type: ignore[arg-type]


def test_later_acts_on_the_same_people_stop_a_reversal(register: Register) -> None:
    people = town()
    register.accept(people)
    register.run(FIRST)
    batch = register.accept([people[3] | {"姓名": "另名", "op": "U"}], kind="delta", as_of="2026-11-09")
    register.run(SECOND)
    person = register.person(number(4)).pk
    registry.correct(
        person,
        facts={"phone": "13"},
        valid_from=date(2026, 11, 15),
        version=None,
        basis="证明",
        actor=RECEIVER,
        at=THIRD,
    )

    with pytest.raises(registry.LaterActs) as refused:
        register.reverse(batch, THIRD.replace(hour=9))
    assert refused.value.person_ids == [person]
    assert batch.pk  # and the batch is still committed
    batch.refresh_from_db()
    assert batch.status == "COMMITTED"


def test_a_later_act_on_somebody_whom_the_run_added_stops_a_reversal(register: Register) -> None:
    people = town(31)
    register.accept(people[:30])
    register.run(FIRST)
    batch = register.accept([people[30] | {"op": "I"}], kind="delta", as_of="2026-11-09")
    register.run(SECOND)
    added = register.person(number(31)).pk
    facts: dict[str, Any] = {
        "facts": {"phone": "13"},
        "valid_from": date(2026, 11, 15),
        "version": None,
        "basis": "证明",
    }
    registry.correct(added, **facts, actor=RECEIVER, at=THIRD)

    with pytest.raises(registry.LaterActs) as refused:
        register.reverse(batch, THIRD.replace(hour=9))
    assert refused.value.person_ids == [added]


def test_history_never_overlaps_on_both_clocks(register: Register) -> None:
    people = town()
    register.accept(people)
    register.accept(employed(people), source="employee")
    register.run(FIRST)
    first = register.accept(
        [p | {"姓名": p["姓名"][:2] + "亮", "op": "U"} for p in people[:4]] + [people[20] | {"op": "D"}],
        kind="delta", as_of="2026-11-09",
    )  # fmt: skip
    register.run(SECOND)
    register.reverse(first, SECOND.replace(hour=5))
    register.accept([p | {"性别": "2", "op": "U"} for p in people[:3]], kind="delta", as_of="2026-11-12")
    register.run(THIRD)

    for table in TABLES:
        key, own = ", ".join(history_key(table)), ", ".join(table.key)
        with connection.cursor() as cursor:
            cursor.execute(
                f"with every as (select {key}, history_id, valid, recorded from {table.name}_history union all"
                f" select {own}, -1, daterange(valid_from, null), tstzrange(recorded_at, null) from {table.name})"
                f" select count(*) from every a join every b using ({key})"
                " where a.history_id < b.history_id and a.valid && b.valid and a.recorded && b.recorded"
            )
            assert cursor.fetchone() == (0,), table.name


def test_a_person_registered_by_decision_is_not_ended_by_a_run(register: Register) -> None:
    register.accept(town())
    facts = {"name": "门前发现", "name_key": "门前发现", "gap": "NONE_AT_ALL", "office_path": "50"}
    found = registry.record(facts, valid_from=date(2026, 11, 1), basis="登记表1号", actor=RECEIVER, at=FIRST)

    register.run(SECOND)

    assert Person.objects.filter(pk=found, name="门前发现").exists()
    assert Person.objects.count() == 31
