"""Source records on the terminal: one below the other, or the sides of a case beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from canbao.cli.labels import RECORD_FIELDS, RULES, SOURCES
from canbao.cli.output import print_table
from canbao.cli.words import in_words
from canbao.services.matching import CaseView

HIDDEN = "证件号码、电话和地址已隐藏一部分;因办理业务须看全部内容时加 --full,查看均留有记录。"
_COLUMNS = ("name", "former_name", "doc_type", "doc_number", "sex", "birth_date", "division", "phone", "address")
_BESIDE = (*_COLUMNS, "person_no", "mother_number", "birth_certificate", "death_on", "from_on", "until_on", "extra")


def print_records(records: Sequence[dict[str, Any]], *, title: str, on: date) -> None:
    """A row per record; columns nobody has are left out."""
    rows = [
        {name: in_words(name, row.get(name), on=on) for name in _COLUMNS}
        | {
            "person": str(row.get("person_id") or ""),
            "source": SOURCES[row["source"]],
            "record_key": row["record_key"],
            "rule": RULES.get(row.get("rule", ""), ""),
        }
        for row in records
    ]
    columns = {"person": "人员", "source": "来源", "record_key": "主键", "rule": "依据"}
    columns |= {name: RECORD_FIELDS[name] for name in _COLUMNS}
    print_table(rows, columns={name: text for name, text in columns.items() if any(r[name] for r in rows)}, title=title)


def print_sides(view: CaseView, *, on: date) -> None:
    """A column per person of the case with all that his records in it say, and where the people differ."""
    rows = []
    for name in _BESIDE:
        sides = {str(side.person_id): _said_of(view, side.person_id, name, on) for side in view.sides}
        if any(sides.values()):
            rows.append({"what": RECORD_FIELDS[name], "verdict": _verdict(view, name, list(sides.values()))} | sides)
    columns = {"what": "项目"} | {
        str(side.person_id): f"人员 {side.person_id}" if side.person_id else "名单所载" for side in view.sides
    }
    print_table(rows, columns=columns | {"verdict": "异同"}, title="各方对照")


def _said_of(view: CaseView, person_id: int, name: str, on: date) -> str:
    said = [in_words(name, row.get(name), on=on) for row in view.records if row["person_id"] == person_id]
    return " / ".join(dict.fromkeys(text for text in said if text))


def _verdict(view: CaseView, name: str, sides: Sequence[str]) -> str:
    if sum(map(bool, sides)) < 2:
        return ""
    if name == "person_no" and len(set(sides)) > 1:
        return ""  # every system numbers its own people
    if name not in view.differing:
        return "相同" if len(set(sides)) == 1 else "有相同的"
    places = view.differing[name]
    return f"不同(第 {'、'.join(map(str, places))} 位)" if 0 < len(places) <= 4 and len(sides) == 2 else "不同"
