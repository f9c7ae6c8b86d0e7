"""What stays of a fact when it is shown by default."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules.masking import is_hidden, mask, mask_row, scrub
from tests.worlds import number

CITIZEN = number(7)
MOBILE = "1380" + "0000" + "123"


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("doc_number", CITIZEN, "500" + "*" * 14 + CITIZEN[-1]),
        ("mother_number", "500901900101001", "500" + "*" * 11 + "1"),
        ("doc_number", "G12345678", "G1*****78"),
        ("number", "2300001234", "23******34"),
        ("number", "1234", "1**4"),
        ("phone", MOBILE, "138****0123"),
        ("phone", f"023-67891234、{MOBILE}", "**3-****1234、138****0123"),
        ("hukou_address", "重庆市渝北区人民路4号", "重庆市渝北区人民路****"),
        ("home_address", "洛碛镇青木村三组12号", "洛碛镇青木村****"),
        ("address", "人和街道金开大道阳光小区B栋", "人和街道金开大道阳光小区****"),
        ("address", "洛碛镇", "洛碛镇"),
        ("address", "某单位宿舍", "某单****"),
        ("card_no", "A0012345678", "*******5678"),
        ("card_no", CITIZEN, "500" + "*" * 14 + CITIZEN[-1]),
        ("record_key", "5000012345", "5000012345"),
        ("record_key", f"{CITIZEN}-1", "500" + "*" * 14 + CITIZEN[-1] + "-1"),
        ("name", "张三", "张三"),
        ("birth_date", date(1990, 1, 1), date(1990, 1, 1)),
        ("phone", "", ""),
        ("phone", None, None),
        ("number", "1", "*"),
    ],
)
def test_what_is_shown(field: str, value: object, shown: object) -> None:
    assert mask(field, value) == shown


def test_what_leaves_the_house_tells_less() -> None:
    assert mask("name", "欧阳小明", strictly=True) == "欧***"
    assert mask("birth_date", date(1990, 1, 1), strictly=True) == "1990"


def test_numbers_written_into_a_reason_are_hidden_and_dates_are_not() -> None:
    said = f"与{CITIZEN}同户,电话{MOBILE},2026-11-24 来函 第120号,P000099"
    assert CITIZEN not in scrub(said) and MOBILE not in scrub(said)
    assert "2026-11-24 来函 第120号,P000099" in scrub(said)


def test_what_is_hidden_says_so_and_can_be_opened_field_by_field() -> None:
    row = {"phone": MOBILE, "doc_number": CITIZEN, "name": "张三"}
    assert [name for name in row if is_hidden(name, row[name])] == ["phone", "doc_number"]
    assert mask_row(row, clear=frozenset({"phone"})) == row | {"doc_number": mask("doc_number", CITIZEN)}
