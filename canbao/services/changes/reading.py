"""Change requests as they are read: a list of the area, one of them with its way through the hands; hidden as everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from canbao.rules.answers import BY_NAME
from canbao.rules.approval import Decision, Stage, State
from canbao.rules.evidence import EvidenceKind
from canbao.rules.labels import FIELDS
from canbao.rules.offices import scope_range
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.wording import basis_in_words, office_in_words
from canbao.services import access, audit
from canbao.services.changes.asking import OPEN_STATES
from canbao.services.showing import Fact, fact
from canbao.store.models import ChangeRequest, Evidence, Person, SurveyTask

OPEN = tuple(state.value for state in OPEN_STATES)
PAGE = 50
_STAGES: Mapping[str, str] = {Stage.REVIEW: "镇街初审", Stage.APPROVAL: "区县审批"}
_DECISIONS: Mapping[str, str] = {
    Decision.SUBMIT: "提出申请",
    Decision.APPROVE: "同意",
    Decision.REFUSE: "不予批准",
    Decision.SEND_BACK: "退回",
    Decision.WITHDRAW: "撤回",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One request in a list. name: of the person, "" where he is no longer in the area."""

    change_id: int
    person_id: int
    name: str
    item: str
    before: Fact
    after: Fact
    state: State
    waits_for: str
    office: str
    asked_by: str
    asked_at: datetime
    form_number: str

    @property
    def village(self) -> str:
        """The office by itself, without those above it."""
        return self.office.rpartition(" · ")[2]


