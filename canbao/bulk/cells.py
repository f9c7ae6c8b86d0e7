"""`rules.spreadsheets` for the set engine: generated from the same patterns."""

from __future__ import annotations

from canbao.rules.spreadsheets import EVALUATED, MARKED


def safe(column: str) -> str:
    """SQL of `safe_cell`; column: an SQL expression of ours."""
    return f"case when regexp_matches({column}, {_literal(EVALUATED)}) then chr(39) || {column} else {column} end"


def sent(column: str) -> str:
    """SQL of `sent_cell`."""
    return f"case when regexp_matches({column}, {_literal(MARKED)}) then substr({column}, 2) else {column} end"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
