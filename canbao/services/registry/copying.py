"""Rows between the set engine and PostgreSQL as CSV streams, inside the caller's transaction."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.db import connection

from canbao.bulk.engine import DuckEngine, quoted

_BLOCK = 1 << 20


def copy_in(engine: DuckEngine, query: str, *, table: str, columns: Sequence[str]) -> int:
    """Append a DuckDB query to a PostgreSQL table; one writes the pipe while the other reads it. Returns the rows."""
    read_end, write_end = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(_write_pipe, engine, query, write_end)
        with connection.cursor() as cursor, os.fdopen(read_end, "rb") as rows:
            with cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin (format csv)") as copy:
                while block := rows.read(_BLOCK):
                    copy.write(block)
                written.result()  # a query that failed must not end as a shorter COPY
            return int(cursor.rowcount)


def _write_pipe(engine: DuckEngine, query: str, pipe: int) -> None:
    try:
        engine.run(f"copy ({query}) to '/dev/fd/{pipe}' (format csv, header false, force_quote *, use_tmp_file false)")
    finally:
        os.close(pipe)


def copy_out(
    engine: DuckEngine, table: str, columns: Sequence[str], *, name: str, types: dict[str, str], folder: Path
) -> None:
    """Make DuckDB table `name` from a PostgreSQL table."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".csv") as file:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"copy {table} ({', '.join(columns)}) to stdout (format csv)") as copy,
        ):
            for block in copy:
                file.write(block)
        file.flush()
        kinds = ", ".join(f"'{column}': '{types.get(column, 'varchar')}'" for column in columns)
        engine.run(
            f"create or replace table {name} as select * from read_csv('{quoted(file.name)}', header = false,"
            f" delim = ',', quote = '\"', escape = '\"', columns = {{{kinds}}}, auto_detect = false, allow_quoted_nulls = false)"
        )
