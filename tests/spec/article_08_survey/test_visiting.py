"""第三、八条: what a visit can be about, and when that alone is a reason to go."""

from __future__ import annotations

from datetime import date

from canbao.rules.visiting import infant_from, still_open
from tests.spec.people import TODAY, codes, person


def test_who_is_in_one_of_pension_and_medical_and_may_join_the_other(table):
    """must, may: not joined yet; reason: 可参未参."""
    for row in table("""
        who                                | work | born       | alone   | by employer | must            | may             | reason
        in resident medical, no pension    | N03  | 1990-03-05 | 390     |             |                 | 110 170         | yes
        in resident pension, no medical    | N03  | 1990-03-05 | 170     |             |                 | 310 390         | yes
        in both                            | N03  | 1990-03-05 | 170 390 |             |                 |                 |
        in neither: visited as not insured | N03  | 1990-03-05 |         |             |                 | 110 310 170 390 |
        a child: no pension is open        | N03  | 2016-03-05 | 390     |             |                 |                 |
        sixteen today                      | N03  | 2010-11-24 | 390     |             |                 | 110 170         | yes
        sixteen tomorrow                   | N03  | 2010-11-25 | 390     |             |                 |                 |
        employed, two of five paid         | E01  | 1990-03-05 |         | 110 310     | 210 410         |                 |
        employed: medical is owed, not open| E01  | 1990-03-05 |         | 110         | 310 210 410 510 |                 |
        """):
        found = still_open(person(row), on=TODAY)
        assert (codes(found.must), codes(found.may)) == (row["must"], row["may"]), row["who"]
        assert found.is_reason == (row["reason"] == "yes"), row["who"]


def test_a_child_is_an_infant_until_the_day_before_its_first_birthday():
    assert infant_from(date(2026, 11, 24)) == date(2025, 11, 25)
    assert infant_from(date(2028, 2, 29)) == date(2027, 3, 1)
