"""Rows between the set engine and PostgreSQL as CSV streams, inside the caller's transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from canbao.bulk.engine import DuckEngine, quoted

_BLOCK = 1 << 20


def copy_in(engine: DuckEngine, query: str, *, table: str, columns: Sequence[str], folder: Path) -> int:
    """Append a DuckDB query to a PostgreSQL table. Returns the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".csv") as file:
        engine.run(f"copy ({query}) to '{quoted(file.name)}' (format csv, header false, force_quote *)")
        with connection.cursor() as cursor, Path(file.name).open("rb") as rows:
            with cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin (format csv)") as copy:
                while block := rows.read(_BLOCK):
                    copy.write(block)
            return int(cursor.rowcount)


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
