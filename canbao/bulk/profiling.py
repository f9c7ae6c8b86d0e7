"""From rows as sent to rows as understood: values, verdicts with reasons, warnings. All by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk import macros, row_checks
from canbao.bulk.canonical import CONTENT, FACTS
from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import raw_column, raw_rows
from canbao.bulk.row_checks import sent_name, value_name
from canbao.bulk.sources import Column, SourceMap
from canbao.bulk.sources.headers import Resolved
from canbao.bulk.sqltext import SQL, cases, columns, identifier, joined, literal, parquet, sql

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
    known = [column for column in target.source.columns if column.code in resolved.positions]
    tables = _code_tables(engine, known, target.source.source)
    try:
        return engine.to_parquet(_query(file, resolved, target, known, tables, bool(divisions)), mapped)
    finally:
        for name in ("known_divisions", *tables.values()):
            engine.unregister(name)


def _code_tables(engine: DuckEngine, known: Sequence[Column], source: str) -> dict[str, str]:
    """One small table of raw value and code per coded column."""
    tables = {}
    for column in known:
        if column.kind == "code":
            mapping = column.mapping(source)
            name = tables[column.code] = f"codes_{column.to}"
            engine.register(
                name,
                pa.table(
                    {"raw": pa.array(list(mapping), pa.string()), "code": pa.array(list(mapping.values()), pa.string())}
                ),
            )
    return tables


def _query(
    file: RawFile, resolved: Resolved, target: Target, known: Sequence[Column], tables: dict[str, str], tree: bool
) -> SQL:
    sent = {code: identifier(raw_column(position)) for code, position in resolved.positions.items()}
    op = identifier(raw_column(resolved.op)) if resolved.op is not None else None
    return sql(
        """
        with {placed}
        tidied as (
            select {tidy}, file_row_number as position, {op_sent} as op_sent, {lost} as lost from {raw}),
        understood as (select tidied.*, {values} from tidied {joins}),
        stated as (
            select {key} as record_key, {facts}, position, {op} as op, op_sent, {faults} as faults, {hints} as hints, lost
            from understood),
        judged as (select *, {judgement} as reasons, {number_forms} from stated)
        select record_key, {source} as source, {content} as content, {as_of} as as_of,
            {fact_names}, op, {file} as file, position,
            {row} as row,
            reasons, {warnings} as warnings,
            case when record_key is null then 'rejected' when reasons <> '' then 'quarantined' else 'sound' end as verdict
        from judged {rows_placed} {divisions}
    """,
        placed=_placed(file),
        tidy=joined(
            ", ", [sql("tidy({name}) as {sent}", name=name, sent=sent_name(code)) for code, name in sent.items()]
        ),
        op_sent=sql("upper(tidy({op}))", op=op) if op else sql("null::varchar"),
        lost=_lost(sent.values()) if file.damaged else sql("false"),
        raw=raw_rows(file.raw, len(file.names)),
        values=joined(", ", [sql("{value} as {name}", value=_value(c, tables), name=value_name(c)) for c in known]),
        joins=joined(" ", [_code_join(code, name) for code, name in tables.items()]),
        key=_key(target.source, sent),
        facts=joined(
            ", ",
            [sql("{fact} as {name}", fact=_fact(n, kind, known), name=identifier(n)) for n, kind in FACTS.items()],
        ),
        op=_op(),
        faults=row_checks.reasons(known, as_of=target.as_of),
        hints=row_checks.missing_dates(known),
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


def _lost(sent: Iterable[SQL]) -> SQL:
    """Whether a cell has a character that could not be read."""
    return joined(" or ", [sql("contains({name}, chr(65533))", name=name) for name in sent])


def _code_join(code: str, table: str) -> SQL:
    return sql(
        "left join {table} as {table} on {table}.raw = folded({sent})", table=identifier(table), sent=sent_name(code)
    )


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


def _value(column: Column, tables: dict[str, str]) -> SQL:
    sent = sent_name(column.code)
    match column.kind:
        case "code":
            code = sql("{table}.code", table=identifier(tables[column.code]))
            if not column.default:
                return code
            return sql(
                "case when {sent} is null then {default} else {code} end",
                sent=sent, default=literal(column.default), code=code,
            )  # fmt: skip
        case "date":
            return sql("date_of(date_text({sent}))", sent=sent)
        case "end_date":
            return sql("date_of(end_text({sent}))", sent=sent)
        case "number":
            return sql("number_of({sent})", sent=sent)
        case "division":
            return sql(
                "case when regexp_full_match({folded}, '[0-9]{{6}}|[0-9]{{9}}|[0-9]{{12}}') then {folded} end",
                folded=sql("ltrim(folded({sent}), '''')", sent=sent),
            )
    return sql("filled({sent})", sent=sent)


def _fact(name: str, kind: SQL, known: Sequence[Column]) -> SQL:
    if name == "extra":
        texts = [value_name(column) for column in known if column.kind == "extra"]
        return sql("nullif(concat_ws(' ', {texts}), '')", texts=joined(", ", texts)) if texts else sql("null::varchar")
    column = next((column for column in known if column.to == name), None)
    return value_name(column) if column else sql("null::{kind}", kind=kind)


def _key(source: SourceMap, sent: Mapping[str, SQL]) -> SQL:
    """The first way whose parts are all there; `||` with an empty part gives nothing."""
    ways = [joined(" || ", map(sent_name, parts)) for parts in source.key if all(part in sent for part in parts)]
    return sql("coalesce({ways})", ways=joined(", ", ways)) if ways else sql("null::varchar")


def _op() -> SQL:
    return cases(sql("op_sent"), {text: literal(op) for text, op in _OPS.items()})
