"""From rows as sent to rows as understood: values, verdicts with reasons, warnings. All by set."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk import macros, row_checks
from canbao.bulk.canonical import CONTENT, FACTS
from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import raw_column, raw_rows
from canbao.bulk.readings import Spellings, read_column
from canbao.bulk.row_checks import value_name
from canbao.bulk.sources import Column, SourceMap
from canbao.bulk.sources.headers import Resolved
from canbao.bulk.sqltext import SQL, columns, identifier, joined, literal, parquet, sql
from canbao.rules.columns import VERSION
from canbao.rules.text import code_form

AFTER_NAME: Final = "："
BETWEEN: Final = "；"
_OPS: Final = {"I": "I", "U": "U", "D": "D", "新增": "I", "修改": "U", "变更": "U", "删除": "D"}


@dataclass(frozen=True)
class RawFile:
    """A landed file: where its rows lie, what its columns are, and which row of the sender's file the first one is."""

    index: int
    raw: Path
    broken: Path
    names: tuple[str, ...]
    first_row: int
    rows: int
    broken_rows: int = 0
    damaged: bool = False


@dataclass(frozen=True)
class Target:
    """What the rows become."""

    source: SourceMap
    kind: str
    as_of: date


def map_file(
    engine: DuckEngine, file: RawFile, *, resolved: Resolved, target: Target, divisions: Sequence[str], mapped: Path
) -> int:
    """Write the mapped rows of one file, each with reasons and warnings; returns the rows."""
    macros.define(engine)
    engine.register("known_divisions", pa.table({"code": pa.array(divisions, pa.string())}))
    folder = mapped.parent.with_name(f"read-{file.index:04d}")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        spellings = _spellings(engine, file, resolved, target.source, folder)
        engine.register("known_ops", _ops(engine, file, resolved.op))
        return engine.to_parquet(_query(file, resolved, target, spellings, bool(divisions)), mapped, mark=VERSION)
    finally:
        for name in ("known_divisions", "known_ops"):
            engine.unregister(name)
        shutil.rmtree(folder, ignore_errors=True)


def _spellings(
    engine: DuckEngine, file: RawFile, resolved: Resolved, source: SourceMap, folder: Path
) -> list[Spellings]:
    width = len(file.names)
    return [
        read_column(
            engine, file.raw, width, column=column, position=resolved.positions[column.code], source=source, folder=folder
        )
        for column in source.columns
        if column.code in resolved.positions
    ]  # fmt: skip


def _query(file: RawFile, resolved: Resolved, target: Target, spellings: Sequence[Spellings], tree: bool) -> SQL:
    return sql(
        """
        with {placed}
        sent as ({sent}), understood as ({understood}), stated as ({stated}),
        judged as (select *, {judgement} as reasons, {number_forms} from stated)
        select record_key, {source} as source, {content} as content, {as_of} as as_of,
            {fact_names}, op, {file} as file, position,
            {row} as row,
            reasons, {warnings} as warnings,
            case when record_key is null and held = '' then 'rejected' when reasons <> '' then 'quarantined' else 'sound' end as verdict
        from judged {rows_placed} {divisions}
    """,
        placed=_placed(file),
        sent=_sent(file, resolved, spellings),
        understood=_understood(target.source, spellings),
        stated=_stated(target, spellings),
        judgement=row_checks.judgement(target.kind),
        number_forms=row_checks.number_forms(),
        source=literal(target.source.source),
        content=CONTENT,
        as_of=literal(target.as_of),
        fact_names=columns(FACTS),
        file=file.index,
        row=sql("row") if file.broken_rows else sql("position + {first}", first=file.first_row),
        warnings=row_checks.warnings(target.source, tree),
        rows_placed=sql("join placed using (position)") if file.broken_rows else sql(""),
        divisions=sql("left join known_divisions as known on known.code = division") if tree else sql(""),
    )


def _sent(file: RawFile, resolved: Resolved, spellings: Sequence[Spellings]) -> SQL:
    """The cells as they came, those that are read under the names of their columns."""
    cells = [identifier(raw_column(resolved.positions[s.column.code])) for s in spellings]
    known = {*resolved.positions.values(), resolved.op}
    rest = [identifier(raw_column(n)) for n in range(len(file.names)) if n not in known]
    named = [sql("{cell} as {sent}", cell=c, sent=s.sent) for c, s in zip(cells, spellings, strict=True)]
    return sql(
        "select {sent}, file_row_number as position, {op} as op_sent, {lost} as lost, {rest} as rest from {raw}",
        sent=joined(", ", named),
        op=identifier(raw_column(resolved.op)) if resolved.op is not None else sql("null::varchar"),
        lost=_lost(cells) if file.damaged else sql("false"),
        rest=_any(rest),
        raw=raw_rows(file.raw, len(file.names)),
    )


