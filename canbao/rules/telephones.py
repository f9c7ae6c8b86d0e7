"""What is written in a cell for telephones: one number with or without its extension, several of them, words beside it."""

from __future__ import annotations

import re
from typing import Final

from canbao.rules.text import search_form

_MOBILE: Final = r"(?:(?:\+|00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}"
_AREA: Final = r"\(?0[0-9]{2,3}\)?[ -]?[0-9]{3,4}[ -]?[0-9]{4}"
_EXTENSION: Final = "(?: ?(?:-|转|分机|EXT\\.?|#|,| ) ?([0-9]{1,6}))?"
# A whole number: of a mobile or with the code of its area; only behind such a one an extension is one.
_WHOLE: Final = re.compile(f"(?<![0-9])({_MOBILE}|{_AREA}){_EXTENSION}(?![0-9])")
_JOINED: Final = re.compile("(?:1[3-9][0-9]{9}){2,}")
_LOCAL: Final = re.compile(r"[+0-9()-]*(?<=[0-9]{7})")
_BETWEEN: Final = re.compile(r"[\s、,，;；/／|]+|或")
_LONGEST: Final = 200


def numbers_of(sent: str) -> list[str]:
    """The numbers of a cell in their order, an extension behind `-`; none where something else with digits stands there."""
    text = search_form(sent).upper() if len(sent) <= _LONGEST else ""
    if _JOINED.fullmatch(text):
        return [text[at : at + 11] for at in range(0, len(text), 11)]
    if parts := _parts(text):
        return parts
    found = [_written(match[1], match[2]) for match in _WHOLE.finditer(text)]
    return [] if re.search("[0-9]", _WHOLE.sub("", text)) else found


def has_words(sent: str) -> bool:
    """Whether letters stand beside the numbers of a cell, other than those of an extension."""
    return re.search(r"[^\W0-9_]", _WHOLE.sub("", search_form(sent[:_LONGEST]).upper())) is not None


def _parts(text: str) -> list[str]:
    """Several numbers of any kind with nothing but signs between them: local ones have no code."""
    parts = [part for part in _BETWEEN.split(text) if part]
    return [_plain(part) for part in parts] if len(parts) > 1 and all(map(_LOCAL.fullmatch, parts)) else []


def _plain(part: str) -> str:
    found = _WHOLE.fullmatch(part)
    return _written(found[1], found[2]) if found else part


def _written(number: str, extension: str | None) -> str:
    """Without the signs between the groups of a mobile's digits, and without the code of the country."""
    digits = re.sub("[^0-9]", "", number)
    if mobile := re.fullmatch("(?:0086|86)?(1[3-9][0-9]{9})", digits):
        number = mobile[1]
    number = number.replace(" ", "")
    return f"{number}-{extension}" if extension else number
