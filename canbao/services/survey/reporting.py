"""A round on one page, when it is closed or before: how visits ended, what was asked, how reliable it is (规程第八条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, F, Func, IntegerField, Q, QuerySet, Sum

from canbao.rules.roles import Actor
from canbao.rules.survey import NOT_YET_BACK, WITH_TOWN, Outcome, VisitReason
from canbao.services import access
from canbao.services.survey import calling, progress
from canbao.services.survey.progress import Board
from canbao.store.models import EntryKind, FormEntry, SurveyTask

NAMED_FROM = 6  # below the city the villages are named, for the city they are counted by agency


@dataclass(frozen=True, slots=True)
class Asked:
    """questions: items asked, over all lines; households: doors (people without a household number are one each)."""

    questions: int
    people: int
    households: int
    tries: float | None

    @property
    def per_household(self) -> float | None:
        return self.questions / self.households if self.households else None

    @property
    def per_person(self) -> float | None:
        return self.questions / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Entries:
    """forms: entered; seconds: of the median form; second: entered twice, differing: of these with another answer somewhere."""

    forms: int
    seconds: float | None
    second: int
    differing: int


@dataclass(frozen=True, slots=True)
class Calls:
    drawn: int
    reached: int
    differing: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is left below an agency (for the city) or a town. villages: (path, lines not back, lines with the town)."""

    office: str
    villages: list[tuple[str, int, int]]

    @property
    def out(self) -> int:
        return sum(out for _, out, _ in self.villages)

    @property
    def waiting(self) -> int:
        return sum(waiting for _, _, waiting in self.villages)


@dataclass(frozen=True, slots=True)
class Report:
    """names_villages: whether there are few enough to be named."""

    board: Board
    outcomes: list[tuple[VisitReason, dict[Outcome, int], int]]
    asked: Asked
    entries: Entries
    calls: Calls
    unfinished: list[Unfinished]
    names_villages: bool


def report(actor: Actor, round_id: int, *, office: str = "", on: date) -> Report:
    """Raises NotAllowed, NotFound."""
    board = progress.board(actor, round_id, office=office, on=on)
    rows = progress.lines(actor, round_id, board.office)
    named = len(board.office) >= NAMED_FROM
    return Report(
        board=board,
        outcomes=_outcomes(rows),
        asked=_asked(rows),
        entries=_entries(actor, round_id, board.office),
        calls=_calls(actor, round_id, board.office),
        unfinished=_unfinished(rows, 15 if named else 6),
        names_villages=named,
    )


def _outcomes(rows: QuerySet[SurveyTask]) -> list[tuple[VisitReason, dict[Outcome, int], int]]:
    """For each reason how its visits ended, and how many have not ended."""
    found: dict[VisitReason, dict[str, int]] = {}
    ends: dict[str, int] | None
    for row in rows.values("reasons", "outcome").annotate(n=Count("pk")):
        for reason in (one for one in VisitReason if one in set(row["reasons"])):
            ends = found.setdefault(reason, {})
            ends[row["outcome"]] = ends.get(row["outcome"], 0) + row["n"]
    return [(reason, {one: ends.get(one, 0) for one in Outcome}, ends.get("", 0))
            for reason in VisitReason if (ends := found.get(reason))]  # fmt: skip


def _asked(rows: QuerySet[SurveyTask]) -> Asked:
    visited = rows.filter(visits__gt=0)
    asks = Func(F("asks"), function="cardinality", output_field=IntegerField())
    found: dict[str, Any] = visited.aggregate(
        questions=Sum(asks), people=Count("pk"), tries=Avg("visits"),
        homes=Count("household_no", distinct=True), alone=Count("pk", filter=Q(household_no__isnull=True)),
    )  # fmt: skip
    tries = float(found["tries"]) if found["tries"] is not None else None
    return Asked(found["questions"] or 0, found["people"], found["homes"] + found["alone"], tries)


def _entries(actor: Actor, round_id: int, office: str) -> Entries:
    rows = _below(FormEntry.objects.filter(round_id=round_id, done_at__isnull=False), actor, office)
    found: dict[str, Any] = rows.aggregate(
        forms=Count("pk", filter=Q(kind=EntryKind.FIRST)),
        seconds=_Median("seconds", filter=Q(kind=EntryKind.FIRST)),
        second=Count("pk", filter=Q(kind=EntryKind.SECOND)),
        differing=Count("pk", filter=Q(kind=EntryKind.SECOND) & ~Q(differs=[])),
    )
    return Entries(found["forms"], found["seconds"], found["second"], found["differing"])


def _calls(actor: Actor, round_id: int, office: str) -> Calls:
    rates = [rate for rate in calling.rates(actor, round_id) if rate.village.startswith(office)]
    return Calls(sum(r.drawn for r in rates), sum(r.reached for r in rates), sum(r.differing for r in rates))


def _below(rows: QuerySet[Any], actor: Actor, office: str) -> QuerySet[Any]:
    return access.within(rows, actor).filter(office_path__startswith=office).order_by()


def _unfinished(rows: QuerySet[SurveyTask], width: int) -> list[Unfinished]:
    counted = rows.values("office_path").annotate(
        out=Count("pk", filter=Q(state__in=NOT_YET_BACK)), waiting=Count("pk", filter=Q(state__in=WITH_TOWN))
    )
    left = counted.filter(Q(out__gt=0) | Q(waiting__gt=0)).order_by("office_path")
    found: dict[str, list[tuple[str, int, int]]] = {}
    for row in left:
        found.setdefault(row["office_path"][:width], []).append((row["office_path"], row["out"], row["waiting"]))
    return [Unfinished(office, villages) for office, villages in found.items()]


class _Median(Avg):
    """Half took longer."""

    function = "percentile_cont"
    name = "Median"
    template = "percentile_cont(0.5) within group (order by %(expressions)s)"
