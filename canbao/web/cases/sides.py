"""A case as a table: a row per field, a cell per person, the characters that differ marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from canbao.rules.labels import RECORD_FIELDS, SOURCES
from canbao.rules.match_labels import CaseKind
from canbao.rules.wording import code_in_words, division_name, in_words
from canbao.services.matching import CaseView, Side

FIELDS = ("name", "former_name", "doc_type", "doc_number", "sex", "birth_date", "division", "address", "phone",
          "person_no", "mother_number", "birth_certificate", "death_on", "from_on", "until_on", "extra")  # fmt: skip
_SPELLED = ("name", "former_name")  # differing characters are marked in these and, by place, in numbers
SHORT = 4  # more places than these are another number, not a slip


@dataclass(frozen=True)
class Piece:
    text: str
    differs: bool = False


@dataclass(frozen=True)
class Row:
    """tone: agrees, overlaps (some values in common), differs, or "" where only one side says anything.

    item: under which hidden values of the row are opened, "" where nothing is hidden.
    """

    label: str
    cells: list[list[list[Piece]]]
    tone: str
    item: str = ""


@dataclass(frozen=True)
class Head:
    """A person of the case: what stands above his column."""

    person_id: int
    sources: str
    insured: list[str]
    merged_into: int | None
    is_here: bool
    clear: frozenset[str] = frozenset()


def heads(view: CaseView) -> list[Head]:
    return [_head(view, side) for side in view.sides]


def _head(view: CaseView, side: Side) -> Head:
    sources = dict.fromkeys(
        SOURCES.get(r["source"], r["source"]) for r in view.records if r["person_id"] == side.person_id
    )
    insured = list(dict.fromkeys(_insurance(one) for one in side.enrolments))
    return Head(side.person_id, "、".join(sources), insured, side.merged_into, bool(side.office), frozenset(side.clear))


def _insurance(row: Any) -> str:
    state = code_in_words("enrol_status", row["enrol_status"]) if row["enrol_status"] else ""
    since = f"{row['spell_from']:%Y-%m} 起" if row["spell_from"] else ""
    until = f"至 {row['spell_to']:%Y-%m}" if row["spell_to"] else ""
    return " · ".join(filter(None, (code_in_words("scheme", row["scheme"]), state, since + until)))


def rows(view: CaseView, *, on: date) -> list[Row]:
    """Fields nobody has are left out."""
    found = []
    for name in FIELDS:
        said = [_said(view, side.person_id, name, on) for side in view.sides]
        if any(said):
            places = view.differing.get(name, [])
            cells = [[_pieces(name, value, said, mine, places) for value in values] for mine, values in enumerate(said)]
            found.append(Row(RECORD_FIELDS[name], cells, _tone(view, name, said), name if name == "doc_number" else ""))
    return found + _of_death(view, on)


def _of_death(view: CaseView, on: date) -> list[Row]:
    """What the register and the lists say of the death of somebody, and who says it: what such a case is decided by."""
    if view.case.kind != CaseKind.DEAD_BUT_ACTIVE:
        return []
    registered = [[_registered(side, on)] for side in view.sides]
    listed = [[_listed(one) for one in side.listed] for side in view.sides]
    rows = (("登记库所载死亡", registered), ("名单所载", listed))
    return [Row(label, [[[Piece(text)] for text in cell if text] for cell in cells], "") for label, cells in rows]


def _registered(side: Side, on: date) -> str:
    """The day of death, and the state of the hukou, which only the police report."""
    day = in_words("death_on", side.facts.get("death_on"), on=on)
    hukou = in_words("hukou_status", side.facts.get("hukou_status"), on=on)
    said = (f"死亡日期 {day}" if day else "没有死亡日期", f"户籍状态：{hukou}（{SOURCES['police']}）" if hukou else "")
    return "；".join(filter(None, said))


def _listed(row: Mapping[str, Any]) -> str:
    since = f"{row['from_on']:%Y-%m-%d}" if row["from_on"] else "日期不详"
    return f"{SOURCES.get(row['source'], row['source'])}：{since}"


def _tone(view: CaseView, name: str, said: Sequence[Sequence[str]]) -> str:
    if sum(map(bool, said)) < 2 or (name == "person_no" and name in view.differing):
        return ""  # every system numbers its own people
    if name in view.differing:
        return "differs"
    return "agrees" if len({frozenset(values) for values in said if values}) == 1 else "overlaps"


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
    """The columns are narrow: a division without its code."""
    return division_name(str(value), on=on) if name == "division" and value else in_words(name, value, on=on)
