"""第八条: the way of a line of the list, how visits end, and what becomes of an answer."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules.answers import BY_NAME, Fate, fate
from canbao.rules.approval import Stage
from canbao.rules.changes import NotChangeable, stages_for
from canbao.rules.survey import (
    Move,
    NotNow,
    Outcome,
    TaskState,
    after_visit,
    is_late,
    move,
    when_dispatched,
)


def test_what_may_follow_what(table):
    """x: refused."""
    moves = [Move.HAND_IN, Move.TAKE_BACK_IN, Move.ENTER, Move.SEND_BACK, Move.RECALL, Move.DROP]
    for row in table("""
        state     | HAND_IN   | TAKE_BACK_IN | ENTER   | SEND_BACK | RECALL  | DROP
        PLANNED   | x         | x            | x       | x         | x       | DROPPED
        TO_VISIT  | x         | RETURNED     | x       | x         | PLANNED | DROPPED
        TRYING    | x         | RETURNED     | x       | x         | PLANNED | DROPPED
        VISITED   | HANDED_IN | RETURNED     | x       | x         | PLANNED | DROPPED
        SENT_BACK | x         | RETURNED     | x       | x         | PLANNED | DROPPED
        HANDED_IN | x         | RETURNED     | ENTERED | SENT_BACK | x       | DROPPED
        RETURNED  | x         | x            | ENTERED | SENT_BACK | x       | DROPPED
        ENTERED   | x         | x            | x       | SENT_BACK | x       | x
        CLOSED    | x         | x            | x       | x         | x       | x
        DROPPED   | x         | x            | x       | x         | x       | x
        """):
        for step in moves:
            if row[step.value] == "x":
                with pytest.raises(NotNow):
                    move(TaskState(row["state"]), step)
            else:
                assert move(TaskState(row["state"]), step) == row[step.value], (row["state"], step)


def test_three_tries_on_different_days_before_somebody_counts_as_not_met(table):
    for row in table("""
        state     | outcome        | days | then
        TO_VISIT  | NOT_MET        | 1    | TRYING
        TRYING    | NOT_MET        | 2    | TRYING
        TRYING    | NOT_MET        | 3    | VISITED
        SENT_BACK | NOT_MET        | 1    | TRYING
        TO_VISIT  | CHECKED        | 0    | VISITED
        TRYING    | REFUSED        | 2    | VISITED
        VISITED   | DEAD           | 0    | VISITED
        """):
        found = after_visit(TaskState(row["state"]), Outcome(row["outcome"]), days_tried=int(row["days"]))
        assert found == row["then"], row
    with pytest.raises(NotNow):
        after_visit(TaskState.HANDED_IN, Outcome.CHECKED, days_tried=0)


def test_a_list_that_comes_again_stands_where_its_work_had_got_to(table):
    for row in table("""
        visits | outcome | then
        0      |         | TO_VISIT
        2      | NOT_MET | TRYING
        1      | CHECKED | VISITED
        3      | DEAD    | VISITED
        """):
        assert when_dispatched(visits=int(row["visits"]), outcome=row["outcome"] or "") == row["then"], row


def test_late_from_the_day_after_the_last_until_it_is_handed_in(table):
    for row in table("""
        state     | on         | late
        TO_VISIT  | 2026-12-31 | no
        TO_VISIT  | 2027-01-01 | yes
        VISITED   | 2027-01-01 | yes
        SENT_BACK | 2027-01-01 | yes
        HANDED_IN | 2027-01-01 | no
        DROPPED   | 2027-01-01 | no
        """):
        late = is_late(TaskState(row["state"]), date(2026, 12, 31), on=date.fromisoformat(row["on"]))
        assert late == (row["late"] == "yes"), row
    assert not is_late(TaskState.TO_VISIT, None, on=date(2027, 1, 1))


def test_what_becomes_of_an_answer(table):
    """第八条末款: what is there already and differs goes the way of changes; a statement about today follows the one before."""
    for row in table("""
        item       | known       | answer      | fate
        phone      |             | 13900000001 | NEW
        phone      | 13900000001 | 13900000001 | SAME
        phone      | 13900000001 | 13900000002 | CONTRADICTS
        name       | 张 三       | 张三        | SAME
        ethnicity  | 01          | 15          | CONTRADICTS
        occupation | N03         | E06         | STATED
        occupation |             | E06         | NEW
        qq         | 10001       | 10002       | CONTRADICTS
        phone      | 13900000001 |             |
        signer     |             | SELF        |
        """):
        expected = Fate(row["fate"]) if row["fate"] else None
        assert fate(BY_NAME[row["item"]], answer=row["answer"], known=row["known"]) is expected, row


def test_through_how_many_hands_a_change_goes(table):
    """第十二条（一）、（二）."""
    for row in table("""
        items                 | stages
        name                  | REVIEW
        sex ethnicity         | REVIEW
        hukou_address         | REVIEW
        home_address phone    | REVIEW
        birth_date            | REVIEW APPROVAL
        doc_number            | REVIEW APPROVAL
        hukou_type            | REVIEW APPROVAL
        name birth_date       | REVIEW APPROVAL
        """):
        assert stages_for(row["items"].split()) == tuple(Stage(one) for one in row["stages"].split()), row
    for items in ((), ("gap",), ("name", "enrolment")):
        with pytest.raises(NotChangeable):
            stages_for(items)
