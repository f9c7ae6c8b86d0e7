"""Numbers of forms, and what of the back page is not asked because the register knows it (规程第八条)."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules.circumstances import Occupation
from canbao.rules.forms import code_text, form_number, is_form_number, known_occupation, known_reason


def test_a_number_is_year_serial_and_check_digit() -> None:
    assert form_number(2026, 1) == "260000000010"
    assert form_number(2026, 999_999_999)[:-1] == "26999999999"
    assert code_text(form_number(2026, 1)) == "260000000010-1"


@pytest.mark.parametrize("serial", [1, 12, 3100, 34_000_000, 987_654_321])
def test_one_wrong_digit_or_two_swapped_are_noticed(serial: int) -> None:
    right = form_number(2026, serial)
    wrong = {right[:n] + digit + right[n + 1 :] for n in range(12) for digit in "0123456789"} - {right}
    swapped = {right[:n] + right[n + 1] + right[n] + right[n + 2 :] for n in range(11)} - {right}
    assert is_form_number(right)
    assert [text for text in wrong if is_form_number(text)] == []
    # MOD 11,10 lets one pair of neighbours pass in some numbers.
    assert len([text for text in swapped if is_form_number(text)]) <= 1


@pytest.mark.parametrize("text", ["", "26000000001", "2600000000100", "26000000001O", "２６００００００００１０"])
def test_what_is_no_number(text: str) -> None:
    assert not is_form_number(text)


@pytest.mark.parametrize(
    ("occupation", "declared", "ticked"),
    [
        (Occupation.EMPLOYEE, False, ("1", "IN", "E01")),
        (Occupation.FLEXIBLE_WORKER, False, ("1", "IN", "E06")),
        (Occupation.PUBLIC_SECTOR, False, ("1", "IN")),  # 机关 or 事业单位: not known
        (Occupation.RETIRED, False, ("2", "N02")),
        (Occupation.NOT_WORKING, False, ()),  # in no insurance: that says nothing about work
        (Occupation.NOT_WORKING, True, ("2", "N03")),
        (Occupation.STUDENT, True, ("2", "N01")),
        (Occupation.AWAY_UNINSURED, True, ("1", "OUT", "X02")),
    ],
)
def test_the_boxes_of_the_occupation(occupation: Occupation, declared: bool, ticked: tuple[str, ...]) -> None:
    assert known_occupation(occupation, declared=declared) == ticked


@pytest.mark.parametrize(
    ("gap", "scope", "hukou_status", "death_on", "reason"),
    [
        ("NONE_AT_ALL", "UNREGISTERED_NEWBORN", None, None, "06"),
        ("NONE_AT_ALL", "LOCAL_HUKOU", "MOVED_OUT", None, "04"),
        ("NONE_AT_ALL", "LOCAL_HUKOU", "NORMAL", date(2026, 1, 1), "08"),
        ("NONE_AT_ALL", "LOCAL_HUKOU", "DECEASED", None, "08"),
        ("NONE_AT_ALL", "LOCAL_HUKOU", "NORMAL", None, None),
        ("LAPSED", "LOCAL_HUKOU", "MOVED_OUT", None, None),
    ],
)
def test_the_reason_is_ticked_only_for_who_is_in_no_insurance(
    gap: str, scope: str, hukou_status: str | None, death_on: date | None, reason: str | None
) -> None:
    assert known_reason(gap=gap, scope=scope, hukou_status=hukou_status, death_on=death_on) == reason
