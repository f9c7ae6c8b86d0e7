"""Superseded versions on both clocks, for whole sets at a time.

Before: current row, valid [f, …), known [k, …). After a change from day d at instant t: history has the row as it was
known (valid [f, …), known [k, t)) and as it stayed true (valid [f, d), known [t, …)); the current row starts at d.
A correction has d = f and leaves only the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from canbao.bulk.registry.tables import Table
from canbao.bulk.sqltext import SQL, checked
from canbao.services.registry import history_sql


def stage(table: Table, name: str) -> None:
    """A temporary table with the columns of the register table."""
    _execute(history_sql.stage(table, name))


def stage_row(table: Table, row: Sequence[Any]) -> None:
    """`stage` "changed" with one row in it: the values of the table's columns, then valid_from."""
    stage(table, "changed")
    _execute([history_sql.stage_row(table)], row)


def apply_changes(table: Table, *, corrected: Sequence[str], basis: str, at: datetime) -> None:
    """Move the versions superseded by temp table `changed` to history and write the new ones."""
    with connection.cursor() as cursor:
        cursor.execute("analyze changed")
    _execute(history_sql.change(table, tuple(corrected)), {"basis": basis, "at": at})


def apply_ends(table: Table, *, basis: str, at: datetime, on: date) -> None:
    """Move the rows of temp table `gone` to history; they were true until `on`."""
    with connection.cursor() as cursor:
        cursor.execute("analyze gone")
    _execute(history_sql.end(table), {"basis": basis, "at": at, "on": on})


def _execute(statements: Iterable[SQL], values: Any = None) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(checked(statement), values)
