"""Grants, row security and the triggers of posts, resets, lifts, lines of the journal and seals, brought up to date after migrations.

Not a migration: they cover the tables of every app.
"""

from __future__ import annotations

from pathlib import Path

from django.db import connections

_FILES = (
    "grants.sql",
    "kind.sql",
    "posts.sql",
    "resets.sql",
    "lifts.sql",
    "events.sql",
    "seals.sql",
    "turns.sql",
    "alarms.sql",
)
SQL = tuple(Path(__file__).parent / name for name in _FILES)


def secure(*, using: str = "owner") -> None:
    """Run the SQL files as the tables' owner."""
    with connections[using].cursor() as cursor:
        for path in SQL:
            cursor.execute(path.read_text(encoding="utf-8"))


def fix_kind(*, is_practice: bool, using: str = "owner") -> None:
    """Note what kind of register this is; what was noted before stays."""
    with connections[using].cursor() as cursor:
        cursor.execute("insert into register_kind (is_practice) values (%s) on conflict do nothing", [is_practice])
