"""The household survey: why somebody is visited, how a visit can end, and the way of one line of the list (规程第八条).

A line (task) is one person in one round. Its states are walked by `move`, which refuses what the order does not allow; who may
take a step, and where the list lies, is asked elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from canbao.rules.article import article
from canbao.rules.period import day_of

TRIES: Final = 3  # on different days, before somebody counts as not met
LATEST_REPORT: Final = timedelta(days=31)  # after the visit; what a device says of earlier days is not believed


class VisitReason(StrEnum):
    """Why somebody is on the list, in the order in which it is said."""

    NOT_ENROLLED = "NOT_ENROLLED"
    LAPSED = "LAPSED"
    MISSING_SCHEME = "MISSING_SCHEME"
    MAY_JOIN = "MAY_JOIN"
    NEWBORN = "NEWBORN"
    EXCHANGE = "EXCHANGE"
    INCOMPLETE = "INCOMPLETE"
    FOUND = "FOUND"  # only by a village: nobody plans whom nobody knows

    @property
    def label(self) -> str:
        return _REASONS[self][0]

    @property
    def meaning(self) -> str:
        """For the office that opens a round."""
        return _REASONS[self][1]


_REASONS: Final[dict[VisitReason, tuple[str, str]]] = {
    VisitReason.NOT_ENROLLED: ("未参保", "没有参加任何一种社会保险。"),
    VisitReason.LAPSED: ("断保", "参加过，现已中断。"),
    VisitReason.MISSING_SCHEME: ("未参齐险种", "用人单位应当为其参加的险种还没有参齐。"),
    VisitReason.MAY_JOIN: ("可参未参", "可以个人身份参加养老或医疗保险而没有参加。"),
    VisitReason.NEWBORN: ("新生儿", "尚未进行户籍登记的新生儿，或一周岁以内尚未参保。"),
    VisitReason.EXCHANGE: ("部门交换新增", "公安、卫生计生等部门新报送而未参保的人员（迁入、新增常住）。"),
    VisitReason.INCOMPLETE: ("信息不完整", "登记表应有的项目在登记库中是空的。"),
    VisitReason.FOUND: ("入户新发现", "走访时发现、名单上没有的人员。"),
}
PLANNED_FOR: Final = tuple(reason for reason in VisitReason if reason is not VisitReason.FOUND)


class Suggestion(StrEnum):
    """What another list says already: the visitor confirms rather than asks."""

    DEAD = "DEAD"
    MOVED_OUT = "MOVED_OUT"
    ELSEWHERE = "ELSEWHERE"
    SOLDIER = "SOLDIER"
    PRISON = "PRISON"
    STUDENT = "STUDENT"

    @property
    def label(self) -> str:
        return _SUGGESTIONS[self][0]

    @property
    def reason(self) -> str | None:
        """The box of 未参保原因 that would be ticked, where the form has one."""
        return _SUGGESTIONS[self][1]


_SUGGESTIONS: Final[dict[Suggestion, tuple[str, str | None]]] = {
    Suggestion.DEAD: ("已死亡", "08"),
    Suggestion.MOVED_OUT: ("户籍已迁出", "04"),
    Suggestion.ELSEWHERE: ("已在外省参保", None),
    Suggestion.SOLDIER: ("部队服役", "02"),
    Suggestion.PRISON: ("服刑", "03"),
    Suggestion.STUDENT: ("在校学生", None),
}


class Outcome(StrEnum):
    """How a visit ended."""

    CHECKED = "CHECKED"
    NOT_MET = "NOT_MET"
    REFUSED = "REFUSED"
    AWAY = "AWAY"
    MOVED = "MOVED"
    DEAD = "DEAD"
    NO_SUCH_PERSON = "NO_SUCH_PERSON"

    @property
    def label(self) -> str:
        return _OUTCOMES[self].label

    @property
    def leads_to(self) -> str:
        """What has to follow, for the visitor and the town."""
        return _OUTCOMES[self].leads_to

    @property
    def needs_note(self) -> bool:
        """Whether something has to be written down beside it."""
        return _OUTCOMES[self].needs_note

    @property
    def needs_evidence(self) -> bool:
        """Whether a paper has to be on file before the line can be closed."""
        return self is Outcome.DEAD

    @property
    def has_form(self) -> bool:
        """Whether a filled and signed form belongs to it."""
        return self is Outcome.CHECKED

    @property
    def reason(self) -> str | None:
        """The box of 未参保原因 that it means, where there is one."""
        return _OUTCOMES[self].reason


@dataclass(frozen=True, slots=True)
class _Outcome:
    label: str
    leads_to: str
    needs_note: bool = False
    reason: str | None = None


_OUTCOMES: Final[dict[Outcome, _Outcome]] = {
    Outcome.CHECKED: _Outcome("已核实", "登记表由本人、监护人或代理人签字，随材料交镇街录入。"),
    Outcome.NOT_MET: _Outcome("未遇", f"改日再访；{TRIES} 次不同日期都未遇的，可以上交。", reason="10"),
    Outcome.REFUSED: _Outcome("拒访", "写明情况，交镇街另行动员。", needs_note=True),
    Outcome.AWAY: _Outcome(
        "户在人不在", "写明去向和联系方式，由镇街联系或转居住地走访。", needs_note=True, reason="05"
    ),
    Outcome.MOVED: _Outcome("已迁出", "写明迁往何处，由镇街按变更登记办理。", needs_note=True, reason="04"),
    Outcome.DEAD: _Outcome(
        "已死亡", "写明时间，收集死亡证明，由镇街按变更登记办理终结。", needs_note=True, reason="08"
    ),
    Outcome.NO_SUCH_PERSON: _Outcome("查无此人", "写明向谁核实，由镇街核对户籍地址。", needs_note=True),
}


class TaskState(StrEnum):
    PLANNED = "PLANNED"
    TO_VISIT = "TO_VISIT"
    TRYING = "TRYING"
    VISITED = "VISITED"
    SENT_BACK = "SENT_BACK"
    HANDED_IN = "HANDED_IN"
    RETURNED = "RETURNED"
    ENTERED = "ENTERED"
    CLOSED = "CLOSED"
    DROPPED = "DROPPED"

    @property
    def label(self) -> str:
        return _STATES[self]


_STATES: Final[dict[TaskState, str]] = {
    TaskState.PLANNED: "待下发",
    TaskState.TO_VISIT: "待走访",
    TaskState.TRYING: "走访中",
    TaskState.VISITED: "已走访",
    TaskState.SENT_BACK: "已退回",
    TaskState.HANDED_IN: "已上交",
    TaskState.RETURNED: "已收表",
    TaskState.ENTERED: "已录入",
    TaskState.CLOSED: "已办结",
    TaskState.DROPPED: "已剔除",
}
_S = TaskState
WITH_VILLAGE: Final = frozenset({_S.TO_VISIT, _S.TRYING, _S.VISITED, _S.SENT_BACK})
WITH_TOWN: Final = frozenset({_S.HANDED_IN, _S.RETURNED, _S.ENTERED})
UNDER_WAY: Final = WITH_VILLAGE | WITH_TOWN | {_S.PLANNED}
NOT_YET_BACK: Final = WITH_VILLAGE | {_S.PLANNED}  # late when the day has passed


class Move(StrEnum):
    """A step of a task, by its name in the journal."""

    VISIT = "VISIT"
    TRY = "TRY"
    HAND_IN = "HAND_IN"
    TAKE_BACK_IN = "TAKE_BACK_IN"  # the paper has come back to the town
    ENTER = "ENTER"
    SEND_BACK = "SEND_BACK"
    CLOSE = "CLOSE"
    SETTLE = "SETTLE"  # closed without a form, where none belongs to the outcome
    RECALL = "RECALL"
    DROP = "DROP"


_FROM: Final[dict[Move, tuple[frozenset[TaskState], TaskState]]] = {
    Move.VISIT: (WITH_VILLAGE, _S.VISITED),
    Move.TRY: (frozenset({_S.TO_VISIT, _S.TRYING, _S.SENT_BACK}), _S.TRYING),
    Move.HAND_IN: (frozenset({_S.VISITED}), _S.HANDED_IN),
    Move.TAKE_BACK_IN: (WITH_VILLAGE | {_S.HANDED_IN}, _S.RETURNED),
    Move.ENTER: (frozenset({_S.HANDED_IN, _S.RETURNED}), _S.ENTERED),
    Move.SEND_BACK: (WITH_TOWN, _S.SENT_BACK),
    Move.CLOSE: (frozenset({_S.ENTERED}), _S.CLOSED),
    Move.SETTLE: (frozenset({_S.HANDED_IN, _S.RETURNED}), _S.CLOSED),
    Move.RECALL: (WITH_VILLAGE, _S.PLANNED),
    Move.DROP: (UNDER_WAY - {_S.ENTERED}, _S.DROPPED),
}


class NotNow(ValueError):
    """The task does not stand where this step begins."""

    def __init__(self, state: TaskState, move: Move) -> None:
        super().__init__(state, move)
        self.state = state
        self.move = move


@article(8)
def move(state: TaskState, step: Move) -> TaskState:
    """The state after a step. Raises NotNow."""
    allowed, after = _FROM[step]
    if state not in allowed:
        raise NotNow(state, step)
    return after


def may(step: Move) -> frozenset[TaskState]:
    """The states from which a step can be taken: for the sets that do it to thousands at once."""
    return _FROM[step][0]


def after_visit(state: TaskState, outcome: Outcome, *, days_tried: int) -> TaskState:
    """Where a visit leads; days_tried: on how many different days nobody was met, this one among them. Raises NotNow."""
    if outcome is Outcome.NOT_MET and days_tried < TRIES:
        return move(state, Move.TRY)
    return move(state, Move.VISIT)


def when_dispatched(*, visits: int, outcome: str) -> TaskState:
    """A line that comes (again) to a village stands where its work had got to: nothing done is asked for twice."""
    if outcome and outcome != Outcome.NOT_MET:
        return _S.VISITED
    return _S.TRYING if visits else _S.TO_VISIT


def settled_without_form() -> frozenset[Outcome]:
    """The outcomes whose lines are closed after a check, without anything having been entered."""
    return frozenset(outcome for outcome in Outcome if not outcome.has_form)


def before_check(
    *, handed_in_at: datetime | None, returned_at: datetime | None, entered_at: datetime | None
) -> TaskState:
    """Where a line stood before the town closed it or sent it back: whatever was done last. A form that was entered before an
    earlier sending back does not count."""
    done = {_S.HANDED_IN: handed_in_at, _S.RETURNED: returned_at, _S.ENTERED: entered_at}
    return max((at, list(done).index(state), state) for state, at in done.items() if at is not None)[2]


def is_late(state: TaskState, due_on: date | None, *, on: date) -> bool:
    """Not handed in though the day has passed."""
    return due_on is not None and due_on < on and state in NOT_YET_BACK


def visited_on(said: datetime, *, came: datetime) -> date:
    """The day of a visit by the clock of the device; where that cannot be right, the day on which the visit was reported.

    said: the device's clock; came: when the report was received.
    """
    return day_of(said if came - LATEST_REPORT <= said <= came else came)
