"""What a cell is taken for: birth dates by month, two telephones, former names, parts of keys."""

from __future__ import annotations

import pytest

from canbao.bulk.sources import source_map
from canbao.rules.cells import Cell, Reading


@pytest.mark.parametrize("sent", ["199005", "1990-05", "1990年5月", "1990.5"])
def test_a_month_is_no_birth_date(sent: str) -> None:
    assert Reading("birth_date").read(sent) == Cell(told="NO_DAY")
    assert Reading("birth_date", filled=True).read(sent) == Cell(held="NO_DAY")
    assert Reading("first_enrolled_on").read(sent) == Cell("1990-05-01")


@pytest.mark.parametrize(
    ("sent", "value", "told"),
    [
        ("13612340005 13912340006", "13612340005", "SEVERAL"),
        ("13612340005、02367123456", "13612340005", "SEVERAL"),
        ("13612340005或 13912340006", "13612340005", "SEVERAL"),
        ("136 1234 0005", "13612340005", None),
        ("023-67123456", "023-67123456", None),
        ("023 67123456", "02367123456", None),
        ("0000000 13612340005", "13612340005", "SEVERAL"),
    ],
)
def test_two_telephones_are_not_one_number(sent: str, value: str, told: str | None) -> None:
    assert Reading("phone").read(sent) == Cell(value, told=told)


def test_a_former_name_that_is_none_is_left_out_and_told() -> None:
    assert Reading("former_name").read("王小明,王晓明") == Cell(told="MIXED")
    assert Reading("name").read("王小明,王晓明") == Cell(held="MIXED")


@pytest.mark.parametrize(
    ("column", "sent"),
    [
        ("doc_number", "111111111111111111"),
        ("doc_number", "500113199001011000"),
        ("doc_number", "不详"),
        ("doc_number", "5.00113E+17"),
        ("doc_number", "无证件"),
        ("person_no", "5.00113E+11"),
        ("person_no", "500113000000"),
        ("person_no", "000"),
    ],
)
def test_what_several_may_have_is_no_part_of_a_key(column: str, sent: str) -> None:
    assert Reading(column).key_part(sent) is None


def test_a_word_for_a_code_makes_the_same_key_as_the_code() -> None:
    reading = source_map("employee").column("AAE140").reading("employee")
    assert [reading.key_part(sent) for sent in ("110", " 110", "企业职工基本养老保险", "城镇职工基本养老保险", "火星")] == [
        "110", "110", "110", "110", None,
    ]  # fmt: skip
