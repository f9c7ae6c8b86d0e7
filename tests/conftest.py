"""One database server for the test session; tests run as the register's worker, as commands do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import settings

from tests import signals

if TYPE_CHECKING:
    from canbao.rules.roles import Actor
    from canbao.services.audit import journal

# How long an example takes on a busy machine says nothing about it.
# The suite tries the same examples on every machine; `make explore` looks for new ones.
settings.register_profile("canbao", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "canbao"))

QUEUE = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers")
KEPT = {"django_content_type", "auth_permission"}
TEST_DATABASE = f"test_canbao_{os.getpid()}"


# Truncating would make new files for every table, filled or not, and for each of its indexes, after each test.
EMPTY = """
do $$ declare filled regclass; begin
    set local session_replication_role = replica;
    for filled in select oid from pg_class where relkind = 'r' and pg_relation_size(oid) > 0
        and (oid = any('{{{tables}}}'::regclass[]) or oid in (select inhrelid from pg_inherits where inhparent = 'journal'::regclass))
    loop execute format('delete from %s', filled); end loop;
end $$"""


def pytest_configure() -> None:
    """A client of the tests makes the chain of middleware anew, which would look at every static file each time."""
    from django.conf import settings

    signals.hear()

    settings.WHITENOISE_AUTOREFRESH = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where transactions are real, looks go through a second connection, as they do outside the tests."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        given = dict(marker.kwargs) if marker else {}
        fixtures = set(getattr(item, "fixturenames", ()))
        if given.get("transaction") or fixtures & {"transactional_db", "live_server"}:
            databases = {*(given.get("databases") or ["default"]), "journal"}
            item.add_marker(
                pytest.mark.django_db(**given | {"transaction": True, "databases": databases}), append=False
            )


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["CANBAO_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def home() -> Path:
    """The home folder of the session's embedded server."""
    return Path(os.environ["CANBAO_HOME"])


@pytest.fixture(scope="session")
def admin_dsn(home: Path) -> Iterator[str]:
    """A superuser's connection string to a running server: DATABASE_URL, or one made for the session."""
    from canbao.config import database

    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    server = database.start(home)
    assert server
    yield database.admin_dsn(home)
    server.stop()


@pytest.fixture(scope="session")
def django_db_setup(admin_dsn: str, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A migrated database: tables owned by canbao_owner, the tests' connection acting as canbao_worker."""
    from django.core.management import call_command
    from django.db import connections

    from canbao.config import database_roles
    from canbao.config.settings import JOURNAL_SESSION
    from canbao.store.securing import secure

    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        database_roles.make_roles(admin)
        admin.execute(f"create database {TEST_DATABASE} owner canbao_owner template template0")
    with psycopg.connect(admin_dsn, dbname=TEST_DATABASE, autocommit=True) as admin:
        database_roles.restrict(admin)
    info = psycopg.conninfo.conninfo_to_dict(psycopg.conninfo.make_conninfo(admin_dsn))
    for alias, role, more in (
        ("default", "worker", ""),
        ("journal", "worker", JOURNAL_SESSION),
        ("owner", "owner", ""),
    ):
        connections[alias].close()
        connections[alias].settings_dict.update(
            NAME=TEST_DATABASE,
            USER=info.get("user", ""),
            PASSWORD=info.get("password", ""),
            HOST=info.get("host", ""),
            PORT=str(info.get("port", "")),
            OPTIONS={"options": f"-c role=canbao_{role} {more}"},
        )
    connections["journal"].settings_dict["TEST"]["MIRROR"] = "default"  # nothing of its own to clean up
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        call_command("migrate", database="owner", verbosity=0)
        secure()
        _let_flush_empty_the_journal()
    yield
    for alias in ("default", "journal", "owner"):
        connections[alias].close()
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(f"drop database {TEST_DATABASE} with (force)")


def _let_flush_empty_the_journal() -> None:
    """Transactional tests are cleaned up past all triggers; what Django knows of its models stays."""
    from django.core.management.commands import flush
    from django.db import connection

    def emptied(style: object, tables: Sequence[str], **_: object) -> list[str]:
        given = ",".join(f'"{table}"' for table in {*tables, "journal_seal", *QUEUE} - KEPT)
        return ["set role none", EMPTY.format(tables=given), "set role canbao_worker"]

    connection.ops.sql_flush = emptied  # type: ignore[method-assign, assignment]
    flush.emit_post_migrate_signal = lambda *_, **__: None  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def journal_connection(request: pytest.FixtureRequest) -> Iterator[None]:
    """The connection of looks is the test's own, so that its rollback takes them back, unless transactions are real."""
    names = set(request.fixturenames)
    if not (request.node.get_closest_marker("django_db") or names & {"db", "transactional_db", "live_server"}):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    from django.db import connections

    kept, main = connections["journal"], connections["default"]
    if main.in_atomic_block:
        connections["journal"] = main
    yield
    connections["journal"] = kept
    kept.close()


@pytest.fixture(autouse=True, scope="session")
def pages_write_their_own_lines() -> Iterator[None]:
    """Most tests of the pages run as the worker, whom the database refuses less: a line that is not the pages' is refused here."""
    from canbao.services.audit import events, journal, looking

    plain = journal.line_values

    def checked(lines: Sequence[journal.Line], actor: Actor) -> dict[str, Any]:
        values = plain(lines, actor)
        refused = {line.event for line in lines} & events.AT_THE_MACHINE
        assert not (values["request"] and refused), refused
        return values

    journal.line_values = looking.line_values = checked  # type: ignore[assignment]
    yield
    journal.line_values = looking.line_values = plain  # type: ignore[assignment]


@pytest.fixture
def web_login(transactional_db: None, journal_connection: None) -> Iterator[None]:
    """Both connections sign in as the web does, for a test whose transactions are real."""
    from django.db import connections

    plain = {alias: connections[alias].settings_dict["OPTIONS"]["options"] for alias in ("default", "journal")}

    def sign_in(options: dict[str, str]) -> None:
        for alias, said in options.items():
            connections[alias].close()
            connections[alias].settings_dict["OPTIONS"]["options"] = said

    sign_in({alias: said.replace("canbao_worker", "canbao_web") for alias, said in plain.items()})
    yield
    sign_in(plain)


@pytest.fixture
def as_web(db: None) -> Iterator[None]:
    """From here to the end of the test the connection is what the web's login is: no owner, no way round row security."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    yield
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
