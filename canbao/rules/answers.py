"""The items of the form 《登记表》 that a visit may bring, in the form's own order, and where each is kept (规程第八条, 附件).

FRONT items are facts of the register: blank ones are asked for, others only contradicted. BACK items are what the person declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from canbao.rules.article import article


class Kept(StrEnum):
    """Where an answer goes. PERSON: a fact of the person; DECLARATION: what was declared; FORM: stays on the form."""

    PERSON = "PERSON"
    DECLARATION = "DECLARATION"
    FORM = "FORM"


class Shape(StrEnum):
    """How it is filled in. table of a CODE: `Item.table` in rules.codes."""

    TEXT = "TEXT"
    CODE = "CODE"
    CODES = "CODES"
    DAY = "DAY"
    DIVISION = "DIVISION"


@dataclass(frozen=True, slots=True)
class Item:
    """One box of the form. present: a statement about today (a later one follows it); else a later one contradicts it."""

    name: str
    label: str
    kept: Kept
    shape: Shape = Shape.TEXT
    table: str = ""
    present: bool = False
    longest: int = 100


_P, _D, _F = Kept
ITEMS: Final[tuple[Item, ...]] = (
    Item("name", "姓名", _P),
    Item("sex", "性别", _P, Shape.CODE, "sex"),
    Item("ethnicity", "民族", _P, Shape.CODE, "ethnicity"),
    Item("birth_date", "出生日期", _P, Shape.DAY),
    Item("doc_type", "证件类型", _P, Shape.CODE, "certificate_type"),
    Item("doc_number", "证件号码", _P, longest=40),
    Item("hukou_type", "户籍性质", _P, Shape.CODE, "hukou_type"),
    Item("hukou_address", "户籍所在地", _P, longest=300),
    Item("occupation", "当前职业", _D, Shape.CODE, "occupation", present=True),
    Item("work_in", "就业地（区/县）", _D, Shape.CODE, "work_district", present=True),
    Item("work_out", "就业地（省/自治区/直辖市）", _D, Shape.CODE, "work_province", present=True),
    Item("away_schemes", "市外参保险种", _D, Shape.CODES, "away_scheme", present=True),
    Item("home_division", "现居住地区划", _P, Shape.DIVISION),
    Item("home_address", "现居住地址", _P, longest=300),
    Item("post_address", "通讯地址", _D, longest=300),
    Item("post_code", "邮政编码", _D, longest=6),
    Item("phone", "移动电话", _P, longest=60),
    Item("landline", "固定电话", _D, longest=20),
    Item("qq", "QQ号码", _D, longest=15),
    Item("email", "电子邮箱", _D),
    Item("reason_not_enrolled", "未参保原因", _D, Shape.CODE, "reason_not_enrolled", present=True),
    Item("signer", "签名人", _F, Shape.CODE, "signer"),
    Item("signer_name", "监护人/代理人姓名", _F),
    Item("signed_on", "签名日期", _F, Shape.DAY),
    Item("surveyor", "调查人", _F),
)
BY_NAME: Final[Mapping[str, Item]] = {item.name: item for item in ITEMS}
PERSON_ITEMS: Final = tuple(item.name for item in ITEMS if item.kept is Kept.PERSON)
DECLARED_ITEMS: Final = tuple(item.name for item in ITEMS if item.kept is Kept.DECLARATION)

# What a complete record has (规程附件正面; domain 2.1). hukou_address only of who has a hukou here.
COMPLETE: Final = (
    "name",
    "sex",
    "ethnicity",
    "birth_date",
    "doc_number",
    "hukou_type",
    "hukou_address",
    "home_address",
    "phone",
)

# 市外已参加社会保险: the five boxes of the form, X-codes of the sheet.
AWAY_SCHEMES: Final[Mapping[str, str]] = {
    "XP": "养老保险",
    "XM": "医疗保险",
    "XU": "失业保险",
    "XW": "工伤保险",
    "XB": "生育保险",
}


class Signer(StrEnum):
    SELF = "SELF"
    GUARDIAN = "GUARDIAN"
    AGENT = "AGENT"

    @property
    def label(self) -> str:
        return _SIGNERS[self]


_SIGNERS: Final = {Signer.SELF: "本人", Signer.GUARDIAN: "监护人", Signer.AGENT: "指定代理人"}


class Fate(StrEnum):
    """What becomes of an answer."""

    SAME = "SAME"  # the register says so already
    NEW = "NEW"  # the register had nothing: recorded with the form as basis
    STATED = "STATED"  # about today: recorded, the earlier statement goes to history
    CONTRADICTS = "CONTRADICTS"  # a change request (规程第八条末款)


@article(8)
def fate(item: Item, *, answer: Any, known: Any) -> Fate | None:
    """What becomes of one answer beside what the register knows; None for no answer, and for what stays on the form."""
    if item.kept is Kept.FORM or answer in (None, "", [], ()):
        return None
    if known in (None, "", [], ()):
        return Fate.NEW
    if _plain(answer) == _plain(known):
        return Fate.SAME
    return Fate.STATED if item.present else Fate.CONTRADICTS


def _plain(value: Any) -> str:
    return "".join(str(value).split())
