"""JSON from outside, read within limits: nothing in it is deeper, longer or stranger than what the register asks for.

The library's reader takes what the standard leaves open, and each is an error further inside: numbers that are no numbers
(`NaN`, `1e999`), one name twice (RFC 8259, 4: unpredictable), half of a surrogate pair, null characters, nesting without end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

MOST_BYTES: Final = 256 * 1024
MOST_DEPTH: Final = 10
LONGEST_TEXT: Final = 20_000
LONGEST_NUMBER: Final = 30  # digits
# Possessive, and a text may end with the body: whatever is never closed is read once.
_TEXT_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[][{}]', re.DOTALL)
_NOT_STORED: Final = re.compile("[\0\ud800-\udfff]")


class JsonRefusedError(ValueError):
    """Not JSON, or beyond a limit."""


def parse(body: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH) -> Any:
    """The value of a JSON text in UTF-8. Raises JsonRefusedError."""
    if len(body) > most_bytes or _depth(body) > most_depth:
        raise JsonRefusedError
    try:
        value = json.loads(
            body.decode(), parse_constant=_refuse, parse_int=_integer, parse_float=_number, object_pairs_hook=_object
        )
    except (ValueError, RecursionError) as error:
        raise JsonRefusedError from error
    if any(len(text) > LONGEST_TEXT or _NOT_STORED.search(text) for text in _texts(value)):
        raise JsonRefusedError
    return value


def _depth(body: bytes) -> int:
    """How many brackets are open at once at most, without those in texts."""
    deepest = opened = 0
    for found in _TEXT_OR_BRACKET.finditer(body):
        match found[0]:
            case b"[" | b"{":
                opened += 1
                deepest = max(deepest, opened)
            case b"]" | b"}":
                opened -= 1
    return deepest


def _refuse(text: str) -> NoReturn:
    raise JsonRefusedError


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise JsonRefusedError
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if len(text) > LONGEST_NUMBER or value in (float("inf"), float("-inf")):
        raise JsonRefusedError
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise JsonRefusedError
    return made


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, names included."""
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