@dataclass(frozen=True, slots=True)
class Page:
    """after: what to ask for next, "" at the end."""

    lines: list[Line]
    after: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One step of a request."""

    at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """What a later form says otherwise while a request waits."""

    after: Fact
    basis: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """One request. stages: the hands it has to pass, and whether it has; evidence: kinds and numbers of the papers, in words."""

    line: Line
    basis: str
    stages: Sequence[tuple[str, bool]]
    steps: Sequence[Taken]
    others: Sequence[Other]
    evidence: Sequence[Mapping[str, Any]]
    task_id: int | None
    round_id: int | None
    person_version: int
    is_stale: bool


def item_label(item: str) -> str:
    """What a clerk calls it."""
    return BY_NAME[item].label if item in BY_NAME else FIELDS.get(item, item)


@transaction.atomic
def list_changes(
    actor: Actor, *, on: date, at: datetime, state: str = "", item: str = "", village: str = "", after: int = 0,
    tasks: Iterable[int] | None = None,
) -> Page:  # fmt: skip
    """A page of the area's requests, the newest first; the list on record.

    state: "" for all that wait; tasks: only of these lines of a round (a query set). Raises access.NotAllowed.
    """
    access.require(actor, Permission.CHANGE_VIEW)
    rows = access.within(ChangeRequest.objects.filter(state__in=[state] if state else OPEN), actor)
    if item:
        rows = rows.filter(item=item)
    if village:
        rows = rows.filter(office_path__range=scope_range(village))
    if tasks is not None:
        rows = rows.filter(task_id__in=tasks)
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    audit.record_look(
        audit.Event.CHANGES_LISTED, actor=actor, at=at, target_kind="change", area=actor.office,
        detail={"state": state, "rows": len(found[:PAGE])},
    )  # fmt: skip
    return Page(_lines(found[:PAGE], actor, on), str(found[PAGE - 1].pk) if len(found) > PAGE else "")


@transaction.atomic
def show(actor: Actor, change_id: int, *, at: datetime) -> Shown:
    """One request. Raises access.NotAllowed, access.NotFound."""
    row = access.fetch(ChangeRequest.objects.all(), actor, need=Permission.CHANGE_VIEW, pk=change_id)
    audit.record_look(
        audit.Event.CHANGES_LISTED, actor=actor, at=at, target_kind="change", target_id=str(row.pk), area=row.office_path,
        detail={"rows": 1},
    )  # fmt: skip
    passed = _passed(row)
    version = access.within(Person.objects.filter(pk=row.person_id), actor).values_list("version", flat=True).first()
    return Shown(
        line=_lines([row], actor, day_of(at))[0],
        basis=basis_in_words(row.basis),
        stages=[(_STAGES[stage], place < passed) for place, stage in enumerate(row.stages)],
        steps=_steps(row.steps),
        others=_others(row, day_of(at)),
        evidence=_evidence(row, actor),
        task_id=row.task_id,
        round_id=access.within(SurveyTask.objects.filter(pk=row.task_id or 0), actor)
        .values_list("round_id", flat=True)
        .first(),
        person_version=row.person_version,
        is_stale=version not in (None, row.person_version),
    )


def of_person(actor: Actor, person_id: int, *, on: date) -> list[Line]:
    """The latest requests about one person, open and done; the look at his file is on record. Raises access.NotAllowed."""
    access.require(actor, Permission.CHANGE_VIEW)
    rows = access.within(ChangeRequest.objects.filter(person_id=person_id), actor).order_by("-pk")
    return _lines(list(rows[:PAGE]), actor, on)


def open_items(actor: Actor, person_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """The open requests of these people in the area: (person, item) -> its number. Raises access.NotAllowed."""
    access.require(actor, Permission.CHANGE_VIEW)
    rows = access.within(ChangeRequest.objects.filter(person_id__in=list(person_ids), state__in=OPEN), actor)
    return {(person, item): pk for person, item, pk in rows.values_list("person_id", "item", "pk")}


def _lines(rows: Sequence[ChangeRequest], actor: Actor, on: date) -> list[Line]:
    people = access.within(Person.objects.filter(pk__in={row.person_id for row in rows}), actor)
    names = dict(people.values_list("pk", "name"))
    who = audit.real_names({row.asked_by for row in rows})
    return [_line(row, names.get(row.person_id, ""), who.get(row.asked_by, row.asked_by), on) for row in rows]


def _line(row: ChangeRequest, name: str, asked_by: str, on: date) -> Line:
    label = item_label(row.item)
    return Line(
        change_id=row.pk, person_id=row.person_id, name=name, item=label,
        before=fact(row.item, row.before, on=on, label=label), after=fact(row.item, row.after, on=on, label=label),
        state=State(row.state), waits_for=_waits_for(row), office=office_in_words(row.office_path), asked_by=asked_by,
        asked_at=row.asked_at, form_number=row.form_number,
    )  # fmt: skip


def _waits_for(row: ChangeRequest) -> str:
    if row.state not in (State.SUBMITTED, State.REVIEWED):
        return ""
    passed = _passed(row)
    return _STAGES[row.stages[passed]] if passed < len(row.stages) else ""


def _passed(row: ChangeRequest) -> int:
    """How many stages it has passed since it was last submitted (rules.approval.History.round)."""
    decisions = [one["decision"] for one in row.steps]
    last = max((place for place, one in enumerate(decisions) if one == Decision.SUBMIT), default=-1)
    return sum(one == Decision.APPROVE for one in decisions[last + 1 :])


def _others(row: ChangeRequest, on: date) -> list[Other]:
    names = audit.real_names({one["by"] for one in row.others})
    label = item_label(row.item)
    return [
        Other(
            fact(row.item, one["after"], on=on, label=label), basis_in_words(one["basis"]), names.get(one["by"], one["by"]),
            datetime.fromisoformat(one["at"]),
        )
        for one in row.others
    ]  # fmt: skip


def _steps(steps: Sequence[Mapping[str, str]]) -> list[Taken]:
    names = audit.real_names({one["by"] for one in steps})
    return [
        Taken(datetime.fromisoformat(one["at"]), " · ".join(filter(None, (_STAGES.get(one["stage"], ""), _DECISIONS[one["decision"]]))),
              "，".join(filter(None, (names.get(one["by"], one["by"]), one["reason"]))))
        for one in steps
    ]  # fmt: skip


def _evidence(row: ChangeRequest, actor: Actor) -> list[dict[str, Any]]:
    rows = access.within(Evidence.objects.filter(pk__in=row.evidence_ids), actor).order_by("pk")
    return [
        {
            "id": one.pk,
            "label": EvidenceKind(one.kind).label,
            "issued_on": one.issued_on,
            "removed": bool(one.removed_at),
        }
        for one in rows
    ]
