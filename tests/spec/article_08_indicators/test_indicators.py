"""第八条: the two published figures of the survey, counted by hand."""

from __future__ import annotations

from decimal import Decimal

from canbao.rules.indicators import (
    IN_REGISTER,
    REGISTERED,
    Delivered,
    in_register,
    is_reached,
    is_registered,
    is_to_register,
    percent,
    sample_size,
)
from canbao.rules.survey import TaskState


def test_who_counts_for_the_rate_of_registering(table):
    """登记率: people on the list for not being insured; a form that was entered, not a refusal that was closed."""
    for row in table("""
        reasons                 | state     | form | below | above
        NOT_ENROLLED            | PLANNED   | no   | yes   | no
        NOT_ENROLLED            | VISITED   | no   | yes   | no
        NOT_ENROLLED            | RETURNED  | no   | yes   | no
        NOT_ENROLLED            | ENTERED   | yes  | yes   | yes
        NOT_ENROLLED            | CLOSED    | yes  | yes   | yes
        NOT_ENROLLED            | CLOSED    | no   | yes   | no
        NOT_ENROLLED            | SENT_BACK | yes  | yes   | no
        NOT_ENROLLED            | HANDED_IN | yes  | yes   | no
        NOT_ENROLLED            | DROPPED   | no   | no    | no
        NOT_ENROLLED INCOMPLETE | CLOSED    | yes  | yes   | yes
        LAPSED                  | CLOSED    | yes  | no    | no
        FOUND                   | CLOSED    | yes  | no    | no
        """):
        reasons, state = row["reasons"].split(), TaskState(row["state"])
        assert is_to_register(reasons, state) == (row["below"] == "yes"), row
        assert is_registered(reasons, state, form_entered=row["form"] == "yes") == (row["above"] == "yes"), row


def test_what_of_the_delivered_is_in_the_register(table):
    """入库率: held back should be there and is not; accepted and not compared yet neither; compared and since ended does not count."""
    for row in table("""
        taken    | held back | matched  | above | below
        100      | 0         | 100      | 100   | 100
        95       | 5         | 95       | 95    | 100
        95       | 5         | 90       | 90    | 100
        90       | 0         | 95       | 90    | 90
        60 30    | 4 6       | 60 20    | 80    | 100
        0        | 3         | 0        | 0     | 3
        """):
        numbers = zip(*(map(int, row[name].split()) for name in ("taken", "held back", "matched")), strict=True)
        found = in_register([Delivered(*system) for system in numbers])
        assert found == (int(row["above"]), int(row["below"])), row
    assert in_register([]) == (0, 0)


def test_a_percentage_is_cut_off_and_an_aim_is_reached_by_the_whole_numbers(table):
    for row in table("""
        above | below | percent | 95 % | 100 %
        19    | 20    | 95.0    | yes  | no
        949   | 1000  | 94.9    | no   | no
        9499  | 10000 | 94.9    | no   | no
        9999  | 10000 | 99.9    | yes  | no
        20    | 20    | 100.0   | yes  | yes
        0     | 3     | 0.0     | no   | no
        """):
        above, below = int(row["above"]), int(row["below"])
        assert percent(above, below) == Decimal(row["percent"]), row
        assert is_reached(REGISTERED, above, below) == (row["95 %"] == "yes"), row
        assert is_reached(IN_REGISTER, above, below) == (row["100 %"] == "yes"), row
    assert percent(0, 0) is None and is_reached(REGISTERED, 0, 0) is None


def test_how_many_lines_of_a_worker_are_called_back(table):
    for row in table("""
        lines | share | calls
        0     | 3     | 0
        1     | 3     | 1
        33    | 3     | 1
        34    | 3     | 2
        100   | 3     | 3
        5     | 100   | 5
        5     | 0     | 0
        """):
        assert sample_size(int(row["lines"]), int(row["share"])) == int(row["calls"]), row
