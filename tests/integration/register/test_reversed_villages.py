"""Villages worked out from addresses go back with what they stand upon: a reversal gives back the register's digest, villages and all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from canbao.rules.roles import Actor, Role
from canbao.services import registry, villages
from canbao.services.survey import placed
from canbao.store.models import Batch, Enrolment, JournalEntry, Person, VillageAssignment
from tests.integration.intake.builders import RECEIVER, Row, insured, police
from tests.integration.register.conftest import FIRST, SECOND, THIRD, Register, number

TOWN = "500101001"  # 万州区高笋塘街道
SQUARE, POOL, SLOPE = (f"{TOWN}{n:03d}" for n in (1, 2, 3))
OFFICE = {code: "500101" + code for code in (TOWN, SQUARE, POOL, SLOPE)}
CLERK = Actor("jing", Role.TOWN_CLERK, OFFICE[TOWN])
PLACE = "重庆市万州区高笋塘街道"
NAMED, ESTATE, SPLIT, RENAMED, NEW = 901, 902, 903, 904, 905
HOUR = timedelta(hours=1)


def person(serial: int, division: str, address: str, **changes: str) -> Row:
    facts = {"公民身份号码": number(serial), "户籍区划": division, "户籍地址": PLACE + address}
    return police(serial, **facts, 姓名="王李张刘陈杨赵黄周吴徐孙胡"[serial % 13] + "小明") | changes


def settled() -> list[Row]:
    """390 people with a village, of whom 60 live in an estate and 40 in a road that two villages share."""
    rows = []
    for serial in range(1, 391):
        village, name = ((SQUARE, "东方广场"), (POOL, "乌龙池"), (SLOPE, "王家坡"))[serial % 3]
        where = f"{name}社区和平路{serial}号"
        if serial % 3 == 0 and serial <= 180:
            where = f"天骄花园{serial % 4 + 1}幢{serial}-1"
        elif serial % 3 != 2 and serial > 330:
            where = f"分界路{serial}号"
        rows.append(person(serial, village, where))
    return rows


@pytest.fixture
def town(register: Register) -> Register:
    """The villages are worked out; a clerk confirmed that of SPLIT."""
    waiting = [
        person(NAMED, TOWN, "乌龙池社区三组7号"),
        person(ESTATE, TOWN, "天骄花园3幢9-9"),
        person(SPLIT, TOWN, "分界路300号"),
        person(RENAMED, TOWN, "王家坡社区1号"),
    ]
    register.accept([*settled(), *waiting])
    register.accept([insured(n, AAC147=number(n), AAC003=waiting[0]["姓名"]) for n in (NAMED,)], source="employee")
    run(register, FIRST)
    villages.correct(
        VillageAssignment.objects.filter(pk=pk(SPLIT)),
        office=OFFICE[SLOPE],
        reason="实地核对",
        actor=CLERK,
        at=FIRST + 2 * HOUR,
    )
    work_out(FIRST + 3 * HOUR)
    assert where() == {
        NAMED: ("ASSIGNED", POOL), ESTATE: ("ASSIGNED", SQUARE), SPLIT: ("CORRECTED", SLOPE), RENAMED: ("ASSIGNED", SLOPE)
    }  # fmt: skip
    return register


def run(register: Register, at: Any) -> None:
    register.run(at)
    work_out(at + HOUR)


def work_out(at: Any) -> None:
    placed.work_out(actor=RECEIVER, at=at)


def pk(serial: int) -> int:
    return Person.objects.get(doc_number=number(serial)).pk


def where() -> dict[int, tuple[str, str]]:
    """Serials of people who have an assignment: its state, and the village in which the person stands in the register."""
    rows = Person.objects.filter(pk__in=VillageAssignment.objects.values("pk"))
    state = dict(VillageAssignment.objects.values_list("pk", "state"))
    return {int(row.doc_number[14:17]): (state[row.pk], row.office_path[6:]) for row in rows}


def changed() -> list[Row]:
    """One moves away, so does whom a clerk placed, one gets another name, one is new, and the estate comes to another village."""
    estate = [row | {"户籍区划": POOL, "op": "U"} for row in settled() if "天骄花园" in row["户籍地址"]]
    return [
        *estate,
        person(NAMED, "500112015", "青年路5号", op="U"),
        person(SPLIT, "500112015", "青年路6号", op="U"),
        person(RENAMED, TOWN, "王家坡社区1号", op="U", 姓名="陈大明"),
        person(NEW, TOWN, "乌龙池社区一组9号", op="I"),
    ]


def a_batch(register: Register) -> Batch:
    return register.accept(changed(), kind="delta", as_of="2026-11-09")


def test_a_reversal_gives_back_every_village_and_the_words_of_clerks(town: Register) -> None:
    """A clerk's word on somebody the run wrote stops it until that is undone."""
    digest, before = registry.digest(), where()
    batch = a_batch(town)
    run(town, SECOND)
    after = where()
    assert after[NEW] == ("ASSIGNED", POOL) and after[ESTATE][1] != SQUARE, after
    assert {Person.objects.get(pk=pk(who)).office_path for who in (NAMED, SPLIT)} == {"500157500112015"}

    rows = VillageAssignment.objects.filter(pk=pk(NEW))
    act = villages.correct(rows, office=OFFICE[SLOPE], reason="实地核对", actor=CLERK, at=SECOND + 2 * HOUR)
    with pytest.raises(registry.LaterActs) as refused:
        town.reverse(batch, THIRD)
    assert refused.value.person_ids == [pk(NEW)]
    villages.undo(act.pk, actor=CLERK, at=SECOND + 3 * HOUR)
    town.reverse(batch, THIRD)
    work_out(THIRD + HOUR)

    assert (registry.digest(), where()) == (digest, before)
    assert set(Enrolment.objects.filter(person_id=pk(NAMED)).values_list("office_path", flat=True)) == {OFFICE[POOL]}
    told = JournalEntry.objects.filter(event="VILLAGES_WORKED_OUT").latest("id")
    assert told.detail["towns"] == 2, "of the whole city the towns that changed"
    work_out(THIRD + 2 * HOUR)
    assert registry.digest() == digest
