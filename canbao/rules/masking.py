"""How personal facts are shown unless somebody has said why he must see them in full.

Of a citizen number three characters and the last stay: with the place, day of birth and sex that stand beside it on every file,
the usual first six or last four would give the whole number away. Enough is left to tell two people at the counter apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from canbao.rules.privacy import Kind, kind_of

STAR = "*"
_CITIZEN = re.compile(r"(?<!\d)[1-9]\d{13}(?:\d{3}[\dXx]|\d)(?!\d)", re.ASCII)
_DIGITS = "0-9０-９"
# An address ends, for a passing reader, where the house number begins.
_HOUSE = re.compile(
    rf"[{_DIGITS}〇]|(?<![一二三四五六七八九十百])[一二三四五六七八九十百]+[组社队号栋幢座弄单]|[A-Za-z]"
)
_PLACE = re.compile(r".*(?:[村路街巷镇乡区县市里坊场湾坝院]|大道|小区|社区)")
_LONG = re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Za-z]*\d{7})[0-9A-Za-z]+(?![0-9A-Za-z])|\d{7,}", re.ASCII)


def mask(field: str, value: Any, *, strictly: bool = False) -> Any:
    """The value as it is shown by default; what is not hidden stays as it is.

    strictly: for what leaves the bureau, names and days of birth are cut as well.
    """
    return mask_kind(kind_of(field), value, strictly=strictly)


def mask_row(row: Mapping[str, Any], *, clear: frozenset[str] = frozenset(), table: str = "") -> dict[str, Any]:
    """A row with every field masked but those in `clear`."""
    return {name: value if name in clear else mask_kind(kind_of(name, table), value) for name, value in row.items()}


def is_hidden(field: str, value: Any, table: str = "") -> bool:
    """Whether masking takes something away from the value."""
    return bool(value) and mask_kind(kind_of(field, table), value) != value


def mask_kind(kind: Kind, value: Any, *, strictly: bool = False) -> Any:
    """Mask a value of a known kind."""
    if strictly and kind is Kind.BIRTH and isinstance(value, date):
        return f"{value:%Y}"
    if not isinstance(value, str) or not value:
        return value
    match kind:
        case Kind.NUMBER:
            return _number(value)
        case Kind.PHONE:
            return re.sub(rf"[{_DIGITS}]+", lambda run: _ends(run[0], 3, 4), value)
        case Kind.CARD:
            return _number(value) if _CITIZEN.fullmatch(value) else _ends(value, 0, 4)
        case Kind.ADDRESS:
            return _address(value)
        case Kind.KEY:
            return _CITIZEN.sub(lambda found: _number(found[0]), value)
        case Kind.TEXT:
            return scrub(value)
        case Kind.NAME if strictly:
            return value[0] + STAR * (len(value) - 1)
    return value


def scrub(text: str) -> str:
    """Free text without the numbers somebody wrote into it: every run with seven digits or more."""
    return _LONG.sub(lambda run: _number(run[0]), text)


def _number(value: str) -> str:
    if _CITIZEN.fullmatch(value):
        return _ends(value, 3, 1)
    kept = min(3, len(value) // 4)
    return _ends(value, kept, kept)


def _ends(value: str, first: int, last: int) -> str:
    """A third of it is hidden at least, however short."""
    if first + last > len(value) * 2 // 3:
        first, last = 0, min(last, len(value) // 2)
    return value[:first] + STAR * (len(value) - first - last) + (value[-last:] if last else "")


def _address(value: str) -> str:
    house = _HOUSE.search(value)
    if house:
        return value[: house.start()] + STAR * 4
    place = _PLACE.match(value)
    return value if place and place.end() == len(value) else (place[0] if place else value[:2]) + STAR * 4
