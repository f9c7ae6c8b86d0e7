"""The journal as only the owner of the tables can make it: lines of another time, and what a tamperer would do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import psycopg
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper


@contextmanager
def dated(at: datetime, *, step: timedelta = timedelta(0)) -> Iterator[None]:
    """What is written inside stands in the journal at this time, each line a step after the one before."""
    with as_owner() as cursor:
        cursor.execute("select last_value, is_called from journal_id_seq")
        number, is_called = cursor.fetchone()
    yield
    with as_owner() as cursor:
        cursor.execute(
            "update journal set at = %s + place * %s from (select id as number, row_number() over (order by id) - 1 as place"
            " from journal where id > %s) n where id = number",
            [at, step, number if is_called else 0],
        )


@contextmanager
def as_owner() -> Iterator[CursorWrapper]:
    """The test's own connection with the rights of the owner, past row security, until the end of the block."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select current_user")
        (before,) = cursor.fetchone()
        cursor.execute("set local role canbao_owner")
        cursor.execute("alter table journal no force row level security")
        yield cursor
        cursor.execute("alter table journal force row level security")
        cursor.execute(f"set local role {before}")


def login(role: str) -> psycopg.Connection:
    """A connection of its own, as psql with this login would have it."""
    chosen = connection.settings_dict
    return psycopg.connect(
        host=chosen["HOST"] or None,
        port=chosen["PORT"] or None,
        user=chosen["USER"] or None,
        password=chosen["PASSWORD"] or None,
        dbname=chosen["NAME"],
        options=f"-c role={role}",
        autocommit=True,
    )
