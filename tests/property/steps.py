"""How many steps a backtracking engine takes for a pattern: counted, so that no clock decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

_MOST_SIGNS: Final = 10
_NOT_THERE: Final = "\x01"
_CATEGORIES: Final[dict[Any, Callable[[str], bool]]] = {
    codes.CATEGORY_DIGIT: str.isdigit, codes.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(), codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_NOT_SPACE: lambda c: not c.isspace(), codes.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    codes.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}  # fmt: skip


class TooManyError(Exception):
    """More steps than were allowed."""


class Engine:
    """Walks a parsed pattern as Python's engine does: greedy first, back one step at a time."""

    def __init__(self, pattern: str, most: int = 10**9) -> None:
        self.tree = list(parser.parse(pattern))
        self.steps, self.most = 0, most

    def fullmatch(self, text: str) -> bool:
        return any(end == len(text) for end in self._sequence(self.tree, 0, text, 0))

    def search(self, text: str) -> bool:
        return any(next(self._sequence(self.tree, 0, text, at), None) is not None for at in range(len(text) + 1))

    def _sequence(self, items: Any, nth: int, text: str, at: int) -> Iterator[int]:
        if nth == len(items):
            yield at
            return
        for end in self._item(items[nth], text, at):
            yield from self._sequence(items, nth + 1, text, end)

    def _item(self, item: Any, text: str, at: int) -> Iterator[int]:
        self.steps += 1
        if self.steps > self.most:
            raise TooManyError
        kind, said = item
        if is_sign(item):
            if at < len(text) and fits(item, text[at]):
                yield at + 1
        elif kind in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield from self._repeat(said, text, at)
        elif kind is codes.SUBPATTERN:
            yield from self._sequence(said[-1], 0, text, at)
        elif kind is codes.BRANCH:
            for branch in said[1]:
                yield from self._sequence(branch, 0, text, at)
        elif kind in (codes.ASSERT, codes.ASSERT_NOT):
            if self._looks(said, text, at) == (kind is codes.ASSERT):
                yield at
        elif kind is codes.AT:
            if (at == 0) if said in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING) else (at == len(text)):
                yield at
        else:
            raise NotImplementedError(kind)

    def _looks(self, said: Any, text: str, at: int) -> bool:
        direction, items = said
        wide = items.getwidth()[0] if direction < 0 else 0
        return at >= wide and next(self._sequence(items, 0, text, at - wide), None) is not None

    def _repeat(self, said: Any, text: str, at: int) -> Iterator[int]:
        least, most, items = said
        if len(items) == 1 and is_sign(items[0]):
            end = at
            while end < len(text) and end - at < most and fits(items[0], text[end]):
                end += 1
            self.steps += end - at
            for back in range(end, at + least - 1, -1):
                self.steps += 1
                yield back
            return
        yield from self._more(least, most, items, text, at)

    def _more(self, least: int, most: int, items: Any, text: str, at: int) -> Iterator[int]:
        if most > 0:
            for end in self._sequence(items, 0, text, at):
                if end > at:
                    yield from self._more(max(least - 1, 0), most - 1, items, text, end)
        if least == 0:
            yield at


def is_sign(item: Any) -> bool:
    return item[0] in (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN)


def fits(item: Any, char: str) -> bool:
    kind, said = item
    if kind is codes.LITERAL:
        return bool(ord(char) == said)
    if kind is codes.NOT_LITERAL:
        return bool(ord(char) != said)
    return char != "\n" if kind is codes.ANY else _is_in(said, char)


def _is_in(said: Any, char: str) -> bool:
    negated = said[0][0] is codes.NEGATE
    return negated != any(_holds(one, char) for one in said[negated:])


def _holds(item: Any, char: str) -> bool:
    kind, said = item
    if kind is codes.LITERAL:
        return bool(ord(char) == said)
    return bool(said[0] <= ord(char) <= said[1] if kind is codes.RANGE else _CATEGORIES[said](char))


def hostile(pattern: str, length: int) -> Iterator[str]:
    """Long texts of the signs that a pattern knows, behind what it begins with, and with an end that it does not know."""
    signs = list(dict.fromkeys(_signs(parser.parse(pattern))))
    chosen = signs[:: max(1, len(signs) // _MOST_SIGNS)][:_MOST_SIGNS]
    begins = ["", *chosen[:3], "".join(signs[:3])]
    for begin, sign in product(begins, chosen):
        yield begin + sign * length + _NOT_THERE
    for first, second in [*pairwise(chosen), *((b, a) for a, b in pairwise(chosen))]:
        yield (first + second) * (length // 2) + _NOT_THERE
        yield first * (length // 2) + second * (length // 2) + _NOT_THERE
    yield "".join(chosen) * (length // max(1, len(chosen))) + _NOT_THERE


def _signs(items: Any) -> Iterator[str]:
    for kind, said in items:
        if kind is codes.LITERAL:
            yield chr(said)
        elif kind is codes.IN:
            yield from _of_class(said)
        elif kind is codes.ANY:
            yield "x"
        elif kind is codes.BRANCH:
            for branch in said[1]:
                yield from _signs(branch)
        elif kind in (codes.SUBPATTERN, codes.MAX_REPEAT, codes.MIN_REPEAT, codes.ASSERT, codes.ASSERT_NOT):
            yield from _signs(said[-1])


def _of_class(said: Any) -> Iterator[str]:
    if said[0][0] is codes.NEGATE:
        yield next(c for c in "x0張 -\x02" if _is_in(said, c))
        return
    for kind, one in (said[0], said[-1]):
        if kind in (codes.LITERAL, codes.RANGE):
            yield chr(one if kind is codes.LITERAL else one[0])
