"""What a login of the application can put into the journal, and what the database sets itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from canbao.rules.roles import Actor, Role
from canbao.services import audit
from canbao.services.audit.events import AT_THE_MACHINE
from canbao.services.audit.presenters import _SENTENCES
from canbao.store.models import JournalEntry
from tests.integration.audit.conftest import ACTOR, Owner, append, ids, now
from tests.journal import login

LOGINS = ["canbao_worker", "canbao_web"]
GIVEN = "event, account, role, office, target_kind, target_id, basis, detail"
TRUE = "'PERSON_VIEWED', 'a', 'TOWN_CLERK', '500105001', 'person', '1', '', '{}'"


MAY_NOT = [
    "update journal set account = 'x'",
    "delete from journal",
    "truncate journal",
    "update journal_seal set digest = 'x'",
    "delete from journal_seal",
    "truncate journal_seal",
    "update MONTH set account = 'x'",
    "select * from MONTH",
    f"insert into MONTH ({GIVEN}) values ({TRUE})",
    f"insert into journal ({GIVEN}, at) values ({TRUE}, now())",
    f"insert into journal ({GIVEN}, terminal) values ({TRUE}, '10.0.0.1')",
    f"insert into journal ({GIVEN}, request) values ({TRUE}, 'x')",
    f"insert into journal ({GIVEN}, login) values ({TRUE}, 'canbao_worker')",
    f"insert into journal ({GIVEN}, backend) values ({TRUE}, 1)",
    "lock table journal_sealing in access share mode",
    f"insert into journal ({GIVEN}, id) overriding system value values ({TRUE}, 9223372036854775807)",
    f"insert into journal ({GIVEN}, id) overriding user value values ({TRUE}, 1)",
    "select nextval('journal_id_seq')",
    "select setval('journal_id_seq', 9223372036854775807)",
    "select nextval('journal_seal_id_seq')",
    "insert into journal_seal (id, from_id, to_id, count, leaves, prev_digest, digest, sealed_at)"
    " overriding system value select 1, from_id, to_id, count, leaves, prev_digest, digest, sealed_at from journal_seal",
    "create table journal_1999_01 partition of journal for values from ('1999-01-01') to ('1999-02-01')",
    "alter table journal disable row level security",
    "alter table journal_seal disable trigger all",
    "create trigger quiet before insert on journal for each row execute function suppress_redundant_updates_trigger()",
    "lock table journal in share mode",
    "select indexes_aside(array['journal'])",
    "select indexes_aside(array['journal_seal'])",
    "comment on table journal is 'x'",
]


@pytest.mark.parametrize("role", LOGINS)
def test_the_application_can_append_and_read_but_not_touch(role: str, journal: list[int]) -> None:
    month, done = f"journal_{now().astimezone(UTC):%Y_%m}", []
    with login(role) as session:
        session.execute(
            "select set_config('canbao.journal_lo', '50', false), set_config('canbao.journal_hi', '50~', false)"
        )
        found = session.execute("select count(*) from journal").fetchone()
        assert found and found[0] >= 6
        for statement in MAY_NOT:
            try:
                with session.transaction(force_rollback=True):
                    session.execute(statement.replace("MONTH", month))
                done.append(statement)
            except psycopg.errors.InsufficientPrivilege:
                pass
    assert done == []


ODD = [
    ({"detail": "[]"}, "journal_detail"),
    ({"detail": "null"}, "journal_detail"),
    ({"detail": '{"a": "' + "x" * 100_001 + '"}'}, "journal_detail"),
    ({"account": ""}, "journal_lengths"),
    ({"account": "x" * 151}, "journal_lengths"),
    ({"basis": "x" * 2001}, "journal_lengths"),
    ({"target_id": "x" * 101}, "journal_lengths"),
    ({"account": "li\nwang"}, "journal_printable"),
    ({"account": "li\u202egnaw"}, "journal_printable"),
    ({"basis": "\x9b31m"}, "journal_printable"),
]


@pytest.mark.parametrize("role", LOGINS)
def test_a_line_that_no_reader_expects_is_refused(role: str, transactional_db: None) -> None:
    true = {
        "event": "PERSON_VIEWED", "account": "a", "role": "", "office": "50", "target_kind": "person", "target_id": "1",
        "basis": "", "detail": "{}",
    }  # fmt: skip
    with login(role) as session:
        for changed, constraint in ODD:
            line = true | changed
            statement = f"insert into journal ({', '.join(line)}) values ({', '.join(['%s'] * len(line))})"
            with pytest.raises(psycopg.errors.CheckViolation) as refused:
                session.execute(statement, list(line.values()))
            assert refused.value.diag.constraint_name == constraint, changed
    assert ids() == []


UNKNOWN = ["MADE_UP", "JOURNAL_SEALED", "person_viewed", "", "X" * 41]


def test_each_login_writes_the_lines_that_are_its_own_and_no_others(transactional_db: None) -> None:
    """The same events in the program and in store/events.sql: known ones only, and what commands and jobs do not by the web."""
    written = {
        role: {event for event in (*audit.Event, *UNKNOWN) if _is_written(session, event)}
        for role, session in _sessions()
    }
    assert written == {"canbao_worker": {*audit.Event}, "canbao_web": {*audit.Event} - AT_THE_MACHINE}


def _sessions() -> Iterator[tuple[str, psycopg.Connection]]:
    for role in LOGINS:
        with login(role) as session:
            yield role, session


def _is_written(session: psycopg.Connection, event: str) -> bool:
    try:
        session.execute(
            "insert into journal (event, account, role, office, target_kind, target_id, basis, detail)"
            " values (%s, 'a', '', '50', 'person', '1', '', '{}')",
            [event],
        )
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


@pytest.mark.parametrize("role", LOGINS)
def test_a_line_says_which_login_and_session_wrote_it(role: str, transactional_db: None) -> None:
    with login(role) as session:
        session.execute(
            "select set_config('canbao.terminal', '10.9.9.9', false)"
        )  # anybody who has the login can say so
        session.execute(f"insert into journal ({GIVEN}) values ({TRUE})")
        entry = JournalEntry.objects.get()
        assert (entry.login, entry.backend, entry.terminal) == (role, session.info.backend_pid, "10.9.9.9")


def test_the_database_sets_number_and_time_and_the_program_says_where_from(transactional_db: None) -> None:
    before = now()
    with transaction.atomic(), audit.came_from(terminal="10.1.2.3", request_id="abc"):
        for at in (before - timedelta(days=400), before + timedelta(days=400)):
            audit.record(audit.Event.PERSON_CORRECTED, actor=ACTOR, at=at, target_kind="person", target_id="1")
    first, second = JournalEntry.objects.order_by("pk")
    assert before <= first.at <= second.at <= now() and first.pk < second.pk
    assert (first.terminal, first.request) == ("10.1.2.3", "abc")
    append(1)
    assert JournalEntry.objects.order_by("-pk").values_list("terminal", "request")[0] == ("", "")


def _correct(number: int) -> None:
    with transaction.atomic():
        audit.record(audit.Event.PERSON_CORRECTED, actor=ACTOR, at=now(), target_kind="person", target_id=str(number))


@pytest.mark.parametrize("record", [append, _correct], ids=["look", "act"])
def test_a_line_says_where_it_comes_from_whatever_the_connection_remembers(
    record: Callable[[int], None], transactional_db: None
) -> None:
    """What an earlier request or command has left on the connection is nobody's origin."""
    for alias in ("default", "journal"):
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "select set_config('canbao.terminal', 'left', false), set_config('canbao.request', 'left', false)"
            )
    try:
        record(1)
        with audit.came_from(terminal="命令行 root", request_id=""):
            record(2)
        record(3)
    finally:
        for alias in ("default", "journal"):
            connections[alias].close()
    said = JournalEntry.objects.order_by("pk").values_list("terminal", "request")
    assert list(said) == [("", ""), ("命令行 root", ""), ("", "")]


