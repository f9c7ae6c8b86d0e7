"""How far a round is: the same numbers at every level, so that the children of an office always add up to it (规程第八条)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left, TruncDate

from canbao.rules.offices import PATH_LENGTHS, UnknownOffice, office_name, scope_range
from canbao.rules.outreach import Willingness
from canbao.rules.period import HERE
from canbao.rules.roles import Actor
from canbao.rules.survey import NOT_YET_BACK, TaskState, VisitReason
from canbao.services import access
from canbao.services.survey import reaching
from canbao.store.models import SurveyRound, SurveyTask

DAYS = 30  # of the picture by day
REACHED = ~Q(state=TaskState.PLANNED)  # has come to a village, now or before: one meaning on every page
_STEPS = (("visited", "visited_at"), ("returned", "returned_at"), ("entered", "entered_at"))


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines by their state; every line but those dropped is in exactly one of the first nine. late and registered are of them."""

    planned: int = 0
    to_visit: int = 0
    trying: int = 0
    visited: int = 0
    sent_back: int = 0
    handed_in: int = 0
    returned: int = 0
    entered: int = 0
    closed: int = 0
    late: int = 0
    to_register: int = 0
    registered: int = 0
    again: int = 0  # sent back at least once, wherever they stand now
    willing: int = 0  # what the last visit brought (`rules.outreach`)
    undecided: int = 0
    unwilling: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name, _ in STATES)

    @property
    def back(self) -> int:
        """What has left the village."""
        return self.handed_in + self.returned + self.entered + self.closed

    @property
    def done(self) -> int:
        """Entered, or closed."""
        return self.entered + self.closed

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counts)))


STATES: tuple[tuple[str, TaskState], ...] = tuple(
    (state.value.lower(), state) for state in TaskState if state is not TaskState.DROPPED
)


@dataclass(frozen=True, slots=True)
class Below:
    """An office directly below. is_rest: the lines that lie with the office itself, as no office below is known for them."""

    office: str
    counts: Counts
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    visited: int
    returned: int
    entered: int


@dataclass(frozen=True, slots=True)
class Board:
    """One office's part of a round. above: the offices on the way up that the actor may open."""

    round: SurveyRound
    office: str
    above: list[str]
    total: Counts
    below: list[Below]
    reasons: list[tuple[VisitReason, Counts]]  # somebody visited for two reasons counts for both


def board(actor: Actor, round_id: int, *, office: str = "", on: date) -> Board:
    """The numbers of an office, of those directly below it and by reason, from one statement. Raises NotAllowed, NotFound."""
    round_, top, office = _placed(actor, round_id, office)
    counted = _counted(lines(actor, round_id, office), office, on)
    total = sum((counts for _, _, counts in counted), Counts())
    above = [office[:width] for width in PATH_LENGTHS if len(top) <= width < len(office)]
    return Board(round_, office, above, total, _below(counted, office), _by_reason(counted))


def _placed(actor: Actor, round_id: int, office: str) -> tuple[SurveyRound, str, str]:
    """The round, the highest office whose numbers the actor may see in it, and the one asked for."""
    round_ = reaching.round_of(actor, round_id)
    top = max(actor.office, round_.office, key=len)
    office = office or top
    if not office.startswith(top) or not _is_office(office):
        raise access.NotFound(office)
    return round_, top, office


def _is_office(path: str) -> bool:
    try:
        return bool(office_name(path))
    except UnknownOffice:
        return False


def lines(actor: Actor, round_id: int, office: str) -> QuerySet[SurveyTask]:
    """The lines below an office that count: all but those dropped."""
    lowest, highest = scope_range(office)
    rows = reaching.tasks_of(actor, round_id).filter(office_path__gte=lowest, office_path__lte=highest)
    return rows.exclude(state=TaskState.DROPPED).order_by()


def _counted(rows: QuerySet[SurveyTask], office: str, on: date) -> list[tuple[str, frozenset[VisitReason], Counts]]:
    """By the office below and the set of reasons: a few dozen sets of eight reasons occur."""
    width = next((width for width in PATH_LENGTHS if width > len(office)), len(office))
    grouped: Iterable[Mapping[str, Any]] = rows.values("reasons", part=Left("office_path", width)).annotate(**_sums(on))
    return [(row["part"], _known(row["reasons"]), _counts(row)) for row in grouped]


def _known(reasons: Iterable[str]) -> frozenset[VisitReason]:
    said = set(reasons)
    return frozenset(reason for reason in VisitReason if reason in said)


def _sums(on: date) -> dict[str, Count]:
    with_form = Q(state__in=(TaskState.ENTERED, TaskState.CLOSED), entered_at__isnull=False)
    return {f"n_{name}": Count("pk", filter=Q(state=state)) for name, state in STATES} | {
        "n_late": Count("pk", filter=late(on)),
        "n_form": Count("pk", filter=with_form),
        "n_again": Count("pk", filter=Q(sent_back__gt=0)),
        **{f"n_{said.value.lower()}": Count("pk", filter=Q(willing=said)) for said in Willingness},
    }


def _counts(row: Mapping[str, Any]) -> Counts:
    """`rules.indicators.is_to_register` and `is_registered` for a group: its lines have the same reasons, and none was dropped."""
    states = {name: row[f"n_{name}"] for name, _ in STATES}
    wanted = VisitReason.NOT_ENROLLED in row["reasons"]
    return Counts(
        **states, late=row["n_late"], again=row["n_again"],
        **{said.value.lower(): row[f"n_{said.value.lower()}"] for said in Willingness},
        to_register=sum(states.values()) if wanted else 0, registered=row["n_form"] if wanted else 0,
    )  # fmt: skip


def _below(counted: Iterable[tuple[str, frozenset[VisitReason], Counts]], office: str) -> list[Below]:
    found: dict[str, Counts] = {}
    for part, _, counts in counted:
        found[part] = found.get(part, Counts()) + counts
    has_below = len(office) < PATH_LENGTHS[-1]
    return [Below(part, found[part], is_rest=has_below and part == office) for part in sorted(found)]


def _by_reason(
    counted: Iterable[tuple[str, frozenset[VisitReason], Counts]],
) -> list[tuple[VisitReason, Counts]]:
    found: dict[VisitReason, Counts] = {}
    for _, reasons, counts in counted:
        for reason in reasons:
            found[reason] = found.get(reason, Counts()) + counts
    return [(reason, found[reason]) for reason in VisitReason if reason in found]


def late(on: date) -> Q:
    """`rules.survey.is_late` for sets."""
    return Q(due_on__lt=on, state__in=NOT_YET_BACK)


def by_day(actor: Actor, round_id: int, *, office: str = "", on: date) -> list[Day]:
    """What was visited, returned and entered on each of the last days up to `on`. Raises NotAllowed, NotFound."""
    _, _, office = _placed(actor, round_id, office)
    days = [on - timedelta(days=n) for n in reversed(range(DAYS))]
    counted = {(name, day): 0 for name, _ in _STEPS for day in days}
    # One reading for the three dates: lines that share all of them come as one row.
    dates = {name: TruncDate(column, tzinfo=HERE) for name, column in _STEPS}
    rows: Iterable[Mapping[str, Any]] = lines(actor, round_id, office).values(**dates).annotate(n=Count("pk"))
    for row in rows:
        for name, _ in _STEPS:
            if (name, row[name]) in counted:
                counted[name, row[name]] += row["n"]
    return [Day(day, *(counted[name, day] for name, _ in _STEPS)) for day in days]
