"""What a cell is taken for: birth dates by month, two telephones, former names, parts of keys."""

from __future__ import annotations

import pytest

from canbao.bulk.sources import source_map
from canbao.rules.cells import Cell, Reading
from canbao.rules.shared_values import weighs


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


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("<br>万州区中山路1号<br/>2单元", "万州区中山路1号 2单元"),
        ("万州区&nbsp;中山路1号", "万州区 中山路1号"),
        ("<td class='a'>中山路&#49;号</td>", "中山路1号"),
        ("&nbsp;<br>", None),
    ],
)
def test_what_a_web_page_left_in_an_address_is_left_out_and_told(sent: str, value: str | None) -> None:
    assert Reading("address").read(sent) == Cell(value, told="MARKUP")


@pytest.mark.parametrize("sent", ["A&B公司家属院一栋", "中山路<东>一段一号院", "老街&新街1号附2号"])
def test_signs_that_a_web_page_has_too_stay(sent: str) -> None:
    assert Reading("address").read(sent) == Cell(sent)


def test_a_column_that_a_spreadsheet_took_for_dates_holds_the_row_or_is_told() -> None:
    assert Reading("card_no").read("1-Mar") == Cell(held="DATED")
    assert Reading("employer_no").read("1-Mar") == Cell(told="DATED")
    assert Reading("household_no").read("2026-03-01") == Cell("2026-03-01", told="PERHAPS_DATE")
    assert not weighs("household_no", "2026-03-01") and weighs("household_no", "2026-3")
    assert not weighs("card_no", "1-MAR") and not weighs("mother_number", "500901199005010115500901199005010123")
