"""Grants and row security, brought up to date after migrations (not a migration: they cover the tables of every app)."""

from __future__ import annotations

from pathlib import Path

from django.db import connections

SQL = Path(__file__).parent / "grants.sql"


def secure(*, using: str = "owner") -> None:
    """Run `grants.sql` as the tables' owner."""
    with connections[using].cursor() as cursor:
        cursor.execute(SQL.read_text(encoding="utf-8"))
