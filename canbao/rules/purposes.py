"""What another system may want a person's registration for; a client is granted some of these (规程第十九条)."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """查询用途。"""

    ENROLMENT_CHECK = "ENROLMENT_CHECK"
    BENEFIT_CHECK = "BENEFIT_CHECK"
    PERSON_ASKED = "PERSON_ASKED"
    DATA_QUALITY = "DATA_QUALITY"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Purpose.ENROLMENT_CHECK: "办理参保时核对登记情况",
    Purpose.BENEFIT_CHECK: "核定待遇时核对参保情况",
    Purpose.PERSON_ASKED: "应本人申请查询",
    Purpose.DATA_QUALITY: "核对本系统数据质量",
}

# What a look-up can give, in the order of the answer. A client is granted some of these.
FIELDS: tuple[str, ...] = (
    "name",
    "sex",
    "birth_date",
    "doc_number",
    "hukou_division",
    "hukou_type",
    "home_division",
    "death_on",
    "scope",
    "gap",
    "phone",
    "hukou_address",
    "home_address",
    "enrolments",
)
