"""The town takes its paper back: sheet after sheet, each one transaction, and each can be undone (规程第八条)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from canbao.rules.answers import Signer
from canbao.rules.approval import NoReason
from canbao.rules.period import HERE
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.signatures import SignatureProblem
from canbao.rules.survey import Move, Outcome, TaskState, may, when_dispatched
from canbao.services import access, audit
from canbao.services.showing import Fact, fact
from canbao.services.survey import missing, reaching, sheets, signing
from canbao.store.models import FormReturn, RegistrationForm, SurveyTask

LATEST = 30  # shown below the input when the page is opened
_KEPT = (
    "form_number",
    "signer",
    "has_mandate",
    "stood",
    "note",
    "returned_by",
    "returned_at",
)  # of a sheet, when it comes again


class AlreadyBack(Exception):
    """The number was taken back before; shown: that sheet."""

    def __init__(self, number: str, shown: Shown) -> None:
        super().__init__(number)
        self.number = number
        self.shown = shown


class AnotherIsBack(AlreadyBack):
    """Another sheet of the same person was; this one is not needed. shown: that other sheet."""


class NotTaken(Exception):
    """The line does not stand where paper comes back."""

    def __init__(self, state: TaskState, shown: Shown) -> None:
        super().__init__(state)
        self.state = state
        self.shown = shown


class NotUndone(Exception):
    """The line has gone on since."""

    def __init__(self, state: TaskState) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True)
class Shown:
    """A sheet and whose it is. older: a newer one was printed; no_form: its visit ended so that none was needed."""

    number: str
    task_id: int
    name: str
    village: str
    address: Fact
    born: Fact
    signer: str = ""
    has_mandate: bool = False
    by: str = ""
    at: datetime | None = None
    older: bool = False
    no_form: str = ""
    problem: SignatureProblem | None = None


def take_back(round_id: int, *, text: str, signer: str = "", actor: Actor, at: datetime) -> Shown:
    """Tick one sheet as back. text: as scanned or typed; signer: where all of a stack were signed alike.

    Raises NotAllowed, NotFound, RoundOver, sheets.NoSheet, AlreadyBack, AnotherIsBack, NotTaken.
    """
    reaching.round_of(actor, round_id, need=Permission.SURVEY_RETURN, is_open=True)
    number = sheets.number_of(text)
    form, task = sheets.find(actor, round_id, number, at=at)
    return _take_back(form, task, Signer(signer).value if signer else "", actor=actor, at=at)


@transaction.atomic
def _take_back(form: RegistrationForm, task: SurveyTask, signer: str, *, actor: Actor, at: datetime) -> Shown:
    stood, on = TaskState(task.state), at.astimezone(HERE).date()
    _refuse(form, task, stood, on)
    reaching.step(task, Move.TAKE_BACK_IN, returned_at=at, form_number=form.number)
    row = FormReturn.objects.create(
        form_number=form.number, round_id=task.round_id, task_id=task.pk, office_path=task.office_path, stood=stood.value,
        returned_by=actor.account, returned_at=at, **_again(task, signer),
    )  # fmt: skip
    _note(
        audit.Event.FORM_RETURNED, row, {"decision": Signer(row.signer).label} if row.signer else {}, actor=actor, at=at
    )
    return _shown(row, task, on, older=_has_newer(form, task))


def _again(task: SurveyTask, signer: str) -> dict[str, Any]:
    """A line that was sent back comes again with the same paper, or with another: what was there is kept, what was said of it stays."""
    before = FormReturn.objects.filter(task_id=task.pk).order_by("-pk").first()
    if before is None:
        return {"signer": signer}
    was = {name: getattr(before, name) for name in _KEPT} | {"returned_at": before.returned_at.isoformat()}
    before.delete()
    return {"signer": signer or before.signer, "has_mandate": before.has_mandate, "earlier": [*before.earlier, was]}


def _stands_again(row: FormReturn) -> None:
    """What was there before the scan that is undone."""
    *earlier, was = row.earlier
    FormReturn.objects.create(
        round_id=row.round_id, task_id=row.task_id, office_path=row.office_path, earlier=earlier,
        **was | {"returned_at": datetime.fromisoformat(was["returned_at"])},
    )  # fmt: skip


def _refuse(form: RegistrationForm, task: SurveyTask, stood: TaskState, on: date) -> None:
    """Raises AlreadyBack, AnotherIsBack, NotTaken."""
    # A sheet from somebody's file may have come back for another round of his.
    used = FormReturn.objects.filter(form_number=form.number).exclude(task_id=task.pk).first()
    if used is not None:
        raise AlreadyBack(form.number, _shown(used, SurveyTask.objects.get(pk=used.task_id), on))
    if stood in may(Move.TAKE_BACK_IN):
        return
    row = FormReturn.objects.filter(task_id=task.pk).order_by("-pk").first()
    if row is not None:
        same = row.form_number == form.number
        raise (AlreadyBack if same else AnotherIsBack)(form.number, _shown(row, task, on))
    bare = FormReturn(form_number=form.number, task_id=task.pk)
    raise NotTaken(stood, _shown(bare, task, on))


@transaction.atomic
def undo(round_id: int, *, number: str, reason: str, actor: Actor, at: datetime) -> TaskState:
    """Take a scan back: the line stands again where it stood. Says where.

    Raises NotAllowed, NotFound, RoundOver, NoReason, NotUndone.
    """
    row, task = _returned(actor, round_id, number)
    if not reason.strip():
        raise NoReason(number)
    if task.state != TaskState.RETURNED:
        raise NotUndone(TaskState(task.state))
    stood = _stood(row, task)
    task.state, task.returned_at = stood.value, None
    task.save(update_fields=["state", "returned_at"])
    row.delete()
    if row.earlier:
        _stands_again(row)
    _note(audit.Event.FORM_RETURN_UNDONE, row, {"reason": reason.strip()[:200]}, actor=actor, at=at)
    return stood


def _stood(row: FormReturn, task: SurveyTask) -> TaskState:
    if row.stood:
        return TaskState(row.stood)
    if task.handed_in_at is not None:
        return TaskState.HANDED_IN
    return when_dispatched(visits=task.visits, outcome=task.outcome)


@transaction.atomic
def sign(round_id: int, *, number: str, signer: str, has_mandate: bool, actor: Actor, at: datetime) -> Shown:
    """Note who signed a sheet that is back, and whether a 委托书 is with it.

    Raises NotAllowed, NotFound, RoundOver.
    """
    row, task = _returned(actor, round_id, number)
    row.signer, row.has_mandate = Signer(signer).value if signer else "", has_mandate
    row.save(update_fields=["signer", "has_mandate"])
    said = Signer(signer).label if signer else "未注明"
    _note(
        audit.Event.FORM_SIGNATURE_NOTED, row, {"decision": said + ("，有委托书" if has_mandate else "")},
        actor=actor, at=at,
    )  # fmt: skip
    return _shown(row, task, at.astimezone(HERE).date())


def _returned(actor: Actor, round_id: int, number: str) -> tuple[FormReturn, SurveyTask]:
    """Both locked. Raises NotAllowed, NotFound, RoundOver."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_RETURN, is_open=True)
    rows = access.within(FormReturn.objects.filter(round_id=round_id, form_number=number), actor)
    found = rows.first()
    if found is None:
        raise access.NotFound(number)
    task = access.task(actor, found.task_id, need=Permission.SURVEY_RETURN, lock=True)
    row = rows.select_for_update().first()  # only now: another may have undone it while we waited for the line
    if row is None:
        raise access.NotFound(number)
    return row, task


