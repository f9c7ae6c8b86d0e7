"""SQL macros that look into numbers: check digit, birth and sex."""

from __future__ import annotations

from typing import Final

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import joined, sql

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_SUM: Final = joined(
    " + ", [sql("v // {place} % 10 * {weight}", place=10 ** (16 - i), weight=w) for i, w in enumerate(_WEIGHTS)]
)

MACROS: Final = (
    sql("is_citizen(n) as regexp_full_match(n, '[0-9]{{17}}[0-9X]')"),
    sql("check_sum(v) as ({sum}) % 11", sum=_CHECK_SUM),
    sql("check_holds(n) as '10X98765432'[check_sum(try_cast(n[1:17] as bigint)) + 1] = n[18]"),
    sql("born(n) as case length(n) when 18 then n[7:14] else '19' || n[7:12] end"),
    sql("is_male(n) as case length(n) when 18 then n[17] else n[15] end in ('1', '3', '5', '7', '9')"),
)  # fmt: skip


def define(engine: DuckEngine) -> None:
    """Make the macros known to a session."""
    for macro in MACROS:
        engine.run(sql("create or replace macro {macro}", macro=macro))
