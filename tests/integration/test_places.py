"""Divisions and offices as of a day, and the work that waits for a post."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from canbao.rules.roles import Actor, Role
from canbao.services import reference, work
from canbao.services.reference import Tree
from canbao.store.models import AlarmPosition, Batch, Delivery, MatchCase

AT = datetime(2026, 11, 24, 1, 50, tzinfo=UTC)
NEW, OLD = date(2026, 11, 24), date(2025, 11, 24)
pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> None:
    reference.load(actor=Actor("init", Role.SYSTEM_ADMINISTRATOR), at=AT)


def test_a_district_that_ended_is_shown_for_its_day_or_on_request_with_what_became_of_it(loaded: None) -> None:
    before = {place.code: place for place in reference.divisions_below("50", on=OLD)}
    after = {place.code: place for place in reference.divisions_below("50", on=NEW)}
    asked = {place.code: place for place in reference.divisions_below("50", on=NEW, ended=True)}
    assert before["500105"].is_current and "500157" not in before
    assert "500105" not in after and after["500157"].beside.startswith("两江新区")
    assert not asked["500105"].is_current and asked["500105"].successors == ("两江新区",)
    assert len(asked) == len(set(asked))


def test_a_town_that_changed_hands_stands_once_and_tells_both_its_times(loaded: None) -> None:
    towns = [place.code for place in reference.divisions_below("500157", on=NEW, ended=True)]
    assert "500105002" in towns and len(towns) == len(set(towns))
    told = reference.history(Tree.DIVISION, "500105002", on=NEW)
    assert told is not None and [one.above for one in told.periods] == ["江北区", "两江新区"]
    assert reference.history(Tree.DIVISION, "999999", on=NEW) is None


def test_a_place_is_found_by_part_of_its_name_or_the_beginning_of_its_code(loaded: None) -> None:
    assert reference.search("江北区", tree=Tree.DIVISION, on=NEW)[0].code == "500105"
    assert {p.code[:6] for p in reference.search("500103", tree=Tree.DIVISION, on=NEW)} == {"500103"}
    office = reference.search("七星岗", tree=Tree.OFFICE, on=NEW)[0]
    assert office.name == "七星岗街道社会保障服务所" and office.above.startswith("渝中区")
    assert reference.search(" ", tree=Tree.OFFICE, on=NEW) == []


def test_work_waits_for_the_post_that_may_do_it_in_its_own_area() -> None:
    AlarmPosition.objects.create(scanned_to=timezone.now())
    for number, office in enumerate(("500103500103001", "500103500103001", "500103500103003")):
        MatchCase.objects.create(
            kind="POSSIBLE_SAME", subject=str(number), person_ids=[1], record_keys=[], reason="", office_path=office,
            first_run_id=1, last_run_id=1,
        )  # fmt: skip
    clerk = Actor("a", Role.TOWN_CLERK, "500103500103001")
    assert [(item.label, item.count) for item in work.waiting(clerk, on=NEW)] == [("疑似同一人", 2)]
    district = Actor("a", Role.DISTRICT_CLERK, "500103")
    MatchCase.objects.create(
        kind="POSSIBLE_SAME", subject="own", person_ids=[1], record_keys=[], reason="", office_path="500103", first_run_id=1,
        last_run_id=1,
    )  # fmt: skip
    assert [(item.count, item.below) for item in work.waiting(district, on=NEW)] == [(1, False), (3, True)]
    for role in (Role.TOWN_ARCHIVIST, Role.GUIDE, Role.AUDIT_ADMINISTRATOR, Role.VILLAGE_SURVEYOR):
        assert work.waiting(Actor("a", role, "50"), on=NEW) == []
    AlarmPosition.objects.update(scanned_to=timezone.now() - timedelta(minutes=16))
    (late,) = work.waiting(Actor("a", Role.AUDIT_ADMINISTRATOR, "50"), on=NEW)
    assert late.label == "异常检查没有按时进行"


def test_a_batch_waits_for_the_second_person_only() -> None:
    delivery = Delivery.objects.create(
        source="police", kind="full", as_of=NEW, digest="d", state="RECEIVED", received_by="he", received_at=AT
    )
    Batch.objects.create(delivery=delivery, status="PREPARED", prepared_by="he", prepared_at=AT)
    mine, theirs = (work.waiting(Actor(name, Role.MUNICIPAL_APPROVER), on=NEW) for name in ("he", "she"))
    assert [item.label for item in mine] == []
    assert [item.label for item in theirs] == ["待提交的批次"]
