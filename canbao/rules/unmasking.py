"""Why somebody may see a hidden fact in full, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from canbao.rules.article import article
from canbao.rules.text import search_form

# What can be shown in full, as one item each: facts of the person, and the lists whose numbers are hidden.
ITEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "doc_number": "证件号码",
        "phone": "联系电话",
        "hukou_address": "户籍地址",
        "home_address": "现居住地址",
        "moved_in_from": "迁入来源",
        "birth_certificate": "出生医学证明编号",
        "mother_number": "母亲证件号码",
        "household_no": "户号",
        "documents": "全部证件号码",
        "numbers": "社保业务编号",
        "cards": "社会保障卡号",
    }
)
LISTS: Final = frozenset({"documents", "numbers", "cards"})


class Reason(StrEnum):
    AT_COUNTER = "AT_COUNTER"
    CALL = "CALL"
    DELIVER = "DELIVER"
    CORRECT = "CORRECT"
    CASE = "CASE"
    OTHER = "OTHER"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Reason.AT_COUNTER: "当事人在场，核对证件原件",
    Reason.CALL: "电话联系本人",
    Reason.DELIVER: "邮寄或上门送达",
    Reason.CORRECT: "办理信息更正",
    Reason.CASE: "核实比对疑点",
    Reason.OTHER: "其他（须写明）",
}
LEAST_NOTE, MOST_NOTE = 4, 60


@article(19)
def is_said(reason: Reason, note: str) -> bool:
    """Whether the note says enough, and no number: it is kept in the journal as it stands."""
    text = search_form(note)
    long_enough = len(text) >= (LEAST_NOTE if reason is Reason.OTHER else 0)
    return long_enough and len(text) <= MOST_NOTE and not re.search(r"\d{6}", text)
