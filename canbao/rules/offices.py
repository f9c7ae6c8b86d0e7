"""The tree of offices and who is responsible where (规程第五、六条): city, district agencies, town offices, village committees.

An agency's area is not always a district: 万盛经开区 and 北部新区 had agencies of their own without being divisions. Their path
codes 500190 and 500191 are invented here. Paths are of fixed width, so that "everything below" is the range
`path` .. `path || '~'` in C collation:

    city 50 · agency AAAAAA · town office AAAAAA + 9-digit town · village committee AAAAAA + 12-digit village

Only agencies and zones are data (`data/agencies.csv`, `data/agency_towns.csv`); town offices and village committees follow from
the divisions. When a town goes to another agency its offices get new paths from that day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from canbao.rules import division
from canbao.rules.article import article
from canbao.rules.data import day, rows
from canbao.rules.division import CITY, Level, load_tree
from canbao.rules.period import ALWAYS, Period


class OfficeKind(StrEnum):
    CITY = "CITY"  # 市级经办机构
    AGENCY = "AGENCY"  # 区县经办机构
    TOWN_OFFICE = "TOWN_OFFICE"  # 镇街社保所
    VILLAGE_COMMITTEE = "VILLAGE_COMMITTEE"  # 村社委员会


CITY_PATH, AGENCY_PATH, TOWN_PATH, VILLAGE_PATH = 2, 6, 15, 18
"""Characters of the path of an office, by its level."""
PATH_LENGTHS = (CITY_PATH, AGENCY_PATH, TOWN_PATH, VILLAGE_PATH)

KIND_OF_LENGTH = {
    CITY_PATH: OfficeKind.CITY,
    AGENCY_PATH: OfficeKind.AGENCY,
    TOWN_PATH: OfficeKind.TOWN_OFFICE,
    VILLAGE_PATH: OfficeKind.VILLAGE_COMMITTEE,
}


# What an office calls itself beside the name of its area.
_BODY = re.compile(
    "社会保险经办机构$|社会保障服务所$|(?<=.)居民委员会$|(?<=.)村民委员会$|(?<=社区)居委会$|(?<=村)村委会$"
)


class UnknownOffice(LookupError):
    """No office ever had this path."""


@dataclass(frozen=True, slots=True)
class Office:
    path: str
    name: str
    parent: str
    period: Period

    @property
    def kind(self) -> OfficeKind:
        return KIND_OF_LENGTH[len(self.path)]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The office is the responsible one nearest to a division for a period; those above it cover it too."""

    path: str
    division: str
    period: Period


def scope_range(path: str) -> tuple[str, str]:
    """The lowest and highest path of an office and all below it."""
    return path, path + "~"


def offices() -> tuple[Office, ...]:
    """All offices that are or were."""
    return tuple(_offices().values())


def coverages() -> tuple[Coverage, ...]:
    """Which division each office answers for, and since when."""
    return tuple(coverage for held in _coverages().values() for coverage in held)


def office_name(path: str) -> str:
    """The office's name, also of one that has ended.

    Raises UnknownOffice.
    """
    return _office(path).name


def office_open(path: str, on: date) -> bool:
    """Whether the office exists on a day."""
    return path in _offices() and _offices()[path].period.contains(on)


def office_area(path: str) -> str:
    """The area of the office alone, for tables under one office: 木耳镇 for 木耳镇社会保障服务所.

    Raises UnknownOffice.
    """
    return _BODY.sub("", office_name(path))


def office_short_name(path: str) -> str:
    """Its area and the one above in two parts, for screens: 木耳镇 · 街道社区. Paper has the full name.

    Raises UnknownOffice.
    """
    above = _office(path).parent
    return " · ".join(office_area(shown) for shown in (above, path) if shown not in ("", CITY) or shown == path)


def office_label(path: str) -> str:
    """`office_short_name` for a path that came with somebody's data: "" for none, the path itself where no office ever had it."""
    try:
        return office_short_name(path) if path else ""
    except UnknownOffice:
        return path


def office_full_name(path: str) -> str:
    """Name with the agency and town above, for lists that mix areas.

    Raises UnknownOffice.
    """
    office = _office(path)
    above = office_full_name(office.parent) if office.parent not in ("", CITY) else ""
    return above + office.name


