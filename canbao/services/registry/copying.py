"""Rows between the set engine and PostgreSQL as CSV streams, inside the caller's transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.db import connection

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, checked, columns, identifier, joined, literal, path_literal, sql

_BLOCK = 1 << 20


def copy_in(engine: DuckEngine, query: SQL, *, table: str, names: Sequence[str]) -> int:
    """Append a DuckDB query to these columns of a PostgreSQL table while it is at work. Returns the rows.

    A query that fails ends the COPY with its error: it is never a shorter one.
    """
    statement = sql("copy {table} ({names}) from stdin (format csv)", table=identifier(table), names=columns(names))
    with connection.cursor() as cursor:
        with cursor.copy(checked(statement)) as copy, engine.csv_stream(query) as rows:
            while block := rows.read(_BLOCK):
                copy.write(block)
        return int(cursor.rowcount)


def copy_out(
    engine: DuckEngine, table: str, names: Sequence[str], *, to: str, types: Mapping[str, SQL], folder: Path
) -> None:
    """Make DuckDB table `to` from these columns of a PostgreSQL table; folder: a folder of the engine for the time between."""
    statement = sql("copy {table} ({names}) to stdout (format csv)", table=identifier(table), names=columns(names))
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