def _understood(source: SourceMap, spellings: Sequence[Spellings]) -> SQL:
    """What the cells say; why a row is held for them, what is told of them, and its key."""
    return sql(
        """
        select {values}, {key} as record_key, {held} as held, {told} as told, position,
            known_ops.op as op, lost, rest or op_sent is not null or {any_sent} as filled
        from sent left join known_ops on known_ops.sent = op_sent {joins}
    """,
        values=joined(", ", [sql("{value} as {name}", value=_value(s), name=value_name(s.column)) for s in spellings]),
        key=_key(source, spellings),
        held=row_checks.held_cells(spellings),
        told=row_checks.told_cells(spellings),
        any_sent=_any([spelling.sent_value for spelling in spellings]),
        joins=joined(" ", [spelling.join for spelling in spellings]),
    )


def _stated(target: Target, spellings: Sequence[Spellings]) -> SQL:
    """The canonical columns, and what is wrong with their values."""
    known = [spelling.column for spelling in spellings]
    facts = [
        sql("{fact} as {name}", fact=_fact(n, kind, known, target.source), name=identifier(n))
        for n, kind in FACTS.items()
    ]
    return sql(
        "select record_key, {facts}, position, op, {faults} as faults, held, told, lost from understood where filled",
        facts=joined(", ", facts),
        faults=row_checks.reasons(known, as_of=target.as_of),
    )


def _any(cells: Sequence[SQL]) -> SQL:
    """Whether any of these has a value: rows without one are blank, as spreadsheets leave them at the end."""
    return sql("coalesce({cells}) is not null", cells=joined(", ", cells)) if cells else sql("false")


def _lost(cells: Iterable[SQL]) -> SQL:
    """Whether a cell has a character that could not be read."""
    return joined(" or ", [sql("coalesce(contains({name}, chr(65533)), false)", name=name) for name in cells])


def _placed(file: RawFile) -> SQL:
    """Broken lines are not among the rows, but the sender counts them."""
    if not file.broken_rows:
        return sql("")
    return sql(
        """
        shifts as (
            select row - {first} - row_number() over (order by row) + 1 as starts,
                row_number() over (order by row) as shift
            from {broken}),
        placed as (
            select position, position + {first} + coalesce(shift, 0) as row
            from (select range as position from range({rows})) asof left join shifts on position >= starts),
    """,
        first=file.first_row,
        broken=parquet(file.broken),
        rows=file.rows,
    )


def _value(spelling: Spellings) -> SQL:
    """What the cell says; a column may have a value for cells that say nothing."""
    if not spelling.column.default:
        return spelling.value
    return sql(
        "case when {held} is null then coalesce({value}, {default}) end",
        held=spelling.held or sql("null"), value=spelling.value, default=literal(spelling.column.default),
    )  # fmt: skip


def _fact(name: str, kind: SQL, known: Sequence[Column], source: SourceMap) -> SQL:
    if name == "extra":
        return _extra([column for column in known if column.kind == "extra"], source)
    column = next((column for column in known if column.to == name), None)
    return value_name(column) if column else sql("null::{kind}", kind=kind)


def _extra(known: Sequence[Column], source: SourceMap) -> SQL:
    """What no other column is for. Of a source with several such columns each goes under its name, so that they can be told apart."""
    if not known:
        return sql("null::varchar")
    if len(source.extras) == 1:
        return value_name(known[0])
    named = [
        sql(
            "{name} || replace({value}, {between}, '，')",
            name=literal(f"{column.label}{AFTER_NAME}"), value=value_name(column), between=literal(BETWEEN),
        )
        for column in known
    ]  # fmt: skip
    return sql("nullif(concat_ws({between}, {texts}), '')", between=literal(BETWEEN), texts=joined(", ", named))


def _key(source: SourceMap, spellings: Sequence[Spellings]) -> SQL:
    """The first way whose parts are all there; `||` with an empty part gives nothing."""
    keys = {spelling.column.code: spelling.key for spelling in spellings}
    ways = [
        joined(" || ", [keys[part] for part in parts]) for parts in source.key if all(part in keys for part in parts)
    ]
    return sql("coalesce({ways})", ways=joined(", ", ways)) if ways else sql("null::varchar")


def _ops(engine: DuckEngine, file: RawFile, position: int | None) -> pa.Table:
    """What is written for each operation, by spelling."""
    sent = []
    if position is not None:
        cell = identifier(raw_column(position))
        query = sql(
            "select distinct {cell} from {raw} where {cell} is not null",
            cell=cell,
            raw=raw_rows(file.raw, len(file.names)),
        )
        sent = [
            text for batch in engine.batches(query) for text in batch.column(0).to_pylist() if code_form(text) in _OPS
        ]
    ops = [_OPS[code_form(text)] for text in sent]
    return pa.table({"sent": pa.array(sent, pa.string()), "op": pa.array(ops, pa.string())})
