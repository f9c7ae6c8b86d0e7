"""XLSX and ODS by calamine: every sheet that is seen on opening, with one header in one plain row; hidden sheets are only named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, FileIO
from itertools import chain, islice
from typing import Any, Final
from zipfile import ZipFile

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from canbao.outside.gb18030 import mend_text
from canbao.outside.reader.columns import packed
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats.sheet_xml import Scanner, Unseen
from canbao.outside.reader.formats.text import number_text, tidied
from canbao.outside.reader.formats.workbook_archive import MARK, check_members
from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import LONGEST_HEADING, LONGEST_SHEET_NAME, MOST_SHEETS, ROWS_LOOKED_AT, Limits

CELLS_AT_ONCE: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet with data. row: of its header, from 0; merged: cells merged into it; rows: those below.

    spanned: cells below it that are merged over several rows; uncomputed: a formula without a result; below: the first rows.
    """

    name: str
    row: int
    header: list[str]
    merged: tuple[int, ...] | None
    spanned: tuple[int, ...] | None
    uncomputed: tuple[int, int] | None
    rows: int
    below: list[list[Any]]
    cells: Iterator[list[Any]]


def read(file: FileIO, out: FrameWriter, limits: Limits) -> None:
    """Answers a head, then batches with the rows of all sheets behind one another, blank ones too, so that rows can be counted.

    head: header; below: the first rows under it; sheets: (name, row of the header from 0, rows below) of each sheet that is read;
    hidden, other: the names of hidden sheets with data, and of those with another header; merged: cells merged into a header;
    spanned, uncomputed: as of a sheet.
    """
    size = file.seek(0, 2)
    scanner = check_members(file, limits, size)
    file.seek(0)
    seen, hidden = _sheets(file, limits, scanner)
    if not seen:
        raise ReaderError(Failure.ONLY_HIDDEN if hidden else Failure.EMPTY)
    first, *further = seen
    alike = [first, *(sheet for sheet in further if _by_place(sheet.header) == _by_place(first.header))]
    out.head(
        header=list(map(_heading, first.header)),
        below=[[_heading(_text(cell) or "") for cell in row] for row in first.below],
        sheets=[[_short(sheet.name), sheet.row, sheet.rows] for sheet in alike],
        hidden=[_short(name) for name in hidden],
        other=[_short(sheet.name) for sheet in further if sheet not in alike and _is_table(sheet)],
        merged=next((sheet.merged for sheet in alike if sheet.merged), None),
        spanned=next((sheet.spanned for sheet in alike if sheet.spanned), () if scanner.ods_spanned else None),
        uncomputed=next((sheet.uncomputed for sheet in alike if sheet.uncomputed), None),
    )
    for sheet in alike:
        for columns in _columns(sheet.cells, len(first.header)):
            out.batch(packed(columns))


def _names(header: list[str]) -> list[str]:
    return [text.strip() for text in header if text.strip()]


def _by_place(header: list[str]) -> list[str]:
    """Headings in their places, blank ones too: cells are taken by place."""
    names = [text.strip() for text in header]
    while names and not names[-1]:
        names.pop()
    return names


def _is_table(sheet: _Sheet) -> bool:
    """Remarks in one column, or a header alone, are no list."""
    return sheet.rows > 0 and len(_names(sheet.header)) > 1


def _heading(text: str) -> str:
    return mend_text(text[:LONGEST_HEADING])


def _short(name: str) -> str:
    return mend_text(name[:LONGEST_SHEET_NAME])