def test_many_entries_go_down_in_one_statement(transactional_db: None) -> None:
    lines = [audit.Line(audit.Event.PERSON_CORRECTED, "person", str(number)) for number in range(2500)]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        audit.record_all(lines, actor=ACTOR, at=now())
    assert len([query for query in queries if "insert into journal" in query["sql"]]) == 3
    assert JournalEntry.objects.values("target_id").distinct().count() == 2500


def test_a_line_of_hostile_text_is_kept_in_a_form_that_can_be_read(transactional_db: None) -> None:
    """Text from outside must neither keep a line out of the journal nor turn it into another one."""
    hostile = "a\nb\x00c\u202ed\ud800e" + "x" * 3000
    with transaction.atomic(), audit.came_from(terminal=hostile, request_id=hostile):
        audit.record(
            audit.Event.PERSON_CORRECTED, actor=Actor(hostile, Role.TOWN_CLERK, hostile), at=now(), target_kind=hostile,
            target_id=hostile, basis=hostile, area=hostile, detail={"why": hostile, "many": [hostile] * 100},
        )  # fmt: skip
    entry = JournalEntry.objects.get()
    assert (entry.office, entry.area) == ("", "")  # an office is a number
    for text in (entry.account, entry.target_kind, entry.target_id, entry.basis, entry.terminal, entry.request):
        assert text.startswith("a\ufffdb\ufffdc\ufffdd\ufffde") and text.endswith("…")
    assert len(entry.basis) == 2000 and "beginning" in entry.detail
    detail: dict[str, object] = {"why": ["a\x00b\\u0000"]}
    audit.record_look(audit.Event.SIGN_IN_FAILED, actor=ACTOR, at=now(), target_kind="account", detail=detail)
    assert JournalEntry.objects.order_by("-pk")[0].detail == {"why": ["a\ufffdb\\u0000"]}


