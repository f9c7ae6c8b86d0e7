"""Invented people carry an area code that was never assigned, so that a real number in the repository stands out."""

from __future__ import annotations

import re
from datetime import date

from tests.structure.test_stairs import ROOT, tracked

NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
PHONE = re.compile(r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
INVENTED = re.compile(r"500(9\d\d)")
TEXT = ("*.py", "*.md", "*.toml", "*.csv", "*.txt", "*.sql", "*.json", "*.yaml", "*.html")


def is_a_number(text: str) -> bool:
    """Whether somebody could have been given this number: a day of birth and the right check digit."""
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return "10X98765432"[sum(int(c) * w for c, w in zip(text, WEIGHTS, strict=False)) % 11] == text[-1].upper()


def test_no_number_of_a_real_person_is_kept_here() -> None:
    found = [
        f"{name}: {match[:6]}…"
        for name in tracked(*TEXT)
        if name != "requirements.txt" and (ROOT / name).exists()
        for match in NUMBER.findall((ROOT / name).read_text(encoding="utf-8", errors="replace"))
        if is_a_number(match) and not INVENTED.match(match)
    ]
    assert found == []
