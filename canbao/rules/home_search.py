"""Finding where somebody lives by a few letters: codes, names, or first letters of district, town and village (规程第八条)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from canbao.rules.division import Level, level, load_tree, padded
from canbao.rules.entry import initials

MOST: Final = 8
_TAIL: Final = re.compile(r"(村民委员会|居民委员会|社区居委会|村委会|居委会)$")


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the city. code: twelve digits; name: with all above it, the city left out."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class _Entry:
    short: str
    own: str
    full: str
    letters: tuple[str, ...]  # of each level from the district down, ending with its own


def find(typed: str, *, town: str, on: date) -> list[Place]:
    """What fits, the own town first, then its district, villages before what is above them; a handful."""
    words = [word for word in re.split(r"[\s/，,]+", typed.strip().lower()) if word]
    if not words or len(typed) > 40:
        return []
    ranked = sorted(
        ((_rank(one, town), one) for one in _matching(words, on)), key=lambda pair: (pair[0], pair[1].short)
    )
    return [Place(padded(one.short), one.full) for _, one in ranked[:MOST]]


def _rank(one: _Entry, town: str) -> tuple[int, int]:
    near = 0 if one.short.startswith(town) else 1 if one.short.startswith(town[:6]) else 2
    return near, -len(one.short)


def _matching(words: list[str], on: date) -> Iterator[_Entry]:
    for one in _index(on):
        if words[0].isdigit():
            if one.short.startswith(words[0].rstrip("0") or words[0]) and padded(one.short).startswith(words[0]):
                yield one
        elif _fits(words, one):
            yield one


def _fits(words: list[str], one: _Entry) -> bool:
    """The last word is the place itself, those before it are above it, in order."""
    *above, own = words
    if not (one.letters[-1].startswith(own) or own in one.own):
        return False
    levels = iter(one.letters[:-1])
    return all(any(letters.startswith(word) or word in one.full for letters in levels) for word in above)


@lru_cache(maxsize=4)
def _index(on: date) -> tuple[_Entry, ...]:
    tree = load_tree()
    known: dict[str, tuple[str, ...]] = {}
    found = []
    for short in tree.codes(on):
        if level(short) is Level.CITY:
            continue
        name = tree.name(short, on)
        letters = (*known.get(tree.parent(short, on), ()), initials(_TAIL.sub("", name)) or initials(name))
        known[short] = letters
        found.append(_Entry(short, name, tree.full_name(short, on).removeprefix("重庆市"), letters))
    return tuple(found)
