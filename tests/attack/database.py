"""The product's database as an attacker or an examiner reaches it: as the superuser, the owner, the web or the worker."""

from __future__ import annotations

import base64
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import pbkdf2_hmac
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Any

import psycopg
from psycopg import sql

from canbao.config import database as server
from canbao.config.home import DATABASE, password
from tests.attack.clients import Account

LOGINS = ("owner", "worker", "web")
_MADE_UP: dict[str, Any] = {"boolean": False, "integer": 0, "bigint": 0, "date": date(2020, 1, 1), "jsonb": "{}"}


@dataclass(frozen=True)
class Database:
    """The database of one home."""

    home: Path

    def connect(self, login: str = "root") -> psycopg.Connection:
        """autocommit; login: "root" for the superuser. Raises psycopg.OperationalError."""
        dsn = server.admin_dsn(self.home, dbname=DATABASE)
        if login != "root":
            dsn = psycopg.conninfo.make_conninfo(dsn, user=f"canbao_{login}", password=password(self.home, login))
        return psycopg.connect(dsn, autocommit=True)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """As the superuser, past row security."""
        with self.connect() as connection:
            return connection.execute(query, values or None).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        found = self.rows(query, *values)
        return found[0][0] if found else None

    def run(self, query: str, *values: Any) -> int:
        """As the superuser; returns the rows it touched."""
        with self.connect() as connection:
            return connection.execute(query, values or None).rowcount

    def try_as(self, login: str, *statements: str) -> str:
        """Run statements in one transaction that is committed; the name of the error that stopped them, or ""."""
        try:
            with self.connect(login) as connection, connection.transaction():
                for statement in statements:
                    connection.execute(statement)
        except psycopg.Error as error:
            return type(error).__name__
        return ""

    # The journal.

    def last_line(self) -> int:
        """The highest number of a line; attacks make much higher ones, which are passed over."""
        return int(self.value("select coalesce(max(id), 0) from journal where id < 4000000000000000000") or 0)

    def lines(self, after: int, *, account: str = "") -> list[dict[str, Any]]:
        """The lines after a number, oldest first, of one account or of all."""
        query = (
            "select id, event, account, target_kind, target_id, detail from journal"
            " where id > %s and id < 4000000000000000000 and (%s = '' or account = %s) order by id"
        )
        names = ("id", "event", "account", "target_kind", "target_id", "detail")
        return [dict(zip(names, row, strict=True)) for row in self.rows(query, after, account, account)]

    def events(self, after: int, *, account: str = "") -> Counter[str]:
        return Counter(line["event"] for line in self.lines(after, account=account))

    # Accounts: prepared past the product, as what they do is the attack, not how they came to be.

    def make_account(self, role: str, office: str, *, name: str = "", more: Sequence[tuple[str, str]] = ()) -> Account:
        """An account of an invented person with a password of its own, in a post and in `more` (role, office)."""
        made = Account(name or f"a-{role.lower().replace('_', '-')[:18]}-{token_hex(3)}", f"Zz9%{token_hex(8)}")
        at = datetime.now(UTC)
        with self.connect() as connection, connection.transaction():
            connection.execute("set local session_replication_role = replica")
            number = insert(
                connection, "account",
                name=made.name, real_name=f"演示{token_hex(2)}", office=office, password=_hashed(made.password),
                must_change_password=False, password_set_at=at, created_by="a-test", created_at=at, active_since=at,
                is_active=True, staff_number=f"T{randbelow(10**9):09d}",
            )  # fmt: skip
            for each_role, each_office in ((role, office), *more):
                insert(
                    connection, "post", account_id=number, role=each_role, office=each_office, valid_from=date(2020, 1, 1),
                    asked_by="a-asked", asked_at=at, granted_by="a-granted", granted_at=at,
                )  # fmt: skip
        return made

    def account_id(self, name: str) -> int:
        return int(self.value("select id from account where name = %s", name))


def insert(connection: psycopg.Connection, table: str, **values: Any) -> int:
    """A row with these values where the table has such columns; what else may not be empty is made up by its type."""
    columns = connection.execute(
        "select column_name, data_type, is_nullable = 'NO' and column_default is null and is_identity = 'NO'"
        " from information_schema.columns where table_schema = 'public' and table_name = %s",
        [table],
    ).fetchall()
    row = {name: values[name] for name, _, _ in columns if name in values}
    for name, kind, is_due in columns:
        if is_due and name not in row:
            row[name] = datetime.now(UTC) if kind.startswith("timestamp") else _MADE_UP.get(kind, "")
    query = sql.SQL("insert into {} ({}) values ({}) returning id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    return int(connection.execute(query, list(row.values())).fetchone()[0])  # type: ignore[index]


def _hashed(text: str, *, rounds: int = 100_000) -> str:
    """As Django keeps a password; it makes a stronger one of it at the first sign-in."""
    salt = base64.b64encode(os.urandom(12)).decode().replace("+", "a").replace("/", "b")
    digest = pbkdf2_hmac("sha256", text.encode(), salt.encode(), rounds)
    return f"pbkdf2_sha256${rounds}${salt}${base64.b64encode(digest).decode()}"
