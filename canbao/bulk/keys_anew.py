"""Record keys by the rule of today, of rows that were read under another: made of what the rows say, as far as it was kept."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from canbao.bulk.comparison import Folder, is_examined
from canbao.bulk.engine import DuckEngine
from canbao.bulk.readings import is_surely
from canbao.bulk.sources import Column, SourceMap
from canbao.bulk.sqltext import SQL, identifier, joined, sql
from canbao.rules.plain_cells import surely

_PARTS = pa.schema([(name, pa.string()) for name in ("value", "part")])


def is_other_rule(folder: Folder, base: Path) -> bool:
    """Whether rows or records have keys that may be made otherwise today (`rules.columns.VERSION`)."""
    return not (is_examined(base) and is_read_today(folder))


def is_read_today(folder: Folder) -> bool:
    """Whether all rows of a delivery were read by the rules of today."""
    return all(map(is_examined, (folder.path / "mapped").glob("*.parquet")))


def build(engine: DuckEngine, rows: SQL, *, to: SQL, kept: SQL, source: SourceMap) -> None:
    """Make view `to`: columns `kept` of rows, and column anew, the key that today's rule makes of the row's canonical columns.

    Of a code that is written in several ways every key that it may have been is a line of its own.
    """
    columns = [column for column in source.columns if column.code in source.parts_of_keys]
    for column in columns:
        _load_parts(engine, rows, column, source.source)
    engine.run(
        sql(
            "create or replace temp view {to} as select * from (select {kept}, coalesce({ways}) as anew from {rows} r {joins})"
            " where anew is not null",
            to=to, kept=kept, rows=rows,
            ways=joined(", ", [joined(" || ", [_part(source.column(code)) for code in way]) for way in source.key]),
            joins=joined(" ", [_join(column) for column in columns]),
        )
    )  # fmt: skip


def _load_parts(engine: DuckEngine, rows: SQL, column: Column, source: str) -> None:
    """Table of the values of a column that are not their own part of a key."""
    value, reading = identifier(column.to), column.reading(source)
    query = sql(
        "select distinct {value} from {rows} where {value} is not null and {odd}",
        value=value, rows=rows, odd=_odd(column),
    )  # fmt: skip
    found = [text for batch in engine.batches(query) for text in batch.column(0).to_pylist()]
    if reading.codes is None:
        pairs = [(text, reading.key_part(text)) for text in found]
    else:
        written = {raw: code for raw, code in reading.codes.items() if reading.key_part(raw) == raw}
        pairs = [(text, raw) for text in found for raw, code in written.items() if code == text]
    columns = {"value": [value for value, _ in pairs], "part": [part for _, part in pairs]}
    engine.load(_table(column), pa.table(columns, schema=_PARTS))


def _odd(column: Column) -> SQL:
    sure = None if column.kind == "code" else surely(column.canonical)
    return sql("not ({sure})", sure=is_surely(identifier(column.to), sure)) if sure else sql("true")


def _table(column: Column) -> str:
    return f"key part {column.code}"


def _part(column: Column) -> SQL:
    return sql(
        "case when {table}.value is null then r.{value} else {table}.part end",
        table=identifier(_table(column)), value=identifier(column.to),
    )  # fmt: skip


def _join(column: Column) -> SQL:
    return sql(
        "left join {table} on {table}.value = r.{value}",
        table=identifier(_table(column)), value=identifier(column.to),
    )  # fmt: skip
