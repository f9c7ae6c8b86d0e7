"""Villages as clerks read them: the people without one, each with the best village and why; and how many by town and by reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left

from canbao.rules.offices import AGENCY_PATH, TOWN_PATH, UnknownOffice, office_short_name, offices, scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.village_choice import OPEN, AssignmentState, Evidence, Missing, kind_of_reason, reason
from canbao.services import access, audit
from canbao.services.showing import Fact, facts_of
from canbao.services.villages.deciding import CLERK, MOST_AT_ONCE
from canbao.store.models import Person, VillageAssignment

PAGE: Final = 100
_SHOWN = ("name", "sex", "birth_date")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list. state: "" for people who wait for a clerk; office: one below the reader's; village: the suggested one."""

    state: str = ""
    office: str = ""
    village: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One person in words, hidden where it has to be."""

    person_id: int
    facts: Mapping[str, Fact]
    address: Fact
    town: str
    village: str
    village_path: str
    why: str
    percent: str
    state: AssignmentState
    note: str

    @property
    def name(self) -> str:
        return self.facts["name"].text


@dataclass(frozen=True, slots=True)
class Page:
    """count: how many fit, MOST_AT_ONCE + 1 for more."""

    rows: list[Row]
    after: int | None
    count: int

    @property
    def is_many(self) -> bool:
        """More than one act may decide on."""
        return self.count > MOST_AT_ONCE


@dataclass(frozen=True, slots=True)
class Counts:
    """Of an office: people by how their village stands. known: the departments' own codes name it."""

    path: str
    name: str
    known: int
    by_state: Mapping[str, int]

    @property
    def everybody(self) -> int:
        return self.known + sum(self.by_state.values())

    @property
    def share(self) -> float | None:
        """The share of people whose village is known, by code, by rule or by a clerk."""
        placed = self.known + sum(self.by_state.get(state, 0) for state in ("ASSIGNED", "CONFIRMED", "CORRECTED"))
        return placed / self.everybody if self.everybody else None

    @property
    def percent(self) -> str:
        return "" if self.share is None else f"{self.share:.1%}"


def chosen(
    actor: Actor, filters: Filters = Filters(), *, people: Sequence[int] | None = None
) -> QuerySet[VillageAssignment]:
    """The rows of the area that fit; people: of these only. Raises NotAllowed, NotFound for an office elsewhere."""
    access.require(actor, Permission.VILLAGE_VIEW)
    rows = access.within(VillageAssignment.objects.all(), actor)
    if people is not None:
        rows = rows.filter(pk__in=people)
    if filters.office:
        if not access.is_inside(actor, filters.office):
            raise access.NotFound(filters.office)
        rows = rows.filter(office_path__range=scope_range(filters.office))
    rows = rows.filter(state__in=[filters.state] if filters.state else [state.value for state in OPEN])
    if filters.village:
        rows = rows.filter(village_path=filters.village)
    return rows.filter(rule=filters.rule) if filters.rule else rows


def listed(actor: Actor, filters: Filters = Filters(), *, after: int = 0, on: date, at: datetime) -> Page:
    """One page, by person; on record. Raises NotAllowed, NotFound."""
    rows = chosen(actor, filters)
    count = rows.order_by()[: MOST_AT_ONCE + 1].count()
    found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    shown = found[:PAGE]
    people = access.within(Person.objects.filter(pk__in=[row.pk for row in shown]), actor).in_bulk()
    listing = audit.Line(
        audit.Event.VILLAGES_LISTED, "village", detail={"rows": len(shown), "state": filters.state},
        area=filters.office or actor.office,
    )  # fmt: skip
    audit.record_looks([listing, *_named(shown, people)], actor=actor, at=at, count=1)
    lines = [_row(row, people[row.pk], on) for row in shown if row.pk in people]
    return Page(lines, shown[-1].pk if len(found) > PAGE else None, count)


def _named(shown: Sequence[VillageAssignment], people: Mapping[int, Person]) -> Iterator[audit.Line]:
    """A line of the journal for each person whom a page names."""
    for row in shown:
        if row.pk in people:
            yield audit.Line(
                audit.Event.VILLAGES_LISTED, "person", str(row.pk), detail={"rows": 1}, area=people[row.pk].office_path
            )


