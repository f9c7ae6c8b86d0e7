"""What was found at a door, submitted: once, however often it is sent; kept, whatever became of the line meanwhile (规程第八条).

The device draws the number of a submission. Sent again it is answered with the same receipt; with other content it is refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from canbao.rules import doorstep, notes, outreach
from canbao.rules.answers import ITEMS
from canbao.rules.codes import Scheme
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.survey import WITH_VILLAGE, Outcome, TaskState, after_visit, visited_on, when_dispatched
from canbao.services import access, audit
from canbao.services.survey import reaching
from canbao.store.models import SurveyTask, SurveyTaskLeft, SurveyVisit

OVER = "OVER"  # withheld because the round had ended
MOVED = "MOVED"  # withheld because the line had been given to another office
MOST_NOTE = 200


class Clash(Exception):
    """The number of this submission stands for something else already: nothing was stored."""


class WrongAnswers(Exception):
    """Items that cannot be stored, each with what is wrong: nothing was stored."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(sorted(fields))
        self.fields = dict(fields)


@dataclass(frozen=True, slots=True)
class Submission:
    """One visit as the device sends it. visited_at: the device's clock; see `visited_on` for what is believed of it. outreach: as
    `rules.outreach.read` takes it."""

    client_id: UUID
    task_id: int
    outcome: Outcome
    visited_at: datetime
    answers: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    outreach: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a submission says, as it is kept."""

    answers: dict[str, Any]
    outreach: outreach.Outreach


@dataclass(frozen=True, slots=True)
class Receipt:
    """withheld: where the line stood if the visit has no effect (yet), "" where it has. state: of the line now, None
    where it is another office's."""

    number: str
    client_id: UUID
    task_id: int
    outcome: Outcome
    at: datetime
    withheld: str
    state: TaskState | None

    @property
    def recalled(self) -> bool:
        """Kept until the line comes back to the village."""
        return self.withheld == TaskState.PLANNED


def receipt_number(client_id: UUID, at: datetime) -> str:
    """The day, and ten signs that follow from the number of the submission."""
    signs = base64.b32encode(hashlib.sha256(client_id.bytes).digest())[:10].decode()
    return f"{day_of(at):%y%m%d}{signs}"


def digest_of(content: Mapping[str, Any]) -> str:
    """Equal for equal content, however it was written."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def report(submission: Submission, *, actor: Actor, at: datetime) -> Receipt:
    """Store a visit and move its line on; the same submission again is answered with the same receipt.

    Raises NotAllowed, NotFound, WrongAnswers, Clash.
    """
    access.require(actor, Permission.SURVEY_VISIT)
    if known := _known(submission, actor):
        return known
    task, round_id = _line_of(actor, submission.task_id)
    content = _checked(submission, task, at)
    withheld = _withheld(task) if task else MOVED
    try:
        with transaction.atomic():
            visit = _keep(submission, round_id, task, content, withheld, actor=actor, at=at)
    except IntegrityError:  # the same submission came in by another request meanwhile
        found = _known(submission, actor)
        if found is None:
            raise Clash(submission.client_id) from None
        return found
    if task:
        _take_effect(task, visit)
    said = f"{submission.outcome.label}{'（未生效）' if withheld else ''}"
    audit.record(
        audit.Event.VISIT_REPORTED, actor=actor, at=at, target_kind="task", target_id=str(visit.task_id),
        detail={"decision": said}, area=visit.office_path,
    )  # fmt: skip
    return _receipt(visit, task)


def receipt(client_id: UUID, *, actor: Actor) -> Receipt:
    """What became of a submission of the own village. Raises NotAllowed, NotFound."""
    visit = access.fetch(SurveyVisit.objects.all(), actor, need=Permission.SURVEY_VISIT, client_id=client_id)
    return _receipt(visit, _line(actor, visit.task_id))


def _known(submission: Submission, actor: Actor) -> Receipt | None:
    """The receipt of a submission that is here already. Raises Clash."""
    visit = access.within(SurveyVisit.objects.filter(client_id=submission.client_id), actor).first()
    if visit is None:
        return None
    if visit.digest != _digest(submission) or visit.account != actor.account:
        raise Clash(submission.client_id)
    return _receipt(visit, _line(actor, visit.task_id))


def _line(actor: Actor, task_id: int, *, lock: bool = False) -> SurveyTask | None:
    """A line of the own area, also one that was called back meanwhile: what was done for it is not thrown away, and whether it
    ever came down is not written on it any more."""
    rows = SurveyTask.objects.select_for_update() if lock else SurveyTask.objects.all()
    return access.within(rows, actor).filter(pk=task_id).first()


def _line_of(actor: Actor, task_id: int) -> tuple[SurveyTask | None, int]:
    """The line, locked, and its round; no line where it was the village's and was given to another office. Raises NotFound."""
    if task := _line(actor, task_id, lock=True):
        return task, task.round_id
    left = access.within(SurveyTaskLeft.objects.filter(task_id=task_id), actor).first()
    if left is None:
        raise access.NotFound(task_id)
    return None, left.round_id


