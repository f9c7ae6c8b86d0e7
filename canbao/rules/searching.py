"""The one search box: what was typed, whether it is enough to look for somebody, and how to say it back.

规程第十八、十九条 and the law on personal information: no list of everybody. A search needs a whole number, or a name narrowed by
place and birth until few people are left; the points are `_WORTH`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from canbao.rules import sounds
from canbao.rules.article import article
from canbao.rules.identity import clean, examine, is_valid_citizen, upgrade
from canbao.rules.names import name_key
from canbao.rules.offices import KIND_OF_LENGTH, OfficeKind
from canbao.rules.text import search_form

MOST_SHOWN: Final = 50
ENOUGH: Final = 3
FEW: Final = 10  # people of one whole name: so few are told apart without more


class Kind(StrEnum):
    NOTHING = "NOTHING"
    NUMBER = "NUMBER"
    NAME = "NAME"
    SOUND = "SOUND"
    INITIALS = "INITIALS"

    @property
    def label(self) -> str:
        return _KINDS[self]


_KINDS: Final = {
    Kind.NOTHING: "",
    Kind.NUMBER: "按号码",
    Kind.NAME: "按姓名",
    Kind.SOUND: "按拼音",
    Kind.INITIALS: "按拼音首字母",
}


class Problem(StrEnum):
    NOTHING_TYPED = "NOTHING_TYPED"
    SHORT_NUMBER = "SHORT_NUMBER"
    SURNAME_ONLY = "SURNAME_ONLY"
    BAD_BORN = "BAD_BORN"
    TOO_WIDE = "TOO_WIDE"
    UNKNOWN_PLACE = "UNKNOWN_PLACE"
    SEVERAL_PLACES = "SEVERAL_PLACES"


class Precision(StrEnum):
    YEAR = "YEAR"
    MONTH = "MONTH"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class Born:
    """A day, month or year of birth as the half-open period of its days."""

    first: date
    until: date
    precision: Precision

    @property
    def words(self) -> str:
        day = f"{self.first.day}日" if self.precision is Precision.DAY else ""
        month = f"{self.first.month}月" if self.precision is not Precision.YEAR else ""
        return f"{self.first.year}年{month}{day}"


@dataclass(frozen=True, slots=True)
class Query:
    """What was understood. numbers: every spelling to look for; name: a key; place: words or the path of an office."""

    kind: Kind = Kind.NOTHING
    numbers: tuple[str, ...] = ()
    name: str = ""
    sounds: tuple[str, ...] = ()
    initials: str = ""
    place: str = ""
    born: Born | None = None
    checked: bool = True  # False: eighteen places whose check digit is wrong
    problem: Problem | None = None


_DIVIDERS = re.compile(r"[\s,;+、，；/|]+")
_BORN = re.compile(
    r"((?:18|19|20)\d\d)(?:年|[-./](?=\d))?(?:(\d{1,2})(?:月|[-./](?=\d))?(?:(\d{1,2})日?)?)?(?:生|出生)?"
)
_BORN_SHORT = re.compile(r"((?:18|19|20)\d\d)(\d\d)(\d\d)?")
_PLACE = re.compile(r".{2,}(镇|街道|乡|村|社区|居委会|村委会|区|县|社保所|社会保障服务所|开发区)")
_NUMBER = re.compile(r"[A-Z]{0,4}[A-Z0-9()\-]*\d[A-Z0-9()\-]*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f':]+")
_NOT_INITIAL = frozenset("iuv")


def parse(text: str, *, place: str = "", born: str = "") -> Query:
    """Understand the box; `place` and `born` come from the fields beside it and count before what stands in the box."""
    whole = clean(text)
    if _is_citizen_shape(whole):
        query = _of_number(whole)
    else:
        query = _of_words([word for word in _DIVIDERS.split(search_form(text)) if word])
    if place.strip():
        query = replace(query, place=place.strip())
    if born.strip():
        day = read_born(born)
        query = replace(query, born=day, problem=query.problem if day else Problem.BAD_BORN)
    return query


def read_born(text: str) -> Born | None:
    """1980, 198005, 1980-5, 1980年5月12日, 19800512, 1980.5.12 …"""
    text = search_form(text).replace(" ", "")
    found = _BORN_SHORT.fullmatch(text) or _BORN.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        return _born(year or 0, month, day)
    except ValueError:
        return None


def _born(year: int, month: int | None, day: int | None) -> Born:
    if day and month:
        first = date(year, month, day)
        return Born(first, date.fromordinal(first.toordinal() + 1), Precision.DAY)
    if month:
        return Born(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1), Precision.MONTH)
    return Born(date(year, 1, 1), date(year + 1, 1, 1), Precision.YEAR)


def _is_citizen_shape(text: str) -> bool:
    return len(text) in (15, 18) and text[:-1].isascii() and text[:-1].isdigit() and text[-1] in "0123456789X"


def _of_number(number: str) -> Query:
    """A number under every spelling it may have been sent in: the old 15 digits and the 18 of today are one."""
    spelt = [number, examine(None, number).number, examine("04", number).number]
    if len(number) == 15 and number.isdigit():
        spelt.append(upgrade(number))
    if is_valid_citizen(number) and number[6:8] == "19":
        spelt.append(number[:6] + number[8:17])
    wrong = _is_citizen_shape(number) and len(number) == 18 and number[0] != "9" and not is_valid_citizen(number)
    problem = Problem.SHORT_NUMBER if len(number) < 5 else None
    return Query(Kind.NUMBER, numbers=tuple(dict.fromkeys(filter(None, spelt))), checked=not wrong, problem=problem)


def _of_words(words: list[str]) -> Query:
    numbers, births, letters, signs = [], [], [], []
    named = any(not re.search(r"\d", word) for word in words)
    for word in words:
        if named and read_born(word):
            births.append(word)
        elif _NUMBER.fullmatch(word.upper()):
            numbers.append(word)
        elif _LATIN.fullmatch(word):
            letters.append(word)
        else:
            signs.append(word)
    place = ""
    if len(words) > 1 and (numbers or letters or len(signs) > 1):
        place = next((word for word in signs if _PLACE.fullmatch(word)), "")
        signs = [word for word in signs if word is not place and word != place]
    born = read_born(births[0]) if births else None
    return replace(_of_term(numbers, letters, signs), place=place, born=born)


def _of_term(numbers: list[str], letters: list[str], signs: list[str]) -> Query:
    if numbers:
        found = _of_number(clean(max(numbers, key=len)))
        return replace(found, name=name_key("".join(signs) or " ".join(letters)))
    if signs:
        key = name_key(" ".join([*signs, *letters]) if letters else "".join(signs))
        return Query(Kind.NAME, name=key, problem=Problem.SURNAME_ONLY if len(key) < 2 else None)
    if letters:
        return _of_letters(" ".join(letters))
    return Query(problem=Problem.NOTHING_TYPED)


def _of_letters(typed: str) -> Query:
    """Syllables, else initials, else a foreign name."""
    ways = sounds.splits(typed)
    several = [way for way in ways if len(way) > 1]
    if several:
        return Query(Kind.SOUND, sounds=tuple(sounds.written(way) for way in several), name=name_key(typed))
    bare = sounds.folded(typed).replace(" ", "")
    is_one_syllable = len(bare) > 2 and any(
        len(way) == 1 for way in ways
    )  # "wang" is a surname before it is four people's w a n g
    if 2 <= len(bare) <= 6 and not is_one_syllable and not _NOT_INITIAL & set(bare) and bare.isascii():
        return Query(Kind.INITIALS, initials=bare, name=name_key(typed))
    if ways or len(bare) < 2:
        return Query(Kind.SOUND, sounds=tuple(map(sounds.written, ways)), problem=Problem.SURNAME_ONLY)
    return Query(Kind.NAME, name=name_key(typed))


# How far each thing narrows a search; three together are enough. A whole number needs nothing beside it.
_WORTH: Final[dict[object, int]] = {
    Kind.NAME: 2,
    Kind.SOUND: 1,
    Kind.INITIALS: 0,
    OfficeKind.CITY: 0,
    OfficeKind.AGENCY: 1,
    OfficeKind.TOWN_OFFICE: 2,
    OfficeKind.VILLAGE_COMMITTEE: 2,
    Precision.YEAR: 1,
    Precision.MONTH: 1,
    Precision.DAY: 2,
    None: 0,
}


@article(18)
def enough(query: Query, office: str) -> bool:
    """Whether the search is narrow enough within the area of `office` (a path)."""
    return query.kind is Kind.NUMBER or _worth(query, office) >= ENOUGH


@article(18)
def is_rare(query: Query, people: int) -> bool:
    """Whether a whole name that says too little for the area is borne by so few that nothing more is needed."""
    return query.kind is Kind.NAME and people <= FEW


def may_begin(query: Query, office: str) -> bool:
    """Whether names that only begin so may be shown as well: the beginning of a name says a point less."""
    return query.kind is Kind.NAME and _worth(query, office) > ENOUGH


def _worth(query: Query, office: str) -> int:
    precision = query.born.precision if query.born else None
    return _WORTH[query.kind] + _WORTH[KIND_OF_LENGTH[len(office)]] + _WORTH[precision]


def words(query: Query) -> str:
    """What was understood, for the clerk to see; the number itself is not repeated."""
    said = {
        Kind.NUMBER: "按号码查找（证件号码、社保编号、社会保障卡号）",
        Kind.NAME: f"按姓名“{query.name}”查找",
        Kind.SOUND: f"按姓名拼音“{'”或“'.join(sound.partition(' ')[2] for sound in query.sounds)}”查找",
        Kind.INITIALS: f"按姓名拼音首字母“{query.initials}”查找",
        Kind.NOTHING: "没有可查找的内容",
    }[query.kind]
    if query.kind is Kind.NUMBER and query.name:
        said += f"，姓名为“{query.name}”"
    return said + (f"，出生于{query.born.words}" if query.born else "")


class Reason(StrEnum):
    """Why somebody looks for a person outside the own area (规程第十八条)."""

    COUNTER = "COUNTER"
    MOVED = "MOVED"
    TRANSFER = "TRANSFER"
    DOUBLE = "DOUBLE"
    OTHER = "OTHER"

    @property
    def label(self) -> str:
        return _REASONS[self]


_REASONS: Final = {
    Reason.COUNTER: "本人或代办人到窗口办理业务",
    Reason.MOVED: "户籍迁入或居住地变动",
    Reason.TRANSFER: "社会保险关系转移接续",
    Reason.DOUBLE: "核查重复参保或重复登记",
    Reason.OTHER: "其他（须写明）",
}
_LEAST_NOTE: Final = 4


def is_said(reason: Reason, note: str) -> bool:
    """Whether the note says enough, and says nothing that belongs to the person: it is kept in the journal as it stands."""
    text = search_form(note)
    return len(text) >= (_LEAST_NOTE if reason is Reason.OTHER else 0) and not re.search(r"\d{6}", text)
