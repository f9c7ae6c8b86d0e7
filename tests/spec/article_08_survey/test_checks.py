"""第八条: what the town may close after a check, and what is taken back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from canbao.rules.survey import Move, NotNow, Outcome, TaskState, before_check, move, settled_without_form


def test_what_may_be_closed_with_and_without_a_form(table):
    """x: refused."""
    for row in table("""
        state     | CLOSE  | SETTLE
        VISITED   | x      | x
        SENT_BACK | x      | x
        HANDED_IN | x      | CLOSED
        RETURNED  | x      | CLOSED
        ENTERED   | CLOSED | x
        CLOSED    | x      | x
        DROPPED   | x      | x
        """):
        for step in (Move.CLOSE, Move.SETTLE):
            if row[step.value] == "x":
                with pytest.raises(NotNow):
                    move(TaskState(row["state"]), step)
            else:
                assert move(TaskState(row["state"]), step) == row[step.value], row


def test_only_a_checked_person_has_a_form_and_only_a_death_needs_a_paper():
    assert settled_without_form() == frozenset(Outcome) - {Outcome.CHECKED}
    assert [outcome for outcome in Outcome if outcome.needs_evidence] == [Outcome.DEAD]


def test_a_line_taken_back_stands_where_its_last_step_had_brought_it(table):
    """Days of November; a form entered on the 3rd, sent back, handed in anew on the 5th is not an entered one."""
    for row in table("""
        handed in | returned | entered | stands
        1         |          |         | HANDED_IN
                  | 2        |         | RETURNED
        1         | 2        |         | RETURNED
        1         | 2        | 3       | ENTERED
        1         |          | 3       | ENTERED
        5         | 2        | 3       | HANDED_IN
        5         | 6        | 3       | RETURNED
        2         | 2        |         | RETURNED
        """):
        at = {name: datetime(2026, 11, int(row[name]), tzinfo=UTC) if row[name] else None
              for name in ("handed in", "returned", "entered")}  # fmt: skip
        found = before_check(handed_in_at=at["handed in"], returned_at=at["returned"], entered_at=at["entered"])
        assert found is TaskState(row["stands"]), row
