"""Rows of text between two processes: the buffers of Arrow's string columns behind one another.

Not Arrow's stream format: its metadata, written by a reader that a hostile file has taken over, could ask the process that
receives it for compressed buffers of any size or for extension types. Lengths are all that is believed here, and checked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.limits import MIB

_HEAD: Final = struct.Struct("<IHxx")
_COLUMN: Final = struct.Struct("<III")
_ALIGNED: Final = 8
_OFFSET: Final = 4
_MOST_AT_ONCE: Final = 16 * MIB


def pack(arrays: Sequence[pa.Array]) -> list[Any]:
    """The buffers of string arrays of one length, with their lengths before them."""
    head = bytearray(_HEAD.pack(len(arrays[0]), len(arrays)))
    buffers: list[Any] = [head]
    for array in arrays:
        column = _buffers(array)
        head += _COLUMN.pack(*(len(buffer) for buffer in column))
        for buffer in column:
            buffers += [buffer, bytes(-len(buffer) % _ALIGNED)]
    head += bytes(-len(head) % _ALIGNED)
    return buffers


def packed(arrays: Sequence[pa.Array]) -> Iterator[list[Any]]:
    """The same in parts of some mebibytes, so that rows of any width fit into frames."""
    rows = len(arrays[0])
    if rows > 1 and sum(array.nbytes for array in arrays) > _MOST_AT_ONCE:
        for start, length in ((0, rows // 2), (rows // 2, rows - rows // 2)):
            yield from packed([array.slice(start, length) for array in arrays])
    else:
        yield pack(arrays)


def _buffers(array: pa.Array) -> list[Any]:
    validity, offsets, data = array.buffers()
    if array.offset or (len(array) and memoryview(offsets).cast("i")[0]):
        array = pa.concat_arrays([array, pa.array([], pa.string())])
        validity, offsets, data = array.buffers()
    count = len(array)
    last = memoryview(offsets).cast("i")[count] if count else 0
    bits = memoryview(validity)[: (count + 7) // 8] if validity is not None and array.null_count else b""
    return [bits, memoryview(offsets)[: (count + 1) * _OFFSET] if count else bytes(_OFFSET), _first(data, last)]


def _first(data: Any, length: int) -> Any:
    return memoryview(data)[:length] if length else b""


def unpack(content: bytearray, *, names: Sequence[str]) -> pa.RecordBatch:
    """A batch under names of the caller's. Raises ReaderError(CRASHED) for anything `pack` would not have written."""
    try:
        arrays = _arrays(content, len(names))
        for array in arrays:
            array.validate(full=True)
        return pa.RecordBatch.from_arrays(arrays, names=list(names))
    except (struct.error, ValueError, pa.ArrowException) as error:
        raise ReaderError(Failure.CRASHED) from error


def _arrays(content: bytearray, columns: int) -> list[pa.Array]:
    rows, sent = _HEAD.unpack_from(content)
    if sent != columns:
        raise ValueError(sent)
    lengths = [_COLUMN.unpack_from(content, _HEAD.size + place * _COLUMN.size) for place in range(columns)]
    position = _aligned(_HEAD.size + columns * _COLUMN.size)
    whole, arrays = pa.py_buffer(content), []
    for column in lengths:
        buffers = []
        for length in column:
            if position + length > len(content):
                raise ValueError(length)
            buffers.append(whole.slice(position, length))
            position += _aligned(length)
        validity, offsets, data = buffers
        if validity.size not in (0, (rows + 7) // 8) or offsets.size != (rows + 1) * _OFFSET:
            raise ValueError(rows)
        arrays.append(pa.StringArray.from_buffers(rows, offsets, data, validity if validity.size else None))
    if position != len(content):
        raise ValueError(position)
    return arrays


def _aligned(length: int) -> int:
    return length + -length % _ALIGNED
