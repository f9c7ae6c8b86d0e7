"""Drafts of forms: saved by edition, left to their clerk, handed out one by one, also to two who ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from canbao.rules.roles import Actor, Role
from canbao.services import access
from canbao.services.survey import drafting, entering, seconding
from canbao.store.models import ChangeRequest, FormEntry, JournalEntry, SurveyTask
from tests.integration.survey.test_entering import CLERK, LATER, OTHER, STRANGER, TOWN, TYPED, a_line, enter, open_form
from tests.worlds import AT, survey_round

pytestmark = pytest.mark.django_db


def save(task: SurveyTask, edition: int, actor: Actor = CLERK, at: Any = AT, **typed: str) -> FormEntry:
    with access.acting_as(actor):
        return drafting.save(task.pk, edition=edition, answers=typed, explained={}, seconds=edition, actor=actor, at=at)


def test_a_late_saving_never_undoes_a_later_one(request: Any) -> None:
    task = a_line()
    request.getfixturevalue("as_web")
    open_form(task)
    save(task, 1, phone="13800000001")
    save(task, 2, phone="13800000003")
    with pytest.raises(drafting.Late) as late:
        save(task, 2, phone="13800000002")
    assert late.value.entry.answers == {"phone": "13800000003"} and late.value.differs == ["phone"]
    assert save(task, 2, phone="13800000003").edition == 2  # the answer was lost, the same is sent again
    assert open_form(task).entry.answers == {"phone": "13800000003"}


def test_a_tab_that_tried_often_without_network_does_not_overwrite_what_it_has_not_seen(request: Any) -> None:
    task = a_line()
    request.getfixturevalue("as_web")
    seen = open_form(task).entry.edition  # in both tabs
    save(task, seen + 1, phone="13800000001")
    for tried in (seen + 3, seen + 30, seen + 1):
        with pytest.raises(drafting.Late):
            save(task, tried, phone="13800000009")
    with access.acting_as(CLERK):
        desk = drafting.open_form(task.pk, actor=CLERK, at=AT)
        given = {"explained": {}, "seconds": 1, "version": desk.knows.version, "actor": CLERK, "at": LATER}
        with pytest.raises(drafting.Late) as late:
            entering.finish(task.pk, answers=TYPED | {"phone": "13800000009"}, **given, edition=seen)
        assert "phone" in late.value.differs and drafting.last_done(task.pk) is None
    saved = save(task, seen + 2, **TYPED).edition
    with access.acting_as(CLERK):  # its answer was lost: the page says the same as is stored
        assert entering.finish(task.pk, answers=TYPED, **given, edition=saved - 1).done_at == LATER


def test_a_draft_is_left_to_its_clerk_until_it_is_taken_over_on_record(request: Any) -> None:
    task = a_line()
    request.getfixturevalue("as_web")
    open_form(task)
    save(task, 1, phone="13800000001")
    with pytest.raises(drafting.Held):
        open_form(task, OTHER, AT + timedelta(days=1))
    with access.acting_as(OTHER):
        drafting.take_over(task.pk, actor=OTHER, at=LATER)
    assert open_form(task, OTHER).entry.answers == {"phone": "13800000001"}
    with pytest.raises(drafting.Held):
        save(task, 2, phone="13800000009")
    with access.acting_as(OTHER):
        assert JournalEntry.objects.filter(event="ENTRY_OPENED", detail__asked_by="li").exists()


def test_two_clerks_never_get_the_same_form(request: Any) -> None:
    round_ = survey_round()
    lines = [a_line(round_).pk for _ in range(3)]
    a_line(round_, state="HANDED_IN", outcome="REFUSED")
    request.getfixturevalue("as_web")
    given = []
    for actor in (CLERK, OTHER):
        with access.acting_as(actor):
            given.append(drafting.take_next(actor, round_.pk, at=AT))
            given.append(drafting.take_next(actor, round_.pk, at=AT, skip=given[-1] or 0))
    assert sorted(filter(None, given)) == lines
    with access.acting_as(STRANGER), pytest.raises(access.NotFound):
        drafting.open_form(lines[0], actor=STRANGER, at=AT)


@contextmanager
def with_the_webs_login(actor: Actor) -> Iterator[None]:
    with access.acting_as(actor):
        connection.cursor().execute("set local role canbao_web")
        yield


def at_the_same_moment(*calls: Callable[[], Any]) -> list[Any]:
    """Each in a connection of its own."""
    together, found = threading.Barrier(len(calls), timeout=20), list[Any]()

    def run(call: Callable[[], Any]) -> None:
        together.wait()
        found.append(call())
        connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return found


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_in_the_same_moment_get_different_forms_first_and_second() -> None:
    round_ = survey_round(second_percent=100)
    lines = [a_line(round_) for _ in range(6)]
    clerks = [Actor(f"clerk{n}", Role.TOWN_CLERK, TOWN) for n in range(6)]

    def first(actor: Actor) -> int | None:
        with with_the_webs_login(actor):
            return drafting.take_next(actor, round_.pk, at=AT)

    given = at_the_same_moment(*(partial(first, actor) for actor in clerks))
    assert sorted(given) == [one.pk for one in lines]

    for one in lines:
        FormEntry.objects.filter(task_id=one.pk).delete()
        enter(one, phone=f"138000000{one.pk % 100:02d}")

    def second(actor: Actor) -> int | None:
        with with_the_webs_login(actor):
            return seconding.take_next(actor, round_.pk, at=LATER)

    given = at_the_same_moment(*(partial(second, actor) for actor in clerks))
    assert sorted(given) == [one.pk for one in lines]


@pytest.mark.django_db(transaction=True)
def test_handed_over_twice_in_the_same_moment_it_is_entered_once() -> None:
    task = a_line()
    version = open_form(task).knows.version

    def finish() -> int:
        with with_the_webs_login(CLERK):
            given = {"answers": TYPED | {"name": "赵泗"}, "explained": {}, "seconds": 1, "version": version}
            return entering.finish(task.pk, **given, actor=CLERK, at=LATER).pk

    done = at_the_same_moment(finish, finish)
    assert len(done) == 2 and len(set(done)) == 1
    assert ChangeRequest.objects.count() == 1 and JournalEntry.objects.filter(event="FORM_ENTERED").count() == 1
