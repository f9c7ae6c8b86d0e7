"""What codes are called on the terminal."""

from __future__ import annotations

from canbao.rules import labels
from canbao.rules.labels import (
    BANDS,
    CASES,
    DEPARTMENTS,
    FIELDS,
    GAPS,
    LEFT_OUT,
    RECORD_FIELDS,
    RULES,
    SCOPES,
    SOURCES,
    STATES,
)
from canbao.rules.stages import STEPS

__all__ = [
    "BANDS",
    "CASES",
    "DEPARTMENTS",
    "FIELDS",
    "GAPS",
    "KINDS",
    "LEFT_OUT",
    "RECORD_FIELDS",
    "RULES",
    "SCOPES",
    "SETTLING",
    "SOURCES",
    "STATES",
    "STEPS",
]

KINDS = {"full": "全量", "delta": "增量"}
_NARROW = str.maketrans("，：；", ",:;")
_HERE = {"SHARED_NUMBER": "登记信息可凭证明用 canbao person correct 更正。"}
SETTLING = {kind: said.translate(_NARROW) + _HERE.get(kind, "") for kind, said in labels.SETTLING.items()}
