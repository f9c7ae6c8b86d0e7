"""Values in words: codes, divisions and offices as a clerk calls them, the code beside where it helps to find the row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from canbao.rules.codes import UnknownCode, label
from canbao.rules.division import BadDivisionCode, UnknownDivision, load_tree
from canbao.rules.labels import GAPS, SCOPES, SOURCES
from canbao.rules.offices import UnknownOffice, office_name
from canbao.rules.period import HERE
from canbao.rules.workplaces import DISTRICTS_TABLE, PROVINCES_TABLE

TABLES = {
    "sex": "sex",
    "ethnicity": "ethnicity",
    "doc_type": "certificate_type",
    "hukou_type": "hukou_type",
    "hukou_status": "hukou_status",
    "residence": "residence",
    "scheme": "scheme",
    "capacity": "capacity",
    "card_status": "card_status",
    "occupation": "occupation",
    "reason_not_enrolled": "reason_not_enrolled",
}
_ACTS = {
    "run": "第 {} 次比对",
    "case": "核实第 {} 号疑点",
    "retract": "撤销第 {} 次比对",
    "merge": "第 {} 次合并",
    "unmerge": "撤销第 {} 次合并",
    "batch": "批次 {}",
    "delivery": "报送 {}",
    "form": "登记表 {}",
    "village": "按地址确定村（社区），规则 {}",
    "village-act": "第 {} 次办理村（社区）",
    "village-undo": "撤销第 {} 次办理村（社区）",
    "line": "入户调查名单 {} 的登记表",
}


def in_words(field: str, value: Any, *, on: date) -> str:
    """A fact of a person or a source record for reading; empty for none."""
    if value is None or value == "":
        return ""
    if field in TABLES:
        return code_in_words(TABLES[field], str(value))
    if field == "division" or field.endswith("_division"):
        return division_in_words(str(value), on=on)
    match field:
        case "scope":
            return SCOPES[value]
        case "gap":
            return GAPS[value]
        case "office_path":
            return f"{office_in_words(value)}（{value}）"
    match value:
        case bool():
            return "是" if value else "否"
        case datetime():
            return f"{value.astimezone(HERE):%Y-%m-%d %H:%M:%S}"
        case _:
            return str(value)


def code_in_words(table: str, code: str) -> str:
    """The name of a code; one that the table does not know stays as it is."""
    if table in (DISTRICTS_TABLE, PROVINCES_TABLE):
        return code  # kept by its name
    try:
        return label(table, code)
    except UnknownCode:
        return code


def division_in_words(code: str, *, on: date) -> str:
    """The full name with the code; only the code where it is not of this city."""
    name = division_name(code, on=on)
    return code if name == code else f"{name}（{code}）"


def division_name(code: str, *, on: date) -> str:
    """The full name within the city; the code where it is not of this city."""
    try:
        return load_tree().full_name(code, on).removeprefix("重庆市") or "重庆市"
    except (BadDivisionCode, UnknownDivision):
        return code


def office_in_words(path: str) -> str:
    """Agency, town office and committee, from above."""
    try:
        return " · ".join(office_name(path[:length]) for length in (2, 6, 15, 18) if _belongs(length, path))
    except UnknownOffice:
        return path


def basis_in_words(basis: str) -> str:
    """What a version rests on: an act of the product in words, a document as it was written down."""
    acts = [_act_in_words(one) for one in basis.split(",")]
    return "、".join(acts) if all(acts) else basis


def _act_in_words(one: str) -> str:
    """Empty for what is no act of the product."""
    act, _, number = one.replace(" ", ":", 1).partition(":")
    return _ACTS[act].format(number) if act in _ACTS and number.isdigit() else ""


def _belongs(length: int, path: str) -> bool:
    """The city is only named when nothing below it is."""
    return length <= len(path) and (length > 2 or len(path) == 2)


def sources_in_words(names: str) -> str:
    """A comma-separated list of sources."""
    return "、".join(SOURCES.get(name.strip(), name.strip()) for name in names.split(","))
