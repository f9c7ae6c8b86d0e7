"""Values of an accepted state that the register cannot hold: found by set before a run, so that one row never stops the city.

What intake accepts can be written; this is the second look, for states of an earlier version. A value
the register can be without is left out; a row whose key, name or scheme cannot be written is put aside as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk.canonical import FACTS
from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, identifier, joined, literal, parquet, sql
from canbao.rules.columns import COLUMNS

NEEDED: Final = ("record_key", "name", "scheme")
MOST: Final = 100  # so many are named
_LONGEST: Final = {name: column.longest for name, column in COLUMNS.items()} | {
    "extra": 10_000
}  # made of several cells


class Reason(StrEnum):
    TOO_LONG = "TOO_LONG"
    UNWRITABLE = "UNWRITABLE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    EMPTY = "EMPTY"
    REFUSED = "REFUSED"  # by the database, for a reason that nobody foresaw
    PERSON_REFUSED = "PERSON_REFUSED"  # the same, and no value explains it: the person stays as the register has him


@dataclass(frozen=True)
class Unfit:
    """A value that was left out; is_row_out: the whole row was. Of a refused person the record is matched and nothing of it written."""

    source: str
    record_key: str
    column: str
    reason: Reason
    is_row_out: bool


@dataclass(frozen=True)
class Found:
    """named: the first of them; state: where the rest lies, the state itself where nothing was found."""

    rows: int
    named: list[Unfit]
    state: Path


def leave_out(engine: DuckEngine, state: Path, *, target: Path) -> Found:
    """Write to `target` what of a state can be written, if not all of it can (`rules.columns`: the longest values)."""
    faults = _faults()
    engine.run(sql("create or replace view unfit_state as select * from {state}", state=parquet(state)))
    rows = engine.rows(
        sql(
            "select source, record_key, [{faults}], count(*) over () from unfit_state where {any} order by record_key limit {most}",
            faults=joined(", ", [fault for _, fault in faults]),
            any=joined(" or ", [sql("({fault}) is not null", fault=fault) for _, fault in faults]),
            most=MOST,
        )
    )
    if not rows:
        return Found(0, [], state)
    engine.to_parquet(_rest(faults), target)
    named = [
        Unfit(source, key or "", column, Reason(fault), column in NEEDED)
        for source, key, found, _ in rows
        for (column, _), fault in zip(faults, found, strict=True)
        if fault
    ]
    return Found(int(rows[0][3]), named, target)


def without(engine: DuckEngine, state: Path, refused: Sequence[Unfit], *, target: Path) -> Path:
    """Write to `target` a state without the values and rows that were refused."""
    engine.load("refused", pa.table({
        "record_key": pa.array([unfit.record_key for unfit in refused], pa.string()),
        "item": pa.array([unfit.column for unfit in refused], pa.string()),
        "is_row_out": pa.array([unfit.is_row_out for unfit in refused], pa.bool_()),
    }))  # fmt: skip
    kept = [
        sql(
            "case when record_key not in (select record_key from refused where item = {item}) then {c} end as {c}",
            item=literal(name), c=identifier(name),
        )
        for name in sorted({unfit.column for unfit in refused if not unfit.is_row_out})
    ]  # fmt: skip
    replaced = sql("replace ({kept})", kept=joined(", ", kept)) if kept else sql("")
    query = sql(
        "select * {replaced} from {state} where record_key not in (select record_key from refused where is_row_out)",
        replaced=replaced, state=parquet(state),
    )  # fmt: skip
    engine.to_parquet(query, target)
    return target


def _faults() -> list[tuple[str, SQL]]:
    """Column and an expression that is its fault, null for a sound value."""
    found = [("record_key", _text_fault("record_key"))]
    for name, kind in FACTS.items():
        if str(kind) == "DATE":
            outside = sql("{c} not between date '0001-01-01' and date '9999-12-31'", c=identifier(name))
            found.append((name, sql("case when {o} then {r} end", o=outside, r=literal(Reason.OUT_OF_RANGE))))
        else:
            found.append((name, _text_fault(name)))
    return found


def _text_fault(name: str) -> SQL:
    empty = (
        sql("when coalesce({c}, '') = '' then {empty}", c=identifier(name), empty=literal(Reason.EMPTY))
        if name in ("record_key", "name")
        else sql("")
    )
    return sql(
        "case {empty} when strlen({c}) > {most} and length({c}) > {most} then {long}"
        " when contains({c}, chr(0)) then {unwritable} end",
        empty=empty, c=identifier(name), most=_LONGEST[name], long=literal(Reason.TOO_LONG), unwritable=literal(Reason.UNWRITABLE),
    )  # fmt: skip


def _rest(faults: list[tuple[str, SQL]]) -> SQL:
    kept = [
        sql("case when ({fault}) is null then {c} end as {c}", fault=fault, c=identifier(name))
        for name, fault in faults
        if name not in NEEDED
    ]
    sound = [sql("({fault}) is null", fault=fault) for name, fault in faults if name in NEEDED]
    return sql(
        "select * replace ({kept}) from unfit_state where {sound}",
        kept=joined(", ", kept),
        sound=joined(" and ", sound),
    )
