"""Forms typed a second time: blind, by another clerk, compared, settled item by item, and what the register learns of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from canbao.rules import second_entry
from canbao.rules.roles import Actor
from canbao.services import access, registry
from canbao.services.survey import comparing, seconding
from canbao.store.models import ChangeRequest, EntryKind, JournalEntry, SurveyTask
from tests.integration.survey.test_entering import (
    CLERK,
    LATER,
    MINUTE,
    OTHER,
    STRANGER,
    TYPED,
    VILLAGE,
    a_line,
    enter,
    known,
    numbers,
)
from tests.worlds import AT, ON, person, survey_round

pytestmark = pytest.mark.django_db


def test_the_second_typing_is_blind_and_by_another(request: Any) -> None:
    task = a_line(survey_round(second_percent=100))
    request.getfixturevalue("as_web")
    enter(task)
    with access.acting_as(CLERK):
        assert seconding.take_next(CLERK, task.round_id, at=LATER) is None
    with access.acting_as(OTHER):
        assert seconding.take_next(OTHER, task.round_id, at=LATER) == task.pk
        assert seconding.open_again(task.pk, actor=OTHER, at=LATER).entry.answers == {}
        done = seconding.finish(task.pk, answers=TYPED | {"phone": "13800000007"}, seconds=30, actor=OTHER, at=LATER)
        assert done.differs == ["phone"]
        (found,) = comparing.differences(OTHER, task.round_id, on=ON, at=AT)
        assert "13800000007" not in str(found) and [one.label for one in found.items] == ["移动电话"]
        clerks, items = comparing.rates(OTHER, task.round_id)
        assert (clerks[0].of, clerks[0].compared, clerks[0].wrong, items[0].of) == ("li", 5, 1, "移动电话")
    assert known(task.person_id, at=LATER + MINUTE).facts["phone"] == "13800000001"


def typed_twice(request: Any, first: dict[str, str], second: dict[str, str], **facts: Any) -> SurveyTask:
    task = a_line(survey_round(second_percent=100), **facts)
    request.getfixturevalue("as_web")
    enter(task, **first)
    with access.acting_as(OTHER):
        seconding.finish(task.pk, answers=TYPED | second, seconds=30, actor=OTHER, at=LATER)
    return task


def settle(task: SurveyTask, item: str, stands: str, actor: Actor = OTHER) -> str:
    with access.acting_as(actor):
        return comparing.settle(task.pk, item=item, stands=EntryKind(stands), actor=actor, at=LATER + MINUTE)


def now_known(task: SurveyTask) -> registry.PersonView:
    return known(task.person_id, at=LATER + 2 * MINUTE)


def test_where_the_second_is_right_the_register_is_asked_and_a_statement_is_made_anew(request: Any) -> None:
    task = typed_twice(request, {"qq": "10001"}, {"phone": "13800000007", "qq": "10007", "work_in": "梁平区"})
    assert settle(task, "phone", "SECOND") == "CONTRADICTS" and settle(task, "qq", "SECOND") == "STATED"
    assert settle(task, "work_in", "SECOND") == "STATED"
    after = now_known(task)
    assert (after.facts["phone"], after.declared["qq"], after.declared["work_in"]) == (
        "13800000001", "10007", "梁平区"
    )  # fmt: skip
    with access.acting_as(OTHER):
        asked = ChangeRequest.objects.get()
        assert (asked.item, asked.before, asked.after) == ("phone", "13800000001", "13800000007")
        assert comparing.waiting(OTHER, task.round_id) == 0
        assert JournalEntry.objects.filter(event="SECOND_SETTLED", account="wang").count() == 3


def test_where_the_first_is_right_nothing_changes_and_it_is_no_mistake(request: Any) -> None:
    task = typed_twice(request, {}, {"phone": "13800000007"})
    assert settle(task, "phone", "FIRST") == "" and settle(task, "phone", "FIRST") == ""
    with pytest.raises(comparing.SettledOtherwise):
        settle(task, "phone", "SECOND")
    assert now_known(task).facts["version"] == 2
    with access.acting_as(OTHER):
        (shown,) = comparing.differences(OTHER, task.round_id, on=ON, at=AT)
        assert (shown.unsettled, shown.items[0].stands, shown.items[0].by) == (0, "FIRST", "wang")
        assert comparing.rates(OTHER, task.round_id)[0][0].wrong == 0
        assert not ChangeRequest.objects.exists()


def test_what_a_misread_form_had_asked_for_is_ended(request: Any) -> None:
    task = typed_twice(request, {"name": "赵泗", "ethnicity": "02"}, {"name": "赵四", "ethnicity": "01"})
    assert settle(task, "name", "SECOND") == "SAME"
    with access.acting_as(OTHER):
        asked = {one.item: one for one in ChangeRequest.objects.all()}
    assert (asked["name"].state, asked["name"].steps[-1]["by"], asked["ethnicity"].state) == (
        "WITHDRAWN", "wang", "SUBMITTED"
    )  # fmt: skip


def test_a_statement_that_is_not_on_the_paper_gives_way_to_the_one_before(request: Any) -> None:
    who = person(next(numbers), VILLAGE, ethnicity="01")
    registry.declare(
        who.pk, facts={"occupation": "E01"}, valid_from=ON - timedelta(days=90), basis="form:1", actor=OTHER,
        at=AT - timedelta(days=9),
    )  # fmt: skip
    task = typed_twice(request, {"occupation": "E06", "qq": "10001"}, {"occupation": "E01"}, who=who)
    assert settle(task, "qq", "SECOND") == "STATED" and settle(task, "occupation", "SECOND") == "STATED"
    assert (now_known(task).declared["qq"], now_known(task).declared["occupation"]) == (None, "E01")


def test_nobody_judges_his_own_typing_and_what_the_checks_refuse_is_not_written(request: Any) -> None:
    task = typed_twice(request, {}, {"phone": "1380"})
    with pytest.raises(comparing.OwnTyping):
        settle(task, "phone", "FIRST", CLERK)
    with pytest.raises(comparing.Unsound):
        settle(task, "phone", "SECOND")
    with access.acting_as(STRANGER), pytest.raises(access.NotFound):
        comparing.show(task.pk, actor=STRANGER, at=LATER)
    with pytest.raises(comparing.NothingToSettle):
        settle(task, "occupation", "SECOND")


def test_the_sample_is_drawn_by_itself_and_has_about_the_share_asked_for() -> None:
    drawn = [second_entry.in_sample(n, 5) for n in range(10_000)]
    assert 400 < sum(drawn) < 600 and drawn == [second_entry.in_sample(n, 5) for n in range(10_000)]
    assert not any(second_entry.in_sample(n, 0) for n in range(1000))
