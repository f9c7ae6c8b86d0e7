"""The watch over the journal against PostgreSQL, and the console's view of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from canbao.rules.permissions import NotAllowed
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit
from canbao.services.audit import alarms, console, scanning
from canbao.services.audit.console import Filters
from canbao.store.models import AlarmPosition
from tests.worlds import journal_entries

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in 重庆
CLERK = Actor("li", Role.TOWN_CLERK, "500103001001000")
OTHER = Actor("wang", Role.TOWN_CLERK, "500105001001000")
AUDITOR = Actor("sun", Role.AUDIT_ADMINISTRATOR)
DISTRICT_AUDITOR = Actor("zhou", Role.AUDIT_ADMINISTRATOR, "500105")

pytestmark = pytest.mark.django_db


def open_people(numbers: list[int], *, actor: Actor = CLERK, at: datetime = AT, area: str = CLERK.office) -> None:
    lines = [
        audit.Line(audit.Event.PERSON_VIEWED, "person", str(number), detail={"reason": "来所办理"}, area=area)
        for number in numbers
    ]
    journal_entries(lines, actor=actor, at=at, step=timedelta(seconds=1))


def kinds(actor: Actor = AUDITOR) -> set[str]:
    return {alarm.kind.value for alarm in alarms.alarms(actor=actor, is_open=True)}


def test_two_hundred_files_in_a_row_raise_within_one_scan_and_ordinary_work_does_not() -> None:
    open_people([n * 31 for n in range(1, 40)], actor=OTHER)
    open_people(list(range(1000, 1200)))
    audit.scan(at=AT + timedelta(minutes=5))
    raised = alarms.alarms(actor=AUDITOR, is_open=True)
    assert {alarm.subject for alarm in raised} == {"li"}
    assert {"MANY_PEOPLE", "FILES_IN_A_ROW"} == kinds()
    assert max(alarm.count for alarm in raised) == 200


def test_two_hundred_numbers_of_one_stem_raise_within_one_scan() -> None:
    lines = [
        audit.Line(audit.Event.SEARCHED, "search", detail={"kind": "NUMBER", "stem": "s", "digest": str(n), "hits": 0})
        for n in range(200)
    ]
    journal_entries(lines, actor=CLERK, at=AT)
    audit.scan(at=AT + timedelta(minutes=1))
    assert {"NUMBERS_IN_A_ROW", "MANY_SEARCHES"} == kinds()


def test_numbers_tried_in_the_duplicate_search_raise_like_numbers_searched() -> None:
    lines = [
        audit.Line(audit.Event.LOOKED_FOR_TWIN, "round", detail={"hits": 1, "stem": "s", "digest": str(n)})
        for n in range(30)
    ]
    journal_entries(lines, actor=CLERK, at=AT)
    audit.scan(at=AT + timedelta(minutes=1))
    assert {"NUMBERS_IN_A_ROW", "MANY_NUMBERS"} == kinds()


def test_numbers_that_another_system_asks_for_raise_and_how_many_it_asks_does_not() -> None:
    system = Actor("api:1", Role.EXTERNAL_SYSTEM)
    stems = ["s"] * 30 + [str(n) for n in range(200)]
    lines = [
        audit.Line(audit.Event.CLIENT_LOOKED_UP, "client", "1", detail={"stem": stem, "digest": str(n)})
        for n, stem in enumerate(stems)
    ]
    journal_entries(lines, actor=system, at=AT)
    audit.scan(at=AT + timedelta(minutes=1))
    assert kinds() == {"NUMBERS_IN_A_ROW"}


def test_a_scan_may_run_twice_and_an_alarm_grows_with_what_follows() -> None:
    open_people(list(range(1000, 1030)))
    assert audit.scan(at=AT + timedelta(minutes=5)) == 1
    assert audit.scan(at=AT + timedelta(minutes=5)) == 0
    open_people(list(range(1030, 1035)), at=AT + timedelta(minutes=6))
    assert audit.scan(at=AT + timedelta(minutes=7)) == 0
    (alarm,) = alarms.alarms(actor=AUDITOR, is_open=True)
    assert alarm.count == 35


def test_a_watch_that_stood_still_catches_up() -> None:
    audit.scan(at=AT - timedelta(hours=1))
    open_people(list(range(1000, 1030)))
    assert audit.scan(at=AT + timedelta(hours=9)) == 1


def test_settled_is_settled_until_it_goes_on() -> None:
    open_people(list(range(1000, 1030)))
    audit.scan(at=AT + timedelta(minutes=5))
    (alarm,) = alarms.alarms(actor=AUDITOR, is_open=True)
    with pytest.raises(alarms.NoteMissing):
        alarms.settle(alarm.id, note=" ", actor=AUDITOR, at=AT)
    with pytest.raises(NotAllowed):
        alarms.settle(alarm.id, note="正常业务", actor=CLERK, at=AT)
    with pytest.raises(alarms.AlarmNotFound):
        alarms.settle(alarm.id, note="正常业务", actor=DISTRICT_AUDITOR, at=AT)
    alarms.settle(alarm.id, note="正常业务", actor=AUDITOR, at=AT + timedelta(minutes=6))
    with pytest.raises(alarms.AlreadySettled):
        alarms.settle(alarm.id, note="再次", actor=AUDITOR, at=AT + timedelta(minutes=6))
    assert audit.scan(at=AT + timedelta(minutes=7)) == 0
    open_people(list(range(2000, 2025)), at=AT + timedelta(minutes=8))
    assert audit.scan(at=AT + timedelta(minutes=10)) == 1
    told = [entry.what for entry in console.search(Filters(event="ALARM_SETTLED"), actor=AUDITOR, at=AT).entries]
    assert len(told) == 1 and "正常业务" in told[0]


def test_more_than_three_times_the_own_usual_hour_raises() -> None:
    for day in range(1, 15):
        open_people([n * 31 for n in range(10)], at=AT - timedelta(days=day))
    open_people([n * 31 for n in range(35)])
    audit.scan(at=AT + timedelta(minutes=5))
    assert kinds() == {"ABOVE_USUAL"}


def test_the_console_finds_pages_and_notes_the_look() -> None:
    open_people(list(range(1, 8)))
    open_people([3], actor=OTHER)
    page = console.search(Filters(event="PERSON_VIEWED"), actor=AUDITOR, at=AT, size=5)
    rest = console.search(Filters(event="PERSON_VIEWED"), actor=AUDITOR, at=AT, size=5, after=page.following)
    found = [entry.id for entry in (*page.entries, *rest.entries)]
    assert len(set(found)) == 8 and rest.following == ""
    assert [entry.account for entry in console.search(Filters(person="3"), actor=AUDITOR, at=AT).entries] == [
        "li",
        "wang",
    ]
    assert len(console.search(Filters(account="wang"), actor=AUDITOR, at=AT).entries) == 1
    assert len(console.search(Filters(office="500103"), actor=AUDITOR, at=AT).entries) == 7
    assert console.search(Filters(until=date(2026, 11, 23)), actor=AUDITOR, at=AT).entries == []
    assert {
        entry.account for entry in console.search(Filters(event="PERSON_VIEWED"), actor=DISTRICT_AUDITOR, at=AT).entries
    } == {"wang"}
    assert len(console.search(Filters(event="JOURNAL_SEARCHED"), actor=AUDITOR, at=AT).entries) == 7
    with pytest.raises(NotAllowed):
        console.search(Filters(), actor=CLERK, at=AT)
    with pytest.raises(console.BadPlace):
        console.search(Filters(), actor=AUDITOR, at=AT, after="x")


def test_counts_by_day_and_kind_agree_with_the_list() -> None:
    open_people(list(range(1, 8)))
    open_people([1, 2], at=AT - timedelta(days=3))
    counts = console.counts(Filters(account="li"), actor=AUDITOR, on=date(2026, 11, 24))
    assert {day: n for day, n in counts.days if n} == {date(2026, 11, 24): 7, date(2026, 11, 21): 2}
    assert counts.kinds == [("PERSON_VIEWED", 9)] and len(counts.days) == 30


def test_an_entry_says_whether_its_seal_holds(transactional_db: None) -> None:
    open_people([1])
    with transaction.atomic():
        (told,) = console.search(Filters(), actor=AUDITOR, at=AT).entries
        assert console.entry(told.id, actor=AUDITOR, at=AT).seal_state is console.SealState.NOT_YET
    audit.seal()
    with transaction.atomic():
        assert console.entry(told.id, actor=AUDITOR, at=AT).seal_state is console.SealState.GOOD
        with pytest.raises(console.EntryNotFound):
            console.entry(told.id, actor=DISTRICT_AUDITOR, at=AT)


def test_a_look_by_another_office_is_seen_at_the_persons_office(as_web: None) -> None:
    open_people([17], actor=OTHER)
    open_people([18], actor=OTHER, area=OTHER.office)
    with access.acting_as(CLERK):
        (look,) = audit.looks_at(17)
        assert (look.post, look.purpose) == (Role.TOWN_CLERK.label, "来所办理")
        assert audit.looks_at(18) == []


def test_a_check_by_hand_reads_the_last_hour_only(as_web: None, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[datetime] = []
    stood = AlarmPosition(scanned_to=AT - timedelta(days=40))
    monkeypatch.setattr(AlarmPosition.objects, "first", lambda: stood)
    monkeypatch.setattr(scanning, "_acts", lambda end: read.append(end) or [])
    with access.acting_as(AUDITOR):
        assert audit.scan_own(at=AT) == 0
    assert read == [AT - timedelta(minutes=30), AT]


def test_the_auditor_at_the_web_searches_and_settles(as_web: None) -> None:
    open_people(list(range(1000, 1030)))
    with access.acting_as(AUDITOR):
        assert audit.scan_own(at=AT + timedelta(minutes=5)) == 1
        (alarm,) = alarms.alarms(actor=AUDITOR, is_open=True)
        alarms.settle(alarm.id, note="已核实", actor=AUDITOR, at=AT)
        assert len(console.search(Filters(event="PERSON_VIEWED"), actor=AUDITOR, at=AT).entries) == 30
        assert len(console.sample(Filters(), actor=AUDITOR, at=AT, seed=1)) == 20
        assert audit.standing(actor=AUDITOR).unsealed >= 32
