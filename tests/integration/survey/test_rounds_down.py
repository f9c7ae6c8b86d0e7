"""Lists go down and come up: by steps or at once, thousands in one statement, with nothing of the work lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from canbao.rules.approval import NoReason
from canbao.rules.permissions import NotAllowed
from canbao.rules.roles import Actor, Role
from canbao.rules.survey import VisitReason
from canbao.services import access
from canbao.services.survey import building, dispatching, in_full, listing, progress, reaching, rounds, waiting
from canbao.services.survey.dispatching import Depth
from canbao.services.survey.listing import Filters
from canbao.store.models import JournalEntry, Person, SurveyRound, SurveyTask
from tests.worlds import AT, LONG_AGO, ON, foreign_town, person, survey_round, survey_task, town_offices, village_office

TOWN, OTHER_TOWN = town_offices()
VILLAGE, OTHER = village_office(TOWN), village_office(OTHER_TOWN)
CITY = Actor("caiji", Role.MUNICIPAL_OPERATOR, "50")
DISTRICT = Actor("quban", Role.DISTRICT_CLERK, TOWN[:6])
CLERK = Actor("zhenban", Role.TOWN_CLERK, TOWN)
FOREIGN = Actor("wai", Role.DISTRICT_CLERK, foreign_town(TOWN)[:6])

pytestmark = pytest.mark.django_db


@contextmanager
def as_web(actor: Actor) -> Iterator[None]:
    """As the web's login, seeing the actor's area."""
    with access.acting_as(actor):
        with connection.cursor() as cursor:
            cursor.execute("set local role canbao_web")
        yield
        with connection.cursor() as cursor:
            cursor.execute("set local role canbao_worker")


def planned(round_: SurveyRound, serial: int, office: str = VILLAGE, **facts: object) -> SurveyTask:
    given = {"held_at": round_.office, "state": "PLANNED", "dispatched_at": None} | facts
    return survey_task(round_, person(serial, office), **given)


def down(
    round_: SurveyRound, *offices: str, depth: Depth = Depth.VILLAGE, actor: Actor = DISTRICT, **more: object
) -> int:
    with as_web(actor):
        return dispatching.dispatch(round_.pk, offices=offices, depth=depth, actor=actor, at=AT, **more)


def up(round_: SurveyRound, *offices: str, actor: Actor = DISTRICT) -> int:
    with as_web(actor):
        return dispatching.recall(round_.pk, offices=offices, reason="名单有误", actor=actor, at=AT)


def stands(task: SurveyTask) -> tuple[str, str]:
    task.refresh_from_db()
    return task.held_at, task.state


def test_the_city_hands_down_step_by_step_and_nobody_sees_a_list_before_it_has_come() -> None:
    round_ = survey_round("50")
    task = planned(round_, 1)
    for actor, office, held, state in (
        (CITY, TOWN[:6], TOWN[:6], "PLANNED"), (DISTRICT, TOWN, TOWN, "PLANNED"), (CLERK, VILLAGE, VILLAGE, "TO_VISIT"),
    ):  # fmt: skip
        below = Actor("x", Role.VILLAGE_SURVEYOR, office)
        assert not reaching.tasks_of(below, round_.pk).exists()
        assert down(round_, office, depth=Depth.NEXT, actor=actor) == 1
        assert stands(task) == (held, state) and reaching.tasks_of(below, round_.pk).exists()


def test_in_one_go_it_stops_where_no_village_is_known() -> None:
    round_ = survey_round(TOWN[:6])
    village, town, district = planned(round_, 1), planned(round_, 2, TOWN), planned(round_, 3, TOWN[:6])
    assert down(round_, TOWN, due_on=date(2026, 12, 1)) == 2
    assert [stands(task) for task in (village, town, district)] == [
        (VILLAGE, "TO_VISIT"), (TOWN, "PLANNED"), (TOWN[:6], "PLANNED")
    ]  # fmt: skip
    assert (village.due_on, district.due_on) == (date(2026, 12, 1), date(2026, 12, 31))
    with pytest.raises(dispatching.NothingToMove):
        down(round_, TOWN)


def test_only_what_is_ticked_goes_and_only_to_offices_below() -> None:
    round_ = survey_round("50")
    mine, other = planned(round_, 1, held_at=TOWN[:6]), planned(round_, 2, OTHER, held_at=TOWN[:6])
    assert down(round_, TOWN) == 1
    assert (stands(mine)[1], stands(other)[1]) == ("TO_VISIT", "PLANNED")
    for wrong in (foreign_town(TOWN), TOWN[:6], "50", TOWN[:9]):
        with pytest.raises(dispatching.NotBelow):
            down(round_, wrong)
    for day in (ON - timedelta(1), round_.due_on + timedelta(1)):
        with pytest.raises(dispatching.BadDay):
            down(round_, OTHER_TOWN, due_on=day)


def test_a_recalled_line_keeps_its_work_and_stands_where_it_was_when_it_comes_again() -> None:
    round_ = survey_round(TOWN[:6])
    fresh = planned(round_, 1, held_at=VILLAGE, state="TO_VISIT")
    tried = planned(round_, 2, held_at=VILLAGE, state="TRYING", visits=2, outcome="NOT_MET")
    visited = planned(round_, 3, held_at=VILLAGE, state="VISITED", visits=1, outcome="CHECKED")
    handed_in = planned(round_, 4, held_at=VILLAGE, state="HANDED_IN", visits=1, outcome="CHECKED")
    assert up(round_, TOWN) == 3
    assert {stands(task) for task in (fresh, tried, visited)} == {(TOWN[:6], "PLANNED")}
    assert stands(handed_in) == (VILLAGE, "HANDED_IN") and tried.outcome == "NOT_MET"
    assert not reaching.tasks_of(CLERK, round_.pk).exclude(pk=handed_in.pk).exists()
    assert down(round_, TOWN) == 3
    assert [stands(task)[1] for task in (fresh, tried, visited)] == ["TO_VISIT", "TRYING", "VISITED"]


def test_what_was_handed_down_a_moment_ago_is_undone_and_nothing_else() -> None:
    round_ = survey_round(TOWN[:6])
    early = planned(round_, 1, held_at=VILLAGE, state="TO_VISIT", dispatched_at=AT - timedelta(hours=1))
    late = planned(round_, 2)
    down(round_, TOWN)
    with as_web(DISTRICT):
        assert dispatching.undo(round_.pk, dispatched_at=AT, actor=DISTRICT, at=AT) == 1
    assert (stands(early)[1], stands(late)) == ("TO_VISIT", (TOWN[:6], "PLANNED"))


def move(round_: SurveyRound, task: SurveyTask, office: str, *, actor: Actor = CLERK) -> int:
    with as_web(actor):
        rows = listing.chosen(actor, round_.pk, tasks=[task.pk], on=ON)
        return dispatching.reassign(round_.pk, rows=rows, office=office, reason="不知道村社", actor=actor, at=AT)


def test_a_town_gives_a_line_without_a_village_to_one_and_it_is_there_at_once() -> None:
    round_ = survey_round(TOWN[:6])
    task = planned(round_, 1, TOWN, held_at=TOWN)
    assert move(round_, task, VILLAGE) == 1
    assert (*stands(task), task.office_path) == (VILLAGE, "TO_VISIT", VILLAGE)
    with pytest.raises(dispatching.NotBelow):
        move(round_, task, OTHER)
    with pytest.raises(dispatching.NotBelow):
        move(round_, task, TOWN + "999")


def test_a_line_given_to_another_office_before_it_went_down_stays_where_it_is_held() -> None:
    round_ = survey_round(TOWN[:6])
    task = planned(round_, 1)
    assert move(round_, task, OTHER, actor=DISTRICT) == 1
    assert (*stands(task), task.office_path) == (TOWN[:6], "PLANNED", OTHER)


def test_a_line_is_taken_off_only_with_a_reason_and_not_when_it_was_entered() -> None:
    round_ = survey_round(TOWN[:6])
    task, entered = planned(round_, 1), planned(round_, 2, state="ENTERED", held_at=VILLAGE)
    for reason, expected in (("  ", NoReason), ("重复", None)):
        with as_web(DISTRICT):
            rows = listing.chosen(DISTRICT, round_.pk, on=ON)
            if expected:
                with pytest.raises(expected):
                    dispatching.drop(round_.pk, rows=rows, reason=reason, actor=DISTRICT, at=AT)
            else:
                assert dispatching.drop(round_.pk, rows=rows, reason=reason, actor=DISTRICT, at=AT) == 1
    assert (stands(task)[1], stands(entered)[1]) == ("DROPPED", "ENTERED")
    assert JournalEntry.objects.get(event="TASKS_DROPPED").detail["people"] == 1


def test_three_thousand_are_built_and_handed_down_in_one_statement_each() -> None:
    Person.objects.bulk_create(
        Person(
            id=serial, name="张三", name_key="张三", gap="NONE_AT_ALL", scope="LOCAL_HUKOU", office_path=(VILLAGE, OTHER)[serial % 2],
            valid_from=LONG_AGO, recorded_at=AT, basis="test", hukou_address=f"某路{serial}号",
        )
        for serial in range(1, 3001)
    )  # fmt: skip
    wanted = rounds.Wanted("秋季走访", (VisitReason.NOT_ENROLLED,), due_on=date(2026, 12, 31))
    round_, _ = rounds.open_round(wanted, actor=DISTRICT, at=AT)
    assert building.build(round_.pk, actor=DISTRICT, at=AT).counts["people"] == 3000
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert down(round_, TOWN, OTHER_TOWN) == 3000
    assert sum(query["sql"].lower().startswith('update "survey_task"') for query in asked.captured_queries) == 1
    noted = JournalEntry.objects.filter(event="TASKS_DISPATCHED")
    assert sorted((line.area, line.detail["people"]) for line in noted) == sorted([(TOWN, 1500), (OTHER_TOWN, 1500)])
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = listing.lines(CLERK, round_.pk, after=after, on=ON, at=AT)
        seen += [line.task.person_id for line in page.lines]
        after = page.after
    assert seen == list(range(2, 3001, 2))


def test_the_list_is_narrowed_by_what_is_asked() -> None:
    round_ = survey_round(TOWN[:6])
    one = planned(round_, 1, reasons=["LAPSED"], suggestion="PRISON", due_on=ON - timedelta(1))
    two = survey_task(round_, person(2, OTHER, name="欧阳四"), state="VISITED")
    for narrowed, expected in (
        (Filters(), {one.pk, two.pk}), (Filters(office=TOWN), {one.pk}), (Filters(reason="LAPSED"), {one.pk}),
        (Filters(state="VISITED"), {two.pk}), (Filters(suggestion="PRISON"), {one.pk}), (Filters(late=True), {one.pk}),
        (Filters(name="欧阳"), {two.pk}), (Filters(name="阳"), set()),
    ):  # fmt: skip
        with as_web(DISTRICT):
            page = listing.lines(DISTRICT, round_.pk, narrowed, on=ON, at=AT)
        assert {line.task.pk for line in page.lines} == expected, narrowed


def test_a_round_of_another_district_is_not_there() -> None:
    round_ = survey_round(TOWN[:6])
    task = planned(round_, 1, held_at=VILLAGE, state="TO_VISIT")
    for ask in (
        lambda: listing.lines(FOREIGN, round_.pk, on=ON, at=AT),
        lambda: dispatching.below(FOREIGN, round_.pk, on=ON),
        lambda: rounds.stand(FOREIGN, round_.pk, on=ON),
        lambda: rounds.close(round_.pk, note="x", actor=FOREIGN, at=AT),
        lambda: in_full.view(FOREIGN, task.pk, on=ON, at=AT),
    ):
        with pytest.raises(access.NotFound):
            ask()
    assert not rounds.listed(FOREIGN, on=ON)


def test_only_the_office_that_opened_a_round_closes_it_and_then_nothing_moves() -> None:
    round_ = survey_round("50")
    task = planned(round_, 1, held_at=TOWN[:6])
    with as_web(DISTRICT), pytest.raises(NotAllowed):
        rounds.close(round_.pk, note="x", actor=DISTRICT, at=AT)
    with as_web(CITY):
        with pytest.raises(rounds.NotPlanned):
            rounds.close(round_.pk, note=" ", actor=CITY, at=AT)
        rounds.close(round_.pk, note="已办结", actor=CITY, at=AT)
    with pytest.raises(reaching.RoundOver):
        down(round_, TOWN)
    assert stands(task)[1] == "PLANNED"


def test_a_later_day_goes_with_the_lines_that_had_the_old_one() -> None:
    round_ = survey_round(TOWN[:6])
    one, own_day = planned(round_, 1), planned(round_, 2, due_on=date(2026, 12, 1))
    with as_web(DISTRICT):
        rounds.change(round_.pk, due_on=date(2027, 1, 31), actor=DISTRICT, at=AT)
    stands(one), stands(own_day)
    assert (one.due_on, own_day.due_on) == (date(2027, 1, 31), date(2026, 12, 1))


def test_a_line_in_full_says_why_by_which_law_and_is_on_record() -> None:
    round_ = survey_round(TOWN[:6])
    who = person(1, VILLAGE, hukou_status="NORMAL", hukou_address="某街道某路 12 号 3 单元 401")
    task = survey_task(round_, who, address=who.hukou_address, may_join=["RESIDENT_PENSION"])
    with as_web(CLERK):
        found = in_full.view(CLERK, task.pk, on=ON, at=AT)
    assert found.line.reasons == [VisitReason.NOT_ENROLLED] and found.has_file
    assert JournalEntry.objects.filter(event="TASK_VIEWED", target_id=str(task.pk)).exists()
    assert ("RESIDENT_PENSION", "社会保险法第二十、二十二条，国发〔2014〕8号") in {
        (one.scheme, one.law) for one in found.duties
    }
    assert "401" not in found.line.facts["address"].text


def test_the_town_is_told_what_to_hand_down_and_what_to_give_to_a_village_first() -> None:
    round_ = survey_round()
    for serial, office, held in ((1, VILLAGE, TOWN), (2, VILLAGE, TOWN), (3, TOWN, TOWN), (4, VILLAGE, TOWN[:6])):
        planned(round_, serial, office, held_at=held)
    survey_task(round_, person(5, VILLAGE))
    with as_web(CLERK):
        assert [counts[1:] for counts in waiting.to_hand_down(CLERK)] == [(2, 1)]


def test_a_name_is_found_on_a_list_however_many_in_the_area_are_called_so() -> None:
    round_ = survey_round(TOWN[:6])
    Person.objects.bulk_create(
        Person(
            id=10_000 + serial, name="王某", name_key="王某", office_path=TOWN, gap="NONE_AT_ALL", valid_from=ON, recorded_at=AT,
            basis="test",
        )
        for serial in range(600)
    )  # fmt: skip
    wanted = survey_task(round_, person(90_001, VILLAGE, name="王二"))
    with as_web(DISTRICT):
        page = listing.lines(DISTRICT, round_.pk, Filters(name="王"), on=ON, at=AT)
    assert [line.task.pk for line in page.lines] == [wanted.pk]


@pytest.mark.django_db(transaction=True)
def test_a_round_is_not_closed_under_a_visit_that_is_being_kept() -> None:
    round_ = survey_round(TOWN[:6])
    other = connection.copy()
    with transaction.atomic():
        assert reaching.stays_open(round_.pk)
        with other.cursor() as cursor, pytest.raises(OperationalError):
            cursor.execute("select 1 from survey_round where id = %s for update nowait", [round_.pk])
    other.close()


def test_how_many_reached_villages_is_one_figure_on_page_board_and_list() -> None:
    round_ = survey_round(TOWN[:6])
    for serial, office in enumerate((VILLAGE, VILLAGE, TOWN, TOWN, TOWN), 1):
        planned(round_, serial, office)
    assert down(round_, TOWN) == 5
    with as_web(DISTRICT):
        reached = dispatching.reached_villages(round_.pk, dispatched_at=AT, actor=DISTRICT)
        page = sum(row.reached for row in dispatching.below(DISTRICT, round_.pk, on=ON))
        board = progress.board(DISTRICT, round_.pk, on=ON).total
        (stand,) = rounds.listed(DISTRICT, on=ON)
    assert reached == page == board.total - board.planned == stand.people - stand.planned == 2
