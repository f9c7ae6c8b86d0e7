"""A stack of forms comes back to the town, with the web's login: each sheet once, each refusal by its name, each scan undone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection

from canbao.rules.approval import NoReason
from canbao.rules.evidence import EvidenceKind
from canbao.rules.forms import code_text, form_number
from canbao.rules.roles import Actor, Role
from canbao.rules.signatures import SignatureProblem
from canbao.rules.survey import TaskState
from canbao.services import access
from canbao.services.survey import in_full, missing, returning, sheets, signing
from canbao.services.survey.missing import Standing
from canbao.services.survey.reaching import RoundOver
from canbao.store.models import Evidence, FormReturn, JournalEntry, RegistrationForm, SurveyRound, SurveyTask
from tests.worlds import AT, ON, foreign_town, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
FOREIGN = foreign_town(TOWN)
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
numbers = count(1)

pytestmark = pytest.mark.django_db


def line(round_: SurveyRound, *, office: str = VILLAGE, **facts: Any) -> SurveyTask:
    """Somebody's line with nothing printed yet."""
    about = {name: facts.pop(name) for name in ("birth_date", "home_address") if name in facts}
    return survey_task(round_, person(next(numbers), office, **about), **facts)


def sheet(task: SurveyTask, *, on_task: bool = True) -> str:
    """A printed sheet; on_task False: from the person's file."""
    number = form_number(2026, next(numbers))
    RegistrationForm.objects.create(
        number=number, version=1, person_id=task.person_id, person_version=1, masked=True, printed_by="li", printed_at=AT,
        office_path=task.office_path, task_id=task.pk if on_task else None,
    )  # fmt: skip
    return number


def take(round_: SurveyRound, text: str, *, actor: Actor = CLERK, **more: Any) -> returning.Shown:
    with access.acting_as(actor):
        return returning.take_back(round_.pk, text=text, actor=actor, at=more.pop("at", AT), **more)


def state(task: SurveyTask) -> str:
    return SurveyTask.objects.get(pk=task.pk).state


@pytest.fixture
def round_() -> SurveyRound:
    return survey_round()


def test_a_scanned_code_ticks_the_line_on_record_and_shows_nothing_in_full(
    round_: SurveyRound, request: pytest.FixtureRequest
) -> None:
    task = line(round_, state="HANDED_IN", home_address="某某镇某某村3组18号")
    number = sheet(task)
    request.getfixturevalue("as_web")

    shown = take(round_, f" {code_text(number)} ")

    assert (shown.name, shown.number, shown.older) == ("张三", number, False)
    assert "18号" not in shown.address.text
    with access.acting_as(CLERK):
        found = SurveyTask.objects.get(pk=task.pk)
        assert (found.state, found.form_number, found.returned_at) == ("RETURNED", number, AT)
        assert FormReturn.objects.get().stood == "HANDED_IN"
    connection.cursor().execute("set local role canbao_worker")
    assert JournalEntry.objects.filter(event="FORM_RETURNED", target_id=number, area=VILLAGE).count() == 1


@pytest.mark.parametrize("text", ["", "12345", "2600000000012", "https://x", "二六", "26000000000a", "260000000001-x"])
def test_what_is_no_number_is_told_so(round_: SurveyRound, text: str) -> None:
    with pytest.raises(sheets.NotANumber):
        take(round_, text)


def test_wide_digits_and_blanks_are_read_like_plain_ones(round_: SurveyRound) -> None:
    number = sheet(line(round_))
    wide = number.translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert take(round_, f"{wide[:4]} {wide[4:]}").number == number


def test_each_other_sheet_is_refused_by_its_own_name(round_: SurveyRound, request: pytest.FixtureRequest) -> None:
    number = sheet(line(round_))
    abroad = sheet(line(round_, office=FOREIGN))
    other = sheet(line(survey_round(name="去年的调查", state="CLOSED")))
    stranger = line(round_)
    loose = sheet(stranger, on_task=False)
    SurveyTask.objects.filter(pk=stranger.pk).delete()
    request.getfixturevalue("as_web")

    with pytest.raises(sheets.WrongDigit):
        take(round_, number[:-1] + str((int(number[-1]) + 1) % 10))
    with pytest.raises(sheets.Unknown):
        take(round_, form_number(2026, 999_999))
    with pytest.raises(sheets.OfAnotherRound) as of_other:
        take(round_, other)
    assert of_other.value.round_name == "去年的调查"
    with pytest.raises(sheets.NotOnList):
        take(round_, loose)
    with access.acting_as(CLERK):
        with pytest.raises(sheets.OfAnother):
            returning.take_back(round_.pk, text=abroad, actor=CLERK, at=AT)
        assert not SurveyTask.objects.filter(office_path=FOREIGN).exists()  # the wall stands again
    connection.cursor().execute("set local role canbao_worker")
    assert JournalEntry.objects.filter(event="FORM_OF_ANOTHER", target_id=abroad).exists()
    assert not FormReturn.objects.exists()


