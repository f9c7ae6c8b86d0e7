"""Have a file of others read: in a process of its own, as few at a time as the machine bears."""

from __future__ import annotations

import fcntl
import io
import json
import os
import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from threading import Lock, Semaphore
from typing import Any, Final, NoReturn

import pyarrow as pa

from canbao.outside.reader import requests
from canbao.outside.reader.columns import unpack
from canbao.outside.reader.failures import Failure, ReaderBusyError, ReaderError, ReaderUnavailableError
from canbao.outside.reader.frames import Frame, FrameReader, Kind, PipeClosedError
from canbao.outside.reader.limits import AT_ONCE, GROUPS, WAIT_SECONDS, Group, Operation, limits_for
from canbao.outside.reader.protections import Protections
from canbao.outside.reader.requests import LONGEST_REQUEST, STATUS, Ended
from canbao.outside.reader.starting import RunningServer

_START_SECONDS: Final = 60.0  # a busy machine takes that long to import the decoders
_END_SECONDS: Final = 10.0
_LONGEST_HEAD: Final = 4 << 20
_PIPE_BYTES: Final = 1 << 20


class Answer:
    """What a reader says about one file, frame by frame; usable inside the block of `reading` only."""

    def __init__(self, frames: FrameReader, status: int) -> None:
        self._reader, self._status = frames, status
        self._frames = self._checked()

    def head(self) -> dict[str, Any]:
        """The first frame. Raises ReaderError."""
        frame = next(self._frames, None)
        if frame is None or frame.kind is not Kind.HEAD:
            raise ReaderError(Failure.CRASHED)
        try:
            found = json.loads(frame.content) if len(frame.content) <= _LONGEST_HEAD else None
        except (ValueError, RecursionError) as error:
            raise ReaderError(Failure.CRASHED) from error
        if not isinstance(found, dict):
            raise ReaderError(Failure.CRASHED)
        return found

    def data(self) -> Iterator[bytearray]:
        """Bytes to the end. Raises ReaderError."""
        return (frame.content for frame in self._frames if frame.kind is Kind.DATA)

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows to the end, their columns under `names`. Raises ReaderError."""
        return (unpack(frame.content, names=names) for frame in self._frames if frame.kind is Kind.BATCH)

    def as_file(self) -> io.BufferedReader:
        """The bytes as a file."""
        return io.BufferedReader(_Stream(self.data()), 1 << 20)

    def close(self) -> None:
        """From here on reading is an error, so that nobody takes a part for the whole."""
        self._reader.close()

    def _checked(self) -> Iterator[Frame]:
        try:
            yield from self._reader.frames()
        except PipeClosedError:
            raise self._ended() from None

    def _ended(self) -> ReaderError:
        """Why the answer broke off, in the words of the server."""
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        said = os.read(self._status, 64).decode() if poll.poll(_END_SECONDS * 1000) else ""
        return ReaderError((Ended(said) if said in set(Ended) else Ended.LOST).failure)


class _Stream(io.RawIOBase):
    """Frames of bytes as a file that is read once."""

    def __init__(self, pieces: Iterator[bytearray]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class _Readers:
    """The servers of this process, one for each group, started when they are first needed."""

    def __init__(self) -> None:
        self._servers: dict[Group, RunningServer] = {}
        self.begin()

    def begin(self) -> None:
        """Also in a forked process: the servers and the turns are those of its parent."""
        for server in self._servers.values():
            server.control.close()
        self._lock = Lock()
        self._servers = {}
        self._turns = {group: Semaphore(AT_ONCE) for group in Group}

    @contextmanager
    def turn(self, group: Group) -> Iterator[None]:
        """Raises ReaderBusyError."""
        if not self._turns[group].acquire(timeout=WAIT_SECONDS[group]):
            raise ReaderBusyError
        try:
            yield
        finally:
            self._turns[group].release()

    def send(self, group: Group, request: dict[str, Any], handles: list[int]) -> RunningServer:
        """To the server, to a new one where its socket is closed. Raises ReaderUnavailableError."""
        message = json.dumps(request).encode()
        with self._lock:
            for _ in range(2):
                server = self._servers.get(group) or RunningServer(group)
                self._servers[group] = server
                try:
                    socket.send_fds(server.control, [message], handles)
                except OSError:
                    self._drop(group)
                else:
                    return server
        raise ReaderUnavailableError

    def drop(self, group: Group, server: RunningServer) -> None:
        """It does not answer: the next request goes to a new one."""
        with self._lock:
            if self._servers.get(group) is server:
                self._drop(group)

    def _drop(self, group: Group) -> None:
        self._servers.pop(group).control.close()


_readers: Final = _Readers()
os.register_at_fork(after_in_child=_readers.begin)


@contextmanager
def reading(operation: Operation, file: int, *, seconds: float | None = None, **arguments: Any) -> Iterator[Answer]:
    """Have an open file read from its beginning; leaving the block ends the reader, whether it is done or not.

    file: a descriptor; it is moved while it is read. seconds: from beginning to end, where the limits allow more.
    Raises ReaderBusyError, ReaderUnavailableError; the answer raises ReaderError.
    """
    group, size = GROUPS[operation], os.fstat(file).st_size
    request = {"operation": operation, "arguments": arguments}
    with _readers.turn(group), ExitStack() as stack:
        answer, status = _begun(stack, group, request, file) or _begun(stack, group, request, file) or _no_server()
        frames = FrameReader(answer.fileno(), limits=limits_for(operation, size), size=size, seconds=seconds)
        yield stack.enter_context(closing(Answer(frames, status.fileno())))


def _begun(stack: ExitStack, group: Group, request: dict[str, Any], file: int) -> tuple[io.FileIO, io.FileIO] | None:
    """The pipes of a reader at work; None where the server has died. Raises ReaderUnavailableError."""
    answer, answer_end = _pipe(stack)
    status, status_end = _pipe(stack)
    fcntl.fcntl(answer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    server = _readers.send(group, request, [file, answer_end.fileno(), status_end.fileno()])
    answer_end.close()
    status_end.close()
    match _said(status, 1):
        case requests.BEGUN:
            return answer, status
        case requests.UNAVAILABLE:
            raise ReaderUnavailableError
    _readers.drop(group, server)
    return None


def _no_server() -> NoReturn:
    raise ReaderUnavailableError


def _said(pipe: io.FileIO, count: int) -> bytes:
    """What a server says first, which may have to start; nothing when it has died."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return (pipe.read(count) or b"") if poll.poll(_START_SECONDS * 1000) else b""


def protections(group: Group) -> Protections:
    """What this system does for the readers of a group. Raises ReaderUnavailableError when their server does not start."""
    with ExitStack() as stack:
        answer, answer_end = _pipe(stack)
        _readers.send(group, {"operation": STATUS}, [answer_end.fileno()])
        answer_end.close()
        said = _said(answer, LONGEST_REQUEST)
    if not said:
        raise ReaderUnavailableError
    return Protections.from_json(json.loads(said))


def _pipe(stack: ExitStack) -> tuple[io.FileIO, io.FileIO]:
    """Reading end and writing end."""
    reading_end, writing_end = os.pipe()
    return stack.enter_context(io.FileIO(reading_end)), stack.enter_context(io.FileIO(writing_end, "w"))
