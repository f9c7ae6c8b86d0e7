"""Administrative divisions (GB/T 2260, GB/T 10114): codes by themselves, and the dated tree of Chongqing.

Codes are 6 digits (district), 9 (town) or 12 (village); the city is '50'. Longer writings with trailing zeros are folded.

The data: `data/divisions.csv`, the statistical list of 2023-06-30 with what changed since, and `data/successors.csv`.

- An empty `valid_from` means that the beginning was not looked up, not that there was none.
- 江北区 (500105) and 渝北区 (500112) end and 两江新区 (500157) begins on 2026-01-25, the day the new district was inaugurated. The
  abolition was announced on 2025-11-06, but this tree decides who is responsible, and before the inauguration there was no new
  district that could be. 47 towns get a new parent that day and keep their 9-digit codes: no new ones were published.
- Counties and cities that became districts earlier (开县 to 开州区 and fourteen others) are kept because old rows still carry their
  codes. Only the year of each change is known here (the list of python-stdnum); the end of that year stands for the day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from functools import cache

from canbao.rules.data import day, rows
from canbao.rules.period import Period

CITY = "50"


class Level(IntEnum):
    CITY = 1
    DISTRICT = 3  # 2 is the pseudo level 市辖区 / 县
    TOWN = 4
    VILLAGE = 5


class TownKind(StrEnum):
    SUBDISTRICT = "SUBDISTRICT"  # 街道
    TOWN = "TOWN"  # 镇
    TOWNSHIP = "TOWNSHIP"  # 乡
    ENTERPRISE = "ENTERPRISE"  # 政企合一


class BadDivisionCode(ValueError):
    """Not 2, 4, 6, 9 or 12 digits."""


class UnknownDivision(LookupError):
    """Never a division of this tree."""


_LEVEL_OF_LENGTH = {2: Level.CITY, 6: Level.DISTRICT, 9: Level.TOWN, 12: Level.VILLAGE}
_TOWN_KINDS = {
    "0": TownKind.SUBDISTRICT,
    "1": TownKind.TOWN,
    "2": TownKind.TOWNSHIP,
    "3": TownKind.TOWNSHIP,
    "4": TownKind.ENTERPRISE,
    "5": TownKind.ENTERPRISE,
}


def canonical(code: str) -> str:
    """The code without padding: 500101001000 is the town 500101001, 500000 the city 50.

    Raises BadDivisionCode.
    """
    if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6, 9, 12)):
        raise BadDivisionCode(code)
    for length, shorter in ((12, 9), (9, 6), (6, 4)):
        if len(code) == length and code[shorter:] == "0" * (length - shorter):
            code = code[:shorter]
    return code[:2] if len(code) == 4 else code


def level(code: str) -> Level:
    """What a code stands for, by its form alone.

    Raises BadDivisionCode.
    """
    return _LEVEL_OF_LENGTH[len(canonical(code))]


def ancestors(code: str) -> tuple[str, ...]:
    """The codes that contain this one by form, nearest first. For a town that changed hands ask the tree.

    Raises BadDivisionCode.
    """
    short = canonical(code)
    return tuple(short[:length] for length in (9, 6, 2) if length < len(short))


def padded(code: str) -> str:
    """The 12-digit writing.

    Raises BadDivisionCode.
    """
    return canonical(code).ljust(12, "0")


def town_kind(code: str) -> TownKind | None:
    """Subdistrict, town or township by digit 7; None above the town and for digits the standard leaves free.

    Raises BadDivisionCode.
    """
    short = canonical(code)
    return _TOWN_KINDS.get(short[6:7])


@dataclass(frozen=True, slots=True)
class Division:
    """One division as it was for a period; a town that changed hands has several."""

    code: str
    name: str
    parent: str
    period: Period

    @property
    def level(self) -> Level:
        return _LEVEL_OF_LENGTH[len(self.code)]


@dataclass(frozen=True, slots=True)
class Succession:
    """On a day the area of `old` (under `old_parent`), or part of it, went on as `new`."""

    old: str
    old_parent: str
    new: str
    new_parent: str
    changed_on: date
    towns: int
    note: str


class DivisionTree:
    """Divisions by day. Codes are taken in any length.

    Malformed codes raise BadDivisionCode; asking about one that never was (other than whether it exists) raises UnknownDivision.
    """

    def __init__(self, divisions: Iterable[Division], successions: Iterable[Succession]) -> None:
        self._versions: dict[str, tuple[Division, ...]] = {}
        for division in divisions:
            self._versions[division.code] = (*self._versions.get(division.code, ()), division)
        self.successions = tuple(successions)

    def all_versions(self) -> Iterable[Division]:
        """Every division with each of its periods."""
        return (version for versions in self._versions.values() for version in versions)

    def versions(self, code: str) -> tuple[Division, ...]:
        """One division with each of its periods; none for what never was one."""
        return self._versions.get(canonical(code), ())

    def codes(self, on: date) -> tuple[str, ...]:
        """The codes that exist on a day, in file order."""
        return tuple(code for code in self._versions if self.exists(code, on))

    def known(self, code: str) -> bool:
        """Was there ever such a division here?"""
        return canonical(code) in self._versions

    def exists(self, code: str, on: date) -> bool:
        """Is it one on that day?"""
        return any(version.period.contains(on) for version in self._versions.get(canonical(code), ()))

    def at(self, code: str, on: date) -> Division:
        """The division as of a day; one that has ended, as it last was."""
        versions = self._versions.get(canonical(code))
        if not versions:
            raise UnknownDivision(code)
        return next((version for version in versions if version.period.contains(on)), versions[-1])

    def name(self, code: str, on: date) -> str:
        """Its own name."""
        return self.at(code, on).name

    def parent(self, code: str, on: date) -> str:
        """The code above; empty for the city."""
        return self.at(code, on).parent

    def full_name(self, code: str, on: date) -> str:
        """The name with all above it, as on an envelope."""
        division = self.at(code, on)
        return (self.full_name(division.parent, on) if division.parent else "") + division.name

    def successors(self, code: str, on: date) -> tuple[str, ...]:
        """What carries on an ended district by that day, the one that took most towns first; () while it exists."""
        short = canonical(code)
        links = [link for link in self.successions if link.old == short != link.new and link.changed_on <= on]
        return tuple(link.new for link in sorted(links, key=lambda link: (-link.towns, link.new)))


@cache
def load_tree() -> DivisionTree:
    """The tree of Chongqing that ships with the package."""
    divisions = (
        Division(row["code"], row["name"], row["parent"], Period(day(row["valid_from"]), day(row["valid_to"])))
        for row in rows("divisions.csv")
    )
    successions = (
        Succession(
            row["old"],
            row["old_parent"],
            row["new"],
            row["new_parent"],
            date.fromisoformat(row["changed_on"]),
            int(row["towns"] or 0),
            row["note"],
        )
        for row in rows("successors.csv")
    )
    return DivisionTree(divisions, successions)
