"""Where a person stands in one scheme, and how that may change (规程第十三条)."""

from __future__ import annotations

from enum import StrEnum

from canbao.rules.article import article
from canbao.rules.codes import Scheme

PENSIONS = frozenset({Scheme.EMPLOYEE_PENSION, Scheme.RESIDENT_PENSION, Scheme.PUBLIC_SECTOR_PENSION})
MEDICAL = frozenset({Scheme.EMPLOYEE_MEDICAL, Scheme.RESIDENT_MEDICAL})
# One covers what the other does: anybody who is active in both is insured twice.
NEVER_BOTH = (
    (Scheme.EMPLOYEE_MEDICAL, Scheme.RESIDENT_MEDICAL),
    (Scheme.EMPLOYEE_PENSION, Scheme.RESIDENT_PENSION),
    (Scheme.EMPLOYEE_PENSION, Scheme.PUBLIC_SECTOR_PENSION),
)


class EnrolmentState(StrEnum):
    PAYING = "PAYING"
    INTERRUPTED = "INTERRUPTED"
    DRAWING = "DRAWING"
    DRAWING_SUSPENDED = "DRAWING_SUSPENDED"
    TERMINATED = "TERMINATED"
    NOT_ENROLLED = "NOT_ENROLLED"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    EnrolmentState.PAYING: "参保缴费",
    EnrolmentState.INTERRUPTED: "中断参保",
    EnrolmentState.DRAWING: "正常享受待遇",
    EnrolmentState.DRAWING_SUSPENDED: "暂停享受待遇",
    EnrolmentState.TERMINATED: "终止参保",
    EnrolmentState.NOT_ENROLLED: "未参保",
}

ACTIVE = frozenset({EnrolmentState.PAYING, EnrolmentState.DRAWING})


class EnrolmentEvent(StrEnum):
    START = "START"  # 新增参保(含新增险种)
    INTERRUPT = "INTERRUPT"  # 中断参保; of a pension being drawn: 暂停待遇
    RESUME = "RESUME"  # 接续参保; 恢复待遇
    TRANSFER_OUT = "TRANSFER_OUT"  # 转移参保(转出)
    TRANSFER_IN = "TRANSFER_IN"  # 转移参保(转入)
    TERMINATE = "TERMINATE"  # 终止参保
    RETIRE = "RETIRE"  # 待遇领取


class UnknownStatus(ValueError):
    """A pair of status codes that no table explains."""


class IllegalTransition(ValueError):
    """The event cannot happen in this state, or no single event leads from one state to the other."""


_BY_STATUS = {
    # AAC008, AAC031: in a pension, in any other scheme
    ("1", "1"): (EnrolmentState.PAYING, EnrolmentState.PAYING),
    ("1", "2"): (EnrolmentState.INTERRUPTED, EnrolmentState.INTERRUPTED),
    # Outside the pensions "ended paying, still a member" is the retired member of a medical scheme: insured.
    ("1", "3"): (EnrolmentState.DRAWING, EnrolmentState.PAYING),
    ("2", "1"): (EnrolmentState.INTERRUPTED, EnrolmentState.INTERRUPTED),
    ("2", "2"): (EnrolmentState.INTERRUPTED, EnrolmentState.INTERRUPTED),
    ("2", "3"): (EnrolmentState.DRAWING_SUSPENDED, EnrolmentState.INTERRUPTED),
}
_PAYMENT_WHEN_MISSING = {"1": "1", "2": "2"}


def state_of(enrol_status: str | None, payment_status: str | None, *, scheme: Scheme) -> EnrolmentState:
    """The state two status codes (AAC008, AAC031) stand for; the enrolment status governs where they contradict.

    Raises UnknownStatus.
    """
    if enrol_status in (None, "0"):
        return EnrolmentState.NOT_ENROLLED
    if enrol_status == "4" and payment_status in (None, "1", "2", "3"):
        return EnrolmentState.TERMINATED
    payment = payment_status or _PAYMENT_WHEN_MISSING.get(enrol_status or "", "")
    try:
        in_pension, elsewhere = _BY_STATUS[enrol_status or "", payment]
    except KeyError:
        raise UnknownStatus(enrol_status, payment_status) from None
    return in_pension if scheme in PENSIONS else elsewhere


def state_rows() -> tuple[tuple[str, str | None, str, EnrolmentState], ...]:
    """`state_of` as a table (AAC008, AAC031, scheme, state), to join against in the set engines."""
    found = []
    for scheme in Scheme:
        for status in ("1", "2", "4"):
            for payment in (None, "1", "2", "3"):
                found.append((status, payment, scheme.value, state_of(status, payment, scheme=scheme)))
    return tuple(found)


_S, _E = EnrolmentState, EnrolmentEvent

TRANSITIONS: dict[EnrolmentState, dict[EnrolmentEvent, EnrolmentState]] = {
    _S.NOT_ENROLLED: {
        _E.START: _S.PAYING,
        _E.TRANSFER_IN: _S.PAYING,
        _E.RETIRE: _S.DRAWING,  # resident pension of people past sixty when it began
    },
    _S.PAYING: {
        _E.INTERRUPT: _S.INTERRUPTED,
        _E.TRANSFER_OUT: _S.TERMINATED,
        _E.TERMINATE: _S.TERMINATED,
        _E.RETIRE: _S.DRAWING,
    },
    _S.INTERRUPTED: {
        _E.RESUME: _S.PAYING,
        _E.TRANSFER_IN: _S.PAYING,
        _E.TRANSFER_OUT: _S.TERMINATED,
        _E.TERMINATE: _S.TERMINATED,
        _E.RETIRE: _S.DRAWING,
    },
    _S.DRAWING: {_E.INTERRUPT: _S.DRAWING_SUSPENDED, _E.TERMINATE: _S.TERMINATED},
    _S.DRAWING_SUSPENDED: {_E.RESUME: _S.DRAWING, _E.TERMINATE: _S.TERMINATED},
    _S.TERMINATED: {_E.START: _S.PAYING, _E.TRANSFER_IN: _S.PAYING},
}
_TRANSFERS = frozenset({_E.TRANSFER_IN, _E.TRANSFER_OUT})


@article(13)
def after(state: EnrolmentState, event: EnrolmentEvent) -> EnrolmentState:
    """The state an event leads to.

    Raises IllegalTransition.
    """
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition(state, event) from None


@article(13)
def event_between(
    before: EnrolmentState | None, now: EnrolmentState, *, transferred: bool = False
) -> EnrolmentEvent | None:
    """The event that two successive states tell of; None when nothing happened or the enrolment is seen for the first time.

    transferred: the business system says that the change was a transfer between places.
    Raises IllegalTransition.
    """
    if before is None or before is now:
        return None
    leading = [event for event, to in TRANSITIONS[before].items() if to is now and (event in _TRANSFERS) == transferred]
    if not leading:
        raise IllegalTransition(before, now)
    return leading[0]
