"""What changed since villages were worked out: each change once, and none lost that was being written meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from canbao.services.villages import changed
from canbao.store.models import Enrolment, MatchRun, Person, VillageRun
from tests.integration.villages import city
from tests.worlds import AT, LONG_AGO

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def worked_out(at: Any) -> None:
    mark = changed.mark_now(at)
    VillageRun.objects.create(
        whole=False, towns=1, rule_version="1", history_mark=mark.history, enrolment_mark=mark.enrolment,
        oldest_open=mark.oldest_open, next_open=mark.next_open, began_at=at, run_by="x", run_at=at,
    )  # fmt: skip


def towns() -> list[str]:
    since = changed.since_last()
    assert since
    return changed.changed_towns(since)


def person(number: int, at: Any, **facts: Any) -> None:
    Person.objects.bulk_create([city.resident(number, city.TOWN[6:], city.PLACE, **facts)])
    Person.objects.filter(pk=number).update(recorded_at=at)


def test_each_change_is_read_once() -> None:
    worked_out(AT)
    person(1, AT)
    assert towns() == [city.TOWN[6:]]
    worked_out(AT + timedelta(minutes=1))
    assert towns() == [], "recorded within the hour, and yet not new"


def test_people_of_a_long_run_are_found_however_many_workings_out_began_meanwhile() -> None:
    for day in range(1, 4):
        worked_out(AT + day * DAY)
    MatchRun.objects.create(state="APPLIED", rule_version="1", engine="x", started_by="x", started_at=AT)
    person(1, AT + timedelta(seconds=1))
    assert towns() == [city.TOWN[6:]]


def test_what_was_being_written_at_the_time_is_read_the_next_time() -> None:
    person(1, AT - 3 * DAY)
    worked_out(AT)
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("update person set recorded_at = %s where id = 1", [AT + timedelta(seconds=1)])
        worked_out(AT + timedelta(hours=3))
        assert towns() == [], "not committed yet"
    assert towns() == [city.TOWN[6:]]
    worked_out(AT + timedelta(hours=4))
    assert towns() == []


def test_after_a_restore_on_another_server_everything_is_worked_out_anew() -> None:
    """Its transactions are numbered from the beginning: no row would be younger than the mark."""
    worked_out(AT)
    assert changed.since_last()
    VillageRun.objects.update(oldest_open=2**40, next_open=2**40)
    assert changed.since_last() is None


@pytest.fixture
def people(tmp_path: Path, settings: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    city.build()


def insure(number: int, division: str, at: Any) -> None:
    Enrolment.objects.create(
        person_id=number, scheme="EMPLOYEE_PENSION", record_key=f"k{number}", office_path=city.TOWN, state="PAYING", source="employee",
        enrolment_division=division, valid_from=LONG_AGO, recorded_at=at, basis="test",
    )  # fmt: skip


def test_offices_copied_to_enrolments_are_no_change(people: None) -> None:
    insure(city.NAMED, city.TOWN[6:], AT)
    run = city.work_out()
    assert run and run.whole and Enrolment.objects.get(person_id=city.NAMED).office_path == city.POOL
    assert city.work_out() is None
    with transaction.atomic():
        Person.objects.filter(pk=city.NAMED).update(basis="village:1")
        Enrolment.objects.filter(person_id=city.NAMED).update(recorded_at=AT + timedelta(seconds=1))
    assert towns() == [city.TOWN[6:]], "it came while villages were worked out"
    insure(city.ESTATE, city.TOWN[6:], AT)
    Enrolment.objects.filter(person_id=city.NAMED).update(enrolment_division=city.POOL[6:], recorded_at=AT)
    run = city.work_out()
    assert run and not run.whole and run.towns == 1
    assert city.work_out() is None


def test_of_two_overlapping_transactions_the_one_that_commits_late_is_worked_out(people: None) -> None:
    city.work_out()
    parameters = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    address = "update person set home_address = home_address || '1', recorded_at = %s, basis = 'test' where id = %s"
    with psycopg.connect(**parameters) as late, psycopg.connect(**parameters) as early:
        late.execute(address, [AT, city.BARE])
        early.execute(address, [AT, city.ESTATE])
        early.commit()
        run = city.work_out()
        assert run and not run.whole, "the early one"
        late.commit()
    run = city.work_out()
    assert run and not run.whole and run.towns == 1, "the late one"
    assert city.work_out() is None
