"""Town and village offices by name, within the own area."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from canbao.rules import offices
from canbao.rules.offices import Office, OfficeKind


@dataclass(frozen=True, slots=True)
class Place:
    """is_exact: it is called just so; else its name only begins so."""

    path: str
    name: str
    is_exact: bool = True


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
        found = [one for one in inside if words in (one.name, _bare(one))]
    begun = [] if found or words.isdigit() else [one for one in inside if one.name.startswith(words)]
    return [Place(one.path, offices.office_full_name(one.path), bool(found)) for one in _highest(found or begun)]


def _bare(office: Office) -> str:
    """人和街道 for 人和街道社会保障服务所, 万州区 for 万州区社会保险经办机构."""
    tails = {OfficeKind.TOWN_OFFICE: "社会保障服务所", OfficeKind.AGENCY: "社会保险经办机构"}
    return office.name.removesuffix(tails.get(office.kind, ""))


def _highest(found: Iterable[Office]) -> list[Office]:
    """Without offices that stand below another one found."""
    kept: list[Office] = []
    for office in sorted(found, key=lambda one: one.path):
        if not kept or not office.path.startswith(kept[-1].path):
            kept.append(office)
    return kept
