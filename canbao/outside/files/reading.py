"""What the reader says about a file of a delivery, as a refusal in words, and what a gzip file holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Final

from canbao.outside.files.formats import Format
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.reader.client import reading
from canbao.outside.reader.failures import Failure, ReaderBusyError, ReaderError
from canbao.outside.reader.limits import LIMITS, MOST_SENT_COLUMNS, MOST_SHEETS, Operation

_KINDS: Final = {Format.WORKBOOK: "表格文件", Format.PARQUET: "Parquet 文件", Format.GZIP: "压缩文件"}
_DAMAGED: Final = ("FILE:TRUNCATED", "打不开：不完整或已损坏，请重新导出后再送。")
_HEAVY: Final = ("FILE:TOO_HEAVY", "没有读：打开它需要的内存或时间远远超过正常名单。请另存为 CSV（UTF-8）后再送。")
_LARGE: Final = ("FILE:TOO_LARGE", "没有读：展开以后的内容远远大于正常名单。请另存为 CSV（UTF-8）后再送。")
_SAID: Final[dict[Failure, tuple[str, str]]] = {
    Failure.DAMAGED: _DAMAGED,
    Failure.CRASHED: _DAMAGED,
    Failure.ENCRYPTED: ("FILE:ENCRYPTED", "设有密码，请去掉密码另存后再送。"),
    Failure.OTHER_FORMAT: (
        "FILE:OTHER_FORMAT",
        "是压缩包或者别的程序的文件（例如 Word、Numbers），不是表格（.xlsx 或 .ods）。"
        "压缩包请解压后把里面的文件直接送来，其他文件请另存为 .xlsx 后再送。",
    ),
    Failure.EMPTY: ("FILE:EMPTY", "里没有数据。"),
    Failure.ONLY_HIDDEN: ("FILE:ONLY_HIDDEN", "有数据的工作表都是隐藏的。请取消隐藏，核对以后再送。"),
    Failure.NO_HEADER: ("FILE:NO_HEADER", "没有表头。"),
    Failure.TOO_LARGE: _LARGE,
    Failure.RATIO: _LARGE,
    Failure.TOO_MANY_MEMBERS: _LARGE,
    Failure.TOO_MANY_SHEETS: (
        "FILE:TOO_MANY_SHEETS",
        f"的工作表超过 {MOST_SHEETS} 张。请把名单并到一张工作表，或者分成几个文件后再送。",
    ),
    Failure.TOO_MANY_ROWS: (
        "FILE:TOO_LARGE",
        f"的行数超过 {LIMITS[Operation.PARQUET].rows:,} 行。请分成几个文件后再送。",
    ),
    Failure.TOO_MANY_COLUMNS: (
        "FILE:TOO_MANY_COLUMNS",
        f"的列数超过 {MOST_SENT_COLUMNS} 列。请删去右边多余的列（包括看似空白的列）后再送。",
    ),
    Failure.LONG_VALUE: ("FILE:LONG_VALUE", "里有一格的内容过长，不是名单里应有的。请更正后再送。"),
    Failure.MEMORY: _HEAVY,
    Failure.TIME: _HEAVY,
}


@contextmanager
def refusing(name: str, kind: Format) -> Iterator[None]:
    """Raises DeliveryRefused for what the reader says about the file, ReaderBusyError where it was not the file's fault."""
    try:
        yield
    except ReaderError as error:
        if error.failure is Failure.LOST:
            raise ReaderBusyError from error
        code, said = _SAID.get(error.failure, _DAMAGED)
        raise DeliveryRefused(code, f"{_KINDS.get(kind, '文件')} {name} {said}", file=name) from error


@contextmanager
def unpacked(handle: int, *, name: str) -> Iterator[BufferedReader]:
    """What a gzip file holds, as a file to be read once inside the block. Raises as `refusing` does."""
    with refusing(name, Format.GZIP), reading(Operation.GUNZIP, handle) as answer:
        yield answer.as_file()
