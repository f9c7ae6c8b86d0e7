"""Nothing that a login of the application does keeps the journal from being sealed for long; where it is late everybody says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from click.testing import CliRunner
from django.db import connection

from canbao.cli import worker
from canbao.cli.audit import audit as command
from canbao.outside import beside
from canbao.rules.alarms import AlarmKind
from canbao.rules.roles import Actor, Role
from canbao.services import audit, health
from canbao.services.audit import chain, sealing
from canbao.store.models import Alarm
from tests.integration.audit.conftest import AUDITOR, append, now
from tests.integration.audit.test_sealing import LINE
from tests.journal import dated, login

LOCKS = [
    "select pg_advisory_lock(hashtext('canbao.journal_seal'))",
    "select pg_advisory_xact_lock(hashtext('canbao.journal_seal'))",
    "select pg_advisory_lock_shared(hashtext('canbao.journal_seal'))",
    "lock table journal_sealing in access share mode",
    "lock table journal_sealing in exclusive mode",
    "lock table journal_seal in row exclusive mode",
    "lock table journal in share mode",
    "select * from journal_seal for update",
    "insert into journal_sealing values (true)",
]


@pytest.mark.parametrize("role", ["canbao_web", "canbao_worker"])
def test_no_lock_that_a_login_can_take_stops_sealing(role: str, journal: list[int]) -> None:
    with login(role) as other:
        other.execute("begin")
        for statement in [*LOCKS, "select journal_seal_alone()"] if role == "canbao_web" else LOCKS:
            try:
                with other.transaction():
                    other.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                pass
        append(7)
        assert audit.seal().entries == 1


@contextmanager
def _signed_in(role: str, admin_dsn: str) -> Iterator[psycopg.Connection]:
    """With a login of its own, as in the embedded server: a superuser behind `set role` is nobody's to end."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(f"alter role {role} login password 'test'")
    try:
        session = psycopg.connect(
            admin_dsn, user=role, password="test", dbname=connection.settings_dict["NAME"], autocommit=True
        )
        yield session
        session.close()
    finally:
        with psycopg.connect(admin_dsn, autocommit=True) as admin:
            admin.execute(f"alter role {role} nologin password null")


@contextmanager
def _limits(web: str, worker: str) -> Iterator[None]:
    """The limits of `journal_end_blockers`, shortened; as they were afterwards."""
    with login("canbao_owner") as owner:
        row = owner.execute("select pg_get_functiondef('journal_end_blockers'::regproc)").fetchone()
        assert row
        definition = str(row[0])
        assert definition.count("'10 minutes'") == definition.count("'1 hour'") == 1
        owner.execute(definition.replace("'10 minutes'", f"'{web}'").replace("'1 hour'", f"'{worker}'"))
        try:
            yield
        finally:
            owner.execute(definition)


STAYS = ["set idle_in_transaction_session_timeout = 0", "set statement_timeout = 0", "begin", LINE]


