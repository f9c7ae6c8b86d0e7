"""How many threads of this process may wait for bodies at a time, so that one is always left for the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Final

WAIT_SECONDS: Final = 0.2  # bodies that a proxy has whole come within milliseconds
_UNKNOWN: Final = 1000  # of a process that was not told, as in tests


class NoThreadLeftError(Exception):
    """All but the last thread wait for bodies already."""


class Threads:
    """Those of one process."""

    def __init__(self) -> None:
        self.begin(_UNKNOWN)

    def begin(self, count: int) -> None:
        """count: threads of the process, told before its first request."""
        self._left = Semaphore(max(1, count - 1))

    @contextmanager
    def for_a_body(self) -> Iterator[None]:
        """A thread waits for a body in the block. Raises NoThreadLeftError."""
        left = self._left
        if not left.acquire(timeout=WAIT_SECONDS):
            raise NoThreadLeftError
        try:
            yield
        finally:
            left.release()


threads: Final = Threads()
