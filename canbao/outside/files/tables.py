"""Workbooks and Parquet files, read by the reader process: a header, and rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from canbao.outside.files.formats import Format
from canbao.outside.files.reading import refusing
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.reader.client import Answer, reading
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.limits import MOST_COLUMNS, Operation

_OPERATIONS: Final = {Format.WORKBOOK: Operation.WORKBOOK, Format.PARQUET: Operation.PARQUET}


@dataclass(frozen=True)
class Table:
    """header: as the sender wrote it. header_row: of the sheet, from 0; -1 where the header is no row."""

    header: tuple[str, ...]
    header_row: int
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
        yield Table(_header(head), _row(head), answer)


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


def _row(head: dict[str, Any]) -> int:
    row = head.get("header_row")
    if not isinstance(row, int):
        raise ReaderError(Failure.CRASHED)
    return row


def _refuse_merged(merged: Any, name: str) -> None:
    if merged is None:
        return
    if not isinstance(merged, list) or len(merged) != 4 or not all(isinstance(place, int) for place in merged):
        raise ReaderError(Failure.CRASHED)
    top, left, bottom, right = merged
    raise DeliveryRefused(
        "HEADER:MERGED",
        f"表格文件 {name} 的表头有合并单元格 {_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}（第 {top + 1} 行）。"
        "请取消合并，去掉标题行，只留一行表头后再送。",
        file=name,
    )


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
