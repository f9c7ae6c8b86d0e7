"""XLSX and ODS by calamine: the first sheet with data, header in one plain row."""

from __future__ import annotations

import datetime as dt
import encodings.cp437  # noqa: F401 - names in archives; a locked process imports nothing
import zlib
from collections.abc import Iterator
from io import BufferedReader, BytesIO, FileIO
from itertools import islice
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from canbao.outside.gb18030 import mend_text
from canbao.outside.reader.columns import packed
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats.text import number_text, tidied
from canbao.outside.reader.frames import FrameWriter, check_amount
from canbao.outside.reader.limits import LONGEST_HEADING, MIB, Limits

CELLS_AT_ONCE: Final = 100_000
_MARK: Final = "[Content_Types].xml"
_ODS_MARK: Final = "mimetype"
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_ENCRYPTED: Final = 0x1


def read(file: FileIO, out: FrameWriter, limits: Limits) -> None:
    """Answers a head with the header, its row (from 0) and the cells merged into it, then batches; blank rows are left out."""
    size = file.seek(0, 2)
    _check_members(file, limits, size)
    file.seek(0)
    sheet = _first_with_data(file)
    if sheet.width > limits.columns:
        raise ReaderError(Failure.TOO_MANY_COLUMNS)
    cells = iter(sheet.iter_rows())
    row, header = _header(cells)
    merged = next(((*start, *end) for start, end in sheet.merged_cell_ranges or [] if start[0] <= row), None)
    out.head(header=[mend_text(text[:LONGEST_HEADING]) for text in header], header_row=row, merged=merged)
    for columns in _columns(cells, len(header)):
        out.batch(packed(columns))


def _check_members(file: FileIO, limits: Limits, size: int) -> None:
    """What the archive says of itself first, then what it holds, counted while it is decompressed."""
    buffered = BufferedReader(file, MIB)
    try:
        with ZipFile(buffered) as archive:
            members = archive.infolist()
            if len(members) > limits.members:
                raise ReaderError(Failure.TOO_MANY_MEMBERS)
            if any(member.flag_bits & _ENCRYPTED for member in members):
                raise ReaderError(Failure.ENCRYPTED)
            check_amount(sum(member.file_size for member in members), limits=limits, size=size)
            if not _is_workbook(archive):
                raise ReaderError(Failure.OTHER_FORMAT)
            amount = 0
            for member in members:
                with archive.open(member) as opened:
                    while block := opened.read(MIB):
                        amount += len(block)
                        check_amount(amount, limits=limits, size=size)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise ReaderError(Failure.DAMAGED) from error
    finally:
        buffered.detach()


def _is_workbook(archive: ZipFile) -> bool:
    """Whether the archive says that it is one: a text, a drawing or a plain ZIP is not."""
    names = archive.namelist()
    if _MARK in names:
        return True
    if _ODS_MARK not in names or "content.xml" not in names:
        return False
    with archive.open(_ODS_MARK) as member:
        return member.read(len(_ODS) + 1).strip() == _ODS


def _first_with_data(file: FileIO) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_filelike(file)
        for index in range(len(book.sheet_names)):
            sheet = book.get_sheet_by_index(index)
            if sheet.height:
                return sheet
    except PasswordError as error:
        raise ReaderError(Failure.ENCRYPTED) from error
    except (CalamineError, OSError, ValueError) as error:
        raise ReaderError(Failure.DAMAGED) from error
    raise ReaderError(Failure.EMPTY)


def _header(cells: Iterator[list[Any]]) -> tuple[int, list[str]]:
    for index, row in enumerate(cells):
        texts = [_text(cell) or "" for cell in row]
        if any(text.strip() for text in texts):
            return index, texts
    raise ReaderError(Failure.NO_HEADER)


def _columns(cells: Iterator[list[Any]], width: int) -> Iterator[list[pa.Array]]:
    while rows := list(islice(cells, max(1, CELLS_AT_ONCE // max(width, 1)))):
        texts = [[_text(cell) for cell in row[:width]] for row in rows]
        texts = [row for row in texts if any(row)]
        if texts:
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
        return cell.date().isoformat()
    return None if cell is None else str(cell)


def sample() -> bytes:
    content = BytesIO()
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    names = "http://schemas.openxmlformats.org"
    parts = {
        _MARK: f'<Types xmlns="{names}/package/2006/content-types"><Override PartName="/xl/workbook.xml"'
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
