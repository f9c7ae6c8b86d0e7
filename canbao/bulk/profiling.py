"""From rows as sent to rows as understood: values, verdicts with reasons, warnings. All by set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk import macros
from canbao.bulk.canonical import CONTENT, FACTS
from canbao.bulk.engine import DuckEngine, quoted
from canbao.bulk.sources import Column, SourceMap
from canbao.bulk.sources.headers import OP, Resolved
from canbao.bulk.sources.reasons import NO_DATE

EARLIEST: Final = "1850-01-01"
YEARS_AHEAD: Final = 80
_DATES: Final = frozenset({"date", "end_date"})
_OPS: Final = {"I": "I", "U": "U", "D": "D", "新增": "I", "修改": "U", "变更": "U", "删除": "D"}
_READABLE_AS_A_NUMBER: Final = r"[0-9](\.[0-9]+)?E\+?[0-9]+"


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
    columns = [column for column in target.source.columns if column.code in resolved.positions]
    tables = _code_tables(engine, columns, target.source.source)
    try:
        return engine.to_parquet(_query(file, resolved, target, columns, tables, bool(divisions)), mapped)
    finally:
        for name in ("known_divisions", *tables.values()):
            engine.unregister(name)


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _code_tables(engine: DuckEngine, columns: Sequence[Column], source: str) -> dict[str, str]:
    """One small table of raw value and code per coded column."""
    tables = {}
    for column in columns:
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
    file: RawFile, resolved: Resolved, target: Target, columns: Sequence[Column], tables: dict[str, str], tree: bool
) -> str:
    sent = {code: identifier(file.names[position]) for code, position in resolved.positions.items()}
    op = identifier(file.names[resolved.op]) if resolved.op is not None else None
    tidy = ", ".join(f"tidy({name}) as {identifier('sent ' + code)}" for code, name in sent.items())
    values = ", ".join(f"{_value(column, tables)} as {identifier('value ' + column.code)}" for column in columns)
    joins = " ".join(
        f"left join {name} as {name} on {name}.raw = folded({_sent(code)})" for code, name in tables.items()
    )
    lost = "or ".join(f"contains({name}, chr(65533)) " for name in sent.values())
    facts = ", ".join(f"{_fact(name, kind, columns)} as {name}" for name, kind in FACTS.items())
    known = "left join known_divisions as known on known.code = division" if tree else ""
    return f"""
        with {_placed(file)}
        tidied as (
            select {tidy}, file_row_number as position, {f"upper(tidy({op}))" if op else "null::varchar"} as op_sent,
                {lost if file.damaged else "false"} as lost
            from read_parquet('{quoted(file.raw)}', file_row_number = true)),
        understood as (select tidied.*, {values} from tidied {joins}),
        stated as (
            select {_key(target.source, sent)} as record_key, {facts}, position, {_op()} as op, op_sent,
                {_reasons(columns, target)} as faults, {_missing_dates(columns)} as hints, lost
            from understood),
        judged as (select *, {_judgement(target.kind)} as reasons, {_number_forms()} from stated)
        select record_key, '{target.source.source}' as source, {CONTENT} as content, date '{target.as_of}' as as_of,
            {", ".join(FACTS)}, op, {file.index} as file, position,
            {"row" if file.broken_rows else f"position + {file.first_row}"} as row,
            reasons, {_warnings(target.source, tree)} as warnings,
            case when record_key is null then 'rejected' when reasons <> '' then 'quarantined' else 'sound' end as verdict
        from judged {"join placed using (position)" if file.broken_rows else ""} {known}
    """


def _placed(file: RawFile) -> str:
    """Broken lines are not among the rows, but the sender counts them."""
    if not file.broken_rows:
        return ""
    return f"""
        shifts as (
            select row - {file.first_row} - row_number() over (order by row) + 1 as starts,
                row_number() over (order by row) as shift
            from '{quoted(file.broken)}'),
        placed as (
            select position, position + {file.first_row} + coalesce(shift, 0) as row
            from (select range as position from range({file.rows})) asof left join shifts on position >= starts),
    """


def _sent(code: str) -> str:
    return identifier(f"sent {code}")


def _stands(column: Column) -> str:
    return identifier(f"value {column.code}")


def _value(column: Column, tables: dict[str, str]) -> str:
    sent = _sent(column.code)
    match column.kind:
        case "code":
            code = f"{tables[column.code]}.code"
            return f"case when {sent} is null then '{column.default}' else {code} end" if column.default else code
        case "date":
            return f"date_of(date_text({sent}))"
        case "end_date":
            return f"date_of(end_text({sent}))"
        case "number":
            return f"number_of({sent})"
        case "division":
            folded = f"ltrim(folded({sent}), '''')"
            return f"case when regexp_full_match({folded}, '[0-9]{{6}}|[0-9]{{9}}|[0-9]{{12}}') then {folded} end"
    return f"filled({sent})"


def _fact(name: str, kind: str, columns: Sequence[Column]) -> str:
    if name == "extra":
        texts = ", ".join(_stands(column) for column in columns if column.kind == "extra")
        return f"nullif(concat_ws(' ', {texts}), '')" if texts else "null::varchar"
    column = next((column for column in columns if column.to == name), None)
    return _stands(column) if column else f"null::{kind}"


def _key(source: SourceMap, sent: dict[str, str]) -> str:
    """The first way whose parts are all there; `||` with an empty part gives nothing."""
    ways = [" || ".join(_sent(part) for part in parts) for parts in source.key if all(part in sent for part in parts)]
    return f"coalesce({', '.join(ways)})" if ways else "null::varchar"


def _op() -> str:
    cases = " ".join(f"when '{text}' then '{op}'" for text, op in _OPS.items())
    return f"case op_sent {cases} end"


def _reasons(columns: Sequence[Column], target: Target) -> str:
    cases = [
        f"case when {condition} then '{column.code}:{problem}' end"
        for column in columns
        for condition, problem in _problems(column, target)
    ]
    return f"concat_ws(';', {', '.join(cases)})" if cases else "''"


def _problems(column: Column, target: Target) -> list[tuple[str, str]]:
    sent, value = _sent(column.code), _stands(column)
    found = []
    if column.filled:
        found.append((f"filled({'date_text(' + sent + ')' if column.kind in _DATES else sent}) is null", "EMPTY"))
    if column.kind == "code":
        found.append((f"filled({sent}) is not null and {value} is null", "UNKNOWN_CODE"))
    if column.kind in _DATES:
        text = f"{'end' if column.kind == 'end_date' else 'date'}_text({sent})"
        latest = f"date '{target.as_of}' + interval {YEARS_AHEAD} year"
        found.append((f"{text} is not null and {value} is null", "IMPOSSIBLE_DATE"))
        found.append((f"{value} < date '{EARLIEST}' or {value} > {latest}", "DATE_OUT_OF_RANGE"))
        if column.to == "birth_date":
            found.append((f"{value} > date '{target.as_of}' and not {value} > {latest}", "BIRTH_IN_FUTURE"))
    if column.kind == "number" or column.to in ("person_no", "card_no"):
        found.append((f"regexp_full_match(upper({value}), '{_READABLE_AS_A_NUMBER}')", "SCIENTIFIC"))
    return found


def _missing_dates(columns: Sequence[Column]) -> str:
    """Fillers such as 00000000 are told, column by column; of a birth date also that it is empty."""
    cases = []
    for column in columns:
        if column.kind in _DATES and not column.filled:
            sent = _sent(column.code)
            empty = "" if column.to == "birth_date" else f"{sent} is not null and "
            none = f"{_stands(column)} is null and {empty}date_text({sent}) is null"
            cases.append(f"case when {none} then '{column.code}:{NO_DATE}' end")
    return f"concat_ws(';', {', '.join(cases)})" if cases else "''"


def _judgement(kind: str) -> str:
    """A row without key says nothing else; a deletion needs its key only."""
    whole = "concat_ws(';', case when lost then 'ROW:UNREADABLE' end, nullif(faults, ''))"
    if kind == "delta":
        whole = f"case when op is null then '{OP}:UNKNOWN_OP' when op = 'D' then '' else {whole} end"
    return f"case when record_key is null then 'KEY:EMPTY_KEY' else {whole} end"


def _number_forms() -> str:
    """What a number looks like, told once per row; only identity cards are looked at."""
    own = "coalesce(doc_type, '01') = '01'"
    return f"""
        {own} as own, length(doc_number) as digits,
        {own} and length(doc_number) = 18 and is_citizen(doc_number) as citizen,
        {own} and length(doc_number) = 15 and regexp_full_match(doc_number, '[0-9]{{15}}') as old
    """


def _warnings(source: SourceMap, tree: bool) -> str:
    number_wanted = any(column.to == "doc_number" and column.mandatory for column in source.columns)
    missing = "doc_number is null" if number_wanted else "doc_number is null and birth_certificate is null"
    cases = [
        (missing, "NUMBER_MISSING"),
        ("own and digits not in (15, 18)", "NUMBER_LENGTH"),
        ("own and digits in (15, 18) and not citizen and not old", "NUMBER_FORM"),
        ("old", "NUMBER_15"),
        ("citizen and not check_holds(doc_number)", "CHECK_DIGIT"),
        ("(citizen or old) and born(doc_number) <> strftime(birth_date, '%Y%m%d')", "BIRTH_DIFFERS"),
        ("(citizen or old) and sex in ('1', '2') and is_male(doc_number) <> (sex = '1')", "SEX_DIFFERS"),
        (r"regexp_matches(name, '[?？\x{FFFD}\x{E000}-\x{F8FF}]')", "NAME_DAMAGED"),
    ]
    if any(column.to == "division" for column in source.columns):
        cases.append(("division is null", "DIVISION_MISSING"))
        if tree:
            cases.append(("division is not null and known.code is null", "DIVISION_UNKNOWN"))
    hints = "case when op = 'D' then null else nullif(hints, '') end"
    told = ", ".join(f"case when {condition} then '{code}' end" for condition, code in cases)
    return f"concat_ws(';', {hints}, {told})"