def _sheets(file: FileIO, limits: Limits, scanner: Scanner) -> tuple[list[_Sheet], list[str]]:
    """The sheets with data that are seen on opening, and the names of those that are hidden."""
    seen: list[_Sheet] = []
    hidden: list[str] = []
    try:
        book = CalamineWorkbook.from_filelike(file)
        if len(book.sheets_metadata) > MOST_SHEETS:
            raise ReaderError(Failure.TOO_MANY_SHEETS)
        for number, sheet in enumerate(book.sheets_metadata):
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                continue
            opened = book.get_sheet_by_name(sheet.name)
            if not opened.height:
                continue
            if sheet.visible is not SheetVisibleEnum.Visible:
                hidden.append(sheet.name)
            elif (found := _sheet(opened, limits, scanner.of_sheet(number))) is not None:
                seen.append(found)
    except PasswordError as error:
        raise ReaderError(Failure.ENCRYPTED) from error
    except (CalamineError, OSError, ValueError) as error:
        raise ReaderError(Failure.DAMAGED) from error
    return seen, hidden


def _sheet(opened: CalamineSheet, limits: Limits, unseen: Unseen) -> _Sheet | None:
    if opened.width > limits.columns:
        raise ReaderError(Failure.TOO_MANY_COLUMNS)
    left = opened.start[1] if opened.start else 0
    cells = _as_seen(opened.iter_rows(), unseen.texts, left)
    for row, texts in enumerate([_text(cell) or "" for cell in cells_] for cells_ in cells):
        if any(text.strip() for text in texts):
            ranges = [(*start, *end) for start, end in opened.merged_cell_ranges or []]
            merged = next((place for place in ranges if place[0] <= row), None)
            last = opened.end[0] if opened.end else row
            below = list(islice(cells, ROWS_LOOKED_AT))
            return _Sheet(
                opened.name, row, texts, merged, _spanned(ranges, row, last, texts, left), unseen.uncomputed, last - row, below,
                chain(below, cells),
            )  # fmt: skip
    return None


def _as_seen(
    rows: Iterator[list[Any]], texts: dict[int, dict[int, str]], left: int
) -> Iterator[list[Any]]:  # fmt: skip
    """The rows with the texts of some cells; left: the column of their first cell."""
    for number, row in enumerate(rows):
        for column, text in texts.get(number, {}).items():
            if 0 <= column - left < len(row):
                row[column - left] = text
        yield row


def _spanned(
    ranges: list[tuple[int, ...]], row: int, last: int, header: list[str], left: int
) -> tuple[int, ...] | None:  # fmt: skip
    """The first merged cells below the header (at `row`) whose lower rows would be blank in a column of the list."""
    named = {place + left for place, text in enumerate(header) if text.strip()}
    return next(
        (
            (top, first, bottom, right)
            for top, first, bottom, right in ranges
            if row < top < bottom and top <= last and not named.isdisjoint(range(first, right + 1))
        ),
        None,
    )


def _columns(cells: Iterator[list[Any]], width: int) -> Iterator[list[pa.Array]]:
    while rows := list(islice(cells, max(1, CELLS_AT_ONCE // max(width, 1)))):
        texts = [[_text(cell) for cell in row[:width]] + [None] * (width - len(row)) for row in rows]
        if width:
            yield [tidied(pa.array(column, pa.string())) for column in zip(*texts, strict=True)]


def _text(cell: Any) -> str | None:
    """A cell as the sender would have typed it."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds") if cell.time() != dt.time() else cell.date().isoformat()
    return None if cell is None else str(cell)


def sample() -> bytes:
    content = BytesIO()
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    names = "http://schemas.openxmlformats.org"
    parts = {
        MARK: f'<Types xmlns="{names}/package/2006/content-types"><Override PartName="/xl/workbook.xml"'
        f' ContentType="{types}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{names}/package/2006/relationships"><Relationship Id="r1"'
        f' Type="{names}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{names}/spreadsheetml/2006/main"'
        f' xmlns:r="{names}/officeDocument/2006/relationships"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{names}/package/2006/relationships"><Relationship Id="r1"'
        f' Type="{names}/officeDocument/2006/relationships/worksheet" Target="worksheets/a.xml"/></Relationships>',
        "xl/worksheets/a.xml": f'<worksheet xmlns="{names}/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"'
        ' t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>',
    }  # fmt: skip
    with ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()
