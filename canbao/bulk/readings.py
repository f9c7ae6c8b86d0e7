"""The cells of a landed file, read: most are what they say, each odd spelling of the others is read once by `rules.cells`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import raw_column, raw_rows
from canbao.bulk.sources import Column, SourceMap
from canbao.bulk.sqltext import SQL, identifier, joined, literal, parquet, sql
from canbao.rules.cells import Held, Reading, Told
from canbao.rules.columns import COLUMNS, Type
from canbao.rules.damage import (
    BINARY_SHARE,
    BINARY_STEP,
    DECIMAL_SHARE,
    DECIMAL_STEP,
    FEWEST_LONG,
    MOVED_DAY,
    TIMED_DAY,
    is_moved_column,
)
from canbao.rules.plain_cells import Surely, surely
from canbao.rules.text import text_form

_INK: Final = re.compile("[0-9A-Za-z一-鿿]")  # of which no form leaves nothing
_SCHEMA: Final = pa.schema([(name, pa.string()) for name in ("sent", "value", "held", "told", "key", "inked")])


@dataclass(frozen=True)
class Spellings:
    """The odd cells of one column: table (sent, value, held, told, key); rows: how many there are."""

    column: Column
    table: Path
    rows: int
    rounded: bool = False

    @property
    def name(self) -> SQL:
        """What the joined table is called."""
        return identifier(f"read {self.column.code}")

    @property
    def sent(self) -> SQL:
        """The column with the cell as it was sent."""
        return identifier(f"sent {self.column.code}")

    @property
    def sent_value(self) -> SQL:
        """The cell as it was sent, but null for one of blanks."""
        return (
            sql("case when {name}.sent is null then {sent} else {name}.inked end", name=self.name, sent=self.sent)
            if self.rows
            else self.sent
        )

    @property
    def join(self) -> SQL:
        """To be put behind the rows; nothing where no cell is odd."""
        if not self.rows:
            return sql("")
        return sql(
            "left join {table} as {name} on {name}.sent = {sent}",
            table=parquet(self.table),
            name=self.name,
            sent=self.sent,
        )

    @property
    def value(self) -> SQL:
        """What the cell says, in the type of its column."""
        column = COLUMNS.get(self.column.to)
        plain = sql("{sent}", sent=self.sent)
        read = sql("{name}.value", name=self.name)
        if self.column.is_date:
            plain, read = (
                sql("try_strptime(replace({sent}, '-', ''), '%Y%m%d')::date", sent=plain),
                sql("{read}::date", read=read),
            )
        elif column is not None and surely(column.name) is None:
            return read if self.rows else sql("null::varchar")
        if not self.rows:
            return plain
        return sql("case when {name}.sent is null then {plain} else {read} end", name=self.name, plain=plain, read=read)

    @property
    def key(self) -> SQL:
        """The cell as part of a record's key."""
        if not self.rows:
            return self.sent
        return sql("case when {name}.sent is null then {sent} else {name}.key end", name=self.name, sent=self.sent)

    @property
    def held(self) -> SQL | None:
        """Why the row is held for this cell; None where no row of the file is."""
        read = sql("{name}.held", name=self.name) if self.rows else sql("null::varchar")
        if not self.column.is_date:
            return read if self.rows else None
        return sql(
            "case when {other} and {sent} is not null and {value} is null then {impossible} else {read} end",
            other=sql("{name}.sent is null", name=self.name) if self.rows else sql("true"),
            sent=self.sent, value=self.value, impossible=literal(Held.IMPOSSIBLE_DATE), read=read,
        )  # fmt: skip

    @property
    def told(self) -> SQL | None:
        """What is told of this cell; None where nothing is told in the whole file. Of a birth date also that there is none."""
        if self.column.filled and self.column.is_date:
            return None  # without a date the row is held
        read = sql("{name}.told", name=self.name) if self.rows else sql("null::varchar")
        if self.column.to == "birth_date":
            return sql(
                "coalesce({read}, case when {sent} is null then {none} end)",
                read=read, sent=self.sent_value, none=literal(Told.NO_DATE),
            )  # fmt: skip
        return read if self.rows else None


