"""What a cell of a list says: its value in the normal form of its column, why its row is held, what is told of it.

The one reading of a cell. The set engine decides by `plain_cells.surely` alone which cells need no reading, and asks this for the others,
each spelling once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from canbao.rules.columns import COLUMNS, Column, Problem, Type
from canbao.rules.damage import (
    KEPT,
    MONTHS,
    MOVED_DAY,
    NAMED_MONTH,
    DateDamage,
    NumberDamage,
    date_damage,
    number_damage,
)
from canbao.rules.fillers import Filler, filler_as_written
from canbao.rules.markup import without_markup
from canbao.rules.name_checks import no_name
from canbao.rules.name_notes import has_brackets, without_ordinal
from canbao.rules.telephones import has_words, numbers_of
from canbao.rules.text import code_form, key_form, search_form


class Told(StrEnum):
    """What is told of a cell, besides the kinds of damage and of names that are none."""

    FILLER = "FILLER"  # 无, 不详, 000000: it counts as empty
    COMMON = "COMMON"  # a value that many fill in: it stays, and weighs nothing
    NO_DATE = "NO_DATE"
    NO_DAY = "NO_DAY"  # a birth date of which only the month is told: it counts as empty
    SEVERAL = "SEVERAL"  # telephones: the first of them counts
    BESIDE = "BESIDE"  # 13812345678（儿子）: the number counts
    ORDINAL = "ORDINAL"  # 张三2, 张三（大）: the name counts
    BRACKETS = "BRACKETS"  # 吉克（阿牛）: it stays as it is
    MARKUP = "MARKUP"  # <br>, &nbsp; in a text: it is left out
    NOT_OF_ITS_KIND = "NOT_OF_ITS_KIND"  # it counts as empty


class Held(StrEnum):
    """Why a row is held for a cell, besides the kinds of damage and of names that are none."""

    TOO_LONG = "TOO_LONG"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"


@dataclass(frozen=True, slots=True)
class Cell:
    """value: in normal form, a date in ISO form; None: empty. held, told: codes of this module, `damage` or `name_checks`."""

    value: str | None = None
    held: str | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one column are read.

    column: canonical. codes: of a coded column, what is written (as `code_form`) to the code. open_end: a date far ahead is none.
    step: of a column that went through a spreadsheet or a floating point type, what its rounded numbers are multiples of; else 0.
    filled: every row must have a value.
    moved: of a column of dates whose times of the day are all those of midnight here, told in UTC (`is_moved_column`).
    """

    column: str
    codes: Mapping[str, str] | None = None
    open_end: bool = False
    step: int = 0
    filled: bool = False
    moved: bool = False

    def read(self, sent: str) -> Cell:
        """What a cell says that is there; an empty one says nothing."""
        column = COLUMNS[self.column]
        if column.type is Type.DATE:
            return _date_cell(column, sent, self)
        if column.type is Type.CODE:
            return _code_cell(column, sent, self.codes or {})
        if column.type is Type.PHONE and (numbers := numbers_of(sent)):
            return _phone_cell(column, sent, numbers)
        if column.type is Type.TEXT and (shown := without_markup(sent)) != sent:
            return replace(_text_cell(column, shown, 0), told=Told.MARKUP)
        return _text_cell(column, sent, self.step)

    def key_part(self, sent: str) -> str | None:
        """A cell as part of a record's key; None where it says nothing, or what others may say as well.

        A word for a code is written as the first code that it stands for.
        """
        column = COLUMNS[self.column]
        if column.type is Type.CODE:
            return _key_code(code_form(sent), self.codes or {})
        key = key_form(sent)
        if filler_as_written(COLUMNS["record_key"], key) is Filler.NOTHING:
            return None
        if column.type not in (Type.NUMBER, Type.KEY):
            return key
        cell = self.read(sent)
        numbered = (
            column.type is Type.KEY and cell.told is Told.COMMON
        )  # a system that counts from 1 has such numbers too
        return None if cell.value is None or (cell.told and not numbered) else key


def _key_code(text: str, codes: Mapping[str, str]) -> str | None:
    if text.isdigit() or text not in codes:
        return text if text in codes else None
    return next((raw for raw, code in codes.items() if raw.isdigit() and code == codes[text]), text)


# Numbers without which a row is nobody's, or somebody else's: a row that lost one is held. Of others only the value goes.
HOLDING: Final = frozenset({"doc_number", "birth_certificate", "mother_number", "person_no", "card_no", "household_no"})