def test_a_list_that_has_not_come_down_to_the_town_takes_no_sheets(round_: SurveyRound) -> None:
    number = sheet(line(round_, held_at=TOWN[:6], state="PLANNED"))
    with pytest.raises(sheets.NotOnList):
        take(round_, number)


def test_the_same_number_again_says_when_and_by_whom(round_: SurveyRound) -> None:
    number = sheet(line(round_))
    take(round_, number)
    with pytest.raises(returning.AlreadyBack) as again:
        take(round_, number, actor=Actor("wang", Role.TOWN_CLERK, TOWN), at=AT + timedelta(hours=1))
    assert (again.value.shown.by, again.value.shown.at) == ("li", AT)
    assert type(again.value) is returning.AlreadyBack
    assert FormReturn.objects.count() == 1


def test_an_older_sheet_counts_and_the_newer_one_is_then_not_needed(round_: SurveyRound) -> None:
    task = line(round_)
    old, new = sheet(task), sheet(task, on_task=False)
    assert take(round_, old).older
    with pytest.raises(returning.AnotherIsBack) as again:
        take(round_, new)
    assert again.value.shown.number == old


def test_a_sheet_from_the_persons_file_counts_for_his_line(round_: SurveyRound) -> None:
    task = line(round_)
    take(round_, sheet(task, on_task=False))
    assert state(task) == "RETURNED"


def test_a_sheet_from_the_file_that_came_back_for_another_round_is_not_taken_twice(round_: SurveyRound) -> None:
    task = line(round_)
    number = sheet(task, on_task=False)
    take(round_, number)
    later = survey_round(name="下一次")
    again = SurveyTask.objects.filter(pk=task.pk).values().get()
    SurveyTask.objects.create(**again | {"id": None, "round_id": later.pk, "state": "TO_VISIT"})
    with pytest.raises(returning.AlreadyBack):
        take(later, number)


@pytest.mark.parametrize("stands", ["PLANNED", "ENTERED", "CLOSED", "DROPPED"])
def test_a_line_that_does_not_wait_for_paper_is_left_alone(round_: SurveyRound, stands: str) -> None:
    task = line(round_, state=stands)
    with pytest.raises(returning.NotTaken) as refused:
        take(round_, sheet(task))
    assert refused.value.state == stands == state(task)


def test_a_line_sent_back_comes_again_with_the_same_paper_and_keeps_what_was_said_of_it(round_: SurveyRound) -> None:
    task = line(round_)
    number = sheet(task)
    take(round_, number, signer="AGENT")
    SurveyTask.objects.filter(pk=task.pk).update(state="SENT_BACK", sent_back=1)
    assert take(round_, number, at=AT + timedelta(days=1)).signer == "AGENT"
    assert FormReturn.objects.get().stood == "SENT_BACK"


def test_nothing_is_taken_in_a_round_that_is_over() -> None:
    closed = survey_round(state="CLOSED")
    with pytest.raises(RoundOver):
        take(closed, sheet(line(closed)))


@pytest.mark.parametrize("stood", ["TO_VISIT", "TRYING", "VISITED", "SENT_BACK", "HANDED_IN"])
def test_an_undone_scan_leaves_the_line_where_it_stood(
    round_: SurveyRound, stood: str, request: pytest.FixtureRequest
) -> None:
    task = line(round_, state=stood, handed_in_at=AT)
    number = sheet(task)
    request.getfixturevalue("as_web")
    take(round_, number)
    with access.acting_as(CLERK):
        with pytest.raises(NoReason):
            returning.undo(round_.pk, number=number, reason=" ", actor=CLERK, at=AT)
        assert returning.undo(round_.pk, number=number, reason="扫错", actor=CLERK, at=AT) == stood
        assert (state(task), SurveyTask.objects.get(pk=task.pk).returned_at) == (stood, None)
        assert not FormReturn.objects.exists()
    take(round_, number)  # and can be scanned again


def test_what_came_back_before_a_sending_back_is_told_and_stands_again_when_the_second_scan_is_undone(
    round_: SurveyRound, request: pytest.FixtureRequest
) -> None:
    task = line(round_)
    first, second = sheet(task), sheet(task)
    request.getfixturevalue("as_web")
    take(round_, first, signer="GUARDIAN")
    with access.acting_as(CLERK):
        SurveyTask.objects.filter(pk=task.pk).update(state="SENT_BACK")
    take(round_, second, at=AT + timedelta(days=1))
    with access.acting_as(CLERK):
        told = [(one.text, one.at) for one in in_full.view(CLERK, task.pk, on=ON, at=AT).done if "收回" in one.text]
        assert told == [
            (f"收回登记表 {second}，监护人签名", AT + timedelta(days=1)), (f"收回登记表 {first}，监护人签名", AT)
        ]  # fmt: skip
        returning.undo(round_.pk, number=second, reason="扫错", actor=CLERK, at=AT)
        (back,) = FormReturn.objects.all()
        assert (back.form_number, back.returned_at, back.earlier, state(task)) == (first, AT, [], "SENT_BACK")


