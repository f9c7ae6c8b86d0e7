"""Handing in, checking and calling back: who may move a line on, and what is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from canbao.rules.approval import NoReason, SamePerson
from canbao.rules.roles import Actor, Role
from canbao.services import access
from canbao.services.survey import calling, check_list, checking, handing_in, reaching
from canbao.store.models import (
    ChangeRequest,
    Evidence,
    FormEntry,
    FormReturn,
    FoundPerson,
    JournalEntry,
    Person,
    SurveyCall,
    SurveyRound,
    SurveyTask,
    SurveyVisit,
)
from tests.worlds import AT, ON, foreign_town, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
FOREIGN = village_office(foreign_town(TOWN))
SURVEYOR = Actor("cunzhang", Role.VILLAGE_SURVEYOR, VILLAGE)
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
DISTRICT = Actor("zhao", Role.DISTRICT_CLERK, TOWN[:6])

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


def a_line(
    round_: SurveyRound, number: int, state: str, outcome: str = "CHECKED", *, office: str = VILLAGE, **facts: object
) -> SurveyTask:
    """A line in a state, with the times of the steps that led there and a visit of the surveyor."""
    steps = {"HANDED_IN": ("handed_in_at",), "RETURNED": ("handed_in_at", "returned_at"),
             "ENTERED": ("handed_in_at", "returned_at", "entered_at")}  # fmt: skip
    times = {name: AT + timedelta(minutes=place) for place, name in enumerate(steps.get(state, ()))}
    task = survey_task(round_, person(number, office), state=state, outcome=outcome, visits=1, **(times | facts))
    if outcome:
        a_visit(task)
    return task


def a_visit(task: SurveyTask, account: str = "cunzhang", **answers: str) -> SurveyVisit:
    return SurveyVisit.objects.create(
        client_id=uuid4(), receipt=uuid4().hex[:16], digest="", round_id=task.round_id, task_id=task.pk,
        office_path=task.office_path, outcome=task.outcome, answers=answers, visited_at=AT, account=account, at=AT,
    )  # fmt: skip


def state_of(task: SurveyTask) -> str:
    task.refresh_from_db()
    return task.state


def close(round_: SurveyRound, *tasks: SurveyTask, actor: Actor = CLERK, minute: int = 30) -> int:
    with as_web(actor):
        at = AT + timedelta(minutes=minute)
        return checking.close(round_.pk, tasks=[task.pk for task in tasks], actor=actor, at=at)


def send_back(round_: SurveyRound, *tasks: SurveyTask, reason: str = "没有签名", actor: Actor = CLERK) -> int:
    with as_web(actor):
        return checking.send_back(
            round_.pk, tasks=[task.pk for task in tasks], reason=reason, actor=actor, at=AT + timedelta(minutes=30)
        )


def test_a_village_hands_in_what_is_ready_and_only_once() -> None:
    round_ = survey_round()
    ready, trying = a_line(round_, 1, "VISITED"), a_line(round_, 2, "TRYING", "NOT_MET")
    elsewhere = a_line(round_, 3, "VISITED", office=FOREIGN)
    with as_web(SURVEYOR):
        stand = handing_in.stand(SURVEYOR, round_.pk, on=ON, at=AT)
        assert (stand.ready_count, stand.waiting_count, stand.without_sheet) == (1, 1, 1)
        assert handing_in.hand_in(round_.pk, actor=SURVEYOR, at=AT) == 1
    with as_web(SURVEYOR), pytest.raises(handing_in.NothingReady):
        handing_in.hand_in(round_.pk, actor=SURVEYOR, at=AT)
    assert [state_of(one) for one in (ready, trying, elsewhere)] == ["HANDED_IN", "TRYING", "VISITED"]
    assert JournalEntry.objects.filter(event="TASKS_HANDED_IN").count() == 1


def test_nothing_is_handed_in_when_the_round_is_over() -> None:
    round_ = survey_round(state="CLOSED", closed_at=AT, closed_by="city")
    a_line(round_, 1, "VISITED")
    with as_web(SURVEYOR), pytest.raises(reaching.RoundOver):
        handing_in.hand_in(round_.pk, actor=SURVEYOR, at=AT)


def test_what_has_no_form_is_closed_after_a_check_and_what_has_one_after_its_entry() -> None:
    round_ = survey_round()
    refused, entered = a_line(round_, 1, "HANDED_IN", "REFUSED"), a_line(round_, 2, "ENTERED")
    nobody = a_line(round_, 3, "RETURNED", "NO_SUCH_PERSON")
    assert close(round_, refused, entered, nobody) == 3
    assert {state_of(one) for one in (refused, entered, nobody)} == {"CLOSED"}
    waiting = a_line(round_, 4, "RETURNED")
    with pytest.raises(checking.NotEntered):
        close(round_, waiting)
    assert state_of(waiting) == "RETURNED"


def test_a_death_is_closed_only_with_its_paper() -> None:
    round_ = survey_round()
    dead = a_line(round_, 1, "HANDED_IN", "DEAD")
    with pytest.raises(checking.NoEvidence):
        close(round_, dead)
    Evidence.objects.create(
        kind="DEATH", archive_class="REGISTRATION", person_id=1, task_id=dead.pk, office_path=VILLAGE, added_by="li",
        added_at=AT, items=["reason_not_enrolled"],
    )  # fmt: skip
    assert close(round_, dead) == 1
    asked = ChangeRequest.objects.get(person_id=1)
    assert (asked.item, asked.state, asked.evidence_ids) == ("death_on", "SUBMITTED", [Evidence.objects.get().pk])
    assert Person.objects.get(pk=1).death_on is None


def test_who_moved_away_is_asked_to_be_changed_when_his_line_is_closed_and_nobody_else() -> None:
    round_ = survey_round()
    assert close(round_, a_line(round_, 1, "HANDED_IN", "MOVED"), a_line(round_, 2, "HANDED_IN", "AWAY")) == 2
    assert [(one.person_id, one.item, one.after) for one in ChangeRequest.objects.all()] == [
        (1, "hukou_status", "MOVED_OUT")
    ]


def test_whoever_reported_a_visit_does_not_close_it_and_nothing_is_half_done() -> None:
    round_ = survey_round()
    own, other = a_line(round_, 1, "ENTERED"), a_line(round_, 2, "ENTERED")
    a_visit(own, CLERK.account)
    with pytest.raises(checking.OwnReport) as refused:
        close(round_, own, other)
    assert refused.value.count == 1 and {state_of(own), state_of(other)} == {"ENTERED"}
    assert close(round_, own, other, actor=Actor("wang", Role.TOWN_REVIEWER, TOWN)) == 2


def test_sending_back_needs_a_reason_counts_and_keeps_what_was_entered() -> None:
    round_ = survey_round()
    task = a_line(round_, 1, "ENTERED")
    with pytest.raises(NoReason):
        send_back(round_, task, reason=" ")
    assert send_back(round_, task) == 1
    task.refresh_from_db()
    assert (task.state, task.sent_back, task.sent_back_reason) == ("SENT_BACK", 1, "没有签名")
    assert task.entered_at and task.outcome == "CHECKED"
    with pytest.raises(checking.NotThere):
        send_back(round_, task)


def test_closing_and_sending_back_are_taken_back_to_where_each_line_stood() -> None:
    round_ = survey_round()
    refused, entered, returned = (
        a_line(round_, 1, "HANDED_IN", "REFUSED"), a_line(round_, 2, "ENTERED"), a_line(round_, 3, "RETURNED"),
    )  # fmt: skip
    close(round_, refused, entered)
    send_back(round_, returned)
    with as_web(CLERK):
        closed_at = AT + timedelta(minutes=30)
        assert checking.undo_close(round_.pk, closed_at=closed_at, actor=CLERK, at=AT) == 2
        assert checking.undo_send_back(round_.pk, tasks=[returned.pk], actor=CLERK, at=AT) == 1
    assert [state_of(one) for one in (refused, entered, returned)] == ["HANDED_IN", "ENTERED", "RETURNED"]
    assert (returned.sent_back, returned.sent_back_reason, entered.closed_at) == (0, "", None)
    assert JournalEntry.objects.filter(event="CHECK_UNDONE").count() == 3


def test_what_another_decided_is_not_taken_back() -> None:
    round_ = survey_round()
    entered, returned = a_line(round_, 1, "ENTERED"), a_line(round_, 2, "RETURNED")
    close(round_, entered)
    send_back(round_, returned)
    other = Actor("wang", Role.TOWN_REVIEWER, TOWN)
    with as_web(other):
        with pytest.raises(checking.NotYours):
            checking.undo_close(round_.pk, closed_at=AT + timedelta(minutes=30), actor=other, at=AT)
        with pytest.raises(checking.NotYours):
            checking.undo_send_back(round_.pk, tasks=[returned.pk], actor=other, at=AT)
    assert (state_of(entered), state_of(returned)) == ("CLOSED", "SENT_BACK")


def test_a_line_that_was_visited_anew_is_not_taken_back() -> None:
    round_ = survey_round()
    task = a_line(round_, 1, "ENTERED")
    send_back(round_, task)
    SurveyTask.objects.filter(pk=task.pk).update(state="VISITED")
    with as_web(CLERK), pytest.raises(checking.NotThere):
        checking.undo_send_back(round_.pk, tasks=[task.pk], actor=CLERK, at=AT)


def test_a_village_is_closed_as_a_whole_when_nothing_is_out() -> None:
    round_ = survey_round()
    a_line(round_, 1, "ENTERED")
    out = a_line(round_, 2, "TRYING", "NOT_MET")
    with as_web(CLERK), pytest.raises(checking.StillOpen):
        checking.close_village(round_.pk, village=VILLAGE, actor=CLERK, at=AT)
    SurveyTask.objects.filter(pk=out.pk).update(state="HANDED_IN", handed_in_at=AT)
    with as_web(CLERK):
        assert checking.close_village(round_.pk, village=VILLAGE, actor=CLERK, at=AT) == 2


def test_lines_of_others_are_not_there() -> None:
    round_ = survey_round()
    foreign = a_line(round_, 1, "ENTERED", office=FOREIGN)
    with pytest.raises(checking.NothingChosen):
        close(round_, foreign)
    with as_web(CLERK):
        page = check_list.lines(CLERK, round_.pk, village=FOREIGN, state="", after=0, on=ON, at=AT)
    assert page.lines == [] and state_of(foreign) == "ENTERED"


def test_the_list_goes_on_by_address_and_hides_numbers() -> None:
    round_ = survey_round()
    for number in range(1, check_list.PAGE + 2):
        task = a_line(round_, number, "HANDED_IN", address_key=f"{number % 7}")
        a_visit(task, phone="13900001234")
    with as_web(CLERK):
        first = check_list.lines(CLERK, round_.pk, village=VILLAGE, state="", after=0, on=ON, at=AT)
        assert first.after
        rest = check_list.lines(CLERK, round_.pk, village=VILLAGE, state="", after=first.after, on=ON, at=AT)
    seen = [line.task.pk for line in (*first.lines, *rest.lines)]
    assert len(seen) == len(set(seen)) == check_list.PAGE + 1 and rest.after is None
    assert first.lines[0].answers[0].text == "139****1234"
    assert first.lines[0].missing == ["登记表尚未收回"] and not first.lines[0].can_close


def drawn(round_: SurveyRound) -> set[int]:
    with as_web(DISTRICT):
        calling.draw(round_.pk, actor=DISTRICT, at=AT)
    return set(SurveyCall.objects.filter(round_id=round_.pk).values_list("task_id", flat=True))


def test_the_sample_is_the_same_every_time_and_has_somebody_of_each_worker() -> None:
    round_ = survey_round(call_percent=10)
    lines = [a_line(round_, number, "HANDED_IN") for number in range(1, 31)]
    by_another = a_line(round_, 31, "CLOSED")
    a_visit(by_another, "other")
    a_line(round_, 32, "TO_VISIT", "")
    found = FoundPerson.objects.create(
        client_id=uuid4(), receipt="f1", digest="", round_id=round_.pk, office_path=VILLAGE, name="钱五",
        found_by="cunzhang", found_at=AT,
    )  # fmt: skip
    met = a_line(round_, 33, "VISITED", found_id=found.pk)
    SurveyTask.objects.filter(pk=met.pk).update(
        person_id=None
    )  # nobody to call yet, and nobody's visit but the finder's
    first = drawn(round_)
    assert len(first) == 4 and by_another.pk in first
    SurveyCall.objects.all().delete()
    assert drawn(round_) == first
    with as_web(DISTRICT), pytest.raises(calling.NothingToDraw):
        calling.draw(round_.pk, actor=DISTRICT, at=AT)
    call = SurveyCall.objects.exclude(task_id=by_another.pk).first()
    assert call and call.reported_by == "cunzhang" and call.task_id in {line.pk for line in lines}


def test_what_the_person_says_is_noted_item_by_item_and_counted_beside_the_calls() -> None:
    round_ = survey_round(call_percent=100)
    for number in (1, 2, 3):
        a_visit(a_line(round_, number, "HANDED_IN"), phone="13900001234")
    drawn(round_)
    one, two, three = SurveyCall.objects.order_by("pk").values_list("pk", flat=True)
    with as_web(DISTRICT):
        calling.note_call(one, reached=True, differs=["phone", "nonsense"], note="", actor=DISTRICT, at=AT)
        calling.note_call(two, reached=True, differs=[], note="", actor=DISTRICT, at=AT)
        calling.note_call(three, reached=False, differs=[], note="关机", actor=DISTRICT, at=AT)
        (rate,) = calling.rates(DISTRICT, round_.pk)
    assert SurveyCall.objects.get(pk=one).differs == ["phone"]
    assert (rate.drawn, rate.called, rate.reached, rate.differing) == (3, 3, 2, 1)


def test_nobody_calls_back_his_own_visit() -> None:
    round_ = survey_round(call_percent=100)
    a_visit(a_line(round_, 1, "HANDED_IN"), DISTRICT.account)
    drawn(round_)
    call = SurveyCall.objects.get()
    with as_web(DISTRICT), pytest.raises(SamePerson):
        calling.note_call(call.pk, reached=True, differs=[], note="", actor=DISTRICT, at=AT)


def test_a_phone_is_shown_for_a_while_and_on_record() -> None:
    round_ = survey_round(call_percent=100)
    a_line(round_, 1, "HANDED_IN", phone="13900001234")
    drawn(round_)
    call = SurveyCall.objects.get()
    with as_web(DISTRICT):
        assert [one.text for one in calling.sheet(call.pk, actor=DISTRICT, on=ON, at=AT).phones] == ["139****1234"]
        calling.show_phone(call.pk, actor=DISTRICT, at=AT)
        assert [one.text for one in calling.sheet(call.pk, actor=DISTRICT, on=ON, at=AT).phones] == ["13900001234"]
    assert JournalEntry.objects.filter(event="UNMASKED", target_id="1").count() == 1


def an_entry(task: SurveyTask, account: str, kind: str = "FIRST", **more: object) -> None:
    """A form that was typed and handed over."""
    given = {
        "answers": {"occupation": "E06", "phone": "13800000001"},
        "fates": {"occupation": "NEW", "phone": "NEW"},
    } | more
    FormEntry.objects.create(
        task_id=task.pk, round_id=task.round_id, kind=kind, office_path=task.office_path, entered_by=account, entered_at=AT,
        done_at=AT, **given,
    )  # fmt: skip


def test_who_entered_a_form_does_not_close_it() -> None:
    round_ = survey_round()
    task = a_line(round_, 1, "ENTERED")
    an_entry(task, CLERK.account)
    with pytest.raises(checking.OwnEntry):
        close(round_, task)
    assert close(round_, task, actor=Actor("wang", Role.TOWN_REVIEWER, TOWN)) == 1


def test_a_form_that_was_drawn_waits_for_its_second_entry_and_for_what_differs() -> None:
    round_ = survey_round()
    due, differing = a_line(round_, 1, "ENTERED", second_due=True), a_line(round_, 2, "ENTERED")
    an_entry(due, "zhou")
    an_entry(differing, "zhou")
    an_entry(differing, "wu", "SECOND", differs=["phone"], unsettled=1)
    for task in (due, differing):
        with pytest.raises(checking.SecondDue):
            close(round_, task)
    FormEntry.objects.update(unsettled=0)
    assert close(round_, differing) == 1 and state_of(due) == "ENTERED"


def test_the_checker_sees_what_was_entered_and_what_became_of_it() -> None:
    round_ = survey_round()
    an_entry(a_line(round_, 1, "ENTERED"), "zhou", fates={"occupation": "NEW", "phone": "CONTRADICTS"})
    with as_web(CLERK):
        (line,) = check_list.lines(CLERK, round_.pk, village=VILLAGE, state="", after=0, on=ON, at=AT).lines
    assert [(one.fact.name, one.fate.value) for one in line.entered] == [
        ("occupation", "NEW"),
        ("phone", "CONTRADICTS"),
    ]
    assert "13800000001" not in line.entered[1].fact.text and line.can_close


def test_a_mandate_on_file_is_not_missing() -> None:
    round_ = survey_round()
    task = a_line(round_, 1, "ENTERED", form_number="12")
    FormReturn.objects.create(
        round_id=round_.pk, task_id=task.pk, form_number="12", office_path=VILLAGE, signer="AGENT", returned_by="li", returned_at=AT,
    )  # fmt: skip

    def missing() -> list[str]:
        with as_web(CLERK):
            return check_list.lines(CLERK, round_.pk, village=VILLAGE, state="", after=0, on=ON, at=AT).lines[0].missing

    assert missing() == ["代理人签名，没有委托书"]
    Evidence.objects.create(
        task_id=task.pk, office_path=VILLAGE, kind="MANDATE", archive_class="01", added_by="li", added_at=AT
    )
    assert missing() == []


def test_somebody_who_was_never_visited_is_not_called_back() -> None:
    round_ = survey_round(call_percent=100)
    visited, paper_only = a_line(round_, 1, "RETURNED"), a_line(round_, 2, "RETURNED", outcome="")
    with as_web(DISTRICT):
        assert calling.draw(round_.pk, actor=DISTRICT, at=AT) == 1
        assert list(SurveyCall.objects.values_list("task_id", flat=True)) == [visited.pk] != [paper_only.pk]
