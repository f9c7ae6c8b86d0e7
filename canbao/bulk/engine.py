"""The one place that touches DuckDB: locked to its folders, bounded memory, files written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from canbao.bulk.sqltext import SQL, checked, identifier, joined, literal, sql

_KIND = duckdb.StatementType
_READS: Final = frozenset({_KIND.SELECT})
# What makes, fills and empties tables. COPY is not among them: files are written by the functions here and no other way.
_CHANGES: Final = frozenset({_KIND.CREATE, _KIND.INSERT, _KIND.UPDATE, _KIND.DELETE, _KIND.DROP})
_COPIES: Final = frozenset({_KIND.COPY})
_ROWS_OF_A_BATCH: Final = 50_000

Params = Sequence[Any] | Mapping[str, Any] | None


CELL_ERRORS: Final = (duckdb.ConversionException, duckdb.OutOfRangeException)
"""The errors of the engine that one cell can bring about; their text may hold cells, so it is never shown."""

_MARK: Final = "canbao"

UnreadableInputError = duckdb.InvalidInputException
"""A file of text whose lines cannot be told apart."""


def mark_of(path: Path) -> str:
    """What `to_parquet` was given to keep in a file; "" where nothing was."""
    kept: dict[bytes, bytes] = pq.read_metadata(path).metadata or {}
    return kept.get(_MARK.encode(), b"").decode()


class StatementRefusedError(ValueError):
    """Not exactly one statement, or not of a kind that this call carries out."""


class OutsideFoldersError(PermissionError):
    """A file was to be written where this engine may not write."""


class DuckEngine:
    """A DuckDB session in memory that knows no other files than those it was given.

    It spills to `work`, writes there and below `writes`, and reads besides only `reads` (files, or folders with all below them).
    What it spilt is gone when it is closed; after a kill, with `work`: the caller's folder is one that somebody sweeps.
    From then on it is locked: no other file by whatever function, no link that leads out, no network, no extension, no setting.
    memory_limit: DuckDB size text such as "4GB"; threads: None for all cores. See docs/decisions/0019-locked-set-engine.md.
    """

    def __init__(
        self,
        work: Path,
        *,
        writes: Sequence[Path] = (),
        reads: Sequence[Path] = (),
        memory_limit: str = "6GB",
        threads: int | None = None,
    ) -> None:
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._writable = tuple(folder.resolve() for folder in (work, *writes))
        self._spill = Path(tempfile.mkdtemp(prefix="spill-", dir=self._writable[0]))
        try:
            self._con = _connect(self._spill, memory_limit, threads)
            _lock(self._con, self._writable, [path.resolve() for path in reads])
        except BaseException:
            shutil.rmtree(self._spill, ignore_errors=True)
            raise

    def run(self, statement: SQL, params: Params = None) -> None:
        """Make, fill or empty a table, view or macro (an unread result blocks the session, so it is read and dropped)."""
        self._execute(statement, _CHANGES, params).fetchall()

    def rows(self, query: SQL, params: Params = None) -> list[tuple[Any, ...]]:
        """All rows of a query: for small answers only."""
        found: list[tuple[Any, ...]] = self._execute(query, _READS, params).fetchall()
        return found

    def value(self, query: SQL, params: Params = None) -> Any:
        """The first column of the first row, or None."""
        rows = self.rows(query, params)
        return rows[0][0] if rows else None

    def arrow(self, query: SQL) -> pa.Table:
        """The whole result as an Arrow table."""
        return self._con.sql(self._single(query, _READS)).to_arrow_table()

    def batches(self, query: SQL) -> pa.RecordBatchReader:
        """The result as it is worked out, a batch at a time; nothing else may run before it is used up."""
        return self._con.sql(self._single(query, _READS)).to_arrow_reader(_ROWS_OF_A_BATCH)

    def register(self, name: str, table: pa.Table | pa.RecordBatchReader) -> None:
        """Make an Arrow table readable under `name`."""
        self._con.register(name, table)

    def unregister(self, name: str) -> None:
        self._con.unregister(name)

    def load(self, name: str, table: pa.Table) -> None:
        """Make (or replace) table `name` from an Arrow table."""
        self.register("loaded_arrow", table)
        self.run(sql("create or replace table {name} as select * from loaded_arrow", name=identifier(name)))
        self.unregister("loaded_arrow")

    @contextmanager
    def in_order(self) -> Iterator[None]:
        """Inside, the rows of a file or table stay in their order; outside, DuckDB may change it where nothing says `order by`."""
        self._con.execute("set preserve_insertion_order = true")
        try:
            yield
        finally:
            self._con.execute("set preserve_insertion_order = false")

    def to_parquet(
        self, query: SQL, path: Path, *, compression: Literal["zstd", "snappy"] = "zstd", mark: str = ""
    ) -> int:
        """Write a query to `path`; the file appears complete, on disk, or not at all. Returns its rows.

        mark: kept in the file for `mark_of`. Raises OutsideFoldersError.
        """
        options = sql("format parquet, compression {kind}", kind=identifier(compression))
        if mark:
            options = sql(
                "{options}, kv_metadata {{{name}: {mark}}}", options=options, name=identifier(_MARK), mark=literal(mark)
            )
        return self._to_file(query, path, options)

    def to_csv(self, query: SQL, path: Path, *, header: bool) -> int:
        """The same as CSV."""
        return self._to_file(query, path, sql("format csv, header") if header else sql("format csv, header false"))

    @contextmanager
    def csv_stream(self, query: SQL) -> Iterator[BinaryIO]:
        """The rows of a query as CSV without header, every value in quotes, to be read while DuckDB is still at work.

        A query that fails ends the stream early and is raised on leaving: use up the rows inside before anything is made final.
        """
        pipe = self._spill / f"pipe-{os.urandom(8).hex()}"
        os.mkfifo(pipe, 0o600)
        reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        # A writer besides DuckDB: where it fails before it opens the pipe, the reader would wait for ever.
        writing = os.open(pipe, os.O_WRONLY)
        os.set_blocking(reading, True)
        options = sql("format csv, header false, force_quote *, use_tmp_file false")
        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(self._copy, query, pipe, options, done=lambda: os.close(writing))
            try:
                with os.fdopen(reading, "rb", closefd=False) as rows:
                    yield rows
            except BaseException:
                self._con.interrupt()
                raise
            finally:
                _use_up(reading)
                pipe.unlink()
            written.result()

    def close(self) -> None:
        self._con.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _single(self, text: SQL, kinds: frozenset[Any]) -> duckdb.Statement:
        statements = self._con.extract_statements(checked(text))
        if len(statements) != 1 or statements[0].type not in kinds:
            raise StatementRefusedError(f"{[str(statement.type) for statement in statements]}: {text[:200]}")
        return statements[0]

    def _execute(self, text: SQL, kinds: frozenset[Any], params: Params) -> duckdb.DuckDBPyConnection:
        return self._con.execute(self._single(text, kinds), params)

    def _to_file(self, query: SQL, path: Path, options: SQL) -> int:
        part = path.with_name(path.name + ".part")
        target = path.parent.resolve() / part.name
        if not any(target.is_relative_to(folder) for folder in self._writable):
            raise OutsideFoldersError(f"not in a folder of this engine: {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        count = self._copy(query, target, options)
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.replace(path)
        fsync_folder(path.parent)
        return count

    def _copy(self, query: SQL, path: Path, options: SQL, *, done: Callable[[], None] = lambda: None) -> int:
        """COPY into a file; the query has to be one by itself, so that nothing in it ends the parenthesis early."""
        try:
            self._single(query, _READS)
            text = sql("copy ({query}\n) to {path} ({options})", query=query, path=literal(str(path)), options=options)
            return int(self._execute(text, _COPIES, None).fetchall()[0][0])
        finally:
            done()


def _connect(spill: Path, memory_limit: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_extension_repositories": "forbidden",
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,  # a variable of Python is no table
            **({"threads": threads} if threads else {}),
        },
    )


def _lock(con: duckdb.DuckDBPyConnection, writable: Sequence[Path], reads: Sequence[Path]) -> None:
    """In this order: what is allowed, then nothing beyond it, then no change of that."""
    folders = [*writable, *(path for path in reads if path.is_dir())]
    files = [path for path in reads if not path.is_dir()]
    con.execute(sql("set allowed_directories = [{listed}]", listed=_listed(folders)))
    con.execute(sql("set allowed_paths = [{listed}]", listed=_listed(files)))
    con.execute("set enable_progress_bar = false")
    con.execute("set allowed_configs = ['preserve_insertion_order']")  # reading in order or not opens nothing
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def _listed(paths: Sequence[Path]) -> SQL:
    return joined(", ", [literal(str(path)) for path in paths])


def _use_up(pipe: int) -> None:
    """DuckDB waits for a reader when it opens the pipe, and again when the pipe is full: read until it has closed it."""
    while os.read(pipe, 1 << 20):
        pass
    os.close(pipe)


def fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