def latest(actor: Actor, round_id: int, *, on: date) -> list[Shown]:
    """What the actor took back last in this round. Raises NotAllowed, NotFound."""
    reaching.round_of(actor, round_id, need=Permission.SURVEY_RETURN)
    rows = access.within(FormReturn.objects.filter(round_id=round_id, returned_by=actor.account), actor)
    found = list(rows.order_by("-returned_at", "-pk")[:LATEST])
    return shown_of(found, on=on)


def back_today(actor: Actor, round_id: int, *, on: date) -> int:
    """How many sheets the actor has taken back today in this round."""
    rows = access.within(FormReturn.objects.filter(round_id=round_id, returned_by=actor.account), actor)
    return rows.filter(returned_at__date=on).count()


def shown_of(rows: Iterable[FormReturn], *, on: date) -> list[Shown]:
    """Sheets that are back with whose they are, for rows that were fetched for the actor."""
    found = list(rows)
    tasks = SurveyTask.objects.in_bulk([row.task_id for row in found])
    with_paper = signing.with_mandate(tasks)
    return [
        _shown(row, tasks[row.task_id], on, on_file=row.task_id in with_paper) for row in found if row.task_id in tasks
    ]


def _shown(row: FormReturn, task: SurveyTask, on: date, *, older: bool = False, on_file: bool | None = None) -> Shown:
    known = bool(signing.with_mandate([task.pk])) if on_file is None and row.signer == Signer.AGENT else bool(on_file)
    needless = task.outcome and not Outcome(task.outcome).has_form
    return Shown(
        number=row.form_number, task_id=task.pk, name=task.name, village=missing.office_short(task.office_path),
        address=fact("address", task.address, on=on, label="地址"), born=fact("birth_date", task.birth_date, on=on),
        signer=row.signer, has_mandate=row.has_mandate or known, by=row.returned_by, at=row.returned_at, older=older,
        no_form=Outcome(task.outcome).label if needless else "",
        problem=signing.problem_of(row, task, on=on, on_file=known),
    )  # fmt: skip


def _has_newer(form: RegistrationForm, task: SurveyTask) -> bool:
    of_line = Q(task_id=task.pk)
    if task.person_id:
        of_line |= Q(task_id__isnull=True, person_id=task.person_id)
    return RegistrationForm.objects.filter(of_line, pk__gt=form.pk).exists()


def _note(event: audit.Event, row: FormReturn, detail: dict[str, object], *, actor: Actor, at: datetime) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="form", target_id=row.form_number, detail=detail, area=row.office_path
    )
