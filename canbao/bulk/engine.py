"""The one place that touches DuckDB: bounded memory, files written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa


class DuckEngine:
    """A DuckDB session in memory that spills to `temp_dir`.

    memory_limit: DuckDB size text such as "4GB"; threads: None for all cores.
    """

    def __init__(self, temp_dir: Path, *, memory_limit: str = "6GB", threads: int | None = None) -> None:
        temp_dir.mkdir(parents=True, exist_ok=True)
        self._con = duckdb.connect(":memory:")
        self.run(f"set memory_limit = '{memory_limit}'")
        self.run(f"set temp_directory = '{quoted(temp_dir)}'")
        self.run("set preserve_insertion_order = false")
        if threads:
            self.run(f"set threads = {int(threads)}")

    def run(self, sql: str, params: Sequence[Any] | None = None) -> None:
        """Execute one statement and drop its result (an unread result blocks the session)."""
        self._con.execute(sql, params).fetchall()

    def rows(self, sql: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query: for small answers only."""
        found: list[tuple[Any, ...]] = self._con.execute(sql, params).fetchall()
        return found

    def value(self, sql: str, params: Sequence[Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        rows = self.rows(sql, params)
        return rows[0][0] if rows else None

    def arrow(self, sql: str) -> pa.Table:
        """The whole result as an Arrow table."""
        return self._con.sql(sql).to_arrow_table()

    def register(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Make an Arrow table readable under `name`."""
        self._con.register(name, table)

    def unregister(self, name: str) -> None:
        self._con.unregister(name)

    def to_parquet(self, query: str, path: Path, *, compression: str = "zstd") -> int:
        """Write a query to `path`; the file appears complete, on disk, or not at all. Returns its rows."""
        part = path.with_name(path.name + ".part")
        path.parent.mkdir(parents=True, exist_ok=True)
        count = self.value(f"copy ({query}) to '{quoted(part)}' (format parquet, compression {compression})")
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.replace(path)
        fsync_folder(path.parent)
        return int(count)

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def quoted(path: Path | str) -> str:
    """A path inside single quotes of an SQL text."""
    return str(path).replace("'", "''")


def fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
