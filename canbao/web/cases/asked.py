"""What a request says, made harmless: text without null characters and not endless, numbers that a row can have."""

from __future__ import annotations

from django.http import QueryDict

from canbao.rules.match_labels import CaseKind

_DIGITS = 18  # of a bigint, whatever they are


def text(data: QueryDict, name: str, *, most: int = 200) -> str:
    return data.get(name, "").replace("\x00", "").strip()[:most]


def number(data: QueryDict, name: str) -> int:
    """0 for anything that is no number."""
    found = text(data, name)
    return int(found) if found.isdecimal() and len(found) <= _DIGITS else 0


def place(data: QueryDict) -> str:
    """Where the last page of a list ended; "" for the first page or nonsense."""
    found = text(data, "after")
    turn, dot, last = found.partition(".")
    return found if dot and all(part.isdecimal() and len(part) <= _DIGITS for part in (turn, last)) else ""


def kind(data: QueryDict, *, likely: CaseKind = CaseKind.POSSIBLE_SAME) -> str:
    """likely: which one where none is named."""
    found = text(data, "kind")
    return found if found in set(CaseKind) else likely.value
