"""A file as it came, as Parquet of text: every column, in the order of its rows, nothing interpreted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.bulk.engine import DuckEngine, UnreadableInputError
from canbao.bulk.raw import raw_columns, raw_rows
from canbao.bulk.sqltext import SQL, identifier, joined, literal, parquet, path_literal, sql

_LONGEST_LINE: Final = 1_000_000
_LOST: Final = "\ufffd".encode()
_ROWS_OF_A_GROUP, _BYTES_OF_A_GROUP = 122_880, 64 * 2**20
_PROBLEM: Final = sql("""
    case error_type when 'UNQUOTED VALUE' then 'ROW:QUOTES' when 'LINE SIZE OVER MAXIMUM' then 'ROW:LINE_TOO_LONG'
    else 'ROW:COLUMNS' end
""")


@dataclass(frozen=True)
class Place:
    """Where the nth file of a delivery lands: its rows, and the lines that do not fit its header."""

    index: int
    raw: Path
    broken: Path


@dataclass(frozen=True)
class Landed:
    """How many there were of each; `runaway` is the row of a quotation mark that was never closed.

    lost: characters that could not be read, in rows that arrive as batches.
    """

    rows: int
    broken_rows: int = 0
    runaway: int | None = None
    lost: int = 0


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


class UnreadableTextError(ValueError):
    """The set engine cannot tell the lines of a text file apart."""


@dataclass(frozen=True)
class Lines:
    """How the lines of a text file are divided. skip: its first ones; unseen: those that the sender's program does not count."""

    columns: int
    delimiter: str
    quotes: bool
    skip: int
    unseen: int = 0


def land_text(engine: DuckEngine, text: Path, *, cut: Lines, lines: int, place: Place) -> Landed:
    """Read a decoded text file; lines that do not fit go aside with their row number. Raises UnreadableTextError."""
    try:
        landed = _land_text(engine, text, cut, place)
    except UnreadableInputError as error:
        raise UnreadableTextError from error
    if cut.quotes and landed.runaway is None and landed.rows + landed.broken_rows + cut.skip < lines:
        swallowed = _swallowing(engine, place.raw, cut.columns, cut.delimiter)
        return landed if swallowed is None else replace(landed, runaway=swallowed + cut.skip - cut.unseen + 1)
    return landed


def _land_text(engine: DuckEngine, text: Path, cut: Lines, place: Place) -> Landed:
    quote = literal('"' if cut.quotes else "")
    engine.run(sql("drop table if exists broken_lines"))
    engine.run(sql("drop table if exists broken_scan"))
    query = sql(
        "select * from read_csv({text}, auto_detect = false, header = false, skip = {skip},"
        " delim = {delimiter}, quote = {quote}, escape = {quote}, new_line = '\\n', encoding = 'utf-8',"
        " max_line_size = {longest}, nullstr = '', columns = {{{columns}}}, ignore_errors = true,"
        " store_rejects = true, rejects_table = 'broken_lines', rejects_scan = 'broken_scan', rejects_limit = 0)",
        text=path_literal(text), skip=cut.skip, delimiter=literal(cut.delimiter), quote=quote, longest=_LONGEST_LINE,
        columns=joined(", ", [sql("{name}: 'VARCHAR'", name=literal(name)) for name in raw_columns(cut.columns)]),
    )  # fmt: skip
    rows = _in_order(engine, query, place.raw)
    lines = sql(
        "select {index} as file, line::bigint - {unseen} as row, any_value({problem}) as problem,"
        " any_value(csv_line) as text, string_split(any_value(csv_line), {delimiter}) as cells"
        " from broken_lines group by line",
        index=place.index, unseen=cut.unseen, problem=_PROBLEM, delimiter=literal(cut.delimiter),
    )  # fmt: skip
    broken = engine.to_parquet(lines, place.broken)
    runaway = engine.value(
        sql(
            "select min(line) - {unseen} from broken_lines where rtrim(csv_line, chr(10)) like '%' || chr(10) || '%'",
            unseen=cut.unseen,
        )
    )
    return Landed(rows, broken, runaway)


def has_blank_lines(engine: DuckEngine, place: Place) -> bool:
    """Whether some of the lines that do not fit the header say nothing at all."""
    found: bool = engine.value(
        sql(
            "select coalesce(bool_or(not regexp_matches(text, {some})), false) from {broken}",
            some=literal(r'[^ \t\n\v\f,;|"\x{a0}\x{3000}]'), broken=parquet(place.broken),
        )
    )  # fmt: skip
    return found


def _swallowing(engine: DuckEngine, raw: Path, columns: int, delimiter: str) -> int | None:
    """The first row (from 0) with a cell that holds the better part of another row: two stray quotation marks did that.

    Fewer lines than there are were read; a cell may have line ends, and a few delimiters, but not as many as half a row.
    """
    fewest = max(2, (columns - 1) // 2)
    cells = [
        sql(
            "(contains({cell}, chr(10)) and length({cell}) - length(replace({cell}, {delimiter}, '')) >= {fewest})",
            cell=identifier(name), delimiter=literal(delimiter), fewest=fewest,
        )
        for name in raw_columns(columns)
    ]  # fmt: skip
    query = sql(
        "select min(file_row_number) from {rows} where {any}", rows=raw_rows(raw, columns), any=joined(" or ", cells)
    )
    found: int | None = engine.value(query)
    return found


def land_batches(
    engine: DuckEngine, batches: Iterable[pa.RecordBatch], *, names: Sequence[str], place: Place
) -> Landed:
    """Rows that arrive as Arrow batches with these columns of text (workbooks, Parquet), in their order."""
    place.raw.parent.mkdir(parents=True, exist_ok=True)
    part = place.raw.with_name(place.raw.name + ".part")
    schema = pa.schema([(name, pa.string()) for name in names])
    rows = lost = 0
    with pq.ParquetWriter(part, schema, compression="zstd", compression_level=3) as writer:
        for table in _grouped(batches, schema):
            writer.write_table(table)
            rows += table.num_rows
            lost += sum(_lost(chunk) for column in table.columns for chunk in column.chunks)
    part.replace(place.raw)
    _nothing_broken(engine, place)
    return Landed(rows, lost=lost)


def _lost(texts: pa.StringArray) -> int:
    data = texts.buffers()[2]
    return data.to_pybytes().count(_LOST) if data is not None else 0


def _grouped(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Batches put together, as many rows as the set engine likes to read at a time."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _ROWS_OF_A_GROUP or size >= _BYTES_OF_A_GROUP:
            yield pa.Table.from_batches(held, schema)
            held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held, schema)


def first_cells(engine: DuckEngine, raw: Path) -> Sequence[str | None]:
    """The first row below the header."""
    rows = engine.rows(
        sql(
            "select * exclude (file_row_number) from read_parquet({raw}, file_row_number = true) where file_row_number = 0",
            raw=path_literal(raw),
        )
    )
    return rows[0] if rows else ()


def _in_order(engine: DuckEngine, query: SQL, path: Path) -> int:
    """Rows keep the order of the file: their position is their number."""
    with engine.in_order():
        return engine.to_parquet(query, path)


def _nothing_broken(engine: DuckEngine, place: Place) -> None:
    engine.to_parquet(
        sql("select 0 as file, 0::bigint as row, '' as problem, '' as text, ['']::varchar[] as cells where false"),
        place.broken,
    )