def read_column(
    engine: DuckEngine, raw: Path, width: int, *, column: Column, position: int, source: SourceMap, folder: Path
) -> Spellings:
    """Read every odd spelling of one column of a landed file; the answers go to a file in `folder`."""
    cell = identifier(raw_column(position))
    rows = raw_rows(raw, width)
    reading, sure = column.reading(source.source), surely(column.canonical)
    if _is_of_documents(column) and (step := _rounded(engine, rows, cell)):
        reading, sure = replace(reading, step=step), None
    odd = sql("not ({sure})", sure=is_surely(cell, sure)) if sure else sql("true")
    query = sql(
        "select distinct {cell} as sent from {rows} where {cell} is not null and {odd}", cell=cell, rows=rows, odd=odd
    )
    table = folder / f"{position}.parquet"
    in_key = column.code in source.parts_of_keys
    odd_rows = _write(engine.batches(query), reading, table, in_key=in_key)
    if column.is_date and odd_rows and _is_moved(engine, table):
        _write(engine.batches(query), replace(reading, moved=True), table, in_key=in_key)
    return Spellings(column, table, odd_rows, reading.step > 0)


def _is_moved(engine: DuckEngine, table: Path) -> bool:
    """Of a column of dates, by its odd spellings."""
    query = sql(
        "select count(*) filter (regexp_full_match(sent, {timed})), count(*) filter (regexp_full_match(sent, {moved}))"
        " from {table}",
        timed=literal(TIMED_DAY), moved=literal(MOVED_DAY), table=parquet(table),
    )  # fmt: skip
    return is_moved_column(*engine.rows(query)[0])


def _is_of_documents(column: Column) -> bool:
    """Numbers that are long enough for a spreadsheet to round, and that say who somebody is or whose child."""
    known = COLUMNS[column.canonical]
    return known.type is Type.NUMBER and known.links


def is_surely(cell: SQL, sure: Surely) -> SQL:
    """The condition of `Surely`, the cheap tests first."""
    tests = []
    if sure.longest:
        tests.append(
            sql("length({cell}) between {least} and {most}", cell=cell, least=sure.shortest, most=sure.longest)
        )
    tests.append(sql("regexp_full_match({cell}, {pattern})", cell=cell, pattern=literal(sure.whole)))
    if sure.but:
        tests.append(sql("not regexp_full_match({cell}, {pattern})", cell=cell, pattern=literal(sure.but)))
    return joined(" and ", tests)


def _rounded(engine: DuckEngine, rows: SQL, cell: SQL) -> int:
    """What the long numbers of a column were rounded to (`damage.is_rounded_column`); 0 where they were not."""
    long, decimal, binary = engine.rows(
        sql(
            "select count(*), count(*) filter (n % {decimal} = 0), count(*) filter (n % {binary} = 0) from"
            " (select try_cast({cell} as bigint) as n from {rows} where length({cell}) between 16 and 18) where n >= 1e15",
            cell=cell, rows=rows, decimal=DECIMAL_STEP, binary=BINARY_STEP,
        )
    )[0]  # fmt: skip
    if long < FEWEST_LONG:
        return 0
    if decimal > DECIMAL_SHARE * long:
        return DECIMAL_STEP
    return BINARY_STEP if binary > BINARY_SHARE * long else 0


def _write(batches: Iterable[pa.RecordBatch], reading: Reading, table: Path, *, in_key: bool) -> int:
    rows = 0
    writer: pq.ParquetWriter | None = None
    try:
        for batch in batches:
            if batch.num_rows:
                writer = writer or pq.ParquetWriter(table, _SCHEMA, compression="zstd", compression_level=1)
                writer.write_table(_read(batch.column(0).to_pylist(), reading, in_key))
                rows += batch.num_rows
    finally:
        if writer:
            writer.close()
    return rows


def _read(sent: Sequence[str], reading: Reading, in_key: bool) -> pa.Table:
    cells = [reading.read(text) for text in sent]
    columns = (
        sent,
        [cell.value for cell in cells],
        [cell.held for cell in cells],
        [cell.told for cell in cells],
        [reading.key_part(text) if in_key else None for text in sent],
        ["x" if _INK.search(text) or text_form(text) else None for text in sent],
    )
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(_SCHEMA.names, columns, strict=True)})
