"""The error files of a delivery: a workbook whose cells are all text, to be corrected and sent back, and the same as CSV."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from canbao.bulk.engine import DuckEngine
from canbao.bulk.raw import Part
from canbao.bulk.returns import Sent, write_returns
from canbao.bulk.sources import source_map
from canbao.bulk.sources.advice import columns_at_fault
from canbao.bulk.sources.headers import resolve
from canbao.outside.files.manifest import DATA_FILES
from canbao.outside.sheets import workbook
from canbao.services.intake.places import folder_of, work_folder
from canbao.store.models import Delivery

MOST_IN_A_BOOK: Final = 50_000  # rows; nobody corrects more by hand, and it takes some ten seconds to write
MOST_IN_A_PAGE: Final = 2_000  # rows of a workbook that is written when it is asked for; a longer one by who receives
_LONGEST_CELL: Final = 32_767  # characters, in any spreadsheet
_TOO_LONG: Final = "标黄的格过长，表格里放不下，请从原来的系统取出后填写。"
_NOTICE: Final = "请勿改动表头。请在原处更正标红的格，保存后按增量送回。"
_ROWS_AT_ONCE: Final = 2_000
_WIDEST: Final = 70  # of the column with the reason: Latin letters, of which a Chinese character takes two
_LINE: Final = 16  # points of height


def write_error_files(engine: DuckEngine, delivery: Delivery) -> None:
    """Write the CSV of every file of a delivery, and its workbook where that takes long; what lay there before goes away.

    The rows of a short workbook are kept: it is written when it is asked for.
    """
    folder = folder_of(delivery)
    for index, file in enumerate(delivery.files):
        book, text = paths_of(delivery, index)
        sent = _sent(delivery, index, file)
        rows = _rows(delivery, index)
        write_returns(engine, folder, sent, delivery=delivery.pk, rows=rows, target=text)
        book.unlink(missing_ok=True)
        if MOST_IN_A_PAGE < _count(rows) <= MOST_IN_A_BOOK:
            _write_book(rows, sent, book)


def error_file_paths(delivery: Delivery) -> list[Path]:
    """The files that go back, in the sender's layout: for each of his, the workbook (unless there are too many rows) and the CSV.

    A short workbook is written when it is first asked for: see `made`.
    """
    found: list[Path] = []
    for index in range(len(delivery.files)):
        book, text = paths_of(delivery, index)
        if text.exists():
            found += [book, text] if 0 < _count(_rows(delivery, index)) <= MOST_IN_A_BOOK else [text]
    return found


def made(delivery: Delivery, path: Path) -> Path:
    """One of these files, written now if it is not there yet, or is of rows that were written anew since."""
    for index, file in enumerate(delivery.files):
        rows = _rows(delivery, index)
        if path == paths_of(delivery, index)[0] and not _is_of(path, rows):
            _write_book(rows, _sent(delivery, index, file), path)
    return path


def _is_of(book: Path, rows: Path) -> bool:
    """Whether a workbook was written of these rows: it has their time."""
    return book.exists() and book.stat().st_mtime_ns == rows.stat().st_mtime_ns


def paths_of(delivery: Delivery, index: int) -> tuple[Path, Path]:
    """Where the rows of one file that were not taken lie: the workbook and the CSV."""
    stem = _stems([file["name"] for file in delivery.files])[index]
    folder = folder_of(delivery).path / "errors"
    return folder / f"{stem}_errors.xlsx", folder / f"{stem}_errors.csv"


def _stems(names: Sequence[str]) -> list[str]:
    """What the files are called without what follows the dot; those that would be called the same get their place behind it."""
    plain = [_stem(name) for name in names]
    often = Counter(stem.casefold() for stem in plain)
    stems, taken = [], set(often)
    for place, stem in enumerate(plain, start=1):
        told = stem
        while often[stem.casefold()] > 1 and told.casefold() in taken:
            told = f"{told}_{place}"
        taken.add(told.casefold())
        stems.append(told)
    return stems


def _count(rows: Path) -> int:
    """0 for a delivery of a version that kept none."""
    return int(pq.read_metadata(rows).num_rows) if rows.exists() else 0


def _rows(delivery: Delivery, index: int) -> Path:
    return folder_of(delivery).path / "returned" / f"{index:04d}.parquet"


def _sent(delivery: Delivery, index: int, file: dict[str, Any]) -> Sent:
    names, parts = file["columns"], tuple(Part(**part) for part in file.get("parts", ()))
    source = source_map(delivery.source)
    positions = resolve(names, columns=source, kind=delivery.kind).positions
    return Sent(source, index, names, positions, folder_of(delivery).path / "raw" / f"{index:04d}.parquet", parts)


def _stem(name: str) -> str:
    """Without .csv, .csv.gz and the like; other dots tell two files apart."""
    while Path(name).suffix.lower() in DATA_FILES:
        name = Path(name).stem
    return name


def _write_book(rows: Path, sent: Sent, target: Path) -> None:
    """One sheet, written row by row, that appears whole or not at all; what a killed process began is swept with its work folder."""
    with work_folder() as work:
        part, written = work / target.name, rows.stat().st_mtime_ns
        _fill(part, rows, sent)
        os.utime(part, ns=(written, written))
        part.replace(target)


def _fill(part: Path, rows: Path, sent: Sent) -> None:
    with workbook(part, rows=1 + _count(rows)) as book:
        sheet = book.add_worksheet("退回的行")
        looks = {
            "plain": book.add_format({"num_format": "@", "valign": "top"}),
            "head": book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDE6F0", "border": 1}),
            "reason": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "font_color": "#9C0006"}),
            "fault": book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FFC7CE"}),
            "blank": book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FFEB9C"}),
        }
        _lay_out(sheet, sent, looks)
        places = {sent.positions[code]: code for code in sent.positions}
        codes = [places.get(position, "") for position in sent.kept]
        for number, (reason, at_fault, cells, mark) in enumerate(_returned(rows), start=1):
            _write_row(sheet, number, (reason, cells, mark), [code in at_fault for code in codes], looks)


def _lay_out(sheet: Any, sent: Sent, looks: dict[str, Any]) -> None:
    """Every column is text to its end, so that what is typed stays as it was typed."""
    last = len(sent.header) - 1
    sheet.set_column(0, 0, _WIDEST, looks["plain"])
    sheet.set_column(1, last, 20, looks["plain"])
    sheet.freeze_panes(1, 1)
    for place, name in enumerate(sent.header):
        sheet.write_string(0, place, name[:_LONGEST_CELL], looks["head"])
    sheet.data_validation(0, 0, 0, last, {
        "validate": "custom", "value": "=FALSE", "error_title": "请勿改动表头", "error_message": _NOTICE,
        "input_title": "怎样更正", "input_message": _NOTICE,
    })  # fmt: skip


def _write_row(
    sheet: Any, number: int, texts: tuple[str, list[str | None], str], faults: list[bool], looks: dict[str, Any]
) -> None:
    reason, cells, mark = texts
    sheet.set_row(number, _LINE * -(-(2 * len(reason)) // _WIDEST))
    blank = [len(cell or "") >= _LONGEST_CELL for cell in cells]
    sheet.write_string(number, 0, reason + (_TOO_LONG if any(blank) else ""), looks["reason"])
    for place, (cell, fault, long) in enumerate(zip(cells, faults, blank, strict=True), start=1):
        if long:
            sheet.write_blank(number, place, None, looks["blank"])
        elif cell:
            sheet.write_string(number, place, cell, looks["fault"] if fault else looks["plain"])
        elif fault:
            sheet.write_blank(number, place, None, looks["fault"])
    sheet.write_string(number, len(cells) + 1, mark, looks["plain"])


def _returned(rows: Path) -> Iterator[tuple[str, frozenset[str], list[str | None], str]]:
    """Reason, the columns at fault, the cells, the mark of each row, a few thousand rows in memory at a time."""
    with pq.ParquetFile(rows) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                _, reason, codes, *cells, mark = row
                yield reason, columns_at_fault(codes), cells, mark
