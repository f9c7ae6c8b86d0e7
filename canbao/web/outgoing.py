"""What the other side does not take of an answer: kept, so that the thread that made it goes on.

The kernel keeps a part of an answer; the rest would hold a thread until it is read. Here up to MOST bytes of it are left over for
the event loop (`canbao.config.webworker`), which sends them as they are taken.
"""

from __future__ import annotations

import socket
from typing import Any, BinaryIO, Final

from canbao.rules.uploads import KIB

MOST: Final = (
    1024 * KIB
)  # of one answer: pages and their files are shorter; what is longer waits in its thread, and is watched
_PIECE: Final = 256 * KIB


class Outgoing:
    """A socket that is never waited for, until more than MOST bytes are left. rest: what has not been sent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.rest = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def sendall(self, data: bytes) -> None:
        """Send what is taken now and keep the rest; wait where it is too much to be kept. Raises OSError."""
        view = memoryview(data)
        if not self.rest:
            view = view[send_now(self._connection, view) :]
        if len(self.rest) + len(view) <= MOST:
            self.rest += view
            return
        self._wait()
        self._connection.sendall(view)

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        """As a socket does. Raises OSError."""
        if count is None or count > MOST:
            self._wait()
            return self._connection.sendfile(file, offset, count)
        file.seek(offset)
        left = count
        while left and (piece := file.read(min(left, _PIECE))):
            self.sendall(piece)
            left -= len(piece)
        return count - left

    def _wait(self) -> None:
        self._connection.sendall(self.rest)
        self.rest.clear()


def send_now(connection: socket.socket, data: memoryview) -> int:
    """How many bytes the kernel takes at this moment. Raises OSError."""
    sent = 0
    while sent < len(data):
        try:
            sent += connection.send(data[sent:], socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
    return sent
