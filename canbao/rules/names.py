"""Comparing names of people: what survives width, dots, blanks, traditional forms and lost characters.

The original name is always kept; a key exists only to compare (GB 18030 exports, old police and bank systems).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from canbao.rules.text import LOST, name_form

_BRACKETS = {"(": ")", "[": "]", "<": ">"}  # around what stands behind a name: (大), [二], <离异>
_DIGITS = frozenset("0123456789")
_LATIN = re.compile(r"[A-Z]")
_BETWEEN_WORDS = re.compile("[^0-9A-Z?\u3400-\U0003ffff]+")
# 某某之子, 某某之女二, 未取名, …: written so that DuckDB reads it as Python does.
PLACEHOLDER = (
    "(之子|之女|之儿|之男|之婴|之大|之小|之大子|之小子|之长子|之次子|之长女|之次女|之大女|之小女|的儿子|的女儿|"
    "女婴|男婴|婴儿|新生儿|未取名|未命名|无名氏?|暂无)[一二三四甲乙1-9]?$"
)
_PLACEHOLDER = re.compile(PLACEHOLDER)
_RUNS = re.compile(r"\?+|[^?]+")
_DIALECT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


class NameLevel(StrEnum):
    """How two names agree, strongest first."""

    SAME = "SAME"  # equal keys, or a former name
    HOMOPHONE = "HOMOPHONE"  # same sounds, other characters
    LOST = "LOST"  # equal where no character was lost
    PART = "PART"  # one character differs or is missing in a name of three or more
    PLACEHOLDER = "PLACEHOLDER"  # 某某之子: says nothing about the name
    DIFFERENT = "DIFFERENT"


def changed_characters() -> str:
    """The characters of U+4E00 to U+9FFF that a key writes otherwise: a name of all the others is its own key."""
    return "".join(char for char in name_form.table if "\u4e00" <= char <= "\u9fff")


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """The form in which names are compared; a lost or private-use character becomes '?'.

    Foreign names: words in alphabetical order, for surname first or last is a matter of taste.
    """
    text = name_form(name)
    if _LATIN.search(text):
        return " ".join(sorted(word for word in _BETWEEN_WORDS.split(text) if word))
    return _without_suffix(text.replace(" ", ""))


def _without_suffix(text: str) -> str:
    """The name in front of brackets and digits: 张伟 of 张伟(大)2. One pass from the end, however long the text."""
    first, closed = len(text), set[str]()  # where what is cut begins; closing brackets with nothing but suffixes behind
    is_suffix = True
    for i in range(len(text) - 1, 0, -1):
        if is_suffix and text[i] in _BRACKETS.values():
            closed.add(text[i])
        is_suffix = (is_suffix and text[i] in _DIGITS) or _BRACKETS.get(text[i]) in closed
        if is_suffix and text[i - 1] not in _DIGITS:
            first = i
    return text[:first]


def fills(damaged: str, whole: str) -> bool:
    """Whether `whole` is the key `damaged` with its lost characters; a run of k marks stands for one to k of them."""
    return LOST in damaged and LOST not in whole and _stands_for(damaged, whole, least=1)


def is_placeholder(key: str) -> bool:
    """A newborn called after the mother, or not named at all."""
    return _PLACEHOLDER.search(key) is not None


@lru_cache(maxsize=50_000)
def _readings(char: str) -> frozenset[str]:
    """All readings without tone, with the sounds levelled that Chongqing speech does not keep apart."""
    from pypinyin.pinyin_dict import pinyin_dict

    raw = pinyin_dict.get(ord(char), char)
    return frozenset(_levelled(reading) for reading in raw.split(","))


def _levelled(reading: str) -> str:
    text = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    text = "".join(c for c in text if not unicodedata.combining(c))
    for wide, narrow in _DIALECT:
        text = text.replace(wide, narrow)
    return "l" + text[1:] if text.startswith("n") and len(text) > 1 else text


def _homophones(a: str, b: str) -> bool:
    return len(a) == len(b) and all(x == y or _readings(x) & _readings(y) for x, y in zip(a, b, strict=True))


def _agrees_where_kept(a: str, b: str) -> bool:
    """Equal (or homophonous) under the reading that each run of k lost marks stands for one to k characters."""
    if _stands_for(a, b, least=0) or _stands_for(b, a, least=0):
        return True
    kept = [(x, y) for x, y in zip(a, b, strict=False) if LOST not in (x, y)]
    return len(a) == len(b) and bool(kept) and all(x == y or _readings(x) & _readings(y) for x, y in kept)


def _stands_for(damaged: str, whole: str, *, least: int) -> bool:
    """Whether runs of k lost marks filled with `least` to k characters each make `whole` of `damaged`."""
    ends = {0}  # of the beginnings of `whole` that the runs so far can be
    for run in _RUNS.findall(damaged):
        if run[0] == LOST:
            ends = {at + more for at in ends for more in range(least, len(run) + 1) if at + more <= len(whole)}
        else:
            ends = {at + len(run) for at in ends if whole.startswith(run, at)}
    return len(whole) in ends


def share_a_place(a: str, b: str) -> bool:
    """Two names of two characters with one of them in common, at the same place."""
    return len(a) == len(b) == 2 and (a[0] == b[0]) != (a[1] == b[1])


def _one_apart(a: str, b: str) -> bool:
    """At least three characters, one substituted (also a surname: 余, 佘), or one missing behind the surname."""
    short, long = sorted((a, b), key=len)
    if len(long) < 3 or len(long) - len(short) > 1:
        return False
    if len(short) == len(long):
        return sum(x != y for x, y in zip(short, long, strict=True)) == 1
    return any(long[:i] + long[i + 1 :] == short for i in range(1, len(long)))


@lru_cache(maxsize=200_000)
def compare(a: str, b: str) -> NameLevel:
    """How two keys agree. Symmetric."""
    if a == b:
        return NameLevel.SAME
    if is_placeholder(a) or is_placeholder(b) or not a.strip(LOST) or not b.strip(LOST):
        return NameLevel.PLACEHOLDER
    if LOST in a or LOST in b:
        return NameLevel.LOST if _agrees_where_kept(a, b) else NameLevel.DIFFERENT
    if min(len(a), len(b)) == 1 and a[0] == b[0]:
        return NameLevel.LOST  # of 刘赟 only 刘 was left
    if _LATIN.search(a) or _LATIN.search(b):
        return _compare_words(a, b)
    if _homophones(a, b):
        return NameLevel.HOMOPHONE
    return NameLevel.PART if _one_apart(a, b) else NameLevel.DIFFERENT


def _compare_words(a: str, b: str) -> NameLevel:
    left, right = set(a.split()), set(b.split())
    if "".join(sorted(a.replace(" ", ""))) == "".join(sorted(b.replace(" ", ""))):
        return NameLevel.SAME
    return NameLevel.PART if min(len(left), len(right)) >= 2 and (left < right or right < left) else NameLevel.DIFFERENT
