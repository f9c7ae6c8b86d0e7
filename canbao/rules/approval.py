"""How something is approved: one state machine for changes, batches, merges, exports and grants (规程第十二、十九条).

A history is a tuple of stages to pass and the steps taken so far; `decide` answers with the next step or refuses. Who may act at a
stage is a question of rights and is asked elsewhere; that it is another person than the maker, and another at each stage, is asked
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from canbao.rules.article import article
from canbao.rules.roles import Actor


class Stage(StrEnum):
    REVIEW = "REVIEW"  # 初审
    APPROVAL = "APPROVAL"  # 审批


class Decision(StrEnum):
    SUBMIT = "SUBMIT"
    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    SEND_BACK = "SEND_BACK"
    WITHDRAW = "WITHDRAW"


class State(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    REVIEWED = "REVIEWED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    SENT_BACK = "SENT_BACK"
    WITHDRAWN = "WITHDRAWN"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    State.DRAFT: "草稿",
    State.SUBMITTED: "已提交",
    State.REVIEWED: "已初审",
    State.APPROVED: "已批准",
    State.REFUSED: "不予批准",
    State.SENT_BACK: "已退回",
    State.WITHDRAWN: "已撤回",
}

OPEN_TO = {
    State.DRAFT: frozenset({Decision.SUBMIT, Decision.WITHDRAW}),
    State.SENT_BACK: frozenset({Decision.SUBMIT, Decision.WITHDRAW}),
    State.SUBMITTED: frozenset({Decision.APPROVE, Decision.REFUSE, Decision.SEND_BACK, Decision.WITHDRAW}),
    State.REVIEWED: frozenset({Decision.APPROVE, Decision.REFUSE, Decision.SEND_BACK, Decision.WITHDRAW}),
    State.APPROVED: frozenset(),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
_CHECKS = frozenset({Decision.APPROVE, Decision.REFUSE, Decision.SEND_BACK})
_NEEDS_REASON = frozenset({Decision.REFUSE, Decision.SEND_BACK})


class Refused(ValueError):
    """The decision cannot be taken; the subclasses say why."""


class SamePerson(Refused):
    """Maker and checker, or two checkers, are one account."""


class NotTheMaker(Refused):
    """Only who submitted may withdraw."""


class WrongStage(Refused):
    """The history does not wait for this decision, or not at this stage."""


class NoReason(Refused):
    """Refusing and sending back need a reason."""


@dataclass(frozen=True, slots=True)
class Step:
    decision: Decision
    state: State  # after the step
    by: str  # account
    at: datetime
    stage: Stage | None = None
    reason: str = ""

    @property
    def is_last(self) -> bool:
        """Nothing can follow."""
        return not OPEN_TO[self.state]

    def as_dict(self) -> dict[str, str]:
        """For the journal."""
        return {
            "decision": self.decision.value,
            "state": self.state.value,
            "by": self.by,
            "at": self.at.isoformat(),
            "stage": self.stage.value if self.stage else "",
            "reason": self.reason,
        }


def step_of(kept: Mapping[str, str]) -> Step:
    """A step as `Step.as_dict` kept it."""
    return Step(
        Decision(kept["decision"]), State(kept["state"]), kept["by"], datetime.fromisoformat(kept["at"]),
        Stage(kept["stage"]) if kept["stage"] else None, kept["reason"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """The stages a request has to pass, in order, and what happened so far."""

    stages: tuple[Stage, ...] = (Stage.APPROVAL,)
    steps: tuple[Step, ...] = field(default=())

    @property
    def state(self) -> State:
        return self.steps[-1].state if self.steps else State.DRAFT

    @property
    def makers(self) -> frozenset[str]:
        """Everybody who ever submitted it."""
        return frozenset(step.by for step in self.steps if step.decision is Decision.SUBMIT)

    @property
    def round(self) -> tuple[Step, ...]:
        """The checks since it was last submitted."""
        last = max((place for place, step in enumerate(self.steps) if step.decision is Decision.SUBMIT), default=-1)
        return self.steps[last + 1 :]

    @property
    def stage(self) -> Stage | None:
        """The stage that is waiting for a check, if any."""
        return self.stages[len(self.round)] if self.state in (State.SUBMITTED, State.REVIEWED) else None

    def take(self, step: Step) -> History:
        """The history with one more step."""
        return replace(self, steps=(*self.steps, step))


@article(12, 19)
def decide(
    history: History,
    decision: Decision,
    *,
    by: Actor,
    at: datetime,
    stage: Stage | None = None,
    reason: str = "",
) -> Step:
    """The next step of a request.

    stage: the one the decider believes to be deciding; refused when the request has moved on meanwhile.
    Raises WrongStage, SamePerson, NotTheMaker, NoReason (all Refused).
    """
    if decision not in OPEN_TO[history.state] or (stage is not None and stage is not history.stage):
        raise WrongStage(history.state, decision, stage)
    if decision in _CHECKS and by.account in history.makers | {step.by for step in history.round}:
        raise SamePerson(by.account)
    if decision is Decision.WITHDRAW and history.makers and by.account not in history.makers:
        raise NotTheMaker(by.account)
    if decision in _NEEDS_REASON and not reason.strip():
        raise NoReason(decision)
    return Step(decision, _state_after(history, decision), by.account, at, history.stage, reason.strip())


def _state_after(history: History, decision: Decision) -> State:
    if decision is Decision.APPROVE:
        return State.APPROVED if len(history.round) + 1 == len(history.stages) else State.REVIEWED
    return {
        Decision.SUBMIT: State.SUBMITTED,
        Decision.REFUSE: State.REFUSED,
        Decision.SEND_BACK: State.SENT_BACK,
        Decision.WITHDRAW: State.WITHDRAWN,
    }[decision]
