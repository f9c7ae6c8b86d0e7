"""The visiting list as it is read: page by page in the order in which one walks, and one line in full; both on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan
from django.db.models.functions import Length

from canbao.rules.answers import BY_NAME
from canbao.rules.codes import Scheme
from canbao.rules.names import name_key
from canbao.rules.offices import VILLAGE_PATH, scope_range
from canbao.rules.outreach import Willingness
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome, Suggestion, TaskState, VisitReason, is_late
from canbao.services import access, audit, villages
from canbao.services.showing import Fact, fact, facts_of
from canbao.services.survey import progress, reaching
from canbao.store.models import FoundPerson, Person, SurveyRound, SurveyTask

PAGE: Final = 50
MOST_COUNTED: Final = 100_000  # lines that fit: as many are decided on at once
Lines = QuerySet[SurveyTask]
_SHOWN = ("name", "sex", "birth_date", "address", "phone")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list; empty for everything. office: one below the reader's; name: how the name begins.

    village: KNOWN, NONE, or SUGGESTED for lines without a village whose person has a suggested one.
    """

    office: str = ""
    reason: str = ""
    state: str = ""
    suggestion: str = ""
    late: bool = False
    name: str = ""
    willing: str = ""
    village: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line in words, hidden where it has to be. age: in full years, None where the birth is not known."""

    task: SurveyTask
    facts: dict[str, Fact]
    age: int | None
    reasons: list[VisitReason]
    must: list[Scheme]
    may: list[Scheme]
    asks: list[str]
    suggestion: Suggestion | None
    evidence: str
    state: TaskState
    outcome: Outcome | None
    willing: Willingness | None
    is_late: bool

    @property
    def name(self) -> str:
        return self.facts["name"].text


class OtherNumberError(Exception):
    """As many lines as were shown do not fit any more: what is decided has to be what was read."""


@dataclass(frozen=True, slots=True)
class Page:
    """villages: by person, the suggested village and why, where the line has none.

    count: how many fit, MOST_COUNTED + 1 for more; 0 where nothing narrows the list.
    """

    round: SurveyRound
    lines: list[Line]
    after: int | None
    villages: dict[int, tuple[str, str]]
    count: int = 0

    @property
    def is_many(self) -> bool:
        """More than may be decided on at once."""
        return self.count > MOST_COUNTED


def chosen(
    actor: Actor, round_id: int, filters: Filters = Filters(), *, tasks: Sequence[int] | None = None, on: date
) -> Lines:
    """The lines that have come down to the actor and fit; tasks: of these only. Raises NotFound for an office elsewhere."""
    rows = reaching.tasks_of(actor, round_id)
    if tasks is not None:
        rows = rows.filter(pk__in=tasks)
    if filters.office:
        if not filters.office.startswith(actor.office):
            raise access.NotFound(filters.office)
        rows = rows.filter(office_path__range=scope_range(filters.office))
    if filters.reason:
        rows = rows.filter(reasons__contains=[filters.reason])
    if filters.suggestion:
        rows = rows.filter(suggestion=filters.suggestion)
    if filters.willing:
        rows = rows.filter(willing=filters.willing)
    if filters.late:
        rows = rows.filter(progress.late(on))
    if filters.village:
        rows = _by_village(actor, rows, filters.village)
    rows = rows.filter(state=filters.state) if filters.state else rows.exclude(state=TaskState.DROPPED)
    return rows.filter(_named(actor, filters.name)) if filters.name.strip() else rows


def all_shown(actor: Actor, round_id: int, filters: Filters, *, shown: int, on: date) -> Lines:
    """All lines that fit, of which the clerk read that there are so many. Raises NotFound, OtherNumberError."""
    rows = chosen(actor, round_id, filters, on=on)
    count = _counted(rows)
    if count != shown or count > MOST_COUNTED:
        raise OtherNumberError
    return rows


def _counted(rows: Lines) -> int:
    return rows.order_by()[: MOST_COUNTED + 1].count()


def _by_village(actor: Actor, rows: Lines, village: str) -> Lines:
    rows = rows.alias(_width=Length("office_path"))
    if village == "KNOWN":
        return rows.filter(_width=VILLAGE_PATH)
    rows = rows.filter(_width__lt=VILLAGE_PATH)
    suggestion = Exists(villages.chosen(actor, villages.Filters(state="SUGGESTED")).filter(pk=OuterRef("person_id")))
    return rows.filter(suggestion if village == "SUGGESTED" else ~suggestion)


def confirm_villages(actor: Actor, rows: Lines, *, at: datetime) -> villages.Decided:
    """Confirm the suggested villages of the people of lines; rows: a choice of `chosen` or `all_shown`.

    Raises NotAllowed, NotFound, villages.NothingToDecideError, villages.TooManyAtOnceError.
    """
    people = villages.chosen(actor, villages.Filters(state="SUGGESTED"))
    return villages.confirm(people.filter(pk__in=rows.values("person_id")), actor=actor, at=at)


def _named(actor: Actor, name: str) -> Q:
    """By the register's index of names, which the list itself does not have; however many in the area are called so."""
    key = name_key(name.strip())
    people = access.within(Person.objects.filter(name_key__startswith=key), actor).values("pk")
    found = access.within(FoundPerson.objects.filter(name__startswith=name.strip()), actor).values("pk")
    return Q(person_id__in=people) | Q(found_id__in=found)


@transaction.atomic
def lines(actor: Actor, round_id: int, filters: Filters = Filters(), *, after: int = 0, on: date, at: datetime) -> Page:
    """One page of the list, of the lines after line `after`; on record. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id)
    fitting = chosen(actor, round_id, filters, on=on)
    rows = _after(actor, fitting, round_id, after)
    tasks = list(rows.order_by("office_path", "address_key", "pk")[: PAGE + 1])
    shown = tasks[:PAGE]
    audit.record_look(
        audit.Event.TASKS_LISTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"rows": len(shown)}, area=filters.office or actor.office,
    )  # fmt: skip
    without = [task.person_id for task in shown if task.person_id and len(task.office_path) < VILLAGE_PATH]
    more = shown[-1].pk if len(tasks) > PAGE else None
    count = _counted(fitting) if filters != Filters() else 0
    return Page(round_, [line_of(task, on=on) for task in shown], more, villages.suggested(actor, without), count)


def _after(actor: Actor, rows: Lines, round_id: int, after: int) -> Lines:
    if not after:
        return rows
    place = reaching.tasks_of(actor, round_id).filter(pk=after).values_list("office_path", "address_key", "pk").first()
    if place is None:
        return rows
    return rows.filter(TupleGreaterThan((F("office_path"), F("address_key"), F("pk")), place))


def line_of(task: SurveyTask, *, on: date) -> Line:
    """A line that was fetched in the reader's area, in words."""
    state = TaskState(task.state)
    return Line(
        task=task,
        facts={one.name: one for one in facts_of(task.__dict__, _SHOWN, on=on)},
        age=_years(task.birth_date, on),
        reasons=[one for one in VisitReason if one in task.reasons],
        must=[Scheme(one) for one in task.must_join],
        may=[Scheme(one) for one in task.may_join],
        asks=[BY_NAME[item].label for item in task.asks if item in BY_NAME],
        suggestion=Suggestion(task.suggestion) if task.suggestion else None,
        evidence=fact("suggested_by_list", task.suggested_by_list, on=on).text,
        state=state,
        outcome=Outcome(task.outcome) if task.outcome else None,
        willing=Willingness(task.willing) if task.willing else None,
        is_late=is_late(state, task.due_on, on=on),
    )


def _years(born: date | None, on: date) -> int | None:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) if born else None
