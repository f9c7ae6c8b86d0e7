"""Templates for departments: an empty workbook of text cells for each source and kind, with a hint at each heading."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from canbao.bulk.sources import source_map
from canbao.bulk.sources.instructions import KINDS, Item, items, key_headings
from canbao.outside.sheets import workbook
from canbao.rules.labels import DEPARTMENTS
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access

_LONGEST_HINT: Final = 255  # characters, in any spreadsheet
_ROWS: Final = 1_048_576


class NoSuchTemplateError(LookupError):
    """No source of that name, or no such kind."""


def template_items(source: str, kind: str, *, actor: Actor) -> tuple[Item, ...]:
    """What stands in each column. Raises NotAllowed, NoSuchTemplateError."""
    _check(source, kind, actor)
    return items(source_map(source), kind)


def template_key(source: str) -> str:
    """By which columns a record is found again."""
    return key_headings(source_map(source))


def write_template(target: Path, source: str, kind: str, *, actor: Actor) -> None:
    """Write the workbook. Raises NotAllowed, NoSuchTemplateError."""
    columns = template_items(source, kind, actor=actor)
    with workbook(target) as book:
        text = book.add_format({"num_format": "@"})
        looks = {
            must: book.add_format({"num_format": "@", "bold": True, "border": 1, "bg_color": colour})
            for must, colour in ((True, "#F8D7B0"), (False, "#DDE6F0"))
        }
        sheet = book.add_worksheet("名单")
        sheet.set_column(0, len(columns) - 1, 20, text)
        sheet.freeze_panes(1, 0)
        for place, item in enumerate(columns):
            sheet.write_string(0, place, item.heading, looks[item.must != "可以没有"])
            _hint(sheet, place, item)


def _hint(sheet: Any, place: int, item: Item) -> None:
    """Shown when the cell is chosen: nothing that stands in the sheet itself, where it would be a row of the list."""
    hint = {
        "validate": "custom", "value": "=FALSE", "error_title": "请勿改动表头", "error_message": "请勿改动表头。",
        "input_title": item.heading[:32], "input_message": f"{item.must}。{item.how}。"[:_LONGEST_HINT],
    }  # fmt: skip
    sheet.data_validation(0, place, 0, place, hint)
    if item.choices:
        sheet.data_validation(1, place, _ROWS - 1, place, {"validate": "list", "source": list(item.choices)})


def _check(source: str, kind: str, actor: Actor) -> None:
    access.require(actor, Permission.DELIVERY_VIEW)
    if source not in DEPARTMENTS or kind not in KINDS:
        raise NoSuchTemplateError(source, kind)
