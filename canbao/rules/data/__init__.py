"""The tables that belong to the rules: codes, divisions, agencies. Edited by hand, reviewed in git."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """All rows of one CSV file of this folder, as text."""
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def day(text: str) -> date | None:
    """A date cell; empty is an open end."""
    return date.fromisoformat(text) if text else None
