"""Rows between the set engine and PostgreSQL as CSV streams, inside the caller's transaction."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from django.db import DataError, IntegrityError, connection, transaction

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, checked, columns, identifier, joined, literal, path_literal, sql

_BLOCK = 1 << 20


class RowFaultError(Exception):
    """The database refuses one row. column: "" where it does not say; row: what was to be written. Its words say nothing of the row."""

    def __init__(self, table: str, column: str, row: Mapping[str, Any]) -> None:
        super().__init__(table, column)
        self.table, self.column, self.row = table, column, row


_REFUSALS = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError)
_COLUMN = re.compile(r"COPY \w+, line \d+, column (\w+)")


def copy_in(engine: DuckEngine, query: SQL, *, table: str, names: Sequence[str]) -> int:
    """Append a DuckDB query to these columns of a PostgreSQL table while it is at work. Returns the rows.

    A query that fails ends the COPY with its error: it is never a shorter one. Raises RowFaultError for a row that the table
    refuses; the transaction can go on, and nothing was appended.
    """
    try:
        with transaction.atomic():
            return _copy(engine, query, table, names)
    except _REFUSALS as error:
        if (row := _refused(engine, query, table, names)) is None:
            raise
        raise RowFaultError(table, _column(error), row) from None


def _copy(engine: DuckEngine, query: SQL, table: str, names: Sequence[str]) -> int:
    statement = sql("copy {table} ({names}) from stdin (format csv)", table=identifier(table), names=columns(names))
    with connection.cursor() as cursor:
        with cursor.copy(checked(statement)) as copy, engine.csv_stream(query) as rows:
            while block := rows.read(_BLOCK):
                copy.write(block)
        return int(cursor.rowcount)


def _column(error: BaseException) -> str:
    said = error.__cause__ if error.__cause__ is not None else error
    found = _COLUMN.search(getattr(getattr(said, "diag", None), "context", None) or "")
    return found[1] if found else ""


def _refused(engine: DuckEngine, query: SQL, table: str, names: Sequence[str]) -> dict[str, Any] | None:
    """The first row that is refused by itself, found by halving: all together as many rows are copied again as there are."""
    engine.run(
        sql("create or replace table halved as select row_number() over () as nth, q.* from ({query}) q", query=query)
    )
    low, high = 1, int(engine.value(sql("select count(*) from halved")))
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _is_refused(engine, low, middle, table, names) else (middle + 1, high)
    if low > high or not _is_refused(engine, low, low, table, names):
        return None
    refused = engine.rows(sql("select * exclude (nth) from halved where nth = {low}", low=low))[0]
    return dict(zip(names, refused, strict=True))


class _TakenBackError(Exception):
    pass


def _is_refused(engine: DuckEngine, low: int, high: int, table: str, names: Sequence[str]) -> bool:
    part = sql("select * exclude (nth) from halved where nth between {low} and {high}", low=low, high=high)
    try:
        with transaction.atomic():
            _copy(engine, part, table, names)
            raise _TakenBackError
    except _TakenBackError:
        return False
    except _REFUSALS:
        return True


def copy_out(
    engine: DuckEngine, table: str, names: Sequence[str], *, to: str, types: Mapping[str, SQL], folder: Path
) -> None:
    """Make DuckDB table `to` from these columns of a PostgreSQL table; folder: a folder of the engine for the time between."""
    query = sql("select {names} from {table}", names=columns(names), table=identifier(table))
    copy_query_out(engine, query, names, to=to, types=types, folder=folder)


def copy_query_out(
    engine: DuckEngine, query: SQL, names: Sequence[str], *, to: str, types: Mapping[str, SQL], folder: Path
) -> None:
    """The same for a query of PostgreSQL that gives these columns."""
    statement = sql("copy ({query}) to stdout (format csv)", query=query)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".csv") as file:
        with connection.cursor() as cursor, cursor.copy(checked(statement)) as copy:
            for block in copy:
                file.write(block)
        file.flush()
        engine.run(_read_back(Path(file.name), names, to=to, types=types))


def _read_back(file: Path, names: Sequence[str], *, to: str, types: Mapping[str, SQL]) -> SQL:
    kinds = [literal(str(types.get(name, "varchar"))) for name in names]
    return sql(
        "create or replace table {to} as select * from read_csv({file}, header = false, delim = ',', quote = '\"',"
        " escape = '\"', columns = {{{columns}}}, auto_detect = false, allow_quoted_nulls = false)",
        to=identifier(to),
        file=path_literal(file),
        columns=joined(", ", [sql("{n}: {kind}", n=literal(n), kind=k) for n, k in zip(names, kinds, strict=True)]),
    )