@pytest.mark.parametrize("role", ["canbao_web", "canbao_worker"])
def test_a_session_that_keeps_an_insert_open_is_ended_by_the_sealing(
    role: str, journal: list[int], admin_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(chain, "END_BLOCKERS_SECONDS", 0.1)
    monkeypatch.setattr(chain, "LOOK_SELDOM_SECONDS", 0.05)
    with _signed_in(role, admin_dsn) as held, _limits("0 s", "0 s"):
        for statement in STAYS:
            held.execute(statement)
        append(7)
        assert sealing.keep_sealed(at=now()) == 1
        with pytest.raises(psycopg.OperationalError):
            held.execute("commit")
    assert sealing.unsealed().count == 0


def test_a_session_that_is_at_work_is_left_alone(journal: list[int], admin_dsn: str) -> None:
    with _signed_in("canbao_worker", admin_dsn) as job, _limits("0 s", "1 hour"):
        job.execute("begin")
        job.execute(LINE)
        assert chain.end_blockers(chain._appending(connection.cursor())) == 0
        job.execute("commit")


def test_a_page_that_holds_a_lock_for_longer_than_any_page_is_ended(journal: list[int], admin_dsn: str) -> None:
    with _signed_in("canbao_web", admin_dsn) as page:
        page.execute("begin")
        page.execute("lock table session in access exclusive mode")
        assert sealing.keep_sealed(at=now()) == 0
        page.execute("select 1")
        with _limits("0 s", "1 hour"):
            sealing.keep_sealed(at=now())
        with pytest.raises(psycopg.OperationalError):
            page.execute("select 1")


def test_who_holds_the_lock_of_those_who_seal_is_ended(
    journal: list[int], admin_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "WAIT_SECONDS", 0.05)
    append(7)
    with _signed_in("canbao_worker", admin_dsn) as held, _limits("0 s", "1 hour"):
        held.execute("begin; select journal_seal_alone()")
        with pytest.raises(audit.JournalBusy):
            audit.seal()
        assert sealing.keep_sealed(at=now()) == 1


@pytest.mark.parametrize("role", ["canbao_web", "canbao_worker"])
def test_a_login_ends_no_session_and_no_lock_of_another(role: str, transactional_db: None) -> None:
    with login(role) as session:
        for statement in ("select pg_terminate_backend(pid) from pg_stat_activity", "select pg_cancel_backend(1)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


def test_lines_that_wait_for_long_are_named_by_verification_page_alarm_and_exit_code(transactional_db: None) -> None:
    with dated(now() - timedelta(minutes=11)):
        append(7)
    report = audit.verify(actor=AUDITOR, at=now())
    assert report.findings == [] and not report.intact
    assert "完好" not in report.verdict and "没有按时封存：1 条" in report.verdict
    standing = audit.standing(actor=AUDITOR)
    assert standing.is_overdue and standing.verified and not standing.verified.intact
    item = next(item for item in _health().items if item.name == "日志封存")
    assert item.light is health.Light.RED and "2 条未封存，最早的已等 11 分钟" in item.says
    assert audit.watch(at=now()) == 1 and audit.watch(at=now()) == 0
    (alarm,) = Alarm.objects.filter(kind=AlarmKind.JOURNAL_UNSEALED)
    assert (alarm.count, alarm.last_id) == (2, sealing.unsealed().last_id)
    done = CliRunner().invoke(command, ["verify"], standalone_mode=False)
    assert done.return_value == 4 or done.exit_code == 4
    audit.seal()
    report = audit.verify(actor=AUDITOR, at=now())
    assert report.intact and report.verdict.startswith("日志完好。")


def test_lines_of_this_minute_are_not_late(journal: list[int]) -> None:
    append(7)
    assert audit.verify(actor=AUDITOR, at=now()).intact and audit.watch(at=now()) == 0


def _health() -> health.Health:
    return health.look(actor=Actor("何管理", Role.SYSTEM_ADMINISTRATOR), at=now())


@pytest.mark.usefixtures("web_login")
def test_the_health_page_sees_it_under_the_login_of_the_web() -> None:
    """Whose rows are narrowed to those of the reader: a system administrator reads none."""
    append(7)
    assert sealing.unsealed().count == 1


def test_sealing_goes_on_whatever_a_turn_meets() -> None:
    turns, reported, third = [], [], threading.Event()

    def act() -> None:
        turns.append(1)
        if len(turns) == 3:
            third.set()
        raise ZeroDivisionError

    with beside.again_and_again(act, every=0.01, report=reported.append, name="test"):
        assert third.wait(10)
    assert len(reported) >= 2


def test_a_place_in_the_queue_does_not_stop_it(journal: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody who has the web's login can take the place of every periodic task."""
    with login("canbao_web") as web:
        web.execute(
            "insert into procrastinate_jobs (queue_name, task_name, queueing_lock, args, scheduled_at)"
            " values ('default', 'every_minute', 'every_minute', '{}', 'infinity')"
        )
    append(7)
    sealed = threading.Event()
    plain = worker.seal

    def seal() -> None:
        plain()
        sealed.set()

    monkeypatch.setattr(worker, "seal", seal)
    monkeypatch.setattr(worker.queue, "work", lambda: sealed.wait(10))  # busy with something else
    for module in (worker.intake, worker.jobs):
        monkeypatch.setattr(module, "sweep", lambda **_: None)
    assert CliRunner().invoke(worker.worker, [], standalone_mode=False).exception is None
    assert sealed.is_set() and sealing.unsealed().count == 0
