"""How a reader process answers: frames on a pipe, each a kind, a length and that many bytes. Nothing is unpickled.

HEAD is JSON, DATA bytes, BATCH rows of text (`columns`), FAILURE a name of `Failure`. END says that nothing is missing.
"""

from __future__ import annotations

import json
import os
import select
import struct
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from time import monotonic
from typing import Any, Final, NamedTuple

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.limits import MIB, RATIO_FROM, Limits

_HEADER: Final = struct.Struct("<cI")
LONGEST_FRAME: Final = 64 * MIB
_AT_ONCE: Final = 512  # buffers of one writev; the system takes 1024


class Kind(Enum):
    HEAD = b"H"
    DATA = b"D"
    BATCH = b"B"
    FAILURE = b"F"
    END = b"E"


class Frame(NamedTuple):
    kind: Kind
    content: bytearray


class FrameWriter:
    """The writing end. size: bytes of the file, against which the answer is compared."""

    def __init__(self, pipe: int, *, limits: Limits, size: int) -> None:
        self._pipe, self._limits, self._size = pipe, limits, size
        self._written = 0

    def head(self, **values: Any) -> None:
        self._count([json.dumps(values).encode()], Kind.HEAD)

    def data(self, content: bytes) -> None:
        """Bytes in pieces of at most a mebibyte."""
        for start in range(0, len(content), MIB):
            self._count([memoryview(content)[start : start + MIB]], Kind.DATA)

    def batch(self, parts: Iterable[Sequence[Any]]) -> None:
        """Rows, packed in parts. Raises ReaderError(LONG_VALUE) for one that is longer than a frame."""
        for buffers in parts:
            self._count(buffers, Kind.BATCH)

    def failure(self, failure: Failure) -> None:
        self._write(Kind.FAILURE, [failure.value.encode()])

    def end(self) -> None:
        self._write(Kind.END, [])

    def _count(self, buffers: Sequence[Any], kind: Kind) -> None:
        """Raises ReaderError(TOO_LARGE, RATIO)."""
        self._written += sum(memoryview(buffer).nbytes for buffer in buffers)
        check_amount(self._written, limits=self._limits, size=self._size)
        self._write(kind, buffers)

    def _write(self, kind: Kind, buffers: Sequence[Any]) -> None:
        views = [memoryview(buffer).cast("B") for buffer in buffers if memoryview(buffer).nbytes]
        length = sum(view.nbytes for view in views)
        if length > LONGEST_FRAME:
            raise ReaderError(Failure.LONG_VALUE)
        _write_all(self._pipe, [memoryview(_HEADER.pack(kind.value, length)), *views])


def check_amount(amount: int, *, limits: Limits, size: int) -> None:
    """Raises ReaderError(TOO_LARGE, RATIO) when an answer of `amount` bytes is too much for a file of `size` bytes."""
    if amount > limits.output:
        raise ReaderError(Failure.TOO_LARGE)
    if amount > max(RATIO_FROM, limits.ratio * size):
        raise ReaderError(Failure.RATIO)


def _write_all(pipe: int, views: list[memoryview]) -> None:
    while views:
        written = os.writev(pipe, views[:_AT_ONCE])
        while views and written >= views[0].nbytes:
            written -= views.pop(0).nbytes
        if written:
            views[0] = views[0][written:]


class PipeClosedError(Exception):
    """The pipe ended before the answer did: the writer was killed."""


class FrameReader:
    """The reading end, which believes nothing: lengths are bounded, the amount is counted again."""

    def __init__(self, pipe: int, *, limits: Limits, size: int, seconds: float | None = None) -> None:
        self._pipe, self._limits, self._size = pipe, limits, size
        self._poll = select.poll()
        self._poll.register(pipe, select.POLLIN)
        self._over = monotonic() + min(limits.wall, limits.wall if seconds is None else seconds)

    def frames(self) -> Iterator[Frame]:
        """Every frame up to the end. Raises ReaderError, PipeClosedError."""
        amount = 0
        while True:
            code, length = _HEADER.unpack(self._read(_HEADER.size))
            kind = next((kind for kind in Kind if kind.value == code), None)
            if kind is None or length > LONGEST_FRAME:
                raise ReaderError(Failure.CRASHED)
            content = self._read(length)
            if kind is Kind.END:
                return
            if kind is Kind.FAILURE:
                raise ReaderError(_failure(bytes(content)))
            amount += length
            check_amount(amount, limits=self._limits, size=self._size)
            yield Frame(kind, content)

    def close(self) -> None:
        """Nothing is read any more: the descriptor may soon be another one's."""
        self._pipe = -1

    def _read(self, length: int) -> bytearray:
        content = bytearray(length)
        rest = memoryview(content)
        while rest.nbytes:
            self._wait()
            count = os.readv(self._pipe, [rest])
            if not count:
                raise PipeClosedError
            rest = rest[count:]
        return content

    def _wait(self) -> None:
        """Until there is something to read.

        Raises ReaderError(LOST) when nothing comes for as long as the limits say: a file that is too heavy ends its reader.
        Raises ReaderError(TIME) at the end of the whole time, however often a byte comes.
        """
        if self._pipe < 0:
            raise ValueError("the block of this answer was left")
        now = monotonic()
        stalled = now + self._limits.stall
        while now < self._over:
            if self._poll.poll(max(0.0, min(stalled, self._over) - now) * 1000):
                return
            now = monotonic()
            if now >= stalled:
                raise ReaderError(Failure.LOST)
        raise ReaderError(Failure.TIME)


def _failure(name: bytes) -> Failure:
    return next((failure for failure in Failure if failure.value.encode() == name), Failure.CRASHED)
