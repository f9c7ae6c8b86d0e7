"""Ask for a change: one item of one person, with what the register says, what is said instead, and what proves it (规程第八、十二条)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from canbao.rules.approval import Decision, History, State, Step, decide
from canbao.rules.changes import stages_for
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.registry import NoBasis
from canbao.store.models import ChangeRequest, Person

OPEN_STATES = (State.DRAFT, State.SUBMITTED, State.REVIEWED, State.SENT_BACK)


@dataclass(frozen=True, slots=True)
class Asked:
    """joined: a request for the same item of the same person was open already, and none was made; another value was noted on it."""

    change_id: int
    joined: bool = False


@transaction.atomic
def ask(
    person: Person,
    *,
    item: str,
    before: str | date | None,
    after: str | date | None,
    basis: str,
    actor: Actor,
    at: datetime,
    task_id: int | None = None,
    form_number: str = "",
    evidence_ids: Sequence[int] = (),
    note: str = "",
) -> Asked:
    """One request, submitted by the actor; the register is left alone. One is open for an item of a person at a time.

    person: fetched in the actor's area by the caller. Raises NoBasis, rules.changes.NotChangeable.
    """
    if not basis.strip():
        raise NoBasis
    # Locked, and read anew: what the same form has just added counts.
    version = Person.objects.select_for_update().only("version").get(pk=person.pk).version
    waiting = ChangeRequest.objects.filter(person_id=person.pk, item=item, state__in=OPEN_STATES).first()
    if waiting:
        _note_other(waiting, _text(after), basis=basis, form_number=form_number, actor=actor, at=at)
        return Asked(waiting.pk, joined=True)
    stages = stages_for([item])
    first = decide(History(stages), Decision.SUBMIT, by=actor, at=at, reason=note)
    made = ChangeRequest.objects.create(
        person_id=person.pk, person_version=version, item=item, before=_text(before), after=_text(after),
        basis=basis, task_id=task_id, form_number=form_number, evidence_ids=list(evidence_ids),
        stages=[stage.value for stage in stages], state=first.state.value, steps=[first.as_dict()],
        office_path=person.office_path, asked_by=actor.account, asked_at=at,
    )  # fmt: skip
    audit.record(
        audit.Event.CHANGE_ASKED, actor=actor, at=at, target_kind="change", target_id=str(made.pk), basis=basis,
        detail={"fields": [item], "persons": [person.pk]}, area=person.office_path,
    )  # fmt: skip
    return Asked(made.pk)


def _note_other(
    waiting: ChangeRequest, after: str | None, *, basis: str, form_number: str, actor: Actor, at: datetime
) -> None:
    """Another value for what was asked for is kept beside it: those who decide see both."""
    if after in (waiting.after, *(one["after"] for one in waiting.others)):
        return
    said = {"after": after, "basis": basis, "form_number": form_number, "by": actor.account, "at": at.isoformat()}
    waiting.others = [*waiting.others, said]
    waiting.save(update_fields=["others"])
    audit.record(
        audit.Event.CHANGE_ASKED, actor=actor, at=at, target_kind="change", target_id=str(waiting.pk), basis=basis,
        detail={"fields": [waiting.item], "persons": [waiting.person_id]}, area=waiting.office_path,
    )  # fmt: skip


@transaction.atomic
def void(person_id: int, item: str, *, task_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """End what a form of this line has asked for, because the paper was misread: nobody asked for it. What others asked stays.

    actor: who has looked at the paper; only the maker withdraws what he himself wanted, and that is another step (rules.approval).
    """
    rows = ChangeRequest.objects.select_for_update().filter(person_id=person_id, item=item, task_id=task_id)
    row = rows.filter(state__in=OPEN_STATES).first()
    if row is None:
        return
    step = Step(Decision.WITHDRAW, State.WITHDRAWN, actor.account, at, reason=reason)
    row.state, row.steps = step.state.value, [*row.steps, step.as_dict()]
    row.save(update_fields=["state", "steps"])
    audit.record(
        audit.Event.CHANGE_VOIDED, actor=actor, at=at, target_kind="change", target_id=str(row.pk),
        detail={"reason": reason}, area=row.office_path,
    )  # fmt: skip


def _text(value: str | date | None) -> str | None:
    return None if value in (None, "") else str(value)
