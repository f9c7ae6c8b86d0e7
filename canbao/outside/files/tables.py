"""Workbooks and Parquet files, read by the reader process: a header, and rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from canbao.outside.files.formats import Format
from canbao.outside.files.names import printable
from canbao.outside.files.reading import refusing
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.reader.client import Answer, reading
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.limits import LONGEST_SHEET_NAME, MOST_COLUMNS, MOST_SHEETS, ROWS_LOOKED_AT, Operation
from canbao.rules.masking import scrub

_OPERATIONS: Final = {Format.WORKBOOK: Operation.WORKBOOK, Format.PARQUET: Operation.PARQUET}


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook. header_row: from 0; rows: those below it, blank ones too."""

    name: str
    header_row: int
    rows: int


@dataclass(frozen=True)
class Table:
    """header: as the sender wrote it. sheets: whose rows come, one after another; none in Parquet. hidden: sheets left out.

    nested: places of columns (from 0) whose cells are no single values. below: as of a `layout.Layout`; none in Parquet.
    """

    header: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...]
    nested: tuple[int, ...]
    below: tuple[tuple[int, tuple[str, ...]], ...]
    _answer: Answer

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows below the header, in order, their columns under `names`. Raises ReaderError."""
        return self._answer.batches(names)


@contextmanager
def opened(handle: int, kind: Format, *, name: str) -> Iterator[Table]:
    """A table to be read inside the block.

    Raises DeliveryRefused, inside the block as well; ReaderBusyError, ReaderUnavailableError.
    """
    with refusing(name, kind), reading(_OPERATIONS[kind], handle) as answer:
        head = answer.head()
        _refuse_merged(head.get("merged"), name)
        _refuse_spanned(head.get("spanned"), name)
        _refuse_uncomputed(head.get("uncomputed"), name)
        _refuse_others(_texts(head, "other"), name)
        yield Table(_header(head), _sheets(head), _texts(head, "hidden"), _places(head, "nested"), _below(head), answer)


def _header(head: dict[str, Any]) -> tuple[str, ...]:
    header = head.get("header")
    if not isinstance(header, list) or not all(isinstance(text, str) for text in header):
        raise ReaderError(Failure.CRASHED)
    if len(header) > MOST_COLUMNS:
        raise ReaderError(Failure.TOO_MANY_COLUMNS)
    try:
        return tuple(text.encode().decode().replace("\0", "") for text in header)
    except UnicodeEncodeError as error:
        raise ReaderError(Failure.CRASHED) from error


def _below(head: dict[str, Any]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    rows = head.get("below", [])
    if not isinstance(rows, list) or len(rows) > ROWS_LOOKED_AT:
        raise ReaderError(Failure.CRASHED)
    read = [(place, _header({"header": row})) for place, row in enumerate(rows, start=1)]
    return tuple((place, cells) for place, cells in read if any(cell.strip() for cell in cells))


def _sheets(head: dict[str, Any]) -> tuple[Sheet, ...]:
    sheets = head.get("sheets", [])
    if not isinstance(sheets, list) or len(sheets) > MOST_SHEETS:
        raise ReaderError(Failure.CRASHED)
    return tuple(map(_sheet, sheets))


def _sheet(said: Any) -> Sheet:
    match said:
        case [str(name), int(row), int(rows)] if row >= 0 and rows >= 0:
            return Sheet(_shown(name), row, rows)
    raise ReaderError(Failure.CRASHED)


def _texts(head: dict[str, Any], key: str) -> tuple[str, ...]:
    texts = head.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ReaderError(Failure.CRASHED)
    return tuple(_shown(text) for text in texts[:MOST_SHEETS])


def _places(head: dict[str, Any], key: str) -> tuple[int, ...]:
    places = head.get(key, [])
    if not isinstance(places, list) or not all(isinstance(place, int) for place in places):
        raise ReaderError(Failure.CRASHED)
    return tuple(places[:MOST_COLUMNS])


def _shown(name: str) -> str:
    """The name of a sheet as it may be told: printable, a number in it hidden."""
    return scrub(printable(name[:LONGEST_SHEET_NAME]))


def _refuse_others(sheets: Sequence[str], name: str) -> None:
    if not sheets:
        return
    listed = "、".join(f"“{sheet}”" for sheet in sheets[:5])
    raise DeliveryRefused(
        "FILE:OTHER_SHEETS",
        f"表格文件 {name} 还有表头不同的工作表{listed}。一个文件只放一种名单：请删去这些工作表，或另存为单独的文件再送。",
        file=name,
    )


def _refuse_merged(merged: Any, name: str) -> None:
    if merged is None:
        return
    top, left, bottom, right = _numbers(merged, 4)
    raise DeliveryRefused(
        "HEADER:MERGED",
        f"表格文件 {name} 的表头有合并单元格 {_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}（第 {top + 1} 行）。"
        "请取消合并，去掉标题行，只留一行表头后再送。",
        file=name,
    )


def _refuse_spanned(spanned: Any, name: str) -> None:
    if spanned is None:
        return
    place = ""  # not told of an ODS
    if spanned:
        top, left, bottom, right = _numbers(spanned, 4)
        place = f" {_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}（第 {top + 1} 至 {bottom + 1} 行）"
    raise DeliveryRefused(
        "FILE:MERGED",
        f"表格文件 {name} 有跨行合并的单元格{place}，只有第一行有内容。请取消合并，每一行都填写后再送。",
        file=name,
    )


def _refuse_uncomputed(place: Any, name: str) -> None:
    if place is None:
        return
    row, column = _numbers(place, 2)
    raise DeliveryRefused(
        "FILE:NOT_COMPUTED",
        f"表格文件 {name} 第 {row + 1} 行（{_letters(column)}{row + 1}）是公式，没有计算结果。"
        "请用 Excel、WPS 或 LibreOffice 打开，把公式粘贴为数值，保存后再送。",
        file=name,
    )


def _numbers(place: Any, count: int) -> list[int]:
    if not isinstance(place, list) or len(place) != count or not all(isinstance(number, int) for number in place):
        raise ReaderError(Failure.CRASHED)
    return place


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
