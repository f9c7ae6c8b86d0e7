"""A file as it came, as Parquet of text: every column, in the order of its rows, nothing interpreted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import raw_column
from canbao.bulk.sqltext import SQL, identifier, joined, literal, parquet, path_literal, sql

_LONGEST_LINE: Final = 1_000_000
_PROBLEM: Final = sql("""
    case error_type when 'UNQUOTED VALUE' then 'ROW:QUOTES' when 'LINE SIZE OVER MAXIMUM' then 'ROW:TOO_LONG'
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
    """How many there were of each; `runaway` is the row of a quotation mark that was never closed."""

    rows: int
    broken_rows: int = 0
    runaway: int | None = None


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
    engine: DuckEngine, text: Path, *, names: Sequence[str], delimiter: str, quotes: bool, skip: int, place: Place
) -> Landed:
    """Read a decoded text file; lines that do not fit go aside with their row number."""
    quote = literal('"' if quotes else "")
    engine.run(sql("drop table if exists broken_lines"))
    engine.run(sql("drop table if exists broken_scan"))
    query = sql(
        "select * from read_csv({text}, auto_detect = false, header = false, skip = {skip},"
        " delim = {delimiter}, quote = {quote}, escape = {quote}, new_line = '\\n', encoding = 'utf-8',"
        " max_line_size = {longest}, nullstr = '', columns = {{{columns}}}, ignore_errors = true,"
        " store_rejects = true, rejects_table = 'broken_lines', rejects_scan = 'broken_scan', rejects_limit = 0)",
        text=path_literal(text), skip=skip, delimiter=literal(delimiter), quote=quote, longest=_LONGEST_LINE,
        columns=joined(", ", [sql("{name}: 'VARCHAR'", name=literal(raw_column(place))) for place in range(len(names))]),
    )  # fmt: skip
    rows = _in_order(engine, query, place.raw)
    lines = sql(
        "select {index} as file, line::bigint as row, any_value({problem}) as problem,"
        " any_value(csv_line) as text, string_split(any_value(csv_line), {delimiter}) as cells"
        " from broken_lines group by line",
        index=place.index, problem=_PROBLEM, delimiter=literal(delimiter),
    )  # fmt: skip
    broken = engine.to_parquet(lines, place.broken)
    runaway = engine.value(
        sql("select min(line) from broken_lines where rtrim(csv_line, chr(10)) like '%' || chr(10) || '%'")
    )
    return Landed(rows, broken, runaway)


def land_tables(engine: DuckEngine, tables: Iterable[pa.Table], *, names: Sequence[str], place: Place) -> Landed:
    """Rows that arrive as Arrow tables (spreadsheets)."""
    place.raw.parent.mkdir(parents=True, exist_ok=True)
    part = place.raw.with_name(place.raw.name + ".part")
    rows = 0
    own = [raw_column(position) for position in range(len(names))]
    with pq.ParquetWriter(part, pa.schema([(name, pa.string()) for name in own]), compression="zstd") as writer:
        for table in tables:
            writer.write_table(table.rename_columns(own))
            rows += table.num_rows
    part.replace(place.raw)
    _nothing_broken(engine, place)
    return Landed(rows)


def land_parquet(engine: DuckEngine, source: Path, *, mended: Mapping[str, str], place: Place) -> Landed:
    """A Parquet file: every column as text, private-use characters mended."""
    old, new = literal("".join(mended)), literal("".join(mended.values()))
    kinds = [kind for _, kind in _described(engine, source)]
    own = [identifier(raw_column(position)) for position in range(len(kinds))]
    texts = [
        sql("{text} as {own}", text=_text(name, kind, old, new), own=name)
        for name, kind in zip(own, kinds, strict=True)
    ]
    query = sql(
        "select {texts} from {source} as sent({own})",
        texts=joined(", ", texts), source=parquet(source), own=joined(", ", own),
    )  # fmt: skip
    rows = _in_order(engine, query, place.raw)
    _nothing_broken(engine, place)
    return Landed(rows)


def parquet_header(engine: DuckEngine, source: Path) -> list[str]:
    """The column names of a Parquet file."""
    return [name for name, _ in _described(engine, source)]


def first_cells(engine: DuckEngine, raw: Path) -> Sequence[str | None]:
    """The first row below the header."""
    rows = engine.rows(
        sql(
            "select * exclude (file_row_number) from read_parquet({raw}, file_row_number = true) where file_row_number = 0",
            raw=path_literal(raw),
        )
    )
    return rows[0] if rows else ()


def _described(engine: DuckEngine, source: Path) -> list[tuple[str, str]]:
    rows = engine.rows(sql("describe select * from {source}", source=parquet(source)))
    return [(str(row[0]), str(row[1])) for row in rows]


def _text(column: SQL, kind: str, old: SQL, new: SQL) -> SQL:
    if kind.startswith("TIMESTAMP"):
        return sql("{column}::date::varchar", column=column)
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        return sql(
            "case when {column} = round({column}) and abs({column}) < 1e15 then {column}::bigint::varchar"
            " else {column}::varchar end",
            column=column,
        )
    if kind != "VARCHAR":
        return sql("{column}::varchar", column=column)
    return sql(
        "case when regexp_matches({column}, '[\\x{{E000}}-\\x{{F8FF}}]') then translate({column}, {old}, {new}) else {column} end",
        column=column, old=old, new=new,
    )  # fmt: skip


def _in_order(engine: DuckEngine, query: SQL, path: Path) -> int:
    """Rows keep the order of the file: their position is their number."""
    with engine.in_order():
        return engine.to_parquet(query, path)


def _nothing_broken(engine: DuckEngine, place: Place) -> None:
    engine.to_parquet(
        sql("select 0 as file, 0::bigint as row, '' as problem, '' as text, ['']::varchar[] as cells where false"),
        place.broken,
    )
