"""What the town checks: villages with what lies there, and the lines of one of them with what was reported, hidden by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from canbao.rules.answers import Fate
from canbao.rules.evidence import EvidenceKind
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import NOT_YET_BACK, WITH_TOWN, Outcome, TaskState, may
from canbao.rules.survey import Move as Step
from canbao.services import audit
from canbao.services.showing import Fact, fact
from canbao.services.survey import reaching
from canbao.services.survey.reported import Entered, answered, entered, last_entries, latest_visits
from canbao.store.models import EntryKind, Evidence, FormEntry, FormReturn, SurveyTask, SurveyVisit

PAGE = 50


@dataclass(frozen=True, slots=True)
class Village:
    """still_out: lines that are not back yet; waiting: handed in, returned or entered, by state."""

    path: str
    waiting: dict[TaskState, int]
    still_out: int
    closed: int

    @property
    def to_check(self) -> int:
        return sum(self.waiting.values())

    @property
    def may_close_all(self) -> bool:
        return bool(self.to_check) and not self.still_out


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the checker reads it. missing: what stands in the way of closing it, or should be looked at."""

    task: SurveyTask
    state: TaskState
    outcome: Outcome | None
    name: str
    address: str
    note: str
    sent_back_for: str
    reported_by: str
    reported_at: datetime | None
    answers: list[Fact]
    entered: list[Entered]
    missing: list[str]
    can_close: bool


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[Line]
    after: int | None


def villages(actor: Actor, round_id: int) -> list[Village]:
    """Where something waits for the town, in the order of the offices. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CHECK)
    counted = (
        reaching.tasks_of(actor, round_id)
        .order_by()
        .values("office_path")
        .annotate(
            **{state.value: Count("pk", filter=Q(state=state)) for state in WITH_TOWN},
            out=Count("pk", filter=Q(state__in=NOT_YET_BACK)),
            closed=Count("pk", filter=Q(state=TaskState.CLOSED)),
        )
    )
    found = [_village(row) for row in counted.order_by("office_path")]
    return [village for village in found if village.to_check or village.closed]


def _village(row: Mapping[str, Any]) -> Village:
    waiting = {state: row[state.value] for state in TaskState if state in WITH_TOWN}
    return Village(row["office_path"], waiting, row["out"], row["closed"])


@transaction.atomic
def lines(actor: Actor, round_id: int, *, village: str, state: str, after: int, on: date, at: datetime) -> Page:
    """The lines of a village that wait for the town, by address, those after line `after`; on record.

    Raises NotAllowed, NotFound.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_CHECK)
    rows = reaching.tasks_of(actor, round_id).filter(office_path=village)
    rows = rows.filter(state__in=[state] if state in WITH_TOWN else WITH_TOWN)
    tasks = list(_from(rows, after).order_by("address_key", "pk")[: PAGE + 1])
    shown = tasks[:PAGE]
    audit.record_look(
        audit.Event.TASKS_LISTED, actor=actor, at=at, target_kind="round", target_id=str(round_id),
        detail={"rows": len(shown)}, area=village,
    )  # fmt: skip
    return Page(_lines(shown, actor, on), shown[-1].pk if len(tasks) > PAGE else None)


def _from(rows: QuerySet[SurveyTask], after: int) -> QuerySet[SurveyTask]:
    last = rows.model._default_manager.filter(pk=after).values_list("address_key", "pk").first() if after else None
    if last is None:
        return rows
    key, pk = last
    return rows.filter(Q(address_key__gt=key) | Q(address_key=key, pk__gt=pk))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What there is of a line besides itself."""

    visit: SurveyVisit | None
    sheet: FormReturn | None
    entry: FormEntry | None
    papers: set[str]
    unsettled: int


def _lines(tasks: list[SurveyTask], actor: Actor, on: date) -> list[Line]:
    keys = [task.pk for task in tasks]
    visits, entries = latest_visits(keys), last_entries(keys)
    papers: dict[int, set[str]] = {}
    for task_id, kind in Evidence.objects.filter(task_id__in=keys, removed_at__isnull=True).values_list(
        "task_id", "kind"
    ):
        papers.setdefault(task_id or 0, set()).add(kind)
    sheets = {one.task_id: one for one in FormReturn.objects.filter(task_id__in=keys).order_by("pk")}
    seconds = FormEntry.objects.filter(task_id__in=keys, kind=EntryKind.SECOND, unsettled__gt=0)
    unsettled = dict(seconds.values_list("task_id", "unsettled"))
    names = audit.real_names({visit.account for visit in visits.values()})
    return [
        _line(
            task, actor, names, on,
            _Beside(visits.get(task.pk), sheets.get(task.pk), entries.get(task.pk), papers.get(task.pk, set()), unsettled.get(task.pk, 0)),
        )
        for task in tasks
    ]  # fmt: skip


def _line(task: SurveyTask, actor: Actor, names: dict[str, str], on: date, beside: _Beside) -> Line:
    outcome = Outcome(task.outcome) if task.outcome in set(Outcome) else None
    blocking, visit = list(_blocking(task, outcome, beside, actor)), beside.visit
    return Line(
        task=task,
        state=TaskState(task.state),
        outcome=outcome,
        name=fact("name", task.name, on=on).text,
        address=fact("address", task.address, on=on).text,
        note=fact("note", visit.note, on=on).text if visit else "",
        sent_back_for=fact("sent_back_reason", task.sent_back_reason, on=on).text,
        reported_by=names.get(visit.account, visit.account) if visit else "",
        reported_at=visit.at if visit else None,
        answers=answered(visit, on=on),
        entered=[one for one in entered(beside.entry, on=on) if one.fate is not Fate.SAME],
        missing=[*blocking, *_to_look_at(task, outcome, beside)],
        can_close=not blocking,
    )


def _blocking(task: SurveyTask, outcome: Outcome | None, beside: _Beside, actor: Actor) -> Iterable[str]:
    """What has to be done before the line is closed, and by whom."""
    if task.state in may(Step.SETTLE) and (outcome is None or outcome.has_form):
        yield "登记表尚未录入" if task.returned_at else "登记表尚未收回"
    if outcome and outcome.needs_evidence and not beside.papers:
        yield "缺证明材料"
    if task.second_due:
        yield "已抽中复录，待另一人复录"
    if beside.unsettled:
        yield f"复录有 {beside.unsettled} 项差异待核实"
    if task.state == TaskState.ENTERED and beside.entry and beside.entry.entered_by == actor.account:
        yield "由您录入，须由另一人办结"


def _to_look_at(task: SurveyTask, outcome: Outcome | None, beside: _Beside) -> Iterable[str]:
    sheet = beside.sheet
    if task.state == TaskState.ENTERED and outcome and outcome.has_form and sheet is None:
        yield "没有收表记录"
    if sheet and sheet.signer == "AGENT" and not sheet.has_mandate and EvidenceKind.MANDATE not in beside.papers:
        yield "代理人签名，没有委托书"
    has_form = outcome is None or outcome.has_form
    if sheet and not sheet.signer and has_form and task.state != TaskState.ENTERED:  # nothing unsigned is entered
        yield "没有签名"