@article(5)
def office_path(code: str | None, on: date) -> str:
    """The office responsible for a division on a day, as near to the person as is known.

    An unknown village goes to its town, an unknown town to its district, anything else to the city. A person known only to an
    ended district goes to the successor that took most of its towns (渝北区 to 两江新区: 25 of 30): somebody must open the case, and
    that agency is the likeliest to be right; sending all of them to the city would leave them with no district at all.
    """
    try:
        short = division.canonical(code or CITY)
    except division.BadDivisionCode:
        return CITY
    for candidate in (short, *division.ancestors(short)):
        found = _path_on(candidate, on)
        if found:
            return found
    return CITY


@article(18)
def common_office(paths: Iterable[str]) -> str:
    """The lowest office whose area has all of `paths` in it: who settles what concerns several people."""
    held = sorted(set(paths))
    if len(held) == 1:
        return held[0]
    for width in (15, 6):  # a common village would be one path
        if len({path[:width] for path in held}) == 1:
            return held[0][:width]
    return CITY


def office_table(on: date) -> list[tuple[str, str]]:
    """(division code, office path) for every division ever known, ended ones too: the join table of the set engines.

    To look up a code as `office_path` does: at its canonical length, else its first 9 digits, else 6, else the city.
    """
    codes = dict.fromkeys(version.code for version in load_tree().all_versions())
    return [(code, office_path(code, on)) for code in codes]


def _path_on(code: str, on: date) -> str | None:
    """The path covering exactly this division, or an ended district's main successor."""
    for coverage in _coverages().get(code, ()):
        if coverage.period.contains(on):
            return coverage.path
    following = load_tree().successors(code, on) if len(code) == 6 else ()
    return _path_on(following[0], on) if following else None


def _office(path: str) -> Office:
    try:
        return _offices()[path]
    except KeyError:
        raise UnknownOffice(path) from None


@cache
def _offices() -> dict[str, Office]:
    agencies = (
        Office(
            row["path"],
            row["name"],
            "" if row["path"] == CITY else CITY,
            Period(day(row["valid_from"]), day(row["valid_to"])),
        )
        for row in rows("agencies.csv")
    )
    return {office.path: office for office in (*agencies, *_below_agencies())}


def _below_agencies() -> Iterator[Office]:
    for held in _coverages().values():
        for coverage in held:
            if len(coverage.path) > 6:
                yield Office(coverage.path, _name_of(coverage), _parent_of(coverage.path), coverage.period)


def _parent_of(path: str) -> str:
    return path[:15] if len(path) == 18 else path[:6]


def _name_of(coverage: Coverage) -> str:
    name = load_tree().at(coverage.division, coverage.period.start or date.min).name
    return name + "社会保障服务所" if len(coverage.path) == 15 else name


@cache
def _coverages() -> dict[str, tuple[Coverage, ...]]:
    """By division code."""
    tree = load_tree()
    found: dict[str, tuple[Coverage, ...]] = {CITY: (Coverage(CITY, CITY, ALWAYS),)}
    agencies = {row["path"]: Period(day(row["valid_from"]), day(row["valid_to"])) for row in rows("agencies.csv")}
    for version in tree.all_versions():
        held: Iterable[Coverage] = ()
        if version.level is Level.DISTRICT and version.code in agencies:
            held = (Coverage(version.code, version.code, agencies[version.code]),)
        elif version.level is Level.TOWN:
            held = _of_town(version)
        elif version.level is Level.VILLAGE:
            held = (Coverage(town.path[:6] + version.code, version.code, town.period) for town in found[version.parent])
        found[version.code] = (*found.get(version.code, ()), *held)
    return found


def _of_town(version: division.Division) -> Iterator[Coverage]:
    """The zones that took the town out of its district come first; the district has what is left."""
    left = [version.period]
    for agency, taken in _zones().get(version.code, ()):
        shared = [period for part in left if (period := part.intersect(taken))]
        yield from (Coverage(agency + version.code, version.code, period) for period in shared)
        left = [rest for part in left for rest in part.subtract(taken)]
    yield from (Coverage(version.parent + version.code, version.code, period) for period in left)


@cache
def _zones() -> dict[str, tuple[tuple[str, Period], ...]]:
    found: dict[str, tuple[tuple[str, Period], ...]] = {}
    for row in rows("agency_towns.csv"):
        taken = (row["agency"], Period(day(row["valid_from"]), day(row["valid_to"])))
        found[row["town"]] = (*found.get(row["town"], ()), taken)
    return found
