"""What came of the outreach at a visit: what is kept, and what is wrong beside which field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbao.rules.codes import Scheme
from canbao.rules.outreach import LABELS, Outreach, Willingness, read, stored
from canbao.rules.survey import Outcome

ON = date(2026, 12, 1)
OPEN = (Scheme.RESIDENT_PENSION, Scheme.RESIDENT_MEDICAL)
MEDICAL = Scheme.RESIDENT_MEDICAL.value


def said(outcome: Outcome = Outcome.CHECKED, *, reason: bool = True, **fields: Any) -> tuple[Outreach, set[str]]:
    found, wrong = read(fields, outcome=outcome, open_to=OPEN, has_reason=reason, on=ON)
    return found, set(wrong)


KEPT = [
    ({}, {}),
    ({"willing": "UNDECIDED"}, {"willing": "UNDECIDED"}),
    ({"willing": "UNWILLING", "reason_until": "2027-06-30"}, {"willing": "UNWILLING", "reason_until": "2027-06-30"}),
    (
        {"willing": "WILLING", "schemes": [MEDICAL], "joins_in": "2026-12"},
        {"willing": "WILLING", "schemes": [MEDICAL], "joins_in": "2026-12"},
    ),
    ({"willing": "WILLING", "schemes": [MEDICAL], "joins_in": "2027-12"}, None),
    ({"willing": "", "schemes": [], "joins_in": "", "reason_until": ""}, {}),
]
WRONG = [
    ({"willing": "WILLING"}, {"schemes", "joins_in"}),
    ({"willing": "WILLING", "schemes": [MEDICAL], "joins_in": "2026-11"}, {"joins_in"}),
    ({"willing": "WILLING", "schemes": [MEDICAL], "joins_in": "2028-01"}, {"joins_in"}),
    ({"willing": "WILLING", "schemes": [MEDICAL], "joins_in": "2026-13"}, {"joins_in"}),
    ({"willing": "WILLING", "schemes": [Scheme.UNEMPLOYMENT.value], "joins_in": "2026-12"}, {"schemes"}),
    ({"willing": "UNWILLING", "schemes": [MEDICAL]}, {"schemes"}),
    ({"schemes": [MEDICAL], "joins_in": "2026-12"}, {"schemes", "joins_in"}),
    ({"willing": "MAYBE"}, {"willing"}),
    ({"willing": ["WILLING"]}, {"willing"}),
    ({"willing": "UNDECIDED", "schemes": MEDICAL}, {"schemes"}),
    ({"reason_until": "2026-12-01"}, {"reason_until"}),
    ({"reason_until": "2032-01-01"}, {"reason_until"}),
    ({"reason_until": "20270630"}, {"reason_until"}),
    ({"other": "1"}, {"other"}),
]


@pytest.mark.parametrize(("fields", "kept"), KEPT)
def test_what_was_said_is_kept(fields: dict[str, Any], kept: dict[str, Any] | None) -> None:
    found, wrong = said(**fields)
    assert not wrong and found.kept() == (fields if kept is None else kept)


@pytest.mark.parametrize(("fields", "names"), WRONG)
def test_what_is_wrong_is_told_beside_its_field(fields: dict[str, Any], names: set[str]) -> None:
    assert said(**fields)[1] == names


def test_who_was_not_met_said_nothing_about_joining() -> None:
    assert said(Outcome.REFUSED, willing="UNDECIDED")[1] == {"willing"}


def test_an_end_belongs_to_a_reason() -> None:
    assert said(reason=False, reason_until="2027-06-30")[1] == {"reason_until"}


@given(st.dictionaries(st.sampled_from([*LABELS, "x"]), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_what_is_accepted_is_stored_and_read_as_it_was(fields: dict[str, Any]) -> None:
    found, wrong = read(fields, outcome=Outcome.CHECKED, open_to=list(Scheme), has_reason=True, on=ON)
    if not wrong:
        assert stored(found.kept()) == found


def test_every_answer_has_its_words() -> None:
    assert [one.label for one in Willingness] == ["愿意参保", "尚未决定", "暂不参保"]