def _text_cell(column: Column, sent: str, step: int) -> Cell:
    value = column.written(sent)
    kind = filler_as_written(column, value)
    if kind is Filler.NOTHING:
        return Cell(told=Told.FILLER if value and column.links and column.type is not Type.NAME else None)
    if column.type is Type.NAME:
        return _name_cell(column, value)
    if (damage := number_damage(column.name, value)) and damage.kind not in KEPT:
        return Cell(held=damage.kind) if column.name in HOLDING else Cell(told=damage.kind)
    if column.problem(value) is Problem.TOO_LONG:
        return Cell(held=Held.TOO_LONG)
    if step and is_long(value) and int(value) % step == 0:
        return Cell(told=NumberDamage.ROUNDED)
    if column.problem(value):
        return Cell(told=Told.NOT_OF_ITS_KIND)
    if damage:
        return Cell(value, told=damage.kind)
    return Cell(value, told=Told.COMMON if kind else None)


def _phone_cell(column: Column, sent: str, numbers: Sequence[str]) -> Cell:
    cells = [_text_cell(column, number, 0) for number in numbers]
    if len(numbers) == 1 and not has_words(sent):
        return cells[0]
    told = Told.SEVERAL if len(numbers) > 1 else Told.BESIDE
    return replace(next((cell for cell in cells if cell.value), cells[0]), told=told)


def _name_cell(column: Column, value: str) -> Cell:
    if reason := no_name(value):
        return Cell(held=reason) if column.name == "name" else Cell(told=reason)
    name = without_ordinal(value)
    if column.problem(name):
        return Cell(held=Held.TOO_LONG)
    return Cell(name, told=Told.ORDINAL if name != value else Told.BRACKETS if has_brackets(name) else None)


def is_long(number: str) -> bool:
    """Whether a spreadsheet or a floating point type would have rounded this number."""
    return re.fullmatch(r"[1-9][0-9]{15,17}", number) is not None


def _code_cell(column: Column, sent: str, codes: Mapping[str, str]) -> Cell:
    text = code_form(sent)
    if text in codes:
        return Cell(codes[text])
    if filler_as_written(column, text) is Filler.NOTHING:
        return Cell()
    damage = number_damage(column.name, text)
    return Cell(held=damage.kind if damage else Held.UNKNOWN_CODE)


_NO_DAY: Final = re.compile("[0 /.:-]*")
_OPEN_END: Final = re.compile(
    "9999[-/.年]?12([-/.月]?(31|01|1)日?)?月?([ T].*)?|长期|长期有效|至今|迄今|永久|无期|未终止"
)
_MONTH_ONLY: Final = re.compile("[0-9]{6}|[0-9]{4}[-/.年][0-9]{1,2}月?")
_SURE_DAY: Final = re.compile("[12][0-9]{3}[-/年][0-9]{1,2}[-/月][0-9]{1,2}日?|[12][0-9]{5}([0-9]{2})?")
_DAY: Final = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})?|([0-9]{4})[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2})日?)?月?(?:[ T][0-9:.]+(?:\+0?8(?::?00)?)?)?"
)
# The name of the month says which is the day, four digits which is the year: 05-MAR-1987, 05-3月 -1987.
_DAY_OF_NAMED_MONTH: Final = re.compile(rf"([0-9]{{1,2}})[-/. ]{NAMED_MONTH} ?[-/. ]([0-9]{{4}})( [0-9:. APM]*)?")


def _date_cell(column: Column, sent: str, reading: Reading) -> Cell:
    text = search_form(sent).upper()
    if not text:
        return Cell()
    if _NO_DAY.fullmatch(text):
        return Cell(told=Told.NO_DATE)
    if reading.open_end and _OPEN_END.fullmatch(text):
        return Cell()
    if reading.moved and re.fullmatch(MOVED_DAY, text):
        return Cell(held=DateDamage.ZONE)
    if not _SURE_DAY.fullmatch(text) and (damage := date_damage(column.name, text)):
        return Cell(held=damage)
    day = _day(text)
    if filler_as_written(column, text if day is None else day.isoformat()) is Filler.NOTHING:
        return Cell(told=Told.NO_DATE)
    if day is None:
        return Cell(held=Held.IMPOSSIBLE_DATE)
    if column.name == "birth_date" and _MONTH_ONLY.fullmatch(text):
        return Cell(held=Told.NO_DAY) if reading.filled else Cell(told=Told.NO_DAY)
    return Cell(day.isoformat())


def _day(text: str) -> date | None:
    if not (parts := _day_of_named_month(text) or _parts_of_day(text)):
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def _parts_of_day(text: str) -> tuple[int, int, int] | None:
    if not (found := _DAY.fullmatch(text)):
        return None
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], found[6])
    return int(year), int(month), int(day or 1)


def _day_of_named_month(text: str) -> tuple[int, int, int] | None:
    if not (found := _DAY_OF_NAMED_MONTH.fullmatch(text)):
        return None
    month = MONTHS.index(found[2]) + 1 if found[2] in MONTHS else int(found[2].removesuffix("月"))
    return int(found[3]), month, int(found[1])
