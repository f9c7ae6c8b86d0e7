"""The village of people whom the departments place no nearer than a town: assigned, suggested, confirmed, corrected, undone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from canbao.rules.permissions import NotAllowed
from canbao.rules.roles import Actor, Role
from canbao.services import access, registry, villages
from canbao.store.models import (
    JournalEntry,
    Person,
    PersonHistory,
    VillageAct,
    VillageAssignment,
    VillageRun,
    VillageSign,
    VillageTrial,
)
from tests.integration.villages import city
from tests.integration.villages.city import BARE, CLERK, ESTATE, MEMBER, NAMED, POOL, SLOPE, SPLIT, SQUARE, TOWN
from tests.worlds import AT, ON

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def town(tmp_path: Path, settings: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    city.build()


def suggestions(*people: int) -> Any:
    return villages.chosen(CLERK, people=people)


def test_the_sure_are_assigned_the_doubtful_suggested_and_each_says_why() -> None:
    run = city.work_out()
    assert run and run.whole and run.counts == {"decided": 5, "ended": 0, "moved": 3}
    assert city.standing() == {
        NAMED: ("ASSIGNED", POOL, "OFFICIAL"),
        ESTATE: ("ASSIGNED", SQUARE, "ESTATE"),
        SPLIT: ("SUGGESTED", POOL, "ROAD"),
        BARE: ("NONE", "", "NO_PLACE"),
        MEMBER: ("ASSIGNED", SLOPE, "OFFICIAL"),
    }
    assert [city.office(who) for who in (NAMED, SPLIT, BARE)] == [POOL, TOWN, TOWN]
    assert JournalEntry.objects.filter(event="VILLAGES_WORKED_OUT", target_id=str(run.pk)).count() == 1


def test_the_village_is_known_from_now_on_and_was_right_before() -> None:
    city.work_out()
    past = PersonHistory.objects.get(person_id=NAMED)
    assert (past.office_path, past.closed_basis) == (TOWN, "village:2026-12-2")
    assert Person.objects.get(pk=NAMED).basis == "village:2026-12-2"
    assert registry.as_of(NAMED, valid_on=ON, known_at=AT - timedelta(days=1)) is not None


def test_again_nothing_is_written() -> None:
    city.work_out()
    before = city.standing(), list(VillageSign.objects.order_by("pk").values_list("pk", "people"))
    run = city.work_out(whole=True)
    assert run and run.counts == {"decided": 0, "ended": 0, "moved": 0}
    assert before == (city.standing(), list(VillageSign.objects.order_by("pk").values_list("pk", "people")))


def test_what_a_clerk_confirms_holds_and_is_undone_whole() -> None:
    city.work_out()
    act = villages.confirm(suggestions(SPLIT, BARE), actor=CLERK, at=LATER)
    assert act.people == 1 and city.office(SPLIT) == POOL
    assert city.standing()[SPLIT] == ("CONFIRMED", POOL, "ROAD")
    assert JournalEntry.objects.get(event="VILLAGES_CONFIRMED").area == POOL
    city.work_out(whole=True)
    assert city.standing()[SPLIT][0] == "CONFIRMED"

    assert villages.undo(act.pk, actor=CLERK, at=LATER) == 1
    assert (city.office(SPLIT), city.standing()[SPLIT]) == (TOWN, ("SUGGESTED", POOL, "ROAD"))
    with pytest.raises(villages.NothingToDecideError):
        villages.undo(act.pk, actor=CLERK, at=LATER)


def test_a_correction_needs_a_reason_and_a_village_of_the_town() -> None:
    city.work_out()
    rows = villages.chosen(CLERK, villages.Filters(state="ASSIGNED"), people=[NAMED])
    with pytest.raises(villages.NoReasonError):
        villages.correct(rows, office=SQUARE, reason=" ", actor=CLERK, at=LATER)
    for elsewhere in (TOWN, "500101500101002001", "x"):
        with pytest.raises(villages.NotAVillageBelowError):
            villages.correct(rows, office=elsewhere, reason="实地核对", actor=CLERK, at=LATER)
    assert city.office(NAMED) == POOL and not VillageAct.objects.exists()
    villages.correct(rows, office=SQUARE, reason="实地核对", actor=CLERK, at=LATER)
    assert (city.office(NAMED), city.standing()[NAMED]) == (SQUARE, ("CORRECTED", SQUARE, "CLERK"))


def test_corrections_feed_what_is_learnt() -> None:
    """Nobody with a code lives at 新建路; three whom a clerk placed do, and the fourth follows them."""
    new = range(9100, 9104)
    Person.objects.bulk_create(city.resident(who, TOWN[6:], f"{city.PLACE}新建路{who}号") for who in new)
    city.work_out()
    assert {city.standing()[who][0] for who in new} == {"NONE"}
    villages.correct(suggestions(*new[:3]), office=POOL, reason="入户核实", actor=CLERK, at=LATER)
    run = city.work_out()
    assert run and not run.whole and run.towns == 1, "the town changed, and only the town was worked out"
    assert VillageSign.objects.get(sign="ROAD", text="新建路").people == 3
    assert city.standing()[new[3]][:2] == ("SUGGESTED", POOL)


def test_a_withdrawn_village_waits_for_a_clerk() -> None:
    city.work_out()
    rows = villages.chosen(CLERK, villages.Filters(state="ASSIGNED"), people=[NAMED])
    villages.withdraw(rows, reason="不在乌龙池", actor=CLERK, at=LATER)
    city.work_out(whole=True)
    assert (city.office(NAMED), city.standing()[NAMED][0]) == (TOWN, "WITHDRAWN")


def test_a_change_worked_out_by_itself_is_what_the_whole_gives() -> None:
    city.work_out()
    gone = registry.correct(
        1, facts={"home_address": city.PLACE + "乌龙池社区5号", "home_division": POOL[6:], "office_path": POOL},
        valid_from=date(2026, 11, 20), version=None, basis="form:1", actor=CLERK, at=LATER,
    )  # fmt: skip
    assert gone
    Person.objects.bulk_create([city.resident(9200, TOWN[6:], city.PLACE + "天骄花园1幢1-1")])
    Person.objects.filter(pk=9200).update(recorded_at=LATER)
    run = villages.refresh(actor=city.OPERATOR, at=LATER)
    assert run and not run.whole
    part = _everything()
    villages.refresh(actor=city.OPERATOR, at=LATER, whole=True, learn=False)
    assert _everything() == part
    assert city.standing()[9200][1] == SQUARE


def _everything() -> tuple[Any, ...]:
    shown = ("person_id", "state", "village_path", "rule", "people", "in_village", "share", "office_path")
    return (
        list(VillageAssignment.objects.order_by("pk").values_list(*shown)),
        list(
            VillageSign.objects.order_by("town", "sign", "text", "village").values_list(
                "sign", "text", "village", "people"
            )
        ),
        list(
            VillageTrial.objects.order_by("town", "rule", "band").values_list(
                "town", "rule", "band", "people", "was_right"
            )
        ),
        list(Person.objects.order_by("pk").values_list("pk", "office_path")),
    )


def test_an_assignment_ends_when_the_departments_name_another_office() -> None:
    city.work_out()
    Person.objects.filter(pk=NAMED).update(office_path=SLOPE, home_division=SLOPE[6:], recorded_at=LATER, basis="run:2")
    villages.refresh(actor=city.OPERATOR, at=LATER)
    assert NAMED not in city.standing() and city.office(NAMED) == SLOPE


def test_a_person_whom_a_run_put_back_into_the_town_goes_to_the_village_again() -> None:
    """What a run read before an assignment was made it writes over it; the next working out mends that."""
    city.work_out()
    Person.objects.filter(pk=NAMED).update(office_path=TOWN, recorded_at=LATER, basis="run:2")
    villages.refresh(actor=city.OPERATOR, at=LATER)
    assert city.office(NAMED) == POOL


def test_whoever_may_not_decide_and_whoever_is_elsewhere() -> None:
    city.work_out()
    reader = Actor("zhidao", Role.GUIDE, TOWN)
    with pytest.raises(NotAllowed):
        villages.confirm(villages.chosen(reader, people=[SPLIT]), actor=reader, at=LATER)
    with pytest.raises(NotAllowed):
        villages.chosen(Actor("sys", Role.SYSTEM_ADMINISTRATOR))
    other = Actor("lin", Role.TOWN_CLERK, "500101500101002")
    assert not villages.chosen(other, people=[SPLIT]).exists()
    with pytest.raises(access.NotFound):
        villages.listed(other, villages.Filters(office=TOWN), on=ON, at=AT)


def test_the_figures_of_the_town_add_up_and_the_list_hides_addresses() -> None:
    city.work_out()
    (counts,) = villages.counts(CLERK)
    assert (counts.path, counts.everybody, counts.known) == (TOWN, 455, 450)
    assert counts.by_state == {"ASSIGNED": 3, "SUGGESTED": 1, "NONE": 1}
    page = villages.listed(CLERK, on=ON, at=LATER)
    assert [row.person_id for row in page.rows] == [SPLIT, BARE] and page.count == 2
    assert "300" not in page.rows[0].address.text and page.rows[0].why.startswith("同一道路")
    rules = {rule: sum(states.values()) for rule, _, states in villages.by_rule(CLERK)}
    assert rules == {"OFFICIAL": 2, "ESTATE": 1, "ROAD": 1, "NO_PLACE": 1}
    told = JournalEntry.objects.filter(event="VILLAGES_LISTED").values_list("target_kind", "target_id")
    assert sorted(told) == [("person", str(SPLIT)), ("person", str(BARE)), ("village", "")], "and of whom, one by one"


def test_one_at_a_time_and_killed_halfway_nothing_is_half(monkeypatch: pytest.MonkeyPatch) -> None:
    class KilledError(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr("canbao.services.villages.writing.registry.place", fail)
        with pytest.raises(KilledError):
            city.work_out()
    assert not VillageAssignment.objects.exists() and not VillageRun.objects.exists()
    run = city.work_out()
    assert run and run.counts["moved"] == 3
