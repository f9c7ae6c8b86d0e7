"""A village worker's own list: by address, home after home; what to ask of each and nothing more (规程第八条).

The address is shown in full: the worker has to find the door (decision 14). The telephone is hidden until it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from canbao.rules import doorstep, outreach
from canbao.rules.answers import Item
from canbao.rules.codes import Scheme
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import (
    NOT_YET_BACK,
    WITH_VILLAGE,
    Outcome,
    Suggestion,
    TaskState,
    VisitReason,
    is_late,
)
from canbao.rules.wording import code_in_words
from canbao.services import access, audit
from canbao.services.showing import fact
from canbao.services.survey import reaching
from canbao.services.survey.earlier_reasons import EarlierReason, earlier_reason
from canbao.store.models import RoundState, SurveyRound, SurveyTask, SurveyVisit

PAGE: Final = 40
PACKAGE: Final = 200
HOME: Final = 60  # a home has fewer
SHOWN: Final = {
    "todo": (TaskState.TO_VISIT,),
    "trying": (TaskState.TRYING,),
    "done": (TaskState.VISITED,),
    "back": (TaskState.SENT_BACK,),
}
LATE: Final = "late"


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody to visit. address: in full; phone: hidden, "" for none."""

    task_id: int
    round_id: int
    name: str
    sex: str
    age: int | None
    relation: str
    address: str
    home: str
    phone: str
    state: TaskState
    visits: int
    outcome: Outcome | None
    reasons: tuple[VisitReason, ...]
    suggestion: Suggestion | None
    late: bool
    due_on: date | None
    sent_back_reason: str
    asks: int


@dataclass(frozen=True, slots=True)
class Counts:
    todo: int
    trying: int
    done: int
    back: int
    late: int
    handed_in: int

    @property
    def all(self) -> int:
        return self.todo + self.trying + self.done + self.back


