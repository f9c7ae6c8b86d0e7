"""Deciding cases with the web's login: what takes effect, what is taken back, who may say what, and who gets which case."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.utils import timezone

from canbao.rules import approval, budgets, second_opinion
from canbao.rules.budgets import Budget, Group
from canbao.rules.roles import Actor, Role
from canbao.services import access, matching, registry
from canbao.store.models import Job, LookCount, MatchCase, MatchCaseRecord, MatchDecision, Person, PersonDocument
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import AT, ON, account, foreign_town, person, town_offices

TOWN, NEXT_TOWN = town_offices()
FOREIGN = foreign_town(TOWN)
CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
SECOND = Actor("wang", Role.TOWN_CLERK, TOWN)
DISTRICT = Actor("zhao", Role.DISTRICT_CLERK, TOWN[:6])
APPROVER = Actor("qian", Role.DISTRICT_APPROVER, TOWN[:6])
PATTERN = "支持：出生日期相同；反对：姓名不同；证据不足以自动合并"

numbers = count(1)


def a_case(*, sampled: bool = False, office: str = TOWN, kind: str = "POSSIBLE_SAME") -> MatchCase:
    """Two people of an office who may be one."""
    first = 10 * next(numbers)
    subject = next(s for s in (f"{first}-{n}" for n in count()) if second_opinion.in_sample(s) == sampled)
    people = [person(first, office), person(first + 1, office, name="张叁")]
    case = MatchCase.objects.create(
        kind=kind, subject=subject, person_ids=[p.pk for p in people], record_keys=[f"police:{p.pk}" for p in people],
        reason=PATTERN, office_path=office, first_run_id=1, last_run_id=1,
    )  # fmt: skip
    for place, one in enumerate(people, 1):
        MatchCaseRecord.objects.create(
            case_id=case.pk, place=place, person_id=one.pk, source="police", record_key=str(one.pk),
            facts={"name": one.name, "doc_number": one.doc_number, "birth_date": "1990-01-01"}, office_path=office,
        )  # fmt: skip
    return case


def decide(case: MatchCase, actor: Actor, *, same: bool, minute: int = 0) -> str:
    with access.acting_as(actor):
        at = AT + timedelta(minutes=10 + minute)
        return matching.decide(case.pk, same=same, reason="户口簿", on=ON, actor=actor, at=at).state


def undo(case: MatchCase, actor: Actor, *, minute: int = 0) -> str:
    with access.acting_as(actor):
        return matching.undo(case.pk, on=ON, actor=actor, at=AT + timedelta(minutes=10 + minute)).state


def digest() -> str:
    with access.acting_as(Actor("x", Role.GUIDE)):
        return registry.digest()


def waiting(actor: Actor, **more: object) -> int | None:
    with access.acting_as(actor):
        return matching.take_next(actor, kind="POSSIBLE_SAME", at=more.get("at", AT), skip=more.get("skip", 0))  # type: ignore[arg-type]


def seconds(actor: Actor) -> int:
    with access.acting_as(actor):
        return matching.seconds_waiting(actor)


@pytest.mark.django_db
def test_a_decision_made_on_the_web_merges_and_its_undo_restores_the_register(request: pytest.FixtureRequest) -> None:
    case = a_case()
    request.getfixturevalue("as_web")
    before = digest()

    assert decide(case, CLERK, same=True) == "DECIDED"
    merged = digest()
    assert undo(case, CLERK, minute=1) == "OPEN"

    assert merged != before and digest() == before
    with access.acting_as(CLERK):
        assert not MatchDecision.objects.exists()
        assert Person.objects.filter(pk__in=case.person_ids).count() == 2


@pytest.mark.django_db
def test_what_somebody_did_since_is_not_written_over(request: pytest.FixtureRequest) -> None:
    case = a_case()
    into, gone = sorted(case.person_ids)
    PersonDocument.objects.create(
        person_id=gone, number="J123", sources="police", office_path=TOWN, valid_from=ON, recorded_at=AT, basis="run:1"
    )
    decide(case, CLERK, same=True)
    registry.end(into, ended_on=ON, version=1, basis="申请表", actor=DISTRICT, at=AT + timedelta(minutes=11))
    request.getfixturevalue("as_web")
    with pytest.raises(registry.LaterActs):
        undo(case, CLERK, minute=2)


@pytest.mark.django_db
def test_a_case_of_the_sample_takes_effect_when_two_agree(request: pytest.FixtureRequest) -> None:
    case = a_case(sampled=True)
    request.getfixturevalue("as_web")
    before = digest()

    assert decide(case, CLERK, same=True) == "SECOND" and digest() == before
    assert waiting(CLERK) is None and waiting(SECOND) == case.pk
    assert (seconds(CLERK), seconds(SECOND)) == (0, 1)
    with pytest.raises(matching.NotDecidable) as refused:
        decide(case, CLERK, same=True, minute=1)
    assert refused.value.why is matching.Refusal.ALREADY_GIVEN
    with pytest.raises(matching.NotDecidable):
        undo(case, SECOND)

    assert decide(case, SECOND, same=True, minute=2) == "DECIDED" and digest() != before
    assert undo(case, SECOND, minute=3) == "SECOND" and digest() == before


@pytest.mark.django_db
def test_when_two_disagree_the_office_above_decides(request: pytest.FixtureRequest) -> None:
    case = a_case(sampled=True)
    third = Actor("sun", Role.TOWN_REVIEWER, TOWN)
    request.getfixturevalue("as_web")
    decide(case, CLERK, same=True)

    assert decide(case, SECOND, same=False, minute=1) == "ESCALATED"
    assert waiting(third) is None and waiting(DISTRICT) == case.pk
    with pytest.raises(matching.NotDecidable) as refused:
        decide(case, third, same=True, minute=2)
    assert refused.value.why is matching.Refusal.OFFICE_ABOVE
    assert decide(case, DISTRICT, same=False, minute=3) == "DECIDED"
    with access.acting_as(DISTRICT):
        assert MatchDecision.objects.get(case_id=case.pk).same is False
        assert (matching.agreement(DISTRICT).twice, matching.agreement(DISTRICT).agreed) == (1, 0)


@pytest.mark.django_db
def test_cases_are_handed_out_once_in_turn_and_in_the_own_area(request: pytest.FixtureRequest) -> None:
    first, second = a_case(), a_case()
    beyond = a_case(office=FOREIGN)
    request.getfixturevalue("as_web")

    assert waiting(CLERK) == first.pk and waiting(SECOND) == second.pk
    assert waiting(CLERK) == first.pk  # it stays his
    assert waiting(SECOND, skip=second.pk) is None
    assert waiting(SECOND, skip=second.pk, at=AT + timedelta(minutes=6)) == first.pk
    with access.acting_as(CLERK):
        matching.set_aside(first.pk, note="", actor=CLERK, at=AT + timedelta(minutes=7))
    assert waiting(CLERK, at=AT + timedelta(minutes=20)) == second.pk
    with access.acting_as(CLERK), pytest.raises(access.NotFound):
        matching.view_case(beyond.pk, actor=CLERK, at=AT)


@pytest.mark.django_db
def test_what_is_settled_elsewhere_is_handed_on_with_a_note(request: pytest.FixtureRequest) -> None:
    case = a_case(kind="DEAD_BUT_ACTIVE")
    request.getfixturevalue("as_web")
    with pytest.raises(matching.NotDecidable) as refused:
        decide(case, CLERK, same=True)
    assert refused.value.why is matching.Refusal.NOT_TWO_PEOPLE
    with access.acting_as(CLERK):
        with pytest.raises(registry.NoBasis):
            matching.hand_on(case.pk, note=" ", actor=CLERK, at=AT)
        assert matching.hand_on(case.pk, note="已请殡葬部门核实", actor=CLERK, at=AT).state == "NOTED"
    assert undo(case, CLERK) == "OPEN"


@pytest.mark.django_db
def test_a_bulk_decision_takes_two_people_and_is_undone_whole(request: pytest.FixtureRequest) -> None:
    cases = [a_case(), a_case(sampled=True), a_case()]
    beyond = a_case(office=NEXT_TOWN)
    request.getfixturevalue("as_web")
    before = digest()
    with access.acting_as(CLERK):
        seen = matching.bulk.preview(CLERK, pattern=PATTERN, at=AT)
        assert (seen.found, len(seen.sample)) == (3, 3)
        asked = matching.bulk.ask(
            CLERK, pattern=PATTERN, same=True, reason="逐件核对", last_case_id=seen.last_case_id, at=AT
        )
        with pytest.raises(access.NotAllowed):
            matching.bulk.confirm(asked.pk, on=ON, actor=CLERK, at=AT)
    itself = Actor(CLERK.account, Role.DISTRICT_APPROVER, TOWN[:6])
    with access.acting_as(itself), pytest.raises(approval.SamePerson):
        matching.bulk.confirm(asked.pk, on=ON, actor=itself, at=AT)
    with access.acting_as(APPROVER):
        done = matching.bulk.confirm(asked.pk, on=ON, actor=APPROVER, at=AT + timedelta(minutes=1))
        assert (done.settled, done.skipped) == (3, 0)
        states = dict(MatchCase.objects.values_list("pk", "state"))
        assert {states[case.pk] for case in cases} == {"DECIDED"} and states[beyond.pk] == "OPEN"
    assert digest() != before
    with access.acting_as(APPROVER):
        matching.bulk.undo(asked.pk, on=ON, actor=APPROVER, at=AT + timedelta(minutes=2))
    assert digest() == before


@pytest.mark.django_db
def test_a_large_bulk_goes_to_the_queue_and_goes_on_where_it_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        a_case()
    monkeypatch.setattr(matching.bulk, "AT_ONCE", 2)
    monkeypatch.setattr(matching.bulk, "CHUNK", 1)
    before, seen = digest(), matching.bulk.preview(CLERK, pattern=PATTERN, at=AT)
    asked = matching.bulk.ask(CLERK, pattern=PATTERN, same=True, reason="核对", last_case_id=seen.last_case_id, at=AT)
    assert matching.bulk.confirm(asked.pk, on=ON, actor=APPROVER, at=AT).state == "WORKING"
    assert Job.objects.get().kind == "case_bulk" and digest() == before

    def killed(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        matching.bulk.settle(asked.pk, on=ON, actor=APPROVER, at=AT + timedelta(minutes=1), watch=killed)
    assert MatchCase.objects.filter(state="DECIDED").count() == 1
    again = [matching.bulk.settle(asked.pk, on=ON, actor=APPROVER, at=AT + timedelta(minutes=1)) for _ in range(2)]
    assert {(done.state, done.settled, done.skipped) for done in again} == {("APPROVED", 3, 0)}
    assert matching.bulk.undo(asked.pk, on=ON, actor=APPROVER, at=AT).state == "APPROVED"
    matching.bulk.take_back(asked.pk, on=ON, actor=APPROVER, at=AT + timedelta(minutes=1) + timedelta(minutes=1))
    assert digest() == before


@pytest.mark.django_db
def test_a_clerk_who_decides_all_day_is_not_stopped_and_one_who_only_looks_is(settings: Any, as_web: None) -> None:
    settings.AXES_ENABLED = False
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
        account("li", Role.TOWN_CLERK, TOWN)
        cases = [a_case() for _ in range(5)]
        hour = budgets.hour_of(timezone.now())
        most = budgets.ALLOWANCES[Budget.CASES, Group.OFFICE].hour
        LookCount.objects.create(
            account="li", budget="CASES", day=hour.date(), in_day=most - 1, hour=hour, in_hour=most - 1
        )
        cursor.execute("set local role canbao_web")
    desk = Client(headers={"HX-Request": "true"})
    desk.cookies[site.SESSION_COOKIE_NAME] = signed_in("li")

    def pressed(case: MatchCase, verdict: str) -> str:
        said = {"verdict": verdict, "kind": "POSSIBLE_SAME", f"reason_{verdict}": "户口簿"}
        answer = desk.post(f"/cases/{case.pk}/decide/", said)
        assert answer.status_code == 200
        return str(answer.content.decode())

    assert desk.get(f"/cases/{cases[0].pk}/").status_code == 200
    for case, following in pairwise(cases[:4]):
        assert f'data-case="{following.pk}"' in pressed(case, "different")
    stopped = pressed(cases[3], "later")
    assert "已暂缓" in stopped and "额度" in stopped and "data-case" not in stopped
    assert desk.get(f"/cases/{cases[4].pk}/").status_code == 429
    with access.acting_as(CLERK):
        found = [MatchCase.objects.get(pk=case.pk) for case in cases[:4]]
    assert [case.state for case in found] == ["DECIDED"] * 3 + ["OPEN"] and found[3].turn
