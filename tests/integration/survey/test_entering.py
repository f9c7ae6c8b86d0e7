"""Forms typed with the web's login: where each answer goes, what is refused, drafts, and who gets which form."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from canbao.rules import budgets
from canbao.rules.budgets import Budget, Group
from canbao.rules.codes import Scheme
from canbao.rules.letters import Kind as LetterKind
from canbao.rules.letters import Letter
from canbao.rules.period import day_of
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit, letters, registry
from canbao.services.survey import copying, drafting, entering, settling
from canbao.store.models import (
    ChangeRequest,
    Declaration,
    Evidence,
    FormEntry,
    FoundPerson,
    JournalEntry,
    LookCount,
    Person,
    SurveyRound,
    SurveyTask,
    SurveyVisit,
    Unmasking,
)
from tests.worlds import AT, ON, foreign_town, number, person, survey_round, survey_task, town_offices, village_office

TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
OTHER = Actor("wang", Role.TOWN_CLERK, TOWN)
STRANGER = Actor("zhao", Role.TOWN_CLERK, foreign_town(TOWN))
MINUTE = timedelta(minutes=1)
LATER = AT + 5 * MINUTE
FORM = "260000000014"
TYPED = {"occupation": "lhjy", "work_in": "万州区", "phone": "13800000001", "signer": "1", "signed_on": "20261118"}
numbers = count(1)


def a_line(round_: SurveyRound | None = None, *, who: Person | None = None, **facts: Any) -> SurveyTask:
    """A form that has come back from a village."""
    who = who or person(next(numbers), VILLAGE, name="赵四", ethnicity="01", hukou_address="某村1号")
    given = {"state": "RETURNED", "outcome": "CHECKED", "form_number": FORM} | facts
    return survey_task(round_ or survey_round(), who, **given)


def a_found(**facts: Any) -> SurveyTask:
    """Somebody who was on no list."""
    round_ = survey_round()
    given = {"name": "钱五", "sex": "1", "birth_date": date(1990, 1, 1), "doc_number": number(777)} | facts
    found = FoundPerson.objects.create(
        client_id=uuid4(), receipt=uuid4().hex[:16], digest="", round_id=round_.pk, office_path=VILLAGE, found_by="x",
        found_at=AT, **given,
    )  # fmt: skip
    return SurveyTask.objects.create(
        round_id=round_.pk, found_id=found.pk, office_path=VILLAGE, held_at=VILLAGE, name="钱五", address_key="",
        reasons=["FOUND"], state="RETURNED", outcome="CHECKED", form_number=FORM,
    )  # fmt: skip


def open_form(task: SurveyTask, actor: Actor = CLERK, at: Any = AT) -> drafting.Desk:
    with access.acting_as(actor):
        return drafting.open_form(task.pk, actor=actor, at=at)


def enter(task: SurveyTask, actor: Actor = CLERK, explained: dict[str, str] | None = None, **typed: str) -> Any:
    """The whole form, and what is typed beside it."""
    with access.acting_as(actor):
        desk = drafting.open_form(task.pk, actor=actor, at=AT)
        version = desk.knows.version
        return entering.finish(
            task.pk,
            answers=desk.entry.answers | TYPED | typed,
            explained=explained or {},
            seconds=41,
            version=version,
            actor=actor,
            at=LATER,
        )


def known(who: int, *, at: Any, on: date = ON) -> registry.PersonView:
    with access.acting_as(CLERK):
        return registry.as_of(who, valid_on=on, known_at=at)


pytestmark = pytest.mark.django_db


def test_what_the_register_lacks_is_written_with_the_form_as_basis_on_two_clocks(request: Any) -> None:
    task = a_line()
    request.getfixturevalue("as_web")
    done = enter(task)

    assert done.fates == {"occupation": "NEW", "work_in": "NEW", "phone": "NEW"}
    before, after = known(task.person_id, at=AT), known(task.person_id, at=LATER + MINUTE)
    assert (before.facts["phone"], after.facts["phone"]) == (None, "13800000001")
    assert (before.declared, after.declared["occupation"]) == ({}, "E06")
    assert after.facts["basis"] == after.declared["basis"] == f"form:{FORM}"
    assert known(task.person_id, at=LATER + MINUTE, on=date(2026, 11, 17)).facts["phone"] is None
    with access.acting_as(CLERK):
        line = SurveyTask.objects.get(pk=task.pk)
    assert (line.state, line.entered_at) == ("ENTERED", LATER)


def test_the_next_letter_follows_what_the_form_declared(request: Any) -> None:
    task = a_line(who=person(next(numbers), VILLAGE, ethnicity="01", hukou_status="NORMAL"))
    request.getfixturevalue("as_web")

    def letter(at: Any) -> Letter:
        with access.acting_as(CLERK):
            return letters.letter_of(task.person_id, on=ON, actor=CLERK, at=at).letter

    assert letter(AT).kind is LetterKind.ALONE
    enter(task, occupation="E01")
    assert letter(LATER + MINUTE).kind is LetterKind.EMPLOYER
    assert Scheme.EMPLOYEE_PENSION in letter(LATER + MINUTE).owed and letter(AT).kind is LetterKind.ALONE


def test_what_the_register_says_otherwise_is_asked_for_and_left_alone(request: Any) -> None:
    task = a_line()
    paper = Evidence.objects.create(
        kind="OTHER", archive_class="REGISTRATION", task_id=task.pk, items=["name"], office_path=VILLAGE,
        added_by="li", added_at=AT,
    )  # fmt: skip
    request.getfixturevalue("as_web")
    done = enter(task, name="赵泗", doc_number=number(901))

    assert {done.fates["name"], done.fates["doc_number"]} == {"CONTRADICTS"}
    with access.acting_as(CLERK):
        asked = {one.item: one for one in ChangeRequest.objects.filter(task_id=task.pk)}
        stands = Person.objects.get(pk=task.person_id)
    assert (stands.name, stands.doc_number) == ("赵四", number(task.person_id))
    assert (asked["name"].before, asked["name"].after, asked["name"].evidence_ids) == ("赵四", "赵泗", [paper.pk])
    assert asked["name"].stages == ["REVIEW"] and asked["doc_number"].stages == ["REVIEW", "APPROVAL"]
    assert asked["name"].state == "SUBMITTED" and asked["name"].steps[0]["by"] == "li"


def test_a_statement_about_today_follows_the_earlier_one(request: Any) -> None:
    first = a_line()
    who = Person.objects.get(pk=first.person_id)
    later = a_line(survey_round(name="下一次"), who=who)
    request.getfixturevalue("as_web")
    enter(first)
    done = enter(later, occupation="N03", work_in="", signed_on="20261119")
    assert done.fates["occupation"] == "STATED"
    with access.acting_as(CLERK):
        assert Declaration.objects.get(pk=who.pk).occupation == "N03"
        assert not ChangeRequest.objects.exists()


def test_handing_over_five_times_is_once(request: Any) -> None:
    task = a_line()
    request.getfixturevalue("as_web")
    done = [enter(task, name="赵泗")]
    for _ in range(4):
        with access.acting_as(CLERK):
            done.append(entering.finish(
                task.pk, answers=TYPED | {"name": "赵五"}, explained={}, seconds=1, version=0, actor=CLERK, at=LATER))  # fmt: skip
    assert {one.pk for one in done} == {done[0].pk} and {one.answers["name"] for one in done} == {"赵泗"}
    with access.acting_as(CLERK):
        assert ChangeRequest.objects.count() == 1
    assert known(task.person_id, at=LATER + MINUTE).facts["version"] == 2


def test_an_item_that_is_asked_for_already_is_not_asked_for_twice(request: Any) -> None:
    first = a_line()
    again = a_line(survey_round(name="下一次"), who=Person.objects.get(pk=first.person_id))
    request.getfixturevalue("as_web")
    enter(first, name="赵泗")
    enter(again, name="赵泗")
    with access.acting_as(CLERK):
        assert [one.task_id for one in ChangeRequest.objects.filter(item="name")] == [first.pk]


def test_what_must_be_right_is_refused_and_what_must_be_explained_waits_for_a_reason(request: Any) -> None:
    task = a_line()
    request.getfixturevalue("as_web")
    with pytest.raises(entering.NotTaken) as refused:
        enter(task, phone="1380000")
    assert ("phone", "must") in {(one.item, one.strength.value) for one in refused.value.remarks}
    with pytest.raises(entering.NotTaken):
        enter(task, occupation="N02")  # 36 years old
    assert enter(task, occupation="N02", explained={"occupation": "特殊工种提前退休"}).explained == {
        "occupation": "特殊工种提前退休"
    }


def test_a_person_changed_meanwhile_is_said_and_nothing_is_written(request: Any) -> None:
    task = a_line()
    desk = open_form(task)
    registry.correct(task.person_id, facts={"sex": "2"}, valid_from=ON, version=1, basis="case:1", actor=OTHER, at=AT)
    request.getfixturevalue("as_web")
    with access.acting_as(CLERK), pytest.raises(registry.StaleVersion):
        entering.finish(
            task.pk, answers=TYPED, explained={}, seconds=1, version=desk.knows.version, actor=CLERK, at=LATER
        )
    with access.acting_as(CLERK):
        assert SurveyTask.objects.get(pk=task.pk).state == "RETURNED" and not Declaration.objects.exists()


def test_a_death_reported_at_the_door_is_asked_for(request: Any) -> None:
    task = a_line(outcome="DEAD", state="HANDED_IN")
    request.getfixturevalue("as_web")
    with access.acting_as(CLERK):
        version = drafting.open_form(task.pk, actor=CLERK, at=AT).knows.version
        entering.finish(
            task.pk, answers={"died_on": "20260301", "note": "邻居称已去世"}, explained={}, seconds=1, version=version,
            actor=CLERK, at=LATER,
        )  # fmt: skip
        asked = ChangeRequest.objects.get()
        assert (asked.item, asked.after, asked.steps[0]["reason"]) == ("death_on", "2026-03-01", "邻居称已去世")
        assert Person.objects.get(pk=task.person_id).death_on is None


def test_somebody_found_is_registered_by_the_webs_login(request: Any) -> None:
    task = a_found()
    request.getfixturevalue("as_web")
    enter(task, hukou_address="重庆市某区某村3号")
    with access.acting_as(CLERK):
        line = SurveyTask.objects.get(pk=task.pk)
        made = Person.objects.get(pk=line.person_id)
        found = FoundPerson.objects.get(pk=task.found_id)
        assert Declaration.objects.get(pk=made.pk).occupation == "E06"
    assert (made.name, made.doc_number, made.office_path, made.basis) == ("钱五", number(777), VILLAGE, f"form:{FORM}")
    assert made.pk >= registry.BY_HAND and (found.state, found.person_id) == ("RECORDED", made.pk)


def test_somebody_whose_number_is_registered_elsewhere_in_the_city_is_not_registered_again(request: Any) -> None:
    person(777, foreign_town(TOWN), name="钱五")
    task = a_found()
    request.getfixturevalue("as_web")
    assert enter(task) == settling.NumberTaken()
    with access.acting_as(CLERK):
        assert SurveyTask.objects.get(pk=task.pk).person_id is None


def test_the_desk_tries_numbers_within_the_budget_and_learns_no_name(request: Any) -> None:
    """Each form handed over is one question to the whole city: the answer names nobody, and the hour's last is the last."""
    person(777, foreign_town(TOWN), name="欧阳修远")
    tasks = [a_found(), a_found(), a_found()]
    hour, most = budgets.hour_of(LATER), budgets.ALLOWANCES[Budget.NUMBERS, Group.OFFICE].hour
    LookCount.objects.create(
        account=CLERK.account, budget="NUMBERS", day=hour.date(), in_day=most - 2, hour=hour, in_hour=most - 2
    )
    request.getfixturevalue("as_web")
    for task, typed in zip(tasks, ({"name": "王小二"}, {"name": "欧阳"}), strict=False):
        assert enter(task, **typed) == settling.NumberTaken() and not fields(settling.NumberTaken)
    with pytest.raises(audit.BudgetSpentError):
        enter(tasks[2])
    with access.acting_as(CLERK):
        asked = JournalEntry.objects.filter(event__in=("LOOKED_FOR_TWIN", "POSSIBLE_DUPLICATE_TOLD"))
        assert [line.event for line in asked] == ["LOOKED_FOR_TWIN"] * 2


