"""Connections whose request takes too long to arrive: their reading side is closed, so that the thread that waits goes on.

Bytes that drip in one by one never let a socket's own time-out pass; only a clock beside it sees how long the whole takes. One
thread for each process looks once a second, whatever the number of requests.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TURN_SECONDS = 1.0


class Watch:
    """The connections that are waited for in this process."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[float, socket.socket]] = {}
        self._lock = threading.Lock()
        self._process = 0

    @contextmanager
    def over(self, connection: socket.socket | None, *, seconds: float) -> Iterator[None]:
        """Close the reading side of a connection if the block lasts longer; what reads from it then meets the end.

        connection: None where there is none, as in tests.
        """
        if connection is None:
            yield
            return
        with self._lock:
            self._start()
            self._waiting[id(connection)] = (time.monotonic() + seconds, connection)
        try:
            yield
        finally:
            self.release(connection)

    def release(self, connection: socket.socket) -> None:
        """What was waited for is here before the block ends."""
        with self._lock:
            self._waiting.pop(id(connection), None)

    def _start(self) -> None:
        """The thread does not outlive a fork: each process of the server starts its own, at the first request."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._waiting.clear()
            threading.Thread(target=self._look, name="overdue", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(TURN_SECONDS)
            now = time.monotonic()
            with self._lock:
                late = [found for deadline, found in self._waiting.values() if deadline < now]
            for found in late:
                with suppress(OSError):
                    found.shutdown(socket.SHUT_RD)


watch = Watch()
