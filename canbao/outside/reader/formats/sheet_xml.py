"""What calamine leaves out of the sheets of an XLSX or ODS, found in their XML.

Cells with a fault (#REF!) come as blank ones, formulas that no program has worked out too, and a number that is shown with zeros
before it by its format (000123) comes without them; of an ODS it does not tell merged cells. Sheets without any of these cost a
search for a few bytes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from zipfile import ZipFile

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.limits import MIB

MOST_CELLS: Final = 200_000  # with a fault or zeros, of one sheet
_LONGEST_ROW: Final = 16 * MIB
_LONGEST_PART: Final = 32 * MIB
_FOLDER: Final = "xl/"
_ODS_CONTENT: Final = "content.xml"
_SPANNED: Final = re.compile(rb"number-rows-spanned=[\"']0*([2-9]|1[0-9])")
_END_OF_ROW: Final = re.compile(rb"</(?:\w+:)?row>")
_CELL: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*[^>/])?>(.*?)</(?:\w+:)?c>", re.S)
_NOTICED: Final = re.compile(rb"\bt=[\"']e[\"']|<(?:\w+:)?f\b")
_MAYBE_NOTICED: Final = (
    b"<f",
    b":f",
    b'"e"',
    b"'e'",
)  # found ten times as fast; every match of _NOTICED holds one of them
_LONGEST_TAG: Final = 100
_MOST_TRIES: Final = 1_000
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f\b")
_VALUE: Final = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)</")
_SHEET: Final = re.compile(r"<(?:\w+:)?sheet\b[^>]*?\w+:id=[\"']([^\"']+)[\"']")
_RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_FORMAT: Final = re.compile(r"<(?:\w+:)?numFmt\b[^>]*>")
_LOOKS: Final = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.S)
_LOOK: Final = re.compile(r"<(?:\w+:)?xf\b[^>]*>")
_ZEROS: Final = re.compile(r'(?:"([^"]*)")?(0{2,})(?:"([^"]*)")?(?:;.*)?', re.S)


@dataclass
class Unseen:
    """Of one sheet. texts: by row and column from 0, what is seen there; uncomputed: the first formula without a result."""

    texts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    uncomputed: tuple[int, int] | None = None
    count: int = 0

    def add(self, row: int, column: int, text: str) -> None:
        """Raises ReaderError(MEMORY): saved as CSV the cells are what is seen."""
        self.count += 1
        if self.count > MOST_CELLS:
            raise ReaderError(Failure.MEMORY)
        self.texts[row][column] = text


Padding = dict[int, tuple[str, int, str]]
"""By the number of a look: what stands before the digits, how many digits there are at least, what stands behind."""


class Scanner:
    """The sheets of one workbook, in the order it lists them. ods_spanned: whether cells of an ODS are merged over several rows."""

    def __init__(self, archive: ZipFile) -> None:
        self._padding = _padding(_part(archive, f"{_FOLDER}styles.xml"))
        self._members = _members(archive)
        self._found = {member: Unseen() for member in self._members}
        self._held: dict[str, bytes] = {}
        self.ods_spanned = False

    def feed(self, member: str, block: bytes) -> None:
        """The next bytes of a part of the archive; b"" at its end."""
        if member == _ODS_CONTENT:
            text = self._held.get(member, b"") + block
            self.ods_spanned = self.ods_spanned or _SPANNED.search(text) is not None
            self._held[member] = text[-64:]
        elif member in self._found:
            self._feed_sheet(member, block)

    def _feed_sheet(self, member: str, block: bytes) -> None:
        text = self._held.pop(member, b"") + block
        if end := _end_of_rows(text):
            self._read(text[:end], self._found[member])
            text = text[end:]
        if block and len(text) <= _LONGEST_ROW:
            self._held[member] = text

    def of_sheet(self, number: int) -> Unseen:
        """What was found in the nth sheet (from 0)."""
        return self._found[self._members[number]] if number < len(self._members) else Unseen()

    def _read(self, rows: bytes, unseen: Unseen) -> None:
        if self._padding or _is_noticed(rows):
            for attributes, content in _CELL.findall(rows):
                self._read_cell(attributes, content, unseen)

    def _read_cell(self, attributes: bytes, content: bytes, unseen: Unseen) -> None:
        kind, value = _attribute(attributes, b"t"), _VALUE.search(content)
        text = value[1].decode("utf-8", "replace") if value else ""
        padding = self._padding.get(int(_attribute(attributes, b"s") or b"0")) if kind in (b"", b"n") else None
        uncomputed = not text and not (value and kind == b"str") and _FORMULA.search(content)
        if not (kind == b"e" or padding or uncomputed) or not (place := _place(_attribute(attributes, b"r"))):
            return
        if uncomputed:
            unseen.uncomputed = unseen.uncomputed or place
        elif kind == b"e":
            unseen.add(*place, unescape(text))
        elif padding and text.isascii() and text.isdigit() and len(text) < padding[1] + len(padding[0] + padding[2]):
            unseen.add(*place, padding[0] + text.zfill(padding[1]) + padding[2])


def _end_of_rows(text: bytes) -> int:
    """Where the last row ends; 0 where none does. Looked for from behind: the rows before it need not be told apart."""
    place = len(text)
    for _ in range(_MOST_TRIES):
        place = text.rfind(b"row>", 0, place)
        opened = text.rfind(b"<", max(place - _LONGEST_TAG, 0), place) if place > 0 else -1
        if place < 0:
            return 0
        if opened >= 0 and _END_OF_ROW.fullmatch(text, opened, place + 4):
            return place + 4
    return 0


def _is_noticed(rows: bytes) -> bool:
    return any(sign in rows for sign in _MAYBE_NOTICED) and _NOTICED.search(rows) is not None


def _part(archive: ZipFile, name: str) -> str:
    if name not in archive.namelist():
        return ""
    with archive.open(name) as opened:
        return opened.read(_LONGEST_PART).decode("utf-8", "replace")


def _members(archive: ZipFile) -> list[str]:
    """The parts of the archive that are sheets, as the workbook lists them."""
    targets = {}
    for relation in _RELATION.findall(_part(archive, f"{_FOLDER}_rels/workbook.xml.rels")):
        target = _written(relation, "Target")
        targets[_written(relation, "Id")] = target[1:] if target.startswith("/") else _FOLDER + target
    return [targets.get(unescape(name), "") for name in _SHEET.findall(_part(archive, f"{_FOLDER}workbook.xml"))]


def _padding(styles: str) -> Padding:
    formats = {}
    for written in _FORMAT.findall(styles):
        if found := _ZEROS.fullmatch(_written(written, "formatCode")):
            formats[_written(written, "numFmtId")] = (found[1] or "", len(found[2]), found[3] or "")
    looks = _LOOKS.search(styles) if formats else None
    if not looks:
        return {}
    used = [formats.get(_written(look, "numFmtId")) for look in _LOOK.findall(looks[0])]
    return {number: padding for number, padding in enumerate(used) if padding}


def _written(element: str, name: str) -> str:
    found = re.search(rf"\b{name}=(\"[^\"]*\"|'[^']*')", element)
    return unescape(found[1][1:-1]) if found else ""


def _attribute(attributes: bytes, name: bytes) -> bytes:
    found = re.search(rb"(?:^|\s)" + name + rb"=[\"']([^\"']*)[\"']", attributes)
    return found[1] if found else b""


def _place(reference: bytes) -> tuple[int, int] | None:
    """B7 as (6, 1)."""
    found = re.fullmatch(rb"([A-Z]{1,3})([0-9]{1,7})", reference)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + letter - 64
    return int(found[2]) - 1, column - 1
