"""Requests for a change with the web's login: one open for an item, only in the area, never in the register."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from canbao.rules.roles import Actor, Role
from canbao.services import access, changes
from canbao.services.registry import NoBasis
from canbao.store.models import ChangeRequest, Person
from tests.worlds import AT, ON, foreign_town, person, town_offices

TOWN = town_offices()[0]
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
STRANGER = Actor("wang", Role.TOWN_CLERK, foreign_town(TOWN))
pytestmark = pytest.mark.django_db


def ask(who: Person, item: str = "phone", after: str = "13800000002", basis: str = "form:1") -> changes.Asked:
    with access.acting_as(CLERK):
        return changes.ask(who, item=item, before="13800000001", after=after, basis=basis, actor=CLERK, at=AT)


def listed(actor: Actor, **asked: Any) -> list[changes.Line]:
    with access.acting_as(actor):
        return changes.list_changes(actor, on=ON, at=AT, **asked).lines


def test_a_second_request_for_an_open_item_joins_the_first(request: Any) -> None:
    who = person(1, TOWN, phone="13800000001")
    request.getfixturevalue("as_web")
    first, again = ask(who), ask(who, after="13800000003")
    assert (again.change_id, again.joined) == (first.change_id, True)
    with access.acting_as(CLERK):
        assert ChangeRequest.objects.get().after == "13800000002"
        assert Person.objects.get(pk=1).phone == "13800000001"
        shown = changes.show(CLERK, first.change_id, at=AT)
        assert [(one.after.text, one.by) for one in shown.others] == [
            ("138****0003", "li")
        ]  # both are seen by who decides
        ChangeRequest.objects.update(state="REFUSED")
    assert not ask(who).joined


def test_a_request_without_a_basis_is_none(request: Any) -> None:
    who = person(1, TOWN)
    request.getfixturevalue("as_web")
    with pytest.raises(NoBasis):
        ask(who, basis=" ")


def test_the_list_is_of_the_area_hidden_filtered_and_paged_by_key(request: Any) -> None:
    people = [person(n, TOWN) for n in range(1, 53)]
    request.getfixturevalue("as_web")
    for one in people:
        ask(one)
    ask(people[0], item="name", after="张四")
    with access.acting_as(CLERK):
        page = changes.list_changes(CLERK, on=ON, at=AT)
        rest = changes.list_changes(CLERK, on=ON, at=AT, after=int(page.after))
    numbers = [line.change_id for line in (*page.lines, *rest.lines)]
    assert len(page.lines) == 50 and len(set(numbers)) == 53 and numbers == sorted(numbers, reverse=True)
    assert {line.after.text for line in listed(CLERK, item="phone")} == {"138****0002"}
    assert listed(CLERK, state="APPROVED") == listed(STRANGER) == []
    with access.acting_as(STRANGER), pytest.raises(access.NotFound):
        changes.show(STRANGER, numbers[0], at=AT + timedelta(days=1))


def test_after_a_sending_back_a_request_waits_for_its_first_stage_again(request: Any) -> None:
    who = person(1, TOWN, phone="13800000001")
    first = ask(who)
    row = ChangeRequest.objects.get(pk=first.change_id)
    begun = row.steps[0]
    later = [begun | {"decision": one, "state": state} for one, state in
             (("APPROVE", "REVIEWED"), ("SEND_BACK", "SENT_BACK"), ("SUBMIT", "SUBMITTED"))]  # fmt: skip
    ChangeRequest.objects.update(steps=[begun, *later], state="SUBMITTED", stages=["REVIEW", "APPROVAL"])
    with access.acting_as(CLERK):
        shown = changes.show(CLERK, first.change_id, at=AT)
    assert shown.line.waits_for == "镇街初审" and [passed for _, passed in shown.stages] == [False, False]
