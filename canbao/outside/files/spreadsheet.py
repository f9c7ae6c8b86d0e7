"""Excel workbooks: the first sheet with data, header in one plain row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from canbao.outside.files.gb18030 import mend_text
from canbao.outside.files.refusal import DeliveryRefused

CHUNK: Final = 20_000
_EXACT_IN_A_NUMBER_CELL: Final = 10**15


class Spreadsheet:
    """An opened sheet: its header, and its rows as Arrow tables of text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        sheet = self._first_with_data()
        self._cells = iter(sheet.iter_rows())
        self.header_row, self.header = self._header()
        self._refuse_merged(sheet, self.header_row)

    def tables(self, names: list[str]) -> Iterator[pa.Table]:
        """The rows below the header, in order; blank rows are left out."""
        width = len(names)
        while rows := list(islice(self._cells, CHUNK)):
            texts = [[_text(cell) for cell in row[:width]] for row in rows]
            texts = [row for row in texts if any(row)]
            columns = [pa.array(column, pa.string()) for column in zip(*texts, strict=True)]
            if columns:
                yield pa.Table.from_arrays(columns, names=names)

    def _first_with_data(self) -> CalamineSheet:
        try:
            book = CalamineWorkbook.from_path(str(self._path))
            sheets = [book.get_sheet_by_index(index) for index in range(len(book.sheet_names))]
        except (CalamineError, OSError) as error:
            raise self._refused(
                "FILE:TRUNCATED", f"表格文件 {self._path.name} 打不开或不完整，请重新导出后再送。"
            ) from error
        for sheet in sheets:
            if sheet.height:
                return sheet
        raise self._refused("FILE:EMPTY", f"表格文件 {self._path.name} 里没有数据。")

    def _header(self) -> tuple[int, tuple[str, ...]]:
        for index, row in enumerate(self._cells):
            texts = [_text(cell) or "" for cell in row]
            if any(text.strip() for text in texts):
                return index, tuple(texts)
        raise self._refused("FILE:NO_HEADER", f"表格文件 {self._path.name} 没有表头。")

    def _refuse_merged(self, sheet: CalamineSheet, header_row: int) -> None:
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            if top <= header_row:
                cells = f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
                raise self._refused(
                    "HEADER:MERGED",
                    f"表格文件 {self._path.name} 的表头有合并单元格 {cells}（第 {top + 1} 行）。"
                    "请取消合并，去掉标题行，只留一行表头后再送。",
                )

    def _refused(self, code: str, sentence: str) -> DeliveryRefused:
        return DeliveryRefused(code, sentence, file=self._path.name)


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _text(cell: Any) -> str | None:
    """A cell as the sender would have typed it; a number too long for a number cell keeps its lost digits visible."""
    if isinstance(cell, str):
        return mend_text(cell) if cell else None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if abs(cell) >= _EXACT_IN_A_NUMBER_CELL:
            return f"{cell:.14E}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return None if cell is None else str(cell)
