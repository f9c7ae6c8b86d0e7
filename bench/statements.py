"""Statements of the benches: put together as they like from their own invented data, unlike the product's."""

from __future__ import annotations

from canbao.bulk.sqltext import SQL, sql


def statement(text: str) -> SQL:
    """A text as the engine takes it."""
    return sql(text.replace("{", "{{").replace("}", "}}"))
