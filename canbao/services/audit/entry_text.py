"""Text as a line of the journal takes it: cut to the column, without control characters, so that no line is ever refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from canbao.store.models.journal import DETAIL_MOST, JournalEntry

# Also what turns the reading direction or starts a new line, and halves of surrogate pairs, which are no characters.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSTORABLE = re.compile(r"[\ud800-\udfff]|\\u0000")  # in JSON text: what PostgreSQL does not take
_STAND_IN = "\ufffd"
_MOST = {field.name: most for field in JournalEntry._meta.fields if (most := field.max_length)}


def fitted(column: str, text: str) -> str:
    """The text as the column of the journal takes it; what is too long ends in an ellipsis, an office has only digits."""
    most = _MOST[column]
    if column in ("office", "area"):
        return "".join(char for char in text if char in "0123456789")[:most]
    clean = printable(text)
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def printable(text: str) -> str:
    """Without what moves the cursor of a terminal, breaks the line or turns the reading direction."""
    return _UNPRINTABLE.sub(_STAND_IN, text)


def detail_json(detail: Mapping[str, object]) -> str:
    """The particulars as JSON; far too many of them are kept as the beginning of their text."""
    text = json.dumps(detail, ensure_ascii=False)
    if _UNSTORABLE.search(text):
        text = json.dumps(_clean(detail), ensure_ascii=False)
    if len(text) > DETAIL_MOST:
        text = json.dumps({"beginning": text[: DETAIL_MOST // 2]}, ensure_ascii=False)
    return text


def _clean(value: object) -> object:
    """What PostgreSQL does not take as text, in any depth, replaced."""
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {_clean(str(name)): _clean(item) for name, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value