def _row(row: VillageAssignment, person: Person, on: date) -> Row:
    field = "hukou_address" if person.scope == "LOCAL_HUKOU" else "home_address"
    facts = {fact.name: fact for fact in facts_of(person.__dict__, (*_SHOWN, field), on=on)}
    return Row(
        person_id=row.pk, facts=facts, address=facts[field], town=_name(row.base_path),
        village=_name(row.village_path) if row.village_path else "", village_path=row.village_path,
        why=why(row), percent=f"{row.share:.1%}" if row.share and row.rule != CLERK else "",
        state=AssignmentState(row.state), note=row.reason,
    )  # fmt: skip


def why(row: VillageAssignment) -> str:
    """The reason of an assignment in the words of the screens."""
    return "人工指定" if row.rule == CLERK else reason(row.rule, row.people, row.in_village)


def _name(path: str) -> str:
    try:
        return office_short_name(path)
    except UnknownOffice:
        return path


def suggested(actor: Actor, people: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Those of these people who wait for a confirmation: the village's name and why. For lists that show people anyway."""
    rows = access.within(VillageAssignment.objects.filter(pk__in=people, state=AssignmentState.SUGGESTED), actor)
    return {row.pk: (_name(row.village_path), why(row)) for row in rows}


def offices_below(actor: Actor, *, office: str = "", on: date) -> list[tuple[str, str]]:
    """(path, name) of the offices just below, towns at most, as they are on a day. Raises NotAllowed, NotFound."""
    access.require(actor, Permission.VILLAGE_VIEW)
    top = office or actor.office
    if not access.is_inside(actor, top):
        raise access.NotFound(top)
    lowest, highest = scope_range(top)
    width = AGENCY_PATH if len(top) < AGENCY_PATH else TOWN_PATH
    found = (
        o.path for o in offices() if len(o.path) == width and lowest <= o.path <= highest and o.period.contains(on)
    )
    return [(path, _name(path)) for path in sorted(found)]


def counts(actor: Actor, *, office: str = "") -> list[Counts]:
    """By the offices just below, towns at most, the figures of the area. Raises NotAllowed, NotFound."""
    access.require(actor, Permission.VILLAGE_VIEW)
    top = office or actor.office
    if not access.is_inside(actor, top):
        raise access.NotFound(top)
    width = AGENCY_PATH if len(top) < AGENCY_PATH else TOWN_PATH
    below = scope_range(top)
    people = access.within(Person.objects.filter(office_path__range=below), actor)
    everybody = dict(people.order_by().values_list(Left("office_path", width)).annotate(n=Count("pk")))
    rows = access.within(VillageAssignment.objects.filter(office_path__range=below), actor)
    found: dict[str, dict[str, int]] = {}
    for part, state, n in rows.order_by().values_list(Left("office_path", width), "state").annotate(n=Count("pk")):
        found.setdefault(part, {})[state] = n
    return [
        Counts(part, _name(part), max(0, n - sum(found.get(part, {}).values())), found.get(part, {}))
        for part, n in sorted(everybody.items())
    ]


def by_rule(actor: Actor, *, office: str = "") -> list[tuple[str, str, Mapping[str, int]]]:
    """(rule, in words, people by state) of the area, the most frequent first. Raises NotAllowed, NotFound."""
    rows = chosen_any(actor, office)
    found: dict[str, dict[str, int]] = {}
    for rule, state, n in rows.order_by().values_list("rule", "state").annotate(n=Count("pk")):
        found.setdefault(rule, {})[state] = n
    order = sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return [(rule, kind_of_reason(rule) or "人工指定", states) for rule, states in order]


def rules() -> list[tuple[str, str]]:
    """(rule, in words) of everything that decides."""
    return [
        *((rule.value, kind_of_reason(rule.value)) for kinds in (Evidence, Missing) for rule in kinds),
        (CLERK, "人工指定"),
    ]


def chosen_any(actor: Actor, office: str) -> QuerySet[VillageAssignment]:
    """All rows of the area, or of an office in it. Raises NotAllowed, NotFound."""
    access.require(actor, Permission.VILLAGE_VIEW)
    if office and not access.is_inside(actor, office):
        raise access.NotFound(office)
    lowest, highest = scope_range(office or actor.office)
    return access.within(VillageAssignment.objects.filter(Q(office_path__gte=lowest, office_path__lte=highest)), actor)
