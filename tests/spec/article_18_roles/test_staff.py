"""The staff number: one form for each person, whatever was typed."""

from __future__ import annotations

import pytest

from canbao.rules.staff import BadStaffNumberError, staff_number


@pytest.mark.parametrize("typed", ["A0017", "a0017", " a-0017 ", "Ａ００１７", "A/0017", "a.00 17"])
def test_one_person_has_one_form(typed: str) -> None:
    assert staff_number(typed) == "A0017"


@pytest.mark.parametrize("typed", ["", "7", "#", "工号17", "A" * 21, "A17\n;", "١٢٣"])
def test_what_is_no_staff_number(typed: str) -> None:
    with pytest.raises(BadStaffNumberError):
        staff_number(typed)