def test_somebody_very_like_a_registered_person_is_registered_only_with_a_word_why(request: Any) -> None:
    person(778, foreign_town(TOWN), name="钱五", doc_number=None, phone="13800000001")
    task = a_found(doc_number=None)
    request.getfixturevalue("as_web")
    others = enter(task)
    assert isinstance(others, settling.PossibleDuplicates) and [one.person_id for one in others.told] == [778]
    done = enter(task, explained={"name": "已核对户口簿，两人"})
    assert isinstance(done, FormEntry) and done.explained == {"name": "已核对户口簿，两人"}


def test_somebody_made_one_with_another_meanwhile_is_shown_anew(request: Any) -> None:
    other = person(next(numbers), VILLAGE, name="赵四")
    task = a_line()
    version = open_form(task).knows.version
    registry.merge(other.pk, task.person_id, on=ON, basis="case:1", actor=OTHER, at=AT)
    request.getfixturevalue("as_web")
    with access.acting_as(CLERK):
        with pytest.raises(registry.StaleVersion):
            entering.finish(task.pk, answers=TYPED, explained={}, seconds=1, version=version, actor=CLERK, at=LATER)
        assert not Declaration.objects.exists() and FormEntry.objects.filter(task_id=task.pk, done_at=None).exists()


def test_a_place_of_work_is_resolved_or_refused(request: Any) -> None:
    task = a_line()
    request.getfixturevalue("as_web")
    with pytest.raises(entering.NotTaken) as refused:
        enter(task, work_in="火星")
    assert [(one.item, one.strength.value) for one in refused.value.remarks] == [("work_in", "must")]
    enter(task, work_in="ljxq")
    assert known(task.person_id, at=LATER + MINUTE).declared["work_in"] == "两江新区"


