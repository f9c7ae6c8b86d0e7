"""Bring up the database server and make sure that the roles and the database exist."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from canbao.config import keys
from canbao.config.database_roles import close_others, make_roles, restrict
from canbao.config.home import DATABASE, ROLES, KeyLostError, make_secrets, password
from canbao.outside.postgres import PORT, SUPERUSER, EmbeddedServer
from canbao.outside.postgres_host import socket_dir

LOGINS = [f"canbao_{role}" for role in ROLES]


class NotPrepared(Exception):
    """The given server lacks something that only its administrator may make; `statements` make it."""

    def __init__(self, login: str, database: str) -> None:
        super().__init__(login, database)
        self.statements = (
            "create role canbao_owner; create role canbao_worker bypassrls; create role canbao_web; "
            f'grant canbao_owner, canbao_worker, canbao_web to "{login}"; '
            f'alter database "{database}" owner to canbao_owner;'
        )


class NotReachable(Exception):
    """No answer at DATABASE_URL."""


def start(home: Path) -> EmbeddedServer | None:
    """Start the embedded server for as long as this process lives, or look whether DATABASE_URL answers.

    home: made by `canbao.config.home.make_home`. Raises ServerUnavailable, NotReachable, KeyLostError, KeyChangedError.
    """
    prepare_keys(home)
    if url := os.environ.get("DATABASE_URL"):
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            raise NotReachable(str(error).strip()) from error
        return None
    server = EmbeddedServer(home, password=password(home, "root"))
    server.start()
    atexit.register(server.stop)
    return server


def prepare_keys(home: Path) -> None:
    """Make the keys of a register that is not there yet; of any other, see that they are still the ones it was made with.

    Raises KeyLostError, KeyChangedError.
    """
    refuse_lost_keys(home)
    make_secrets(home)
    keys.check_home(home)


def refuse_lost_keys(home: Path) -> None:
    """Raises KeyLostError for a home without a key beside a given database that knows one."""
    url = os.environ.get("DATABASE_URL")
    if url and not (home / "secret_key").exists() and _knows_keys(url):
        raise KeyLostError(["secret_key"])


def restore_logins(home: Path) -> bool:
    """Give the logins of the embedded server back the passwords and settings that are ours; says whether that was needed.

    PostgreSQL lets every login change its own: one statement smuggled into the web's would keep all pages closed, also after a restart.
    """
    with psycopg.connect(admin_dsn(home), autocommit=True) as connection:
        made = connection.execute("select count(*) from pg_roles where rolname = any(%s)", [LOGINS]).fetchone()
        changed = connection.execute(
            "select 1 from pg_db_role_setting s join pg_roles r on r.oid = s.setrole where r.rolname = any(%s)",
            [LOGINS],
        ).fetchone()
        if not made or made[0] < len(LOGINS) or (not changed and all(_lets_in(home, role) for role in ROLES)):
            return False
        make_roles(connection, passwords={role: password(home, role) for role in ROLES})
        return True


def _lets_in(home: Path, role: str) -> bool:
    try:
        psycopg.connect(_dsn(home, user=f"canbao_{role}", secret=role, dbname=DATABASE), connect_timeout=10).close()
    except psycopg.OperationalError as error:  # full, stopping, or without our database as yet: not for its password
        return "password authentication failed" not in str(error)
    return True


def check_keys(home: Path) -> None:
    """The same against what the database notes, once it has its tables. Raises KeyLostError, KeyChangedError."""
    url = os.environ.get("DATABASE_URL")
    with psycopg.connect(url or dsn(home, "worker")) as connection:
        keys.check_database(home, connection)


def _knows_keys(url: str) -> bool:
    """Whether the database belongs to a register that has keys already. Raises NotReachable."""
    with _answering(url) as connection:
        found = connection.execute("select pg_catalog.to_regclass('public.key_check') is not null").fetchone()
        if not found or not found[0]:
            return False
        return connection.execute("select 1 from public.key_check limit 1").fetchone() is not None


def kind_of(home: Path) -> bool | None:
    """Whether the database is one of a practice home; None only where it has no tables of ours yet. The server runs.

    What cannot be read is not taken for what is not there. Raises NotReachable.
    """
    url = os.environ.get("DATABASE_URL")
    if not url and not _has_database(home):
        return None
    with _answering(url or admin_dsn(home, dbname=DATABASE)) as connection:
        found = connection.execute("select pg_catalog.to_regclass('public.register_kind') is not null").fetchone()
        if not found or not found[0]:
            return None
        row = connection.execute("select is_practice from public.register_kind").fetchone()
        return bool(row[0]) if row else None


def _has_database(home: Path) -> bool:
    with _answering(admin_dsn(home)) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        return found is not None


@contextmanager
def _answering(dsn: str) -> Iterator[psycopg.Connection]:
    """A connection that finds tables by their schema only. Raises NotReachable."""
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            connection.execute("set search_path = pg_catalog, pg_temp")
            yield connection
    except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege) as error:
        raise NotReachable(str(error).strip()) from error


def make_database(home: Path) -> None:
    """Create roles and database; repeated, it only sets passwords and memberships again.

    Raises NotPrepared.
    """
    if url := os.environ.get("DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as connection:
            _make_in_given(connection)
        return
    with psycopg.connect(admin_dsn(home), autocommit=True) as connection:
        make_roles(connection, passwords={role: password(home, role) for role in ROLES})
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("create database {} owner canbao_owner").format(sql.Identifier(DATABASE)))
        close_others(connection)
    with psycopg.connect(admin_dsn(home, dbname=DATABASE), autocommit=True) as connection:
        restrict(connection)


def _make_in_given(connection: psycopg.Connection) -> None:
    name = connection.info.dbname
    try:
        make_roles(connection)
        connection.execute(
            sql.SQL("grant create, temporary on database {} to canbao_owner").format(sql.Identifier(name))
        )
        connection.execute("grant create, usage on schema public to canbao_owner")
        restrict(connection)
    except psycopg.errors.InsufficientPrivilege:
        pass  # somebody else may have prepared it all: look
    found = connection.execute(
        "select bool_and(pg_has_role(current_user, oid, 'member')) and count(*) = 3"
        " and bool_or(rolname = 'canbao_owner' and has_schema_privilege(oid, 'public', 'create')"
        " and has_database_privilege(oid, current_database(), 'create'))"
        " from pg_roles where rolname in ('canbao_owner', 'canbao_worker', 'canbao_web')"
    ).fetchone()
    if not found or not found[0]:
        raise NotPrepared(connection.info.user, name)


def admin_dsn(home: Path, *, dbname: str = "postgres") -> str:
    """The superuser's connection to the embedded server: for setting up, never for work."""
    return _dsn(home, user=SUPERUSER, secret="root", dbname=dbname)


def dsn(home: Path, role: str) -> str:
    """The connection of one role to the register in the embedded server."""
    return _dsn(home, user=f"canbao_{role}", secret=role, dbname=DATABASE)


def _dsn(home: Path, *, user: str, secret: str, dbname: str) -> str:
    return psycopg.conninfo.make_conninfo(
        host=str(socket_dir(home)), port=PORT, user=user, password=password(home, secret), dbname=dbname
    )