def test_a_scan_is_not_undone_once_the_form_is_entered(round_: SurveyRound) -> None:
    task = line(round_)
    number = sheet(task)
    take(round_, number)
    SurveyTask.objects.filter(pk=task.pk).update(state="ENTERED")
    with access.acting_as(CLERK), pytest.raises(returning.NotUndone) as late:
        returning.undo(round_.pk, number=number, reason="扫错", actor=CLERK, at=AT)
    assert late.value.state is TaskState.ENTERED


def test_an_agent_without_mandate_is_an_error_until_a_tick_or_a_paper_mends_it(
    round_: SurveyRound, request: pytest.FixtureRequest
) -> None:
    tasks = [line(round_), line(round_)]
    ticked, filed = (sheet(task) for task in tasks)
    request.getfixturevalue("as_web")
    for number in (ticked, filed):
        assert take(round_, number, signer="AGENT").problem is SignatureProblem.NO_MANDATE
    with access.acting_as(CLERK):
        assert signing.without_mandate(CLERK).count() == 2
        shown = returning.sign(round_.pk, number=ticked, signer="AGENT", has_mandate=True, actor=CLERK, at=AT)
        assert shown.problem is None
        paper = Evidence.objects.create(
            kind=EvidenceKind.MANDATE, archive_class="REGISTRATION", task_id=tasks[1].pk, office_path=VILLAGE,
            added_by="li", added_at=AT,
        )  # fmt: skip
        assert signing.without_mandate(CLERK).count() == 0
        paper.removed_at, paper.removed_by = AT, "li"
        paper.save(update_fields=["removed_at", "removed_by"])
        assert [row.form_number for row in signing.without_mandate(CLERK)] == [filed]


def test_a_child_that_signed_himself_is_listed_to_be_looked_at(round_: SurveyRound) -> None:
    take(round_, sheet(line(round_, birth_date=date(2015, 1, 1))), signer="SELF")
    take(round_, sheet(line(round_, birth_date=date(1980, 1, 1))), signer="SELF")
    with access.acting_as(CLERK):
        found, more = signing.problems(CLERK, round_.pk, on=ON)
        (shown,) = returning.shown_of(found, on=ON)
    assert shown.problem is SignatureProblem.CHILD_SIGNED and not more


def test_the_paper_of_a_village_adds_up_and_the_missing_are_listed_by_address(
    round_: SurveyRound, request: pytest.FixtureRequest
) -> None:
    out = [line(round_, home_address=f"甲村{n}组") for n in (3, 1, 2)]
    SurveyTask.objects.filter(pk=out[1].pk).update(
        outcome="NOT_MET", state="TRYING"
    )  # not met yet: the sheet is still out
    for task in out:
        sheet(task)
    back, dead, bare, dropped = line(round_), line(round_, outcome="DEAD", state="VISITED"), line(round_), line(round_)
    number = sheet(back)
    sheet(dead)
    sheet(dropped)
    SurveyTask.objects.filter(pk=dropped.pk).update(state="DROPPED")
    request.getfixturevalue("as_web")
    take(round_, number)
    with access.acting_as(CLERK):
        (village,) = missing.villages(CLERK, round_.pk)
        listed = missing.listed(CLERK, round_.pk, village=VILLAGE, standing=Standing.MISSING, on=ON, at=AT)
        rest = missing.listed(
            CLERK, round_.pk, village=VILLAGE, standing=Standing.MISSING, after=listed.rows[0].task_id, on=ON, at=AT
        )
        unprinted = missing.listed(CLERK, round_.pk, village=VILLAGE, standing=Standing.UNPRINTED, on=ON, at=AT)
    assert [village.of(one) for one in (Standing.MISSING, Standing.BACK, Standing.NONE_NEEDED, Standing.UNPRINTED)] == [3, 1, 1, 1]  # fmt: skip
    assert [row.task_id for row in listed.rows] == [out[1].pk, out[2].pk, out[0].pk]
    assert [row.task_id for row in rest.rows] == [out[2].pk, out[0].pk]
    assert [row.task_id for row in unprinted.rows] == [bare.pk]
    assert "1组" not in listed.rows[0].address.text


def test_a_village_of_another_town_is_not_there(round_: SurveyRound, as_web: None) -> None:
    for path in (village_office(FOREIGN), TOWN[:6], "50", TOWN + "999", "x"):
        with access.acting_as(CLERK), pytest.raises(access.NotFound):
            missing.listed(CLERK, round_.pk, village=path, standing=Standing.MISSING, on=ON, at=AT)
