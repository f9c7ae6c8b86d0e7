"""What an address says of the village it lies in: parts that people of one village share, no matter who wrote them.

Departments leave out what they do not need, abbreviate, use old names and another order. An address is brought to one writing and
taken apart into signs: the village's name, a road and a number on it, an estate and a building, a group and a small place. Which
village a sign stands for is learnt from records that carry a village code (`rules.village_choice`). Python and the set engine share
every pattern here (RE2 and Python agree on them); a property test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from canbao.rules.division import DivisionTree, TownKind, town_kind


class Sign(StrEnum):
    """A part of an address; the value is stored."""

    NAME = "NAME"  # the name before 村 or 社区
    PHRASE = "PHRASE"  # how an address without such a name begins
    BUILDING = "BUILDING"
    DOOR = "DOOR"
    SECTION = "SECTION"  # ten numbers on one side of a road
    ESTATE = "ESTATE"
    YARD = "YARD"  # a small place of a group
    ROAD = "ROAD"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    Sign.NAME: "同一地名", Sign.PHRASE: "同一地名", Sign.BUILDING: "同一幢楼", Sign.DOOR: "同一门牌",
    Sign.SECTION: "同一路段", Sign.ESTATE: "同一小区", Sign.YARD: "同一组、同一小地名", Sign.ROAD: "同一道路",
}  # fmt: skip

# One character for another, then patterns one after the other, every match replaced.
WIDE: Final = "".join(chr(code + 0xFEE0) for code in range(0x21, 0x7F)) + "號棟—－–"
NARROW: Final = "".join(map(chr, range(0x21, 0x7F))) + "号栋---"
_NUMERALS: Final = "一二三四五六七八九"
_GROUP: Final = "(?:村民小组|小组|组|社)"
STEPS: Final = (
    ("[ \\t\\r\\n\\x{b}\\x{c}\\x{a0}\\x{3000}]", ""),
    ("#", "号"),
    ("号楼|栋|座", "幢"),
    *((f"第?{sign}{_GROUP}([^区]|$)", f"{place}组\\1") for place, sign in enumerate(_NUMERALS, 1)),
    (f"第?([0-9]{{1,3}}){_GROUP}([^区]|$)", "\\1组\\2"),
    ("^(?:重庆市?|渝市?)", ""),
)
# A village's name in brackets behind the rest goes first.
BRACKETS: Final = ("^([^()]*)\\(([^()]*[^()0-9])\\)(.*)$", "\\2\\1\\3")
MOST: Final = 120  # characters of an address that are looked at

# What is taken out of the text after the town, in this order. Each has one group.
NAMED: Final = (
    "^([^0-9()]{2,10}?)(?:社区居民委员会|社区居委会|居民委员会|村民委员会|居委会|村委会|社区|村)(?:[^路街巷道湾].*)?$"
)
BEHIND_NAME: Final = (
    "^[^0-9()]{2,10}?(?:社区居民委员会|社区居委会|居民委员会|村民委员会|居委会|村委会|社区|村)((?:[^路街巷道湾].*)?)$"
)
HEAD: Final = "^([^0-9()]+)"
ROAD: Final = "^[^0-9]*?([^0-9()]{2}(?:大道|支路|横街|路|街|巷|道))[0-9]"
NUMBER: Final = "^[^0-9]*?[^0-9()]{2}(?:大道|支路|横街|路|街|巷|道)([0-9]{1,5})"
BUILT: Final = "([^0-9号()]{3,12})[0-9]{1,3}幢"
BUILDING: Final = "[^0-9号()]{3,12}([0-9]{1,3})幢"
AFTER_NUMBER: Final = "[0-9]号([^0-9号()]{3,12})$"
ALONE: Final = "^([^0-9()]{3,12})$"
GROUP: Final = "([0-9]{1,3})组"
YARD: Final = "[0-9]组([^0-9号()]{1,6})"
PATTERNS: Final = (NAMED, BEHIND_NAME, HEAD, ROAD, NUMBER, BUILT, BUILDING, AFTER_NUMBER, ALONE, GROUP, YARD)
PHRASES: Final = (2, 3, 4, 5)  # characters
ESTATE_LENGTH: Final = 4  # what stands before is the rest of the village's name as often as not

_CODES: Final = re.compile(r"\\x\{([0-9a-f]+)\}")


def python_pattern(pattern: str) -> re.Pattern[str]:
    r"""The pattern for Python: RE2 writes \x{3000} where Python writes the character."""
    return re.compile(_CODES.sub(lambda code: chr(int(code[1], 16)), pattern))


_BRACKETS: Final = python_pattern(BRACKETS[0])
_STEPS: Final = tuple((python_pattern(pattern), to) for pattern, to in STEPS)
_FOUND: Final = {pattern: python_pattern(pattern) for pattern in PATTERNS}
_WIDTHS: Final = str.maketrans(WIDE, NARROW)


@dataclass(frozen=True, slots=True)
class Above:
    """How the district and the town of an address may be written, longest first. short: stripped only before a name."""

    districts: tuple[str, ...]
    towns: tuple[str, ...]
    short: tuple[str, ...]


# Behind the short name of a town that is also the name of one of its villages, this shows that the village is meant.
IS_VILLAGE: Final = ("社区", "村", "居委会", "居民委员会")
_TOWN_ENDS: Final = ("街道", "镇", "乡")
_SUBDISTRICT_SHORT: Final = "街"


def above(tree: DivisionTree, town: str) -> Above:
    """The spellings of a town and of every district it has belonged to."""
    versions = tree.versions(town)
    districts = {version.parent for version in versions} | {town[:6]}
    names = {version.name for code in districts for version in tree.versions(code)}
    towns = {version.name for version in versions}
    return Above(_by_length(_districts(names)), _by_length(_towns(town, towns)), _by_length(_shortened(towns)))


def _by_length(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}, key=lambda name: (-len(name), name)))


def _districts(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        yield name
        yield name[:-1]
        if name.endswith("自治县"):
            yield name[:2] + "县"
            yield name[:2]


def _towns(code: str, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        yield name
        if town_kind(code) is TownKind.SUBDISTRICT and name.endswith("街道"):
            yield name.removesuffix("道")


def _shortened(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        yield from (name.removesuffix(end) for end in _TOWN_ENDS if name.endswith(end) and len(name) - len(end) > 1)


def written_alike(address: str | None) -> str:
    """One writing: narrow signs, no blanks, groups as figures, without the city."""
    text = (address or "").translate(_WIDTHS)
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    return text[:MOST]


def below_town(text: str, names: Above) -> str:
    """What stands behind district and town in a text of `written_alike`, a name in brackets first."""
    return _BRACKETS.sub(BRACKETS[1], _cut(text, names))


def _cut(text: str, names: Above) -> str:
    text = _without(text, names.districts)
    rest = _without(text, names.towns)
    if rest != text:
        return rest
    short = next((name for name in names.short if text.startswith(name)), "")
    return text if not short or text[len(short) :].startswith(IS_VILLAGE) else text[len(short) :]


def _without(text: str, names: Iterable[str]) -> str:
    return text[len(next((name for name in names if text.startswith(name)), "")) :]


def _get(pattern: str, text: str) -> str:
    found = _FOUND[pattern].search(text)
    return found[1] if found else ""


def signs(rest: str) -> frozenset[tuple[Sign, str]]:
    """The signs in what stands below the town."""
    name = _get(NAMED, rest)
    tail = _get(BEHIND_NAME, rest) if name else rest
    found = {(Sign.NAME, name)} if name else {(Sign.PHRASE, text) for text in _phrases(_get(HEAD, rest))}
    road, number = _get(ROAD, tail), _get(NUMBER, tail)
    if road:
        found |= {(Sign.ROAD, road), (Sign.DOOR, f"{road}{int(number)}"), (Sign.SECTION, _section(road, int(number)))}
    estate = (_get(BUILT, tail) or _get(AFTER_NUMBER, tail) or _get(ALONE, tail))[-ESTATE_LENGTH:]
    if estate:
        found.add((Sign.ESTATE, estate))
    if estate and _get(BUILT, tail):
        found.add((Sign.BUILDING, f"{estate}{int(_get(BUILDING, tail))}"))
    if yard := _get(YARD, tail):
        found.add((Sign.YARD, f"{int(_get(GROUP, tail))}组{yard}"))
    return frozenset(found)


def _phrases(head: str) -> Iterable[str]:
    return (head[:length] for length in PHRASES if len(head) >= length)


def _section(road: str, number: int) -> str:
    return f"{road}{number // 10 * 10}{'单' if number % 2 else '双'}"


def door_of(rest: str) -> str:
    """The whole of an address below the village's name, for telling whether two writings are one door; "" without a number."""
    tail = _get(BEHIND_NAME, rest) if _get(NAMED, rest) else rest
    numbers = re.findall("[0-9]+", tail)
    return "-".join(numbers) if numbers else ""


_OFFICIAL_ENDS: Final = ("社区居民委员会", "居民委员会", "村民委员会", "社区", "村")


def core(name: str) -> str:
    """The name of a village as addresses have it, without 社区, 村 and the committee."""
    for _ in range(2):
        end = next((end for end in _OFFICIAL_ENDS if name.endswith(end) and len(name) - len(end) > 1), "")
        name = name.removesuffix(end)
    return name
