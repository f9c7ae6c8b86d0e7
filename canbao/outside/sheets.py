"""CSV and XLSX files for people: nothing in them is evaluated by the program they are opened with.

Every such file is written through here, or by the set engine with `bulk.cells.safe`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from canbao.rules.spreadsheets import safe_cell

MOST_ROWS: Final = 1_048_576  # of a sheet, in any program; XlsxWriter leaves out what is beyond without a word


class TooManyRowsError(ValueError):
    """A sheet does not hold them; said in words for the clerk."""

    def __init__(self, rows: int) -> None:
        super().__init__(f"电子表格的一张表最多 {MOST_ROWS:,} 行，这里有 {rows:,} 行。请改用 CSV。")


class CsvWriter:
    """Rows of cells to an open text file."""

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file)

    def writerow(self, cells: Iterable[object]) -> None:
        """Numbers as they are, texts never as formulas."""
        self._writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])


class _SafeWorksheet(Worksheet):  # type: ignore[misc]
    """Every text goes through here, whichever way it is written; what has no place in a sheet is an error."""

    def _check_dimensions(self, row: int, col: int, ignore_row: bool = False, ignore_col: bool = False) -> int:
        if row >= MOST_ROWS:
            raise TooManyRowsError(row + 1)
        return int(super()._check_dimensions(row, col, ignore_row, ignore_col))

    def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> Any:
        return super()._write_string(row, col, safe_cell(str(string)), cell_format)


class _SafeWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]
    def add_worksheet(self, name: str | None = None, worksheet_class: Any = None) -> Any:
        return super().add_worksheet(name, worksheet_class or _SafeWorksheet)


@contextmanager
def workbook(path: Path, *, rows: int = 0) -> Iterator[Any]:
    """An XlsxWriter workbook in constant memory, written to `path` when the block ends; what it needs meanwhile lies beside it.

    rows: of its longest sheet with the headings, where they depend on what is written. Raises TooManyRowsError before anything is.
    """
    if rows > MOST_ROWS:
        raise TooManyRowsError(rows)
    options = {
        "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with _SafeWorkbook(str(path), options) as book:
        yield book
