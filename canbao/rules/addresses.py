"""The order in which one walks: addresses that name the same door sort alike, however much of the city stands before it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from canbao.rules.division import Level, load_tree
from canbao.rules.text import search_form

NOWHERE: Final = "～"  # sorts behind every address
LONGEST: Final = 400
_CITY: Final = r"^重庆市?"
_DISTRICT: Final = r"^.{1,12}?(自治县|区|县)"
_TOWN: Final = r"^.{1,8}?(街道|镇|乡)"
_NUMBER: Final = re.compile(r"\d+")
# As PostgreSQL says it, one after the other (services.survey.picking).
PREFIXES: Final = (_CITY, _DISTRICT, _TOWN)


def walking_key(address: str | None) -> str:
    """The address from the village on, numbers by their worth: 2号 before 12号; what follows the last digit of a door is kept."""
    text = search_form(address or "").replace(" ", "")
    for prefix in PREFIXES:
        text = re.sub(prefix, "", text, count=1)
    return _NUMBER.sub(lambda found: found[0][-6:].zfill(6), text)[:LONGEST] or NOWHERE


@cache
def _districts() -> tuple[str, ...]:
    return tuple({one.name for one in load_tree().all_versions() if one.level is Level.DISTRICT})


def is_of_city(address: str | None) -> bool:
    """Whether an address begins with this city, or with a district it has or had: a street of that name elsewhere is not here."""
    text = search_form(address or "").replace(" ", "")
    return (bool(re.match(_CITY, text)) and not re.match(r"^重庆[东南西北中]?[路街道]", text)) or text.startswith(
        _districts()
    )
