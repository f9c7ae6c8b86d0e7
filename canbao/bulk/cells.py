"""`rules.spreadsheets` for the set engine: generated from the same patterns."""

from __future__ import annotations

from canbao.bulk.sqltext import SQL, literal, sql
from canbao.rules.spreadsheets import EVALUATED, MARKED


def safe(column: SQL) -> SQL:
    """SQL of `safe_cell`."""
    return sql(
        "case when regexp_matches({column}, {evaluated}) then chr(39) || {column} else {column} end",
        column=column, evaluated=literal(EVALUATED),
    )  # fmt: skip


def sent(column: SQL) -> SQL:
    """SQL of `sent_cell`."""
    return sql(
        "case when regexp_matches({column}, {marked}) then substr({column}, 2) else {column} end",
        column=column, marked=literal(MARKED),
    )  # fmt: skip
