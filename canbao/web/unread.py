"""Connections whose answer is not read: closed, so that they do not stay for ever.

A short answer is left to the event loop (`canbao.web.outgoing`), a long one is sent by its thread until the other side has taken it.
Whether it takes anything is told by what was acknowledged (TCP_INFO), not by a time-out of the socket, which each byte begins anew.
One thread for each process looks.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import termios
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

TURN_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 5.0
KEPT_BY_KERNEL: Final = 512 * 1024  # bytes of an answer at most: most are all there, and no thread waits
SLOWEST: Final = 4096  # bytes a second that are taken, from any line in use
_ACKNOWLEDGED: Final = struct.Struct("=120xQ")  # tcpi_bytes_acked of struct tcp_info (linux/tcp.h)


@dataclass(slots=True)
class _Sending:
    connection: socket.socket
    since: float
    acknowledged: int


class Unread:
    """The connections of this process that are being answered."""

    def __init__(self) -> None:
        self._sending: dict[int, _Sending] = {}
        self._lock = threading.Lock()
        self._process = 0

    def watch(self, connection: socket.socket) -> None:
        """Close the connection if, until it is released, an answer lies there that is hardly taken."""
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KEPT_BY_KERNEL)
        with self._lock:
            self._start()
            self._sending[id(connection)] = _Sending(connection, time.monotonic(), -1)

    def release(self, connection: socket.socket) -> None:
        """The answer was handed over to the kernel, or the connection is closed."""
        with self._lock:
            self._sending.pop(id(connection), None)

    def _start(self) -> None:
        """The thread does not outlive a fork: each process of the server starts its own, at the first request."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._sending.clear()
            threading.Thread(target=self._look, name="unread", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(TURN_SECONDS)
            with self._lock:
                late = [each.connection for each in self._sending.values() if _is_late(each)]
                for connection in late:
                    with suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)


def _is_late(sending: _Sending) -> bool:
    """Whether less was taken in PATIENCE_SECONDS than anybody takes; nothing waits to be taken while a page is being made."""
    now = time.monotonic()
    try:
        waits, acknowledged = _waiting(sending.connection), _acknowledged(sending.connection)
    except (OSError, ValueError):  # closed meanwhile (its number is -1), or no connection of TCP
        return False
    if not waits or sending.acknowledged < 0:
        sending.since, sending.acknowledged = now, acknowledged
        return False
    if now - sending.since < PATIENCE_SECONDS:
        return False
    taken = acknowledged - sending.acknowledged
    is_late = taken < SLOWEST * (now - sending.since)
    sending.since, sending.acknowledged = now, acknowledged
    return is_late


def _waiting(connection: socket.socket) -> int:
    """Bytes that were sent and not acknowledged yet, or wait to be."""
    return int(struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0])


def _acknowledged(connection: socket.socket) -> int:
    """Bytes of the connection that the other side has."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.size)
    return int(_ACKNOWLEDGED.unpack(info)[0]) if len(info) == _ACKNOWLEDGED.size else 0


unread: Final = Unread()