def _digest(submission: Submission) -> str:
    content: dict[str, Any] = {
        "task": submission.task_id,
        "outcome": submission.outcome.value,
        "answers": submission.answers,
        "note": submission.note.strip(),
        "visited_at": submission.visited_at.astimezone(UTC).isoformat(),
    }
    return digest_of(content | ({"outreach": submission.outreach} if submission.outreach else {}))


def _checked(submission: Submission, task: SurveyTask | None, at: datetime) -> _Content:
    items = doorstep.asked(task.asks, task.reasons, has_phone=bool(task.phone)) if task else ITEMS
    on = visited_on(submission.visited_at, came=at)  # not the day on which a queue was emptied
    answers, wrong = doorstep.read(submission.answers, doorstep.acceptable(items), on=on)
    said, amiss = _outreach(submission, task, answers, on)
    wrong |= amiss
    note = submission.note.strip()
    if submission.outcome.needs_note and not note:
        wrong["note"] = f"“{submission.outcome.label}”须写明情况：{submission.outcome.leads_to}"
    if notes.carries_number(note):
        wrong["note"] = notes.SAYS
    if len(note) > MOST_NOTE:
        wrong["note"] = f"太长，至多 {MOST_NOTE} 个字"
    if wrong:
        raise WrongAnswers(wrong)
    return _Content(answers, said)


def _outreach(
    submission: Submission, task: SurveyTask | None, answers: Mapping[str, Any], on: date
) -> tuple[outreach.Outreach, dict[str, str]]:
    """For a line that is another office's now nobody can say which schemes are open: any is kept, without effect."""
    return outreach.read(
        submission.outreach,
        outcome=submission.outcome,
        open_to=[*task.must_join, *task.may_join] if task else list(Scheme),
        has_reason=bool(answers.get("reason_not_enrolled") or submission.outcome.reason),
        on=on,
    )


def _withheld(task: SurveyTask) -> str:
    if not reaching.stays_open(task.round_id):
        return OVER
    return "" if TaskState(task.state) in WITH_VILLAGE else task.state


def _keep(
    submission: Submission,
    round_id: int,
    task: SurveyTask | None,
    content: _Content,
    withheld: str,
    *,
    actor: Actor,
    at: datetime,
) -> SurveyVisit:
    return SurveyVisit.objects.create(
        client_id=submission.client_id, receipt=receipt_number(submission.client_id, at), digest=_digest(submission),
        round_id=round_id, task_id=submission.task_id, office_path=task.office_path if task else actor.office, outcome=submission.outcome.value,
        answers=content.answers, outreach=content.outreach.kept(), note=submission.note.strip(),
        visited_at=submission.visited_at, account=actor.account, at=at, withheld=withheld,
    )  # fmt: skip


def _take_effect(task: SurveyTask, visit: SurveyVisit) -> None:
    """Move the line on; one that was called back only keeps what was found, and stands there when it comes again."""
    if visit.withheld not in ("", TaskState.PLANNED):
        return
    outcome = Outcome(visit.outcome)
    visits = list(SurveyVisit.objects.filter(task_id=task.pk).values_list("outcome", "at"))
    days = {day_of(at) for _, at in visits}
    tried = {day_of(at) for said, at in visits if said == Outcome.NOT_MET}
    task.outcome, task.visits, task.visited_at = outcome.value, len(days), visit.at
    said = outreach.stored(visit.outreach)
    task.willing, task.joins_in, task.reason_until = said.willing or "", said.joins_in, said.reason_until
    if not visit.withheld:
        task.state = _state_after(TaskState(task.state), outcome, len(tried), len(days)).value
    task.save(update_fields=["state", "outcome", "visits", "visited_at", "willing", "joins_in", "reason_until"])


def _state_after(state: TaskState, outcome: Outcome, days_tried: int, visits: int) -> TaskState:
    if state is TaskState.VISITED and outcome is Outcome.NOT_MET:
        state = when_dispatched(
            visits=visits, outcome=outcome
        )  # a correction: the line stands as if nobody had been met
    return after_visit(state, outcome, days_tried=days_tried)


def _receipt(visit: SurveyVisit, task: SurveyTask | None) -> Receipt:
    return Receipt(
        number=visit.receipt, client_id=visit.client_id, task_id=visit.task_id, outcome=Outcome(visit.outcome),
        at=visit.at, withheld=visit.withheld, state=TaskState(task.state) if task else None,
    )  # fmt: skip
