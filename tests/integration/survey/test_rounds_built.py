"""The list of a round: each reason on both sides of its boundary, what other lists say, and a build that is stopped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from canbao.rules.addresses import walking_key
from canbao.rules.answers import COMPLETE
from canbao.rules.codes import Scheme
from canbao.rules.period import HERE
from canbao.rules.roles import Actor, Role
from canbao.rules.survey import VisitReason
from canbao.services import letters
from canbao.services.survey import building, rounds
from canbao.store.models import (
    Batch,
    Declaration,
    Delivery,
    Enrolment,
    Job,
    ListedSpell,
    Person,
    PersonHistory,
    SourceState,
    SurveyRound,
    SurveyTask,
)
from tests.worlds import AT, LONG_AGO, ON, foreign_town, person, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
DISTRICT = Actor("quban", Role.DISTRICT_CLERK, TOWN[:6])
FULL = {
    "ethnicity": "01", "hukou_type": "11", "hukou_address": "某路 1 号", "home_address": "某路 2 号", "phone": "13000000000",
}  # fmt: skip
SINCE = date(2026, 11, 1)

pytestmark = pytest.mark.django_db


def somebody(serial: int, *, gap: str = "NONE", office: str = VILLAGE, **facts: Any) -> Person:
    """A complete record of somebody insured, unless told otherwise."""
    return person(serial, office, **({"gap": gap, "hukou_status": "NORMAL"} | FULL | facts))


def enrolled(who: Person, scheme: Scheme, state: str = "PAYING", source: str = "resident_medical") -> None:
    Enrolment.objects.create(
        person_id=who.pk, scheme=scheme.value, record_key=f"{who.pk}-{scheme}", source=source, state=state,
        office_path=who.office_path, valid_from=LONG_AGO, recorded_at=AT, basis="test",
    )  # fmt: skip


def opened(*reasons: VisitReason, **more: Any) -> SurveyRound:
    wanted = rounds.Wanted(
        "秋季走访", reasons or tuple(VisitReason)[:-1], due_on=date(2026, 12, 31), since_on=SINCE, **more
    )
    return rounds.open_round(wanted, actor=DISTRICT, at=AT)[0]


def built(*reasons: VisitReason, **more: Any) -> dict[int, SurveyTask]:
    round_ = opened(*reasons, **more)
    building.build(round_.pk, actor=DISTRICT, at=AT)
    return {task.person_id: task for task in SurveyTask.objects.filter(round_id=round_.pk) if task.person_id}


def reasons(tasks: dict[int, SurveyTask]) -> dict[int, list[str]]:
    return {pk: task.reasons for pk, task in tasks.items()}


def test_the_gap_gives_three_of_the_reasons_and_nobody_from_another_district_or_dead_is_visited() -> None:
    somebody(1, gap="NONE_AT_ALL")
    somebody(2, gap="LAPSED")
    somebody(3, gap="MISSING_SCHEME")
    somebody(4, gap="NONE")
    somebody(5, gap="NONE_AT_ALL", office=village_office(foreign_town(TOWN)))
    somebody(6, gap="NONE_AT_ALL", death_on=ON)
    somebody(7, gap="NONE_AT_ALL", hukou_status="DECEASED")
    somebody(8, gap="NONE_AT_ALL", scope=None)
    found = built(VisitReason.NOT_ENROLLED, VisitReason.LAPSED, VisitReason.MISSING_SCHEME)
    assert reasons(found) == {1: ["NOT_ENROLLED"], 2: ["LAPSED"], 3: ["MISSING_SCHEME"]}
    assert {(task.held_at, task.state, task.office_path) for task in found.values()} == {(TOWN[:6], "PLANNED", VILLAGE)}


def test_only_the_reasons_of_the_round_count() -> None:
    somebody(1, gap="NONE_AT_ALL", phone=None)
    somebody(2, gap="LAPSED")
    assert reasons(built(VisitReason.NOT_ENROLLED)) == {1: ["NOT_ENROLLED"]}


def test_a_newborn_is_one_until_its_first_birthday_or_its_hukou() -> None:
    somebody(1, gap="NONE_AT_ALL", birth_date=date(2025, 11, 21))
    somebody(2, gap="NONE_AT_ALL", birth_date=date(2025, 11, 20))
    somebody(3, birth_date=date(2026, 9, 1))
    somebody(4, birth_date=date(2024, 9, 1), scope="UNREGISTERED_NEWBORN", hukou_status=None)
    assert set(built(VisitReason.NEWBORN)) == {1, 4}


def test_new_is_who_was_first_seen_or_moved_in_since_the_day_and_is_not_insured() -> None:
    before = datetime(2026, 10, 31, 23, 59, tzinfo=HERE)
    somebody(1, gap="NONE_AT_ALL")  # recorded on 20 November
    Person.objects.filter(pk=somebody(2, gap="NONE_AT_ALL").pk).update(recorded_at=before)
    Person.objects.filter(pk=somebody(3, gap="NONE_AT_ALL", moved_in_on=SINCE).pk).update(recorded_at=before)
    Person.objects.filter(pk=somebody(4, gap="NONE_AT_ALL", moved_in_on=SINCE - timedelta(1)).pk).update(
        recorded_at=before
    )
    known = somebody(5, gap="NONE_AT_ALL")
    Person.objects.filter(pk=known.pk).update(version=2)
    PersonHistory.objects.create(
        person_id=5, name="张三", name_key="张三", gap="NONE", office_path=VILLAGE, version=1, basis="t",
        valid=(LONG_AGO, None), recorded=(before, AT),
    )  # fmt: skip
    somebody(6)
    assert set(built(VisitReason.EXCHANGE)) == {1, 3}


def test_incomplete_is_a_blank_among_the_items_asked_and_every_blank_is_named() -> None:
    somebody(1, phone=None, ethnicity="")
    somebody(2, ethnicity=None)
    somebody(3)
    somebody(4, hukou_address=None, scope="RESIDENT_HERE", hukou_status=None)
    somebody(5, hukou_address=None)
    found = built(VisitReason.INCOMPLETE, asked_items=("phone", "hukou_address"))
    blanks = {pk: [item for item in task.asks if item != "occupation"] for pk, task in found.items()}
    assert blanks == {1: ["ethnicity", "phone"], 5: ["hukou_address"]}


def test_the_work_is_asked_only_where_neither_enrolments_nor_an_earlier_form_tell_it() -> None:
    """规程第八条: 不问登记库已知的项目; what the printed form ticks already."""
    for serial in (1, 2, 3, 4, 5):
        somebody(serial, phone=None, birth_date=date(1980, 1, 1))
    enrolled(
        Person.objects.get(pk=2), Scheme.EMPLOYEE_PENSION, source="employee"
    )  # without an employer: works flexibly
    enrolled(Person.objects.get(pk=3), Scheme.PUBLIC_SECTOR_PENSION, source="public_pension")
    enrolled(Person.objects.get(pk=4), Scheme.RESIDENT_PENSION, "DRAWING", source="resident_pension")
    Declaration.objects.create(
        person_id=5, occupation="N01", office_path=VILLAGE, valid_from=ON, recorded_at=AT, basis="form:260000000017"
    )
    found = built(VisitReason.INCOMPLETE, asked_items=("phone",))
    assert {pk: "occupation" in task.asks for pk, task in found.items()} == {
        1: True, 2: False, 3: False, 4: False, 5: False,
    }  # fmt: skip


def test_what_somebody_may_join_is_what_the_rules_say_of_him() -> None:
    medical = somebody(1)
    enrolled(medical, Scheme.RESIDENT_MEDICAL)
    pension = somebody(2)
    enrolled(pension, Scheme.RESIDENT_PENSION, source="resident_pension")
    both = somebody(3)
    enrolled(both, Scheme.RESIDENT_MEDICAL)
    enrolled(both, Scheme.RESIDENT_PENSION, source="resident_pension")
    enrolled(somebody(4, birth_date=date(2016, 3, 5)), Scheme.RESIDENT_MEDICAL)
    enrolled(somebody(5), Scheme.RESIDENT_MEDICAL, "TERMINATED")
    away = somebody(6)
    enrolled(away, Scheme.RESIDENT_MEDICAL)
    Declaration.objects.create(
        person_id=6,
        occupation="X01",
        away_schemes="XP",
        office_path=VILLAGE,
        valid_from=ON,
        recorded_at=AT,
        basis="test",
    )
    found = built(VisitReason.MAY_JOIN)
    assert {pk: task.may_join for pk, task in found.items()} == {
        1: ["EMPLOYEE_PENSION", "RESIDENT_PENSION"], 2: ["EMPLOYEE_MEDICAL", "RESIDENT_MEDICAL"]
    }  # fmt: skip
    for task in built(VisitReason.NOT_ENROLLED, VisitReason.MAY_JOIN).values():
        told = letters.letter_of(task.person_id, on=ON, actor=DISTRICT, at=AT)
        assert task.may_join == [one.scheme.value for one in told.duties if one.duty == "MAY" and not one.met]


def test_somebody_has_all_his_reasons_in_their_order_and_what_he_is_owed() -> None:
    who = somebody(1, gap="MISSING_SCHEME", phone=None)
    Enrolment.objects.create(
        person_id=1, scheme="EMPLOYEE_PENSION", record_key="1", source="employee", state="PAYING", employer_no="7",
        office_path=who.office_path, valid_from=LONG_AGO, recorded_at=AT, basis="test",
    )  # fmt: skip
    task = built()[1]
    assert task.reasons == ["MISSING_SCHEME", "INCOMPLETE"]
    assert task.must_join == ["EMPLOYEE_MEDICAL", "UNEMPLOYMENT", "WORK_INJURY", "MATERNITY"]


def test_the_list_is_in_the_order_in_which_one_walks() -> None:
    for serial, (place, home) in enumerate(
        [("甲路12号", "a"), ("甲路2号", "b"), (None, "c"), ("甲路１２号附1号", "d"), ("甲路3号", None)], start=1
    ):
        somebody(serial, gap="NONE_AT_ALL", hukou_address=place, home_address=place, household_no=home)
    found = built(VisitReason.NOT_ENROLLED)
    assert sorted(found, key=lambda pk: (found[pk].address_key, pk)) == [2, 5, 1, 4, 3]


def test_a_household_stands_together_at_the_door_of_its_head_however_the_address_is_spelt() -> None:
    for serial, (place, relation, home) in enumerate(
        [
            ("重庆市南川区山王坪镇乙村1组7号", "子", "x"),
            ("乙村 1组7#", "户主", "x"),
            ("南川区山王坪镇乙村1组8号", "户主", "y"),
            ("重庆 南川区 山王坪镇乙村1组7-2", "妻", "x"),
        ],
        start=1,
    ):
        somebody(
            serial,
            gap="NONE_AT_ALL",
            hukou_address=place,
            home_address=place,
            relation_to_head=relation,
            household_no=home,
        )
    found = built(VisitReason.NOT_ENROLLED)
    assert sorted(found, key=lambda pk: (found[pk].address_key, pk)) == [2, 1, 4, 3]


def test_the_database_and_the_rules_walk_the_same_way() -> None:
    places = [
        "重庆市秀山土家族苗族自治县中和街道新齐社区胜利路12号", "重庆 南川区 山王坪镇 山王坪村1组134#", "人民路１２号附1号",
        "阳光小区3栋2-1", "", None, "重庆市渝中区七星岗街道 中山一路（原）105号0012室", "某乡某村", "渝北区",
        "渝北区①号楼㎡\u200b٣室\u3000\ufe0f", "\ue000路É\u0301⑿号", "='人民路5号'", "\u202e12号\u00ad",
    ]  # fmt: skip
    for serial, place in enumerate(places, start=1):
        somebody(serial, gap="NONE_AT_ALL", hukou_address=place, home_address=place)
    found = built(VisitReason.NOT_ENROLLED)
    told = {pk: found[pk].address_key.split(" ")[0] for pk in found}
    assert told == {serial: walking_key(place) for serial, place in enumerate(places, start=1)}


def listed(source: str, *rows: tuple[int, date | None, date | None, str | None]) -> None:
    """A list that was accepted, its rows applied to people: serial, from, until, remark."""
    given = {"source": source, "kind": "full", "as_of": date(2026, 10, 31), "received_by": "op", "received_at": AT}
    delivery = Delivery.objects.create(digest=f"{source:0>64}", state="RECEIVED", **given)
    batch = Batch.objects.create(delivery=delivery, status="PREPARED", prepared_by="op", prepared_at=AT)
    SourceState.objects.create(source=source, batch=batch, path=f"states/{source}.parquet", as_of=date(2026, 10, 31))
    for serial, since, until, remark in rows:
        ListedSpell.objects.create(
            person_id=serial, source=source, record_key=f"{serial}", from_on=since, until_on=until, remark=remark,
            office_path=Person.objects.get(pk=serial).office_path, valid_from=LONG_AGO, recorded_at=AT, basis="run:1",
        )  # fmt: skip


def test_other_lists_suggest_a_conclusion_with_their_words_as_long_as_it_holds() -> None:
    for serial in range(1, 8):
        somebody(serial, gap="NONE_AT_ALL")
    somebody(8, gap="NONE_AT_ALL", hukou_status="MOVED_OUT", scope="RESIDENT_HERE")
    began = date(2025, 1, 1)
    listed(
        "elsewhere",
        (1, None, None, "险种：110、310；参保地：510000"),
        (5, None, None, "参保地：四川省 成都市"),
        (6, None, date(2026, 1, 1), "参保地：四川省"),
    )
    listed(
        "prison", (1, began, date(2027, 1, 1), None), (3, began, date(2026, 11, 20), None),
        (4, began, date(2026, 11, 19), None),
    )  # fmt: skip
    listed("students", (2, date(2024, 9, 1), None, "某大学"))
    listed("deaths", (7, date(2026, 11, 2), None, None))
    found = built(VisitReason.NOT_ENROLLED)
    said = {pk: (task.suggestion, task.suggested_by_list) for pk, task in found.items() if task.suggestion}
    assert said == {
        1: ("ELSEWHERE", "外省参保名单（2026-10-31）：四川省，城镇职工基本养老保险、城镇职工基本医疗保险"),
        2: ("STUDENT", "在校学生名单（2026-10-31）：某大学，在校 2024-09-01 至 今"),
        3: ("PRISON", "服刑名单（2026-10-31）：服刑 2025-01-01 至 2026-11-20"),
        5: ("ELSEWHERE", "外省参保名单（2026-10-31）：四川省 成都市"),
        7: ("DEAD", "殡葬名单（2026-10-31）：死亡日期 2026-11-02"),
        8: ("MOVED_OUT", "公安户籍：户籍状态为已迁出"),
    }


def test_a_build_that_is_killed_leaves_nothing_and_gives_the_same_list_when_it_is_begun_again() -> None:
    for serial in range(1, 6):
        somebody(serial, gap="NONE_AT_ALL", phone=None if serial % 2 else "13000000000")
    round_ = opened()

    def stop_at(name: str) -> None:
        if name == building.COUNT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        building.build(round_.pk, actor=DISTRICT, at=AT, step=stop_at)
    assert not SurveyTask.objects.exists()
    made = building.build(round_.pk, actor=DISTRICT, at=AT)
    assert (made.state, made.counts) == (
        "OPEN",
        {"people": 5, "NOT_ENROLLED": 5, "EXCHANGE": 5, "INCOMPLETE": 3, "suggested": 0, "no_village": 0},
    )
    with pytest.raises(building.NotBuilding):
        building.build(round_.pk, actor=DISTRICT, at=AT)
    assert SurveyTask.objects.count() == 5


def test_a_round_whose_list_was_given_up_says_so() -> None:
    round_ = opened()
    Job.objects.update(state="FAILED", finished_at=AT)
    assert rounds.stand(DISTRICT, round_.pk, on=ON).failed
    building.give_up(round_.pk, actor=DISTRICT, at=AT)
    round_.refresh_from_db()
    assert (round_.state, round_.closed_by) == ("CANCELLED", "quban")
    with pytest.raises(building.NotBuilding):
        building.build(round_.pk, actor=DISTRICT, at=AT)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("name", {"name": " "}),
        ("reasons", {"reasons": ()}),
        ("reasons", {"reasons": (VisitReason.FOUND,)}),
        ("due_on", {"due_on": ON - timedelta(1)}),
        ("since_on", {"reasons": (VisitReason.EXCHANGE,)}),
        ("asked_items", {"reasons": (VisitReason.INCOMPLETE,), "asked_items": ()}),
        ("call_percent", {"call_percent": 101}),
    ],
)
def test_a_round_that_makes_no_sense_is_refused_at_its_field(field: str, more: dict[str, Any]) -> None:
    given = {"name": "秋季走访", "reasons": (VisitReason.NOT_ENROLLED,), "due_on": ON} | more
    with pytest.raises(rounds.NotPlanned) as refused:
        rounds.open_round(rounds.Wanted(**given), actor=DISTRICT, at=AT)
    assert refused.value.field == field and not SurveyRound.objects.exists()


def test_the_items_are_those_of_a_complete_record() -> None:
    assert opened(VisitReason.INCOMPLETE).asked_items == list(COMPLETE)
    assert opened(VisitReason.LAPSED).asked_items == []
