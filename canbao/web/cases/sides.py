"""A case as a table: a row per field, a cell per person, the characters that differ marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbao.rules.codes import UnknownCode, label
from canbao.rules.division import BadDivisionCode, UnknownDivision, load_tree
from canbao.services.matching import CaseView, Side

FIELDS = {
    "name": "姓名",
    "former_name": "曾用名",
    "doc_type": "证件类型",
    "doc_number": "证件号码",
    "sex": "性别",
    "birth_date": "出生日期",
    "division": "区划",
    "address": "地址",
    "phone": "联系电话",
    "person_no": "个人编号",
    "mother_number": "母亲证件号码",
    "birth_certificate": "出生医学证明",
}
SOURCES = {
    "employee": "城镇职工五险",
    "resident_pension": "居民养老",
    "resident_medical": "居民医疗",
    "public_pension": "机关养老",
    "police": "公安户籍",
    "health": "卫生计生",
    "deaths": "殡葬",
    "elsewhere": "外省参保",
    "students": "在校学生",
    "prison": "服刑",
    "soldiers": "现役",
}
_CODES = {"doc_type": "certificate_type", "sex": "sex"}
_SPELLED = ("name", "former_name")  # differing characters are marked in these and, by place, in numbers
SHORT = 4  # more places than these are another number, not a slip


@dataclass(frozen=True)
class Piece:
    text: str
    differs: bool = False


@dataclass(frozen=True)
class Row:
    """tone: agrees, differs, or "" where only one side says anything."""

    label: str
    cells: list[list[list[Piece]]]
    tone: str
    long: bool = False


@dataclass(frozen=True)
class Head:
    """A person of the case: what stands above his column."""

    person_id: int
    sources: str
    insured: list[str]
    merged_into: int | None
    is_here: bool


def heads(view: CaseView) -> list[Head]:
    return [_head(view, side) for side in view.sides]


def _head(view: CaseView, side: Side) -> Head:
    sources = dict.fromkeys(
        SOURCES.get(r["source"], r["source"]) for r in view.records if r["person_id"] == side.person_id
    )
    insured = list(dict.fromkeys(_insurance(one) for one in side.enrolments))
    return Head(side.person_id, "、".join(sources), insured, side.merged_into, bool(side.office))


def _insurance(row: Any) -> str:
    state = _code("enrol_status", row["enrol_status"]) if row["enrol_status"] else ""
    since = f"{row['spell_from']:%Y-%m} 起" if row["spell_from"] else ""
    until = f"至 {row['spell_to']:%Y-%m}" if row["spell_to"] else ""
    return " · ".join(filter(None, (_code("scheme", row["scheme"]), state, since + until)))


def rows(view: CaseView, *, on: date) -> list[Row]:
    """Fields nobody has are left out."""
    found = []
    for name, text in FIELDS.items():
        said = [_said(view, side.person_id, name, on) for side in view.sides]
        if any(said):
            places = view.differing.get(name, [])
            cells = [[_pieces(name, value, said, mine, places) for value in values] for mine, values in enumerate(said)]
            found.append(Row(text, cells, _tone(view, name, said)))
    return found


def _tone(view: CaseView, name: str, said: Sequence[Sequence[str]]) -> str:
    if sum(map(bool, said)) < 2 or (name == "person_no" and name in view.differing):
        return ""  # every system numbers its own people
    return "differs" if name in view.differing else "agrees"


def _said(view: CaseView, person_id: int, name: str, on: date) -> list[str]:
    values = [_in_words(name, row.get(name), on) for row in view.records if row["person_id"] == person_id]
    return list(dict.fromkeys(value for value in values if value))


def _pieces(name: str, value: str, said: Sequence[Sequence[str]], mine: int, places: Sequence[int]) -> list[Piece]:
    """Numbers by the places the service found (they are masked here), names by what the other side lacks."""
    if places and len(places) <= SHORT:
        return [Piece(char, place in places) for place, char in enumerate(value, 1)]
    others = {char for number, values in enumerate(said) if number != mine for other in values for char in other}
    if name in _SPELLED and others and not all(char not in others for char in value):
        return [Piece(char, char not in others) for char in value]
    return [Piece(value)]


def _in_words(name: str, value: Any, on: date) -> str:
    if value in (None, ""):
        return ""
    if name in _CODES:
        return _code(_CODES[name], str(value))
    if name == "division":
        try:
            return load_tree().full_name(str(value), on).removeprefix("重庆市") or "重庆市"
        except (BadDivisionCode, UnknownDivision):
            return str(value)
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)


def _code(table: str, code: str) -> str:
    try:
        return label(table, code)
    except (UnknownCode, LookupError):
        return code
