"""Columns of any Arrow type as text, the way the sender would have typed it."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from canbao.outside.gb18030 import mend_text
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.limits import LONGEST_VALUE

EXACT_IN_A_NUMBER: Final = 10**15  # a floating-point number above it has lost digits
_EXACT_DIGITS: Final = 15
# The same of narrower ones, and how many digits they keep.
_NARROW: Final = {16: (2**11, 3), 32: (2**24, 7)}
_TIME_ZONE: Final = "Asia/Shanghai"
_LEAD_OF_PRIVATE_USE: Final = b"\xee"


def as_text(column: pa.Array) -> pa.Array:
    """A column as strings: dates without time, whole numbers without a point, "not a number" as empty."""
    return tidied(_text(column))


def is_single(kind: pa.DataType) -> bool:
    """Whether a cell of this type is one value: no list, no record of several, no length of time."""
    return not (pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind))


def tidied(texts: pa.Array) -> pa.Array:
    """Strings with the re-assigned positions of GB 18030 mended and without NUL, which no database keeps.

    Raises ReaderError(LONG_VALUE).
    """
    if (pc.max(pc.binary_length(texts)).as_py() or 0) > LONGEST_VALUE:
        raise ReaderError(Failure.LONG_VALUE)
    texts = _in_utf8(texts)
    data = texts.buffers()[2]
    content = data.to_pybytes() if data is not None else b""
    if _LEAD_OF_PRIVATE_USE in content or b"\0" in content:
        values = (None if value is None else mend_text(value).replace("\0", "") for value in texts.to_pylist())
        return pa.array(values, pa.string())
    return texts


def _in_utf8(texts: pa.Array) -> pa.Array:
    """Bytes that are no UTF-8 are shown as lost, as in a text file: nothing in Parquet says that they cannot stand there."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        texts.validate()  # lengths that lead out of the data are damage
        return _decoded(texts.cast(pa.binary()))
    return texts


def _decoded(column: pa.Array) -> pa.Array:
    return pa.array(
        [None if cell is None else cell.decode("utf-8", "replace") for cell in column.to_pylist()], pa.string()
    )


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_timestamp(kind):
        return _times(column)
    if pa.types.is_decimal(kind):
        return pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _decoded(column)
    if not is_single(kind):
        return pa.array([None if cell is None else str(cell) for cell in column.to_pylist()], pa.string())
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    return column.cast(pa.string())


def _floats(column: pa.Array) -> pa.Array:
    limit, digits = _NARROW.get(column.type.bit_width, (EXACT_IN_A_NUMBER, _EXACT_DIGITS))
    numbers = column.cast(pa.float64())
    exact = pc.less(pc.abs(numbers), float(limit))
    whole = pc.and_(pc.equal(numbers, pc.floor(numbers)), exact)
    integers = pc.if_else(whole, numbers, None).cast(pa.int64()).cast(pa.string())
    texts = pc.if_else(whole, integers, column.cast(pa.string()))
    if pc.any(pc.invert(exact)).as_py():
        texts = pa.array(
            [_inexact(number, digits) if number is not None and abs(number) >= limit else text
             for number, text in zip(numbers.to_pylist(), texts.to_pylist(), strict=True)], pa.string())  # fmt: skip
    return pc.if_else(pc.is_finite(numbers), texts, None)


def number_text(number: float) -> str | None:
    """A number of a spreadsheet: one that has lost digits shows it, so that the row is held back."""
    if number != number or number in (float("inf"), float("-inf")):
        return None
    if abs(number) >= EXACT_IN_A_NUMBER:
        return _inexact(number, _EXACT_DIGITS)
    return str(int(number)) if number.is_integer() else repr(number)


def _inexact(number: float, digits: int) -> str:
    """In scientific notation, which is told as damage."""
    return f"{number:.{digits - 1}E}"


def _times(column: pa.Array) -> pa.Array:
    """Days; where times of the day are given, and no time zone, these too: whether they are in UTC shows in all of them together."""
    if column.type.tz is None:
        moments = column.cast(pa.timestamp("us"), safe=False)
        if pc.any(pc.not_equal(moments, pc.floor_temporal(moments, unit="day"))).as_py():
            return moments.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    return _days(column).cast(pa.string())


def _days(column: pa.Array) -> pa.Array:
    """The day in China where a time zone is given."""
    if column.type.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp(column.type.unit, _TIME_ZONE)))
    return column.cast(pa.timestamp("s"), safe=False).cast(pa.date32(), safe=False)


def first_use() -> Any:
    """What Arrow reads from the system at its first use: time zones."""
    return [_times(pa.array([1], pa.timestamp("us", zone))) for zone in ("UTC", None)]
