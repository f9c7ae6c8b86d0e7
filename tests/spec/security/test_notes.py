"""A reason or remark carries nobody's identity number, however it is written; other numbers may stand there."""

from __future__ import annotations

import pytest

from canbao.rules.notes import carries_number
from tests.worlds import number

ID = number(7, "19900101")


@pytest.mark.parametrize(
    "text",
    [
        f"本人{ID}不在家",
        ID,
        f"{ID[:6]} {ID[6:14]} {ID[14:]}",
        "".join(chr(ord(one) + 0xFEE0) for one in ID),
        ID[:6] + ID[8:17],
    ],
)
def test_an_identity_number_is_seen(text: str) -> None:
    assert carries_number(text)


@pytest.mark.parametrize(
    "text",
    ["", "登记表 260000000014", "电话 13800000001", "批次 2026112400011234567890", ID[:17] + "A", "999999999999999"],
)
def test_other_numbers_may_be_written(text: str) -> None:
    assert not carries_number(text)
