"""A look is on record whatever becomes of the act: each verb is raised in right after its look, and its line is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction

from canbao.services import access, audit
from canbao.services.audit import looking
from tests.integration.looks.verbs import CALLS, CLERK, ME, World, look_verbs
from tests.worlds import AT, person

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    """What goes wrong after a look."""


@pytest.fixture
def _home(settings: Any, tmp_path: Any) -> None:
    settings.CANBAO_HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_every_verb_that_records_a_look_is_tried_here() -> None:
    assert len(look_verbs()) > 45
    assert look_verbs() == set(CALLS)


@contextmanager
def somebody_else() -> Iterator[Callable[[], list[tuple[str, str]]]]:
    """What another session sees of the journal's looks since it came: committed lines only."""
    with psycopg.connect(**_server(), autocommit=True) as other:
        (since,) = other.execute("select coalesce(max(id), 0) from journal").fetchone() or (0,)

        def seen() -> list[tuple[str, str]]:
            rows = other.execute("select event, account from journal where id > %s order by id", [since])
            return [(event, account) for event, account in rows.fetchall() if event in audit.LOOKS]

        yield seen


def _server() -> dict[str, Any]:
    """The test's database as its superuser."""
    chosen = connection.settings_dict
    given = {"host": chosen["HOST"], "port": chosen["PORT"], "user": chosen["USER"], "password": chosen["PASSWORD"]}
    return given | {"dbname": chosen["NAME"]}


@pytest.mark.usefixtures("_home")
def test_each_look_is_there_before_anything_else_happens_and_after_everything_was_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, lost = looking._committed, []

    def broken(write: Callable[[], None]) -> None:
        plain(write)
        raise Broken

    monkeypatch.setattr(looking, "_committed", broken)
    with transaction.atomic():
        world = World.made()
        for name, call in CALLS.items():
            with somebody_else() as seen:
                came = _raised(call, world)
                if came is not Broken:
                    lost.append(f"{name} recorded no look: {came}")
                elif not seen():
                    lost.append(f"{name} lost its line")
        transaction.set_rollback(True)
    assert not lost, "\n".join(lost)


def _raised(call: Callable[[World], object], world: World) -> type[BaseException] | None:
    """What left the verb, whose transaction is taken back."""
    try:
        with transaction.atomic():
            call(world)
    except Exception as error:
        return type(error)
    return None


def test_the_webs_login_keeps_its_looks_too(web_login: None) -> None:
    def break_after_a_look() -> None:
        with access.acting_as(CLERK):
            audit.record_look(audit.Event.PERSON_VIEWED, **ME, target_kind="person", target_id="1")
            raise Broken

    with somebody_else() as seen:
        with pytest.raises(Broken):
            break_after_a_look()
        assert seen() == [("PERSON_VIEWED", CLERK.account)]


def test_what_cannot_be_recorded_is_not_shown() -> None:
    person(1, CLERK.office)
    with connection.cursor() as cursor:
        cursor.execute("set role canbao_owner")
        cursor.execute("revoke insert on journal from canbao_worker")
        cursor.execute("set role canbao_worker")
    try:
        with pytest.raises(Exception, match="permission denied"):
            CALLS["registry.viewing.view"](World({"person_id": 1}, {}, None))  # type: ignore[arg-type]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("set role canbao_owner")
            cursor.execute("call secure_tables()")  # rights on columns, as they were
            cursor.execute("set role canbao_worker")


def test_a_look_is_no_act_and_an_act_no_look() -> None:
    with transaction.atomic(), pytest.raises(audit.EventKindError):
        audit.record(audit.Event.PERSON_VIEWED, **ME, target_kind="person")
    with pytest.raises(audit.EventKindError):
        audit.record_look(audit.Event.PERSON_CORRECTED, **ME, target_kind="person")


def test_a_look_says_where_it_came_from_and_the_next_request_is_another() -> None:
    with transaction.atomic(), audit.came_from(terminal="10.1.2.3", request_id="abc"):
        audit.record_look(audit.Event.PERSON_VIEWED, **ME, target_kind="person", target_id="1")
    audit.record_look(audit.Event.PERSON_VIEWED, **ME, target_kind="person", target_id="2")
    with connection.cursor() as cursor:
        cursor.execute("select target_id, terminal = '10.1.2.3', request from journal order by id")
        assert cursor.fetchall() == [("1", True, "abc"), ("2", False, "")]


def test_a_look_gets_through_while_the_request_holds_the_journal_and_a_lost_connection_is_made_anew() -> None:
    with transaction.atomic():
        audit.record(audit.Event.PERSON_CORRECTED, **ME, target_kind="person", target_id="1")
        audit.record_look(audit.Event.PERSON_VIEWED, **ME, target_kind="person", target_id="1")
        _end_the_connection_of_looks()
        audit.record_look(audit.Event.PERSON_VIEWED, **ME, target_kind="person", target_id="2")
    with connection.cursor() as cursor:
        cursor.execute("select event, target_id from journal order by event, target_id")
        assert cursor.fetchall() == [("PERSON_CORRECTED", "1"), ("PERSON_VIEWED", "1"), ("PERSON_VIEWED", "2")]


def _end_the_connection_of_looks() -> None:
    """As a restart of the server would."""
    with connections["journal"].cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (number,) = cursor.fetchone()
    with psycopg.connect(**_server(), autocommit=True) as root:
        root.execute("select pg_terminate_backend(%s, 5000)", [number])


def test_many_looks_take_one_transaction_and_one_connection() -> None:
    lines = [audit.Line(audit.Event.TASK_VIEWED, "task", str(n)) for n in range(60)]
    with transaction.atomic():
        audit.record_looks(lines, actor=CLERK, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("select count(*), count(distinct xmin::text) from journal")
        assert cursor.fetchall() == [(60, 1)]
