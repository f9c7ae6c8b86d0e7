"""One line of the list in full: why somebody is visited, by which law, and everything that was done with the line; on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from canbao.rules.answers import Signer
from canbao.rules.joining import Applies
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor
from canbao.rules.survey import Outcome
from canbao.services import access, audit, evidence, letters, registry
from canbao.services.evidence import Paper
from canbao.services.showing import Fact, fact
from canbao.services.survey.listing import Line, line_of
from canbao.services.survey.reported import answered
from canbao.store.models import EntryKind, FormEntry, FormReturn, RegistrationForm, SurveyRound, SurveyVisit


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done with the line. by: a real name."""

    at: datetime
    text: str
    by: str
    note: str = ""
    answers: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class InFull:
    """duties: what applies to the person today with the law; empty for somebody who is not registered (any more)."""

    round: SurveyRound
    line: Line
    household: str
    duties: list[Applies]
    done: list[Done]
    papers: list[Paper]
    has_file: bool


@transaction.atomic
def view(actor: Actor, task_id: int, *, on: date, at: datetime) -> InFull:
    """Raises NotAllowed, NotFound."""
    task = access.task(actor, task_id)
    audit.record_look(
        audit.Event.TASK_VIEWED, actor=actor, at=at, target_kind="task", target_id=str(task_id), area=task.office_path
    )
    has_file = allows(actor.role, Permission.PERSON_VIEW) and task.person_id is not None
    duties: list[Applies] = []
    if has_file and task.person_id:
        try:
            duties = list(letters.letter_of(task.person_id, on=on, actor=actor, at=at).duties)
        except (access.NotFound, registry.NotFound):  # moved to another office since the list was made
            has_file = False
    papers = evidence.of_task(task_id, actor=actor) if allows(actor.role, Permission.EVIDENCE_VIEW) else []
    round_ = SurveyRound.objects.get(pk=task.round_id)
    household = fact("household_no", task.household_no, on=on).text
    return InFull(round_, line_of(task, on=on), household, duties, _done(task_id, on), papers, has_file)


def _done(task_id: int, on: date) -> list[Done]:
    """Newest first."""
    made = [*_visits(task_id, on), *_sheets(task_id), *_returns(task_id, on), *_entries(task_id)]
    names = audit.real_names({one.by for one in made})
    told = [Done(one.at, one.text, names.get(one.by, one.by), one.note, one.answers) for one in made]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _visits(task_id: int, on: date) -> Iterable[Done]:
    for visit in SurveyVisit.objects.filter(task_id=task_id):
        note = fact("note", visit.note, on=on).text
        yield Done(
            visit.at, f"走访：{Outcome(visit.outcome).label}", visit.account, note, tuple(answered(visit, on=on))
        )


def _sheets(task_id: int) -> Iterable[Done]:
    for sheet in RegistrationForm.objects.filter(task_id=task_id):
        yield Done(sheet.printed_at, f"打印登记表 {sheet.number}", sheet.printed_by)


def _returns(task_id: int, on: date) -> Iterable[Done]:
    """Also what came back before the line was sent back."""
    for sheet in FormReturn.objects.filter(task_id=task_id):
        yield _returned(sheet, on)
        for was in sheet.earlier:
            yield _returned(FormReturn(**was | {"returned_at": datetime.fromisoformat(was["returned_at"])}), on)


def _returned(sheet: FormReturn, on: date) -> Done:
    signed = f"，{Signer(sheet.signer).label}签名" if sheet.signer else "，尚未注明签名人"
    note = fact("note", sheet.note, on=on).text
    return Done(sheet.returned_at, f"收回登记表 {sheet.form_number}{signed}", sheet.returned_by, note)


def _entries(task_id: int) -> Iterable[Done]:
    for entry in FormEntry.objects.filter(task_id=task_id):
        state = "完成" if entry.done_at else "草稿"
        yield Done(
            entry.done_at or entry.saved_at or entry.entered_at,
            f"{EntryKind(entry.kind).label}（{state}）",
            entry.entered_by,
        )
