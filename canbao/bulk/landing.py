"""A file as it came, as Parquet of text: every column, in the order of its rows, nothing interpreted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.bulk.engine import DuckEngine, quoted

_LONGEST_LINE: Final = 1_000_000
_PROBLEM: Final = """
    case error_type when 'UNQUOTED VALUE' then 'ROW:QUOTES' when 'LINE SIZE OVER MAXIMUM' then 'ROW:TOO_LONG'
    else 'ROW:COLUMNS' end
"""


@dataclass(frozen=True)
class Landed:
    """Rows that fit the header, and the lines that did not (kept in `broken`: row, problem, text)."""

    rows: int
    broken_rows: int
    runaway_row: int | None


def column_names(header: Sequence[str]) -> list[str]:
    """The sender's headers as column names: never empty, never twice (DuckDB does not tell case apart)."""
    names: list[str] = []
    taken: set[str] = set()
    for position, text in enumerate(header, start=1):
        name = base = text.strip().strip("\ufeff\u200b\"'") or f"列{position}"
        while name.lower() in taken:
            name = f"{base}_{position}"
            base += "_"
        taken.add(name.lower())
        names.append(name)
    return names


def land_text(
    engine: DuckEngine,
    text: Path,
    *,
    names: Sequence[str],
    delimiter: str,
    quotes: bool,
    skip: int,
    raw: Path,
    broken: Path,
) -> Landed:
    """Read a decoded text file; lines that do not fit go to `broken` with their row number."""
    quote = '"' if quotes else ""
    columns = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': 'VARCHAR'" for name in names)
    engine.run("drop table if exists broken_lines")
    engine.run("drop table if exists broken_scan")
    engine.run("set preserve_insertion_order = true")
    try:
        rows = engine.to_parquet(
            f"select * from read_csv('{quoted(text)}', auto_detect = false, header = false, skip = {skip},"
            f" delim = '{delimiter}', quote = '{quote}', escape = '{quote}', new_line = '\\n',"
            f" max_line_size = {_LONGEST_LINE}, nullstr = '', columns = {{{columns}}}, ignore_errors = true,"
            " store_rejects = true, rejects_table = 'broken_lines', rejects_scan = 'broken_scan', rejects_limit = 0)",
            raw,
        )
    finally:
        engine.run("set preserve_insertion_order = false")
    engine.to_parquet(
        f"select line as row, any_value({_PROBLEM}) as problem, any_value(csv_line) as text"
        " from broken_lines group by line",
        broken,
    )
    runaway = engine.value("select min(line) from broken_lines where csv_line like '%' || chr(10) || '_%'")
    return Landed(rows, int(engine.value(f"select count(*) from '{quoted(broken)}'")), runaway)


def land_tables(
    engine: DuckEngine, tables: Iterable[pa.Table], *, names: Sequence[str], raw: Path, broken: Path
) -> Landed:
    """Rows that arrive as Arrow tables (spreadsheets)."""
    raw.parent.mkdir(parents=True, exist_ok=True)
    part = raw.with_name(raw.name + ".part")
    rows = 0
    with pq.ParquetWriter(part, pa.schema([(name, pa.string()) for name in names]), compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
            rows += table.num_rows
    part.replace(raw)
    _nothing_broken(engine, broken)
    return Landed(rows, 0, None)


def land_parquet(engine: DuckEngine, source: Path, *, raw: Path, broken: Path) -> Landed:
    """A Parquet file: every column as text."""
    engine.run("set preserve_insertion_order = true")
    try:
        rows = engine.to_parquet(f"select columns(*)::varchar from read_parquet('{quoted(source)}')", raw)
    finally:
        engine.run("set preserve_insertion_order = false")
    _nothing_broken(engine, broken)
    return Landed(rows, 0, None)


def parquet_header(engine: DuckEngine, source: Path) -> list[str]:
    return [str(row[0]) for row in engine.rows(f"describe select * from read_parquet('{quoted(source)}')")]


def first_cells(engine: DuckEngine, raw: Path) -> Sequence[str | None]:
    """The first row below the header."""
    rows = engine.rows(
        f"select * exclude (file_row_number) from read_parquet('{quoted(raw)}', file_row_number = true)"
        " where file_row_number = 0"
    )
    return rows[0] if rows else ()


def _nothing_broken(engine: DuckEngine, broken: Path) -> None:
    engine.to_parquet("select 0::bigint as row, '' as problem, '' as text where false", broken)
