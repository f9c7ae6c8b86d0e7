"""Bring up the database server and make sure that the roles and the database exist."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

import psycopg
from psycopg import sql

from canbao.config.home import DATABASE, ROLES, make_secrets, password
from canbao.outside.postgres import PORT, SUPERUSER, EmbeddedServer, socket_dir


class RolesMissing(Exception):
    """The given server has no roles for us and its login may not create them."""


def start(home: Path) -> EmbeddedServer | None:
    """Start the embedded server for as long as this process lives; nothing to do with DATABASE_URL."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_secrets(home)
    if os.environ.get("DATABASE_URL"):
        return None
    server = EmbeddedServer(home, password=password(home, "root"))
    server.start()
    atexit.register(server.stop)
    return server


def make_database(home: Path) -> None:
    """Create roles and database; repeated, it only sets passwords and memberships again."""
    if url := os.environ.get("DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as connection:
            make_roles(connection)
            name = connection.info.dbname
            connection.execute(
                sql.SQL("grant create, temporary on database {} to canbao_owner").format(sql.Identifier(name))
            )
            connection.execute("grant create, usage on schema public to canbao_owner")
        return
    with psycopg.connect(admin_dsn(home), autocommit=True) as connection:
        make_roles(connection, passwords={role: password(home, role) for role in ROLES})
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("create database {} owner canbao_owner").format(sql.Identifier(DATABASE)))


def admin_dsn(home: Path, *, dbname: str = "postgres") -> str:
    """The superuser's connection to the embedded server: for setting up, never for work."""
    return psycopg.conninfo.make_conninfo(
        host=str(socket_dir(home)),
        port=PORT,
        user=SUPERUSER,
        password=password(home, "root"),
        dbname=dbname,
    )


def make_roles(connection: psycopg.Connection, *, passwords: dict[str, str] | None = None) -> None:
    """Three roles: owner of the tables, worker that writes the register, web behind row security."""
    for role in ROLES:
        name = sql.Identifier(f"canbao_{role}")
        try:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [f"canbao_{role}"]).fetchone():
                connection.execute(sql.SQL("create role {} nologin nosuperuser").format(name))
            if passwords:
                text = sql.SQL("alter role {} login password {}")
                connection.execute(text.format(name, sql.Literal(passwords[role])))
            else:
                connection.execute(sql.SQL("grant {} to current_user").format(name))
        except psycopg.errors.InsufficientPrivilege as error:
            if not _is_member(connection, f"canbao_{role}"):
                raise RolesMissing(f"canbao_{role}") from error
    try:
        # COPY refuses to write into tables with row security; without this the worker's own policies still let it in.
        connection.execute("alter role canbao_worker bypassrls")
    except psycopg.errors.InsufficientPrivilege:
        pass


def _is_member(connection: psycopg.Connection, role: str) -> bool:
    found = connection.execute(
        "select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = %s", [role]
    ).fetchone()
    return bool(found and found[0])