def test_an_entry_needs_the_transaction_of_its_act(transactional_db: None) -> None:
    with pytest.raises(audit.NotInTransaction):
        audit.record(audit.Event.PERSON_CORRECTED, actor=ACTOR, at=now(), target_kind="person")


def test_the_months_are_there_half_a_year_ahead_and_a_login_makes_no_others(transactional_db: None) -> None:
    def months(session: psycopg.Connection) -> list[str]:
        rows = session.execute("select relname from pg_class where relname ~ '^journal_[0-9]{4}_[0-9]{2}$' order by 1")
        return [row[0] for row in rows]

    with login("canbao_worker") as worker, login("canbao_web") as web, login("canbao_owner") as owner:
        made = months(worker)
        assert len(made) == 8
        worker.execute("select journal_months_ahead()")
        assert months(worker) == made
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("select journal_months_ahead()")
        owner.execute(f"drop table {made[-1]}")
        assert worker.execute("select journal_months_ahead()").fetchone() == (1,)
        assert months(worker) == made


def test_no_line_is_lost_for_want_of_a_month(transactional_db: None, owner: Owner) -> None:
    """The clock of the machine may be wrong by decades."""
    owner("alter table journal alter at set default '1971-03-04'")
    try:
        append(1)
    finally:
        owner("alter table journal alter at set default clock_timestamp()")
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text, at::date::text from journal")
        assert cursor.fetchall() == [("journal_other", "1971-03-04")]


def test_months_are_made_when_nobody_uses_the_partition_for_the_rest(transactional_db: None, owner: Owner) -> None:
    """Anybody who reads the whole journal meanwhile is not made to wait for it."""
    with login("canbao_worker") as worker, login("canbao_worker") as reader, login("canbao_owner") as tables:
        last = worker.execute("select max(relname) from pg_class where relname ~ '^journal_[0-9_]{7}$'").fetchone()
        assert last
        tables.execute(f"drop table {last[0]}")
        with reader.transaction():
            reader.execute("select count(*) from journal")
            assert worker.execute("select journal_months_ahead()").fetchone() == (0,)
        assert worker.execute("select journal_months_ahead()").fetchone() == (1,)


def test_the_web_login_reads_its_own_offices_and_people_only(journal: list[int]) -> None:
    with login("canbao_web") as session:
        assert session.execute("select count(*) from journal").fetchone() == (0,)
        session.execute(
            "insert into journal (event, account, role, office, target_kind, target_id, basis, detail, area) values"
            " ('PERSON_VIEWED', 'a', '', '500103', 'person', '1', '', '{}', '500105001'),"
            " ('PERSON_VIEWED', 'a', '', '500106', 'person', '2', '', '{}', '500106')"
        )
        session.execute(
            "select set_config('canbao.journal_lo', '500105', false), set_config('canbao.journal_hi', '500105~', false)"
        )
        assert session.execute("select target_id from journal").fetchall() == [("1",)]


@pytest.mark.parametrize("event", list(audit.Event))
def test_every_event_is_said_in_a_sentence(event: audit.Event) -> None:
    assert event in _SENTENCES
    text = audit.sentence(event, target_id="17", detail={"source": "police", "others": [1, 2]})
    assert text.endswith("。") and "{" not in text and "%" not in text
