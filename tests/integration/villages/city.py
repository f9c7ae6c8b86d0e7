"""A town whose people teach what its addresses stand for, and some whom the departments place no nearer than the town."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from canbao.rules.names import name_key
from canbao.rules.roles import Actor, Role
from canbao.services import access, villages
from canbao.store.models import Person, VillageAssignment, VillageRun
from tests.worlds import AT, LONG_AGO

TOWN = "500101500101001"  # 万州区高笋塘街道
SQUARE, POOL, SLOPE = (f"{TOWN[:6]}500101001{n:03d}" for n in (1, 2, 3))  # 东方广场、乌龙池、王家坡社区
OPERATOR = Actor("caiji", Role.MUNICIPAL_OPERATOR, "50")
CLERK = Actor("jing", Role.TOWN_CLERK, TOWN)
NAMED, ESTATE, SPLIT, BARE, MEMBER = range(9001, 9006)
PLACE = "重庆市万州区高笋塘街道"


def resident(person_id: int, division: str, address: str | None, **facts: Any) -> Person:
    office = TOWN[:6] + division if len(division) > 6 else division
    return Person(
        id=person_id, name="张三", name_key=name_key("张三"), office_path=office, home_division=division, home_address=address,
        scope="RESIDENT_HERE", gap="NONE_AT_ALL", valid_from=LONG_AGO, recorded_at=AT - timedelta(days=1), basis="test", **facts,
    )  # fmt: skip


def build() -> None:
    """450 people with a village, of whom 40 live in an estate and 26 in a road that two villages share; five without."""
    people = []
    for number in range(450):
        village, name = ((SQUARE, "东方广场"), (POOL, "乌龙池"), (SLOPE, "王家坡"))[number % 3]
        where = f"{name}社区和平路{number + 1}号"
        if number < 120 and number % 3 == 0:
            where = f"天骄花园{number % 4 + 1}幢{number}-1"
        elif number < 18 or (number < 60 and number % 3 == 1):
            where = f"分界路{number}号"
        people.append(resident(number + 1, village[6:], PLACE + where))
    people += [
        resident(NAMED, TOWN[6:], "万州区高笋塘街道乌龙池社区三组7号"),
        resident(ESTATE, TOWN[6:], PLACE + "天骄花园3幢9-9", household_no="H1"),
        resident(SPLIT, TOWN[6:], "重庆万州高笋塘分界路300号"),
        resident(BARE, TOWN[6:], PLACE),
        resident(MEMBER, "500101", "高笋塘街道王家坡社区1号"),
    ]
    Person.objects.bulk_create(people)


def work_out(**how: Any) -> VillageRun | None:
    return villages.refresh(actor=OPERATOR, at=AT, **how)


def standing() -> dict[int, tuple[str, str, str]]:
    """Person: state, village, rule."""
    rows = VillageAssignment.objects.order_by("pk")
    return {row.pk: (row.state, row.village_path, row.rule) for row in rows}


def office(person_id: int) -> str:
    with access.acting_as(OPERATOR):
        return str(Person.objects.values_list("office_path", flat=True).get(pk=person_id))