@dataclass(frozen=True, slots=True)
class Listed:
    round: SurveyRound
    counts: Counts
    back: list[Line]  # on top of the first page
    lines: list[Line]
    after: int | None

    @property
    def homes(self) -> list[list[Line]]:
        """The lines of one home together."""
        found: list[list[Line]] = []
        for line in self.lines:
            if found and found[-1][0].home == line.home:
                found[-1].append(line)
            else:
                found.append([line])
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier submission of a line."""

    outcome: Outcome
    note: str
    at: datetime
    by: str
    receipt: str
    withheld: str


@dataclass(frozen=True, slots=True)
class Door:
    """What the worker needs at one door."""

    line: Line
    ours: bool  # the line is with the village: what is reported takes effect at once
    must_join: tuple[str, ...]
    may_join: tuple[str, ...]
    evidence: str
    items: tuple[Item, ...]
    registered: tuple[str, ...]
    others: int  # of the same home
    told: list[Told]
    said: dict[str, object]  # the latest answers, to begin a correction with
    open_to: tuple[Scheme, ...]  # the schemes of must_join and may_join
    agreed: outreach.Outreach  # what came of the outreach at the latest visit
    earlier: EarlierReason | None


def open_rounds(actor: Actor) -> list[SurveyRound]:
    """The rounds in which the village has something to do, the newest first. Raises NotAllowed."""
    access.require(actor, Permission.SURVEY_VISIT)
    going = reaching.rounds_of(actor).filter(state=RoundState.OPEN)[:20]
    return [round_ for round_ in going if _own(actor, round_.pk).exists()]


def rounds_to_find_in(actor: Actor) -> list[SurveyRound]:
    """The rounds for which somebody found can be reported, those with an own list first. Raises NotAllowed."""
    first = open_rounds(actor)
    known = {round_.pk for round_ in first}
    return [
        *first,
        *(one for one in reaching.rounds_of(actor).filter(state=RoundState.OPEN)[:20] if one.pk not in known),
    ]


def _own(actor: Actor, round_id: int) -> QuerySet[SurveyTask]:
    """Equality on the office, so that the index gives the lines in the order of their addresses."""
    return reaching.tasks_of(actor, round_id).filter(office_path=actor.office)


@transaction.atomic
def listed(
    actor: Actor, round_id: int, *, show: str = "", name: str = "", after: int = 0, on: date, at: datetime
) -> Listed:
    """A page of the own list; show: a key of SHOWN, or LATE. A look at many people, on record. Raises NotAllowed, NotFound."""
    round_ = reaching.round_of(actor, round_id, need=Permission.SURVEY_VISIT)
    own = _own(actor, round_id)
    rows = _filtered(own, show, name, on)
    found = list(_after(rows, own, after)[: PAGE + 1])
    on_top = not (after or show or name.strip())
    back = list(_ordered(own.filter(state=TaskState.SENT_BACK))[:PAGE]) if on_top else []
    _note_list(actor, round_id, len(found[:PAGE]) + len(back), at)
    return Listed(
        round=round_, counts=_counts(own, on), back=_lines(back, on), lines=_lines(found[:PAGE], on),
        after=found[PAGE - 1].pk if len(found) > PAGE else None,
    )  # fmt: skip


def _note_list(actor: Actor, round_id: int, rows: int, at: datetime) -> None:
    audit.record_look(
        audit.Event.TASKS_LISTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"rows": rows}, area=actor.office,
    )  # fmt: skip


def _filtered(own: QuerySet[SurveyTask], show: str, name: str, on: date) -> QuerySet[SurveyTask]:
    if show == LATE:
        rows = own.filter(state__in=list(NOT_YET_BACK & WITH_VILLAGE), due_on__lt=on)
    else:
        rows = own.filter(state__in=SHOWN.get(show, tuple(WITH_VILLAGE)))
    return rows.filter(name__contains=name.strip()[:40]) if name.strip() else rows


def _ordered(rows: QuerySet[SurveyTask]) -> QuerySet[SurveyTask]:
    return rows.annotate(_home=Coalesce("household_no", Value(""))).order_by("address_key", "_home", "pk")


def _after(rows: QuerySet[SurveyTask], own: QuerySet[SurveyTask], after: int) -> QuerySet[SurveyTask]:
    ordered = _ordered(rows)
    last = own.filter(pk=after).values_list("address_key", "household_no").first() if after else None
    if last is None:
        return ordered
    key, home = last[0], last[1] or ""
    here = Q(address_key=key)
    return ordered.filter(Q(address_key__gt=key) | here & Q(_home__gt=home) | here & Q(_home=home, pk__gt=after))


def _counts(own: QuerySet[SurveyTask], on: date) -> Counts:
    states = {row["state"]: row["n"] for row in own.order_by().values("state").annotate(n=Count("pk"))}
    late = own.filter(state__in=list(NOT_YET_BACK & WITH_VILLAGE), due_on__lt=on).count()
    with_village = {state.value for state in WITH_VILLAGE} | {TaskState.PLANNED.value, TaskState.DROPPED.value}
    n = {name: states.get(held[0], 0) for name, held in SHOWN.items()}
    handed_in = sum(found for state, found in states.items() if state not in with_village)
    return Counts(todo=n["todo"], trying=n["trying"], done=n["done"], back=n["back"], late=late, handed_in=handed_in)


def _lines(tasks: Iterable[SurveyTask], on: date) -> list[Line]:
    return [_line(task, on) for task in tasks]


def _line(task: SurveyTask, on: date) -> Line:
    state = TaskState(task.state)
    reasons = tuple(reason for reason in VisitReason if reason in task.reasons)
    return Line(
        task_id=task.pk, round_id=task.round_id, name=task.name,
        sex=code_in_words("sex", task.sex)[:1] if task.sex else "", age=_age(task.birth_date, on),
        relation=task.relation_to_head or "", address=task.address or "",
        home=task.household_no or task.address or str(task.pk), phone=fact("phone", task.phone, on=on).text,
        state=state, visits=task.visits, outcome=Outcome(task.outcome) if task.outcome else None, reasons=reasons,
        suggestion=Suggestion(task.suggestion) if task.suggestion else None,
        late=is_late(state, task.due_on, on=on), due_on=task.due_on,
        sent_back_reason=task.sent_back_reason if state is TaskState.SENT_BACK else "",
        asks=len(task.asks),
    )  # fmt: skip


def _age(born: date | None, on: date) -> int | None:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day)) if born else None


@transaction.atomic
def door(task_id: int, *, actor: Actor, on: date, at: datetime) -> Door:
    """One line with what to ask; a look at somebody, on record. Raises NotAllowed, NotFound."""
    task = access.task(actor, task_id, need=Permission.SURVEY_VISIT)
    visits = list(SurveyVisit.objects.filter(task_id=task.pk).order_by("-pk")[:20])
    names = audit.real_names({visit.account for visit in visits})
    _note_look(task, "", actor, at)
    return Door(
        line=_line(task, on), ours=TaskState(task.state) in WITH_VILLAGE, must_join=_schemes(task.must_join),
        may_join=_schemes(task.may_join), evidence=fact("note", task.suggested_by_list, on=on).text,
        items=_items(task),
        registered=doorstep.registered(task.asks, _items(task)) if task.person_id else (), others=_home_of(task, actor).count() - 1,
        told=[_told(visit, names, on) for visit in visits], said=dict(visits[0].answers or {}) if visits else {},
        open_to=tuple(scheme for scheme in Scheme if scheme in {*task.must_join, *task.may_join}),
        agreed=outreach.stored(visits[0].outreach if visits else {}), earlier=earlier_reason(task, actor=actor, on=on),
    )  # fmt: skip


def _note_look(task: SurveyTask, item: str, actor: Actor, at: datetime) -> None:
    audit.record_looks([_look(task, item)], actor=actor, at=at)


def _look(task: SurveyTask, item: str = "") -> audit.Line:
    detail = {"item": item} if item else {}
    return audit.Line(audit.Event.TASK_VIEWED, "task", str(task.pk), detail=detail, area=task.office_path)


def _schemes(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(Scheme(code).label for code in codes if code in set(Scheme))


def _told(visit: SurveyVisit, names: dict[str, str], on: date) -> Told:
    note = fact("note", visit.note, on=on).text
    by = names.get(visit.account, visit.account)
    return Told(Outcome(visit.outcome), note, visit.at, by, visit.receipt, visit.withheld)


@transaction.atomic
def household(task_id: int, *, actor: Actor, on: date, at: datetime) -> list[Line]:
    """Everybody of the home of a line who is on the list; a look at each, on record. Raises NotAllowed, NotFound."""
    task = access.task(actor, task_id, need=Permission.SURVEY_VISIT)
    tasks = list(_ordered(_home_of(task, actor))[:HOME])
    audit.record_looks([_look(one) for one in tasks], actor=actor, at=at)
    return _lines(tasks, on)


def home_with_items(task_id: int, *, actor: Actor, on: date, at: datetime) -> list[tuple[Line, tuple[Item, ...]]]:
    """`household` with what to ask of each. Raises NotAllowed, NotFound."""
    lines = household(task_id, actor=actor, on=on, at=at)
    tasks = SurveyTask.objects.in_bulk([line.task_id for line in lines])
    return [(line, _items(tasks[line.task_id])) for line in lines if line.task_id in tasks]


def _items(task: SurveyTask) -> tuple[Item, ...]:
    return doorstep.asked(task.asks, task.reasons, has_phone=bool(task.phone))


def _home_of(task: SurveyTask, actor: Actor) -> QuerySet[SurveyTask]:
    own = _own(actor, task.round_id)
    if task.household_no:
        return own.filter(household_no=task.household_no)
    return (
        own.filter(address_key=task.address_key, household_no__isnull=True) if task.address else own.filter(pk=task.pk)
    )


def onward(task_id: int, *, past_home: bool = False, actor: Actor, on: date) -> tuple[int, str] | None:
    """Where to go on to: the next of the home who is still to be visited today (past_home: nobody of it), else the next on the
    list, and after its end its first; None when nobody is left. Raises NotAllowed, NotFound."""
    task = access.task(actor, task_id, need=Permission.SURVEY_VISIT)
    own, home = _own(actor, task.round_id), _home_of(task, actor)
    again = Q(state=TaskState.TRYING) & ~Q(visited_at__date=on)
    todo = (Q(state__in=(TaskState.TO_VISIT, TaskState.SENT_BACK)) | again) & ~Q(pk=task.pk)
    rows = own.filter(todo).exclude(pk__in=home.values("pk")) if past_home else own.filter(todo)
    for wanted in (
        home.filter(todo).none() if past_home else _ordered(home.filter(todo)),
        _after(rows, own, task.pk),
        _ordered(rows),
    ):
        if found := wanted.values_list("pk", "name").first():
            return found[0], found[1]
    return None


@transaction.atomic
def show_phone(task_id: int, *, actor: Actor, at: datetime) -> str:
    """The telephone number of one line, on record. Raises NotAllowed, NotFound."""
    task = access.task(actor, task_id, need=Permission.SURVEY_VISIT)
    if not task.phone:
        raise access.NotFound(task_id)
    _note_look(task, "联系电话", actor, at)
    return task.phone


@dataclass(frozen=True, slots=True)
class Package:
    """A part of the own list for a device, over all rounds that go on; after: where the next begins, None at the end."""

    lines: list[tuple[Line, tuple[Item, ...]]]
    after: int | None


@transaction.atomic
def package(actor: Actor, *, after: int = 0, at: datetime) -> Package:
    """The own lines in the order of their numbers, with what to ask of each; on record. Raises NotAllowed."""
    access.require(actor, Permission.SURVEY_VISIT)
    going = SurveyRound.objects.filter(state=RoundState.OPEN).values("pk")
    rows = access.within(access.handed_to(SurveyTask.objects.filter(round_id__in=going), actor), actor)
    own = rows.filter(office_path=actor.office, state__in=[one.value for one in WITH_VILLAGE], pk__gt=after)
    found = list(own.order_by("pk")[: PACKAGE + 1])
    shown = found[:PACKAGE]
    if shown:
        _note_list(actor, shown[0].round_id, len(shown), at)
    on = day_of(at)
    lines = [(_line(task, on), _items(task)) for task in shown]
    return Package(lines, shown[-1].pk if len(found) > PACKAGE else None)


__all__ = [
    "LATE", "SHOWN", "Door", "Line", "Listed", "door", "home_with_items", "household", "listed", "onward", "open_rounds", "package",
    "rounds_to_find_in", "show_phone",
]  # fmt: skip
