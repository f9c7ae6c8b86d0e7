"""Town and village offices by name, within the own area."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from canbao.rules import offices
from canbao.rules.offices import Office, OfficeKind


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    name: str


def places_below(office: str, on: date) -> list[Place]:
    """The offices right below this one on that day, for a list to pick from."""
    below = (one for one in offices.offices() if one.parent == office and one.period.contains(on))
    return [Place(one.path, one.name) for one in sorted(below, key=lambda one: one.path)]


def places_named(words: str, *, within: str, on: date) -> list[Place]:
    """Every office of the area that these words may mean; whole names before beginnings. A path names itself."""
    inside = [one for one in offices.offices() if one.path.startswith(within) and one.period.contains(on)]
    if words.isdigit():
        found = [one for one in inside if one.path == words]
    else:
        found = [one for one in inside if one.name == words or _bare(one) == words] or [
            one for one in inside if one.name.startswith(words)
        ]
    return [Place(one.path, offices.office_full_name(one.path)) for one in _highest(found)]


def _bare(office: Office) -> str:
    """人和街道 for 人和街道社会保障服务所."""
    return office.name.removesuffix("社会保障服务所") if office.kind is OfficeKind.TOWN_OFFICE else office.name


def _highest(found: Iterable[Office]) -> list[Office]:
    """Without offices that stand below another one found."""
    kept: list[Office] = []
    for office in sorted(found, key=lambda one: one.path):
        if not kept or not office.path.startswith(kept[-1].path):
            kept.append(office)
    return kept
