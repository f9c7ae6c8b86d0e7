"""Divisions and offices as of a day, one level at a time (规程第五、六条). Public knowledge: nothing here concerns a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import F, Q, QuerySet

from canbao.rules.division import CITY, Level, load_tree
from canbao.rules.offices import OfficeKind, office_full_name
from canbao.store.models.reference import Division, DivisionSuccessor, Office, OfficeCoverage

MOST_FOUND = 60
_SINCE = F("valid_from").asc(nulls_first=True)  # an empty beginning is the earliest

_LEVELS = {Level.CITY: "市", Level.DISTRICT: "区县", Level.TOWN: "镇街", Level.VILLAGE: "村社"}
_KINDS = {
    OfficeKind.CITY: "市级经办机构",
    OfficeKind.AGENCY: "区县经办机构",
    OfficeKind.TOWN_OFFICE: "镇街社保所",
    OfficeKind.VILLAGE_COMMITTEE: "村社委员会",
}


class Tree(StrEnum):
    DIVISION = "division"
    OFFICE = "office"

    @property
    def label(self) -> str:
        return "行政区划" if self is Tree.DIVISION else "经办机构"


@dataclass(frozen=True, slots=True)
class Place:
    """A division or an office. beside: the responsible office, or the divisions it answers for; above: where it stands."""

    tree: Tree
    code: str
    name: str
    kind: str
    valid_from: date | None
    valid_to: date | None
    is_current: bool
    has_below: bool = False
    beside: str = ""
    above: str = ""
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A place with all its periods, what became of it and what it came from, and who answered for it."""

    place: Place
    periods: tuple[Place, ...]
    went_to: tuple[tuple[date, str, str], ...]
    came_from: tuple[tuple[date, str, str], ...]
    offices: tuple[tuple[str, date | None, date | None], ...]


def divisions_below(parent: str, *, on: date, ended: bool = False) -> list[Place]:
    """The divisions directly below; with `ended` also those that had ended by the day. '' is above the city."""
    rows = list(_known(Division.objects.filter(parent=parent), on, ended).order_by("code", _SINCE))
    return _divisions(_last_of_each(rows, on, "code"), on)


def offices_below(parent: str, *, on: date, ended: bool = False) -> list[Place]:
    """The offices directly below; with `ended` also those that had ended by the day. '' is above the city."""
    return _offices(list(_known(Office.objects.filter(parent=parent), on, ended).order_by("path")), on)


def search(text: str, *, tree: Tree, on: date) -> list[Place]:
    """Places whose name contains the text or whose code begins with it, at most MOST_FOUND, the highest level first."""
    text = text.strip()
    if not text:
        return []
    key = "code" if tree is Tree.DIVISION else "path"
    wanted = Q(**{f"{key}__startswith": text}) if text.isdigit() else Q(name__contains=text)
    if tree is Tree.OFFICE:
        return _offices(list(_known(Office.objects.filter(wanted), on, True).order_by("path")[:MOST_FOUND]), on)
    rows = _known(Division.objects.filter(wanted), on, True).order_by("level", "code", _SINCE)[:MOST_FOUND]
    return _divisions(_last_of_each(list(rows), on, "code"), on)


def history(tree: Tree, code: str, *, on: date) -> History | None:
    """All that is known of a place; None when there never was one."""
    if tree is Tree.OFFICE:
        places = _offices(list(Office.objects.filter(path=code)), on)
        return History(places[0], tuple(places), (), (), ()) if places else None
    rows = list(Division.objects.filter(code=code).order_by(_SINCE))
    if not rows:
        return None
    covered = OfficeCoverage.objects.filter(division=code).select_related("office").order_by(_SINCE)
    return History(
        place=_divisions(_last_of_each(rows, on, "code"), on)[0],
        periods=tuple(_divisions(rows, on)),
        went_to=tuple((s.changed_on, _named(s.new, on), s.note) for s in DivisionSuccessor.objects.filter(old=code)),
        came_from=tuple((s.changed_on, _named(s.old, on), s.note) for s in DivisionSuccessor.objects.filter(new=code)),
        offices=tuple((office_full_name(c.office_id), c.valid_from, c.valid_to) for c in covered),
    )


def _known(rows: QuerySet[Any], on: date, ended: bool) -> QuerySet[Any]:
    """Begun by the day, and not ended unless those are wanted too."""
    begun = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on))
    return begun if ended else begun.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def _is_current(row: Any, on: date) -> bool:
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on < row.valid_to)


def _last_of_each(rows: Iterable[Any], on: date, key: str) -> list[Any]:
    """One row for each code: the current one, else the last."""
    chosen: dict[str, Any] = {}
    for row in rows:
        before = chosen.get(getattr(row, key))
        if before is None or not _is_current(before, on):
            chosen[getattr(row, key)] = row
    return list(chosen.values())


def _divisions(rows: list[Division], on: date) -> list[Place]:
    codes = [row.code for row in rows]
    above_something = set(Division.objects.filter(parent__in=codes).values_list("parent", flat=True))
    covered = _known(OfficeCoverage.objects.filter(division__in=codes), on, False).select_related("office")
    offices = {coverage.division: coverage.office.name for coverage in covered}
    followed = _successors([row.code for row in rows if not _is_current(row, on)], on)
    return [
        Place(
            Tree.DIVISION, row.code, row.name, _LEVELS[Level(row.level)], row.valid_from, row.valid_to,
            _is_current(row, on), row.code in above_something, offices.get(row.code, ""), _above(row.parent, on),
            followed.get(row.code, ()),
        )
        for row in rows
    ]  # fmt: skip


def _offices(rows: list[Office], on: date) -> list[Place]:
    paths = [row.path for row in rows]
    above_something = set(Office.objects.filter(parent__in=paths).values_list("parent", flat=True))
    return [
        Place(
            Tree.OFFICE, row.path, row.name, _KINDS[OfficeKind(row.kind)], row.valid_from, row.valid_to,
            _is_current(row, on), row.path in above_something, "",
            office_full_name(row.parent) if len(row.parent) > len(CITY) else "",
        )
        for row in rows
    ]  # fmt: skip


def _successors(codes: list[str], on: date) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in DivisionSuccessor.objects.filter(old__in=codes, changed_on__lte=on).order_by("-towns", "new"):
        if row.new != row.old:
            found[row.old] = (*found.get(row.old, ()), _named(row.new, on))
    return found


def _above(parent: str, on: date) -> str:
    return load_tree().full_name(parent, on).removeprefix("重庆市") if len(parent) > len(CITY) else ""


def _named(code: str, on: date) -> str:
    tree = load_tree()
    return tree.name(code, on) if tree.known(code) else code
