"""Whose papers these are: the head of the pages that show the evidence of a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome, TaskState
from canbao.services import access, audit
from canbao.services.showing import Fact, fact
from canbao.services.survey.missing import office_short


@dataclass(frozen=True, slots=True)
class Head:
    task_id: int
    round_id: int
    name: str
    born: Fact
    village: str
    address: Fact
    form_number: str
    state: TaskState
    outcome: str
    needs_evidence: bool


def head(task_id: int, *, actor: Actor, on: date, at: datetime) -> Head:
    """Name, address and state of a line; the look on record. Raises access.NotAllowed, access.NotFound."""
    task = access.task(actor, task_id, need=Permission.EVIDENCE_VIEW)
    audit.record_look(
        audit.Event.TASK_VIEWED, actor=actor, at=at, target_kind="task", target_id=str(task.pk), area=task.office_path
    )
    outcome = Outcome(task.outcome) if task.outcome else None
    return Head(
        task.pk, task.round_id, task.name, fact("birth_date", task.birth_date, on=on), office_short(task.office_path),
        fact("address", task.address, on=on, label="地址"), task.form_number, TaskState(task.state),
        outcome.label if outcome else "", bool(outcome and outcome.needs_evidence),
    )  # fmt: skip
