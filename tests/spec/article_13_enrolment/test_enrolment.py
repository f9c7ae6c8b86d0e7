"""第十三条: 新增、中断、接续、转移、终止; what the two status codes mean together."""

from __future__ import annotations

import pytest

from canbao.rules import enrolment
from canbao.rules.codes import Scheme
from canbao.rules.enrolment import EnrolmentEvent, EnrolmentState


def test_what_enrolment_and_payment_status_mean_together(table):
    for row in table("""
        AAC008 | AAC031 | pension           | medical
        1      | 1      | PAYING            | PAYING
        1      |        | PAYING            | PAYING
        1      | 2      | INTERRUPTED       | INTERRUPTED
        1      | 3      | DRAWING           | PAYING
        2      | 2      | INTERRUPTED       | INTERRUPTED
        2      |        | INTERRUPTED       | INTERRUPTED
        2      | 3      | DRAWING_SUSPENDED | INTERRUPTED
        4      | 3      | TERMINATED        | TERMINATED
        4      |        | TERMINATED        | TERMINATED
        0      |        | NOT_ENROLLED      | NOT_ENROLLED
    """):
        codes = (row["AAC008"], row["AAC031"] or None)
        assert enrolment.state_of(*codes, scheme=Scheme.RESIDENT_PENSION) == row["pension"], row
        assert enrolment.state_of(*codes, scheme=Scheme.EMPLOYEE_MEDICAL) == row["medical"], row
    with pytest.raises(enrolment.UnknownStatus):
        enrolment.state_of("7", None, scheme=Scheme.UNEMPLOYMENT)


def test_which_event_leads_where(table):
    names = ["NOT_ENROLLED", "PAYING", "INTERRUPTED", "DRAWING", "DRAWING_SUSPENDED", "TERMINATED"]
    for row in table("""
        event        | NOT_ENROLLED | PAYING      | INTERRUPTED | DRAWING           | DRAWING_SUSPENDED | TERMINATED
        START        | PAYING       |             |             |                   |                   | PAYING
        INTERRUPT    |              | INTERRUPTED |             | DRAWING_SUSPENDED |                   |
        RESUME       |              |             | PAYING      |                   | DRAWING           |
        TRANSFER_OUT |              | TERMINATED  | TERMINATED  |                   |                   |
        TRANSFER_IN  | PAYING       |             | PAYING      |                   |                   | PAYING
        TERMINATE    |              | TERMINATED  | TERMINATED  | TERMINATED        | TERMINATED        |
        RETIRE       | DRAWING      | DRAWING     | DRAWING     |                   |                   |
    """):
        for state in names:
            event = EnrolmentEvent(row["event"])
            if row[state]:
                assert enrolment.after(EnrolmentState(state), event) == row[state], (row["event"], state)
            else:
                with pytest.raises(enrolment.IllegalTransition):
                    enrolment.after(EnrolmentState(state), event)


def test_what_happened_between_two_states(table):
    for row in table("""
        before            | now         | transferred | event
        NOT_ENROLLED      | PAYING      |             | START
        TERMINATED        | PAYING      |             | START
        TERMINATED        | PAYING      | yes         | TRANSFER_IN
        PAYING            | INTERRUPTED |             | INTERRUPT
        INTERRUPTED       | PAYING      |             | RESUME
        PAYING            | TERMINATED  |             | TERMINATE
        PAYING            | TERMINATED  | yes         | TRANSFER_OUT
        PAYING            | DRAWING     |             | RETIRE
        DRAWING_SUSPENDED | DRAWING     |             | RESUME
        PAYING            | PAYING      |             |
        DRAWING           | PAYING      |             | refused
        TERMINATED        | INTERRUPTED |             | refused
    """):
        before, now = EnrolmentState(row["before"]), EnrolmentState(row["now"])
        moved = row["transferred"] == "yes"
        if row["event"] == "refused":
            with pytest.raises(enrolment.IllegalTransition):
                enrolment.event_between(before, now, transferred=moved)
        else:
            assert (enrolment.event_between(before, now, transferred=moved) or "") == row["event"], row


def test_an_enrolment_seen_for_the_first_time_is_no_event():
    assert enrolment.event_between(None, EnrolmentState.TERMINATED) is None
