"""Comparing names of people: what survives width, dots, blanks, traditional forms and lost characters.

The original name is always kept; a key exists only to compare (GB 18030 exports, old police and bank systems).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources

LOST = "?"
_DOTS = str.maketrans("", "", "·•・．.‧⋅∙●﹒･᛫’'`-－_")
_BLANK = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad\u3164]+")
_LOST_MARKS = re.compile("[?？\ufffd□■〓*＊¿\ue000-\uf8ff\U000f0000-\U0010ffff]")
_SUFFIX = re.compile(r"(?<=\D)(\(.*\)|\[.*\]|<.*>|\d+)$")
_LATIN = re.compile(r"[A-Z]")
# 某某之子, 某某之女二, 未取名, …: written so that DuckDB reads it as Python does.
PLACEHOLDER = (
    "(之子|之女|之儿|之男|之婴|之大|之小|之大子|之小子|之长子|之次子|之长女|之次女|之大女|之小女|的儿子|的女儿|"
    "女婴|男婴|婴儿|新生儿|未取名|未命名|无名氏?|暂无)[一二三四甲乙1-9]?$"
)
_PLACEHOLDER = re.compile(PLACEHOLDER)
_DIALECT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))

# Names made only of these characters are their own key: the engines use it to leave most names alone.
PLAIN = "一-鿿"


class NameLevel(StrEnum):
    """How two names agree, strongest first."""

    SAME = "SAME"  # equal keys, or a former name
    HOMOPHONE = "HOMOPHONE"  # same sounds, other characters
    LOST = "LOST"  # equal where no character was lost
    PART = "PART"  # one character differs or is missing in a name of three or more
    PLACEHOLDER = "PLACEHOLDER"  # 某某之子: says nothing about the name
    DIFFERENT = "DIFFERENT"


@cache
def _simplified() -> dict[int, str]:
    """Traditional and regional variant characters to the simplified one (OpenCC's kept tables)."""
    table: dict[int, str] = {}
    for file in ("TSCharacters.txt", "TWVariantsRev.txt", "HKVariantsRev.txt"):
        text = resources.files("opencc").joinpath("dictionary", file).read_text("utf-8")
        for line in text.splitlines():
            old, _, new = line.partition("\t")
            if len(old) == 1 and new:
                table.setdefault(ord(old), new.split(" ")[0])
    return {char: table.get(ord(new), new) for char, new in table.items()}


def changed_characters() -> str:
    """Every character whose key differs from itself: a name with none of them is its own key."""
    return "".join(chr(char) for char in _simplified())


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """The form in which names are compared; a lost or private-use character becomes '?'."""
    text = _LOST_MARKS.sub(LOST, name)
    text = unicodedata.normalize("NFKC", text).upper().translate(_simplified())
    if _LATIN.search(text):
        return _latin_key(text)
    text = _BLANK.sub("", text).translate(_DOTS)
    return _SUFFIX.sub("", text) or text


def _latin_key(text: str) -> str:
    """Foreign names: no accents, words in alphabetical order (surname first or last is a matter of taste)."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    bare = bare.translate(str.maketrans("", "", "'’`."))
    return " ".join(sorted(w for w in re.split(r"[^0-9A-Z?\u3400-\U0003ffff]+", bare) if w))


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
    if _lost_pattern(a).fullmatch(b) or _lost_pattern(b).fullmatch(a):
        return True
    kept = [(x, y) for x, y in zip(a, b, strict=False) if LOST not in (x, y)]
    return len(a) == len(b) and bool(kept) and all(x == y or _readings(x) & _readings(y) for x, y in kept)


@lru_cache(maxsize=20_000)
def _lost_pattern(key: str) -> re.Pattern[str]:
    parts = [f".{{0,{len(run)}}}" if run[0] == LOST else re.escape(run) for run in re.findall(r"\?+|[^?]+", key)]
    return re.compile("".join(parts))


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