@pytest.mark.parametrize(
    ("hukou", "is_local"),
    [({"hukou_address": "成都市武侯区重庆路5号"}, False), ({"hukou_address": "重庆市万州区某路1号"}, True),
     ({"hukou_address": "万州区某路1号"}, True), ({"hukou_address": "重庆路5号"}, False),
     ({"hukou_type": "22", "hukou_address": "重庆市万州区"}, False), ({"hukou_type": "21"}, True)],
)  # fmt: skip
def test_a_hukou_is_of_the_city_by_its_kind_or_by_how_its_address_begins(hukou: dict[str, str], is_local: bool) -> None:
    assert settling._is_local(hukou) is is_local


def test_an_address_that_is_copied_is_unmasked_with_a_reason_on_record(request: Any) -> None:
    task = a_line(who=person(next(numbers), VILLAGE, hukou_address="重庆市某区某路5号"))
    request.getfixturevalue("as_web")
    with access.acting_as(CLERK):
        found = copying.address(task.pk, own_hukou=True, actor=CLERK, at=AT)
        opened = Unmasking.objects.get(person_id=task.person_id)
    assert found.address == "重庆市某区某路5号"
    assert (opened.field, opened.account) == ("hukou_address", CLERK.account) and "复制地址" in opened.reason


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ("2026-11-20T10:00:00+08:00", date(2026, 11, 20)),
        ("1950-01-01T00:00:00Z", None),
        ("2999-01-01T00:00:00Z", None),
        ("9999-12-31T20:00:00Z", None),
    ],
)
def test_a_devices_clock_that_cannot_be_right_dates_nothing(request: Any, said: str, since: date | None) -> None:
    task = a_line(outcome="REFUSED")
    SurveyVisit.objects.create(
        client_id=uuid4(), receipt=uuid4().hex[:16], digest="", round_id=task.round_id, task_id=task.pk,
        office_path=VILLAGE, outcome="CHECKED", visited_at=datetime.fromisoformat(said), account="cunzhang", at=AT,
    )  # fmt: skip
    request.getfixturevalue("as_web")
    enter(task, signer="", signed_on="")

    with access.acting_as(CLERK):
        assert Declaration.objects.get(pk=task.person_id).valid_from == (since or day_of(AT))
