"""Grants, row security and the triggers of posts and seals, brought up to date after migrations.

Not a migration: they cover the tables of every app.
"""

from __future__ import annotations

from pathlib import Path

from django.db import connections

SQL = tuple(Path(__file__).parent / name for name in ("grants.sql", "posts.sql", "seals.sql"))


def secure(*, using: str = "owner") -> None:
    """Run the SQL files as the tables' owner."""
    with connections[using].cursor() as cursor:
        for path in SQL:
            cursor.execute(path.read_text(encoding="utf-8"))
