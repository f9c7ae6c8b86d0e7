"""What comes from a door: once however often it is sent, kept whatever became of the line, and nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections

from canbao.rules.offices import offices
from canbao.rules.roles import Actor, Role
from canbao.rules.survey import Move, Outcome, TaskState, when_dispatched
from canbao.services import access
from canbao.services.survey import dispatching, listing, own_list, reaching, visiting
from canbao.store.models import SurveyTask, SurveyVisit
from tests.worlds import AT, ON, foreign_town, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
FOREIGN = village_office(foreign_town(TOWN))
WORKER = Actor("cunzhang", Role.VILLAGE_SURVEYOR, VILLAGE)


@contextmanager
def as_web(actor: Actor = WORKER) -> Iterator[None]:
    with access.acting_as(actor):
        with connection.cursor() as cursor:
            cursor.execute("set local role canbao_web")
        yield
        with connection.cursor() as cursor:
            cursor.execute("set local role canbao_worker")


def a_line(number: int = 1, office: str = VILLAGE, **facts: Any) -> SurveyTask:
    return survey_task(survey_round(), person(number, office), **facts)


def a_visit(task: SurveyTask, outcome: Outcome = Outcome.CHECKED, **more: Any) -> visiting.Submission:
    return visiting.Submission(uuid4(), task.pk, outcome, AT, **more)


def sent(visit: visiting.Submission, *, at: datetime = AT, actor: Actor = WORKER) -> visiting.Receipt:
    with as_web(actor):
        return visiting.report(visit, actor=actor, at=at)


def state_of(task: SurveyTask) -> str:
    task.refresh_from_db()
    return task.state


@pytest.mark.django_db
def test_the_same_submission_five_times_is_one() -> None:
    task = a_line()
    visit = a_visit(task, answers={"occupation": "N03"})
    receipts = {sent(visit, at=AT + timedelta(hours=n)).number for n in range(5)}
    assert len(receipts) == 1 and SurveyVisit.objects.count() == 1
    assert state_of(task) == "VISITED" and task.visits == 1
    with as_web():
        assert {visiting.receipt(visit.client_id, actor=WORKER).number} == receipts


@pytest.mark.django_db
def test_the_number_of_a_submission_with_other_content_is_a_clash_and_changes_nothing() -> None:
    task = a_line()
    visit = a_visit(task)
    sent(visit)
    for other in (
        replace(visit, outcome=Outcome.REFUSED, note="不愿登记"),
        replace(visit, answers={"occupation": "N03"}),
    ):
        with pytest.raises(visiting.Clash):
            sent(other)
    assert SurveyVisit.objects.count() == 1 and task.outcome == "" and state_of(task) == "VISITED"


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_the_same_submission_at_the_same_moment_store_one() -> None:
    task = a_line()
    visit = a_visit(task)
    together, found = threading.Barrier(2, timeout=20), list[str]()

    def send() -> None:
        with as_web():
            together.wait()
            found.append(visiting.report(visit, actor=WORKER, at=AT).number)
        connections.close_all()

    both = [threading.Thread(target=send) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert len(found) == 2 and len(set(found)) == 1 and SurveyVisit.objects.count() == 1


@pytest.mark.django_db
def test_not_met_takes_three_tries_on_different_days() -> None:
    task = a_line()
    for hours, then in ((0, "TRYING"), (1, "TRYING"), (24, "TRYING"), (25, "TRYING"), (48, "VISITED")):
        sent(a_visit(task, Outcome.NOT_MET), at=AT + timedelta(hours=hours))
        assert state_of(task) == then, hours
    assert task.visits == 3


@pytest.mark.django_db
def test_a_later_visit_is_a_correction_and_the_earlier_one_is_kept() -> None:
    task = a_line()
    sent(a_visit(task))
    sent(a_visit(task, Outcome.NOT_MET))
    assert state_of(task) == "TRYING" and task.outcome == "NOT_MET"
    sent(a_visit(task, Outcome.DEAD, note="2026年3月去世"))
    assert state_of(task) == "VISITED" and task.outcome == "DEAD"
    assert SurveyVisit.objects.filter(task_id=task.pk).count() == 3


@pytest.mark.django_db
def test_a_line_called_back_keeps_what_was_done_and_stands_there_when_it_comes_again() -> None:
    task = a_line()
    reaching.step(task, Move.RECALL, held_at=TOWN, dispatched_at=None)  # as dispatching does
    found = sent(a_visit(task, Outcome.REFUSED, note="不愿登记"))
    assert found.recalled and found.number and state_of(task) == "PLANNED"
    assert when_dispatched(visits=task.visits, outcome=task.outcome) is TaskState.VISITED
    with as_web():
        assert visiting.receipt(found.client_id, actor=WORKER).withheld == "PLANNED"


@pytest.mark.django_db
def test_a_line_given_to_another_village_keeps_what_the_former_one_sends_and_nobody_else_s() -> None:
    task, foreign = a_line(), a_line(2, FOREIGN)
    before = a_visit(task, Outcome.NOT_MET)
    sent(before)
    clerk, other = (
        Actor("li", Role.TOWN_CLERK, TOWN),
        Actor(
            "b",
            Role.VILLAGE_SURVEYOR,
            next(
                o.path
                for o in offices()
                if o.path.startswith(TOWN) and len(o.path) == 18 and o.path != VILLAGE and o.period.contains(ON)
            ),
        ),
    )
    with as_web(clerk):
        rows = listing.chosen(clerk, task.round_id, listing.Filters(), tasks=[task.pk], on=ON)
        reason = "走访区域调整"
        assert (
            dispatching.reassign(task.round_id, rows=rows, office=other.office, reason=reason, actor=clerk, at=AT) == 1
        )
    late = a_visit(task, Outcome.DEAD, note="已去世")
    assert {sent(late).withheld for _ in range(2)} == {"MOVED"} and sent(late).state is None
    assert sent(before).withheld == ""  # the receipt can still be read back
    with as_web():
        assert visiting.receipt(late.client_id, actor=WORKER).withheld == "MOVED"
    assert (state_of(task), task.outcome, SurveyVisit.objects.count()) == ("TRYING", "NOT_MET", 2)
    for visit, actor in ((a_visit(foreign), WORKER), (a_visit(foreign), other)):
        with pytest.raises(access.NotFound):
            sent(visit, actor=actor)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["HANDED_IN", "RETURNED", "ENTERED", "CLOSED", "DROPPED"])
def test_what_comes_after_handing_in_is_kept_without_effect(state: str) -> None:
    task = a_line(state=state, outcome="CHECKED", visits=1)
    found = sent(a_visit(task, Outcome.DEAD, note="已去世"))
    assert found.withheld == state and SurveyVisit.objects.get().withheld == state
    assert (state_of(task), task.outcome) == (state, "CHECKED")


@pytest.mark.django_db
def test_wrong_answers_are_named_and_nothing_is_stored() -> None:
    task = a_line(asks=["ethnicity"], phone="13800000000")
    answers = {"ethnicity": "no such", "hukou_address": "known", "shoe": "42", "occupation": ["x"], "qq": "1" * 40}
    with pytest.raises(visiting.WrongAnswers) as wrong:
        sent(a_visit(task, Outcome.REFUSED, answers=answers))
    assert wrong.value.fields.keys() == {"ethnicity", "hukou_address", "shoe", "occupation", "qq", "note"}
    assert not SurveyVisit.objects.exists()
    sent(a_visit(task, answers={"ethnicity": "01", "away_schemes": ["XP", "XM"], "phone": ""}))
    assert SurveyVisit.objects.get().answers == {"ethnicity": "01", "away_schemes": ["XP", "XM"]}


@pytest.mark.django_db
def test_what_the_desk_would_refuse_is_refused_at_the_door() -> None:
    task = a_line(asks=["doc_number"])
    answers = {"phone": "1380000", "post_code": "40000", "doc_number": "500900196203140010", "occupation": "X02"}
    with pytest.raises(visiting.WrongAnswers) as wrong:
        sent(a_visit(task, answers=answers))
    assert wrong.value.fields.keys() == {"phone", "post_code", "doc_number", "work_out"}
    sent(a_visit(task, answers={"phone": "13800000000", "post_code": "400000", "landline": "odd"}))


@pytest.mark.django_db
def test_another_village_is_not_there() -> None:
    foreign = a_line(2, FOREIGN)
    here = survey_task(survey_round(), person(3, VILLAGE))
    visit = a_visit(foreign)
    SurveyVisit.objects.create(
        client_id=UUID(int=7), receipt="r", digest="", round_id=1, task_id=foreign.pk, office_path=FOREIGN,
        outcome="CHECKED", visited_at=AT, account="b", at=AT,
    )  # fmt: skip
    with as_web():
        for ask in (
            lambda: visiting.report(visit, actor=WORKER, at=AT),
            lambda: visiting.receipt(UUID(int=7), actor=WORKER),
            lambda: own_list.door(foreign.pk, actor=WORKER, on=ON, at=AT),
            lambda: own_list.household(foreign.pk, actor=WORKER, on=ON, at=AT),
            lambda: own_list.show_phone(foreign.pk, actor=WORKER, at=AT),
        ):
            with pytest.raises(access.NotFound):
                ask()
        assert [line.task_id for line, _ in own_list.package(WORKER, at=AT).lines] == [here.pk]
        assert own_list.listed(WORKER, foreign.round_id, on=ON, at=AT).lines == []


@pytest.mark.django_db
def test_from_a_door_one_goes_on_to_the_home_then_down_the_list_and_round_again() -> None:
    round_ = survey_round()
    a1, a2, b1, c1 = (
        survey_task(round_, person(n, VILLAGE, home_address=f"街{home}号", household_no=home))
        for n, home in ((1, "1"), (2, "1"), (3, "2"), (4, "3"))
    )

    def onward(task: SurveyTask, **more: bool) -> int | None:
        with as_web():
            found = own_list.onward(task.pk, actor=WORKER, on=ON, **more)
        return found[0] if found else None

    assert [onward(one) for one in (a1, a2, b1, c1)] == [a2.pk, a1.pk, c1.pk, a1.pk]
    assert onward(a1, past_home=True) == b1.pk
    SurveyTask.objects.filter(pk=a1.pk).update(state="TRYING", visited_at=AT)  # tried today: not again
    SurveyTask.objects.filter(pk=b1.pk).update(state="TRYING", visited_at=AT - timedelta(days=1))
    assert [onward(one) for one in (a2, b1, c1)] == [b1.pk, c1.pk, a2.pk]
    SurveyTask.objects.exclude(pk=c1.pk).update(state="VISITED")
    assert onward(a1) == c1.pk and onward(c1) is None


@pytest.mark.django_db
def test_the_list_goes_by_address_home_after_home_and_page_after_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_list, "PAGE", 3)
    round_ = survey_round()
    for number, home in enumerate(("b", "a", "c", "a", "b", "a", "c"), 1):
        who = person(number, VILLAGE, home_address=f"街{len(set('abc'[: 'abc'.index(home)]))}号", household_no=home)
        survey_task(round_, who)
    survey_task(round_, person(20, VILLAGE), state="SENT_BACK", sent_back_reason="没有签名", address_key="zz")
    found, after = [], 0
    with as_web():
        while after is not None:
            page = own_list.listed(WORKER, round_.pk, after=after, on=ON, at=AT)
            assert page.counts.all == 8 and [line.sent_back_reason for line in page.back] == ["没有签名"] * (not after)
            found += [line.home for line in page.lines]
            after = page.after
        assert len(own_list.household(SurveyTask.objects.get(person_id=2).pk, actor=WORKER, on=ON, at=AT)) == 3
    assert "".join(one for one in found if len(one) == 1) == "aaabbcc" and len(found) == 8


AGREED = {"willing": "WILLING", "schemes": ["RESIDENT_MEDICAL"], "joins_in": f"{ON:%Y-%m}"}


@pytest.mark.django_db
def test_what_came_of_the_outreach_stands_in_the_list_and_the_last_visit_counts() -> None:
    task = a_line(may_join=["RESIDENT_MEDICAL"])
    first = a_visit(task, outreach=AGREED)
    assert sent(first).number == sent(first).number
    task.refresh_from_db()
    assert (task.willing, task.joins_in) == ("WILLING", ON.replace(day=1))
    clerk = Actor("li", Role.TOWN_CLERK, TOWN)
    with as_web(clerk):
        page = listing.lines(clerk, task.round_id, listing.Filters(willing="WILLING"), on=ON, at=AT)
        none = listing.lines(clerk, task.round_id, listing.Filters(willing="UNDECIDED"), on=ON, at=AT)
    with as_web():
        door = own_list.door(task.pk, actor=WORKER, on=ON, at=AT)
    assert [line.task.pk for line in page.lines] == [task.pk] and not none.lines
    assert door.agreed.kept() == AGREED
    with pytest.raises(visiting.Clash):
        sent(replace(first, outreach={"willing": "UNDECIDED"}))
    sent(a_visit(task, Outcome.MOVED, note="迁往外省"))
    task.refresh_from_db()
    assert (task.willing, task.joins_in) == ("", None)


@pytest.mark.django_db
def test_a_month_that_was_agreed_at_the_visit_holds_though_the_report_comes_in_the_next() -> None:
    task = a_line(may_join=["RESIDENT_MEDICAL"])
    late = AT + timedelta(days=28)
    assert late.month != AT.month
    sent(replace(a_visit(task, outreach=AGREED), visited_at=AT), at=late)
    task.refresh_from_db()
    assert task.joins_in == ON.replace(day=1)
    with pytest.raises(visiting.WrongAnswers):  # a clock that is not believed
        sent(replace(a_visit(task, outreach=AGREED), visited_at=AT - timedelta(days=60)), at=late)


@pytest.mark.django_db
def test_a_wrong_outreach_is_told_by_field_and_nothing_is_stored() -> None:
    task = a_line(may_join=["RESIDENT_MEDICAL"])
    with pytest.raises(visiting.WrongAnswers) as raised:
        sent(a_visit(task, outreach=AGREED | {"schemes": ["UNEMPLOYMENT"]}))
    assert set(raised.value.fields) == {"schemes"} and not SurveyVisit.objects.exists()


@pytest.mark.django_db
def test_a_reason_that_still_holds_is_told_in_the_next_round_and_not_after_its_end() -> None:
    who = person(1, VILLAGE)
    before = survey_task(survey_round(), who)
    until = (ON + timedelta(days=60)).isoformat()
    sent(a_visit(before, answers={"reason_not_enrolled": "03"}, outreach={"reason_until": until}))
    now = survey_task(survey_round(), who)
    with as_web():
        door = own_list.door(now.pk, actor=WORKER, on=ON, at=AT)
        after = own_list.door(now.pk, actor=WORKER, on=ON + timedelta(days=61), at=AT)
    assert door.earlier is not None and door.earlier.label == "服刑" and door.earlier.until.isoformat() == until
    assert after.earlier is None
