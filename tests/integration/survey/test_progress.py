"""The numbers of a round: they add up at every level, and are the same on the screen, in the sheet and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from canbao.rules.offices import OfficeKind, offices
from canbao.rules.roles import Actor, Role
from canbao.rules.survey import TaskState
from canbao.services import access, work
from canbao.services.survey import bulletin, entering, progress, reporting
from canbao.services.survey.progress import Counts
from canbao.store.models import (
    Batch,
    Delivery,
    EntryKind,
    FormEntry,
    JournalEntry,
    MatchRun,
    SourceState,
    SurveyCall,
    SurveyRound,
    SurveyTask,
)
from canbao.web.progress import districts
from tests.worlds import AT, ON, foreign_town, person, survey_round, survey_task, town_offices, village_office

TOWN, NEXT_TOWN = town_offices()
FOREIGN = foreign_town(TOWN)
VILLAGES = (village_office(TOWN), village_office(NEXT_TOWN), village_office(FOREIGN))
CITY = Actor("city", Role.MUNICIPAL_OPERATOR, "50")
DISTRICT = Actor("zhao", Role.DISTRICT_CLERK, TOWN[:6])
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)

pytestmark = pytest.mark.django_db


def a_city() -> SurveyRound:
    """Every state in each of three villages (one of another district), one line that only its town is known of, one dropped."""
    round_ = survey_round(due_on=ON - timedelta(days=1))
    number = 0
    for village in VILLAGES:
        for state in TaskState:
            number += 1
            entered = AT if state in ("ENTERED", "CLOSED") else None
            survey_task(round_, person(number, village), state=state.value, entered_at=entered, visits=1)
    survey_task(round_, person(number + 1, TOWN), held_at=TOWN)
    return round_


def board(round_: SurveyRound, actor: Actor = CITY, office: str = "") -> progress.Board:
    with access.acting_as(actor):
        return progress.board(actor, round_.pk, office=office, on=ON)


def walk(round_: SurveyRound, office: str = "50") -> Iterator[progress.Board]:
    found = board(round_, office=office)
    yield found
    for row in found.below:
        if len(row.office) > len(office):
            yield from walk(round_, row.office)


def test_the_children_add_up_to_their_office_at_every_level() -> None:
    round_ = a_city()
    seen = {found.office: found for found in walk(round_)}
    assert seen["50"].total.total == 3 * 9 + 1
    for found in seen.values():
        assert sum((row.counts for row in found.below), Counts()) == found.total
        for row in found.below:
            if not row.is_rest and row.office in seen:
                assert seen[row.office].total == row.counts, row.office
    assert [row.is_rest for row in seen[TOWN].below].count(True) == 1


def test_each_line_is_in_one_column_and_the_late_are_those_not_yet_back() -> None:
    found = board(a_city(), office=VILLAGES[0]).total
    assert [getattr(found, name) for name, _ in progress.STATES] == [1] * 9
    assert found.late == 5  # planned, to visit, trying, visited, sent back
    assert (found.to_register, found.registered) == (9, 2)


def test_late_begins_the_day_after_the_last() -> None:
    round_ = survey_round(due_on=ON)
    survey_task(round_, person(1, VILLAGES[0]))
    late = []
    for on in (ON, ON + timedelta(days=1)):
        with access.acting_as(CITY):
            late.append(progress.board(CITY, round_.pk, on=on).total.late)
    assert late == [0, 1]


def test_what_lies_elsewhere_or_has_not_been_handed_down_is_not_counted() -> None:
    round_ = a_city()
    with pytest.raises(access.NotFound):
        board(round_, DISTRICT, FOREIGN)
    with pytest.raises(access.NotFound):
        board(round_, DISTRICT, "50")
    assert board(round_, DISTRICT).total.total == 2 * 9 + 1
    SurveyTask.objects.filter(office_path=VILLAGES[0]).update(held_at=TOWN[:6])
    assert board(round_, CLERK).total.total == 1
    assert board(round_, DISTRICT).total.total == 2 * 9 + 1


def test_by_reason_and_by_day() -> None:
    round_ = survey_round()
    survey_task(round_, person(1, VILLAGES[0]), reasons=["NOT_ENROLLED", "INCOMPLETE"], visited_at=AT)
    survey_task(round_, person(2, VILLAGES[0]), reasons=["LAPSED"], visited_at=AT, returned_at=AT + timedelta(hours=15))
    with access.acting_as(CITY):
        reasons = {one.value: counts.total for one, counts in progress.board(CITY, round_.pk, on=ON).reasons}
        days = {day.on: (day.visited, day.returned) for day in progress.by_day(CITY, round_.pk, on=ON + timedelta(1))}
    assert reasons == {"NOT_ENROLLED": 1, "INCOMPLETE": 1, "LAPSED": 1}
    assert days[ON] == (2, 0) and days[ON + timedelta(days=1)] == (0, 1)  # 02:00 UTC + 15 h is past midnight here


def delivered_rows() -> None:
    """Employees: a complete list and two changes, the last not compared yet; a police list and an earlier year do not count.

    By hand: taken 97 + (5 − 2) + 5 = 105, of which 97 + (5 − 2) = 100 were compared; held back 3 + 0 + 1 = 4; below 109.
    """
    old = a_batch("employee", "full", {"accepted": 1, "rejected": 50})
    full = a_batch("employee", "full", {"accepted": 90, "unchanged": 7, "quarantined": 2, "rejected": 1}, base=old)
    first = a_batch("employee", "delta", {"accepted": 9, "new": 5, "changed": 2, "ended": 2}, base=full)
    last = a_batch("employee", "delta", {"accepted": 5, "new": 5, "quarantined": 1}, base=first)
    police = a_batch("police", "full", {"accepted": 1000, "rejected": 1000})
    for source, batch in (("employee", last), ("police", police)):
        SourceState.objects.create(source=source, batch=batch, rows=1)
    read = {"employee": {"batch": first.pk}, "police": {"batch": police.pk}}
    MatchRun.objects.create(
        state="APPLIED",
        rule_version="1",
        engine="e",
        inputs={"sources": read},
        started_by="a",
        started_at=AT,
        applied_at=AT,
    )


def a_batch(source: str, kind: str, counts: dict[str, int], base: Batch | None = None) -> Batch:
    delivery = Delivery.objects.create(
        source=source, kind=kind, as_of=ON, digest=f"{Delivery.objects.count()}", state="RECEIVED", received_by="a",
        received_at=AT,
    )  # fmt: skip
    return Batch.objects.create(
        delivery=delivery, base=base, status="COMMITTED", counts=counts, prepared_by="a", prepared_at=AT,
        committed_by="b", committed_at=AT, state_path="x",
    )  # fmt: skip


def test_the_two_figures_by_hand_and_the_same_in_the_sheet(tmp_path: Path) -> None:
    round_ = a_city()
    delivered_rows()
    with access.acting_as(DISTRICT):
        shown = bulletin.gather(DISTRICT, round_.pk, at=AT)
        bulletin.write(tmp_path / "b.xlsx", round_.pk, actor=DISTRICT, at=AT)
    assert (shown.in_register.above, shown.in_register.below, str(shown.in_register.percent)) == (100, 109, "91.7")
    assert (shown.total.registered.above, shown.total.registered.below, str(shown.total.registered.percent)) == (
        4,
        19,
        "21.0",
    )
    sheet = CalamineWorkbook.from_path(str(tmp_path / "b.xlsx")).get_sheet_by_index(0).to_python()
    heads, lines = sheet[3], sheet[4 : 4 + len(shown.rows) + 1]
    assert tuple(heads[: len(bulletin.HEADS)]) == bulletin.HEADS
    for line, row in zip(lines, [*shown.rows, shown.total], strict=True):
        assert ["" if value is None else value for value in bulletin.cells(row)] == line
    assert ["全市", 109, 100, 91.7, 100] in [row[:5] for row in sheet]
    said = "\n".join(str(row[0]) for row in sheet)
    assert shown.total.registered.indicator.definition in said and shown.in_register.indicator.definition in said
    assert JournalEntry.objects.filter(event="BULLETIN_EXPORTED").count() == 1


def test_the_report_says_what_was_asked_of_a_household_and_how_often_entries_differ() -> None:
    round_ = survey_round()
    for number, home, asks in ((1, "H1", ["phone", "ethnicity"]), (2, "H1", ["phone"]), (3, None, [])):
        survey_task(round_, person(number, VILLAGES[0]), household_no=home, asks=asks, visits=number, outcome="CHECKED")
    for number, kind, seconds, differs in ((1, "FIRST", 40, []), (2, "FIRST", 60, []), (1, "SECOND", 50, ["phone"])):
        FormEntry.objects.create(
            task_id=number, round_id=round_.pk, kind=EntryKind(kind), office_path=VILLAGES[0], seconds=seconds,
            differs=differs, entered_by="li", entered_at=AT, done_at=AT,
        )  # fmt: skip
    with access.acting_as(CLERK):
        found = reporting.report(CLERK, round_.pk, on=ON)
    asked = found.asked
    assert (asked.questions, asked.households, asked.per_household, asked.tries) == (3, 2, 1.5, 2.0)
    assert (found.entries.forms, found.entries.seconds) == (2, 50)
    assert (found.entries.second, found.entries.differing) == (1, 1)
    ((_, ends, none),) = found.outcomes
    assert ends["CHECKED"] == 3 and none == 0  # type: ignore[index]
    (left,) = found.unfinished
    assert (left.office, left.villages) == (TOWN, [(VILLAGES[0], 3, 0)])


def test_the_map_has_every_district_and_says_who_answers_for_it() -> None:
    on = date(2026, 11, 28)
    areas = {area.shape.code: area for area in districts.areas({"500157": (3, 10), "500101": (9, 10)}, on=on)}
    assert len(areas) == 38
    assert (areas["500105"].office, areas["500112"].tone, areas["500101"].tone) == ("500157", "share-1", "share-4")
    assert areas["500102"].tone == "share-none" and not areas["500102"].office
    agencies = [one.path for one in offices() if one.kind is OfficeKind.AGENCY and one.period.contains(on)]
    assert districts.not_on_map(agencies, on=on) == ["500190"]


def items(actor: Actor) -> dict[str, int]:
    with access.acting_as(actor):
        return {item.label: item.count for item in work.waiting(actor, on=ON)}


def test_the_first_page_counts_what_waits_for_each_post() -> None:
    round_ = a_city()
    SurveyTask.objects.filter(state__in=("HANDED_IN", "RETURNED")).update(outcome="CHECKED")
    SurveyTask.objects.filter(state="HANDED_IN", office_path=VILLAGES[0]).update(outcome="REFUSED")
    SurveyCall.objects.create(
        task_id=SurveyTask.objects.filter(office_path=VILLAGES[0]).values_list("pk", flat=True)[0],
        round_id=round_.pk, office_path=VILLAGES[0], drawn_by="zhao", drawn_at=AT,
    )  # fmt: skip
    assert items(Actor("v", Role.VILLAGE_SURVEYOR, VILLAGES[0])) == {
        "待走访的人": 2, "镇街退回的人": 1, "可以上交的人": 1,
    }  # fmt: skip
    assert items(CLERK) == {"逾期未交的走访": 6, "待录入的登记表": 1, "待审核办结的走访": 2}
    assert items(DISTRICT) == {"有逾期的镇街": 2, "待回访的人": 1}
    SurveyRound.objects.update(state="CLOSED", closed_at=AT, closed_by="city")
    assert items(CLERK) == items(DISTRICT) == {}


@pytest.mark.parametrize("outcome", ["", "CHECKED", "REFUSED"])
def test_the_first_page_and_data_entry_count_the_same_forms(outcome: str) -> None:
    """A form that was scanned waits whatever the village said of the visit, and if it said nothing."""
    round_ = a_city()
    SurveyTask.objects.filter(state__in=("HANDED_IN", "RETURNED")).update(outcome=outcome)
    with access.acting_as(CLERK):
        queue = entering.queue(CLERK, round_.pk, at=AT)
    assert queue.waiting and items(CLERK)["待录入的登记表"] == queue.waiting


@pytest.mark.parametrize("state", ["BUILDING", "OPEN", "CLOSED", "CANCELLED"])
def test_an_empty_round_has_a_board_in_every_state(state: str, signed: Client) -> None:
    more: dict[str, Any] = {"closed_at": AT, "closed_by": "city"} if state == "CLOSED" else {}
    round_ = survey_round(state=state, **more)
    answer = signed.get(reverse("survey-round", args=[round_.pk]))
    assert answer.status_code == 200
    assert ("every 30s" in answer.content.decode()) == (state == "OPEN")


@pytest.fixture
def signed(settings: Any) -> Client:
    """The city's operator, signed in."""
    from tests.integration.matrix.test_matrix import signed_in
    from tests.worlds import account

    settings.AXES_ENABLED = False
    account("t-city", Role.MUNICIPAL_OPERATOR, "50")
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in("t-city")
    return client
