"""What a server is asked and tells: shared by both ends."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from canbao.outside.reader.failures import Failure

LONGEST_REQUEST: Final = 4096
STATUS: Final = "STATUS"
BEGUN, UNAVAILABLE = b"+", b"-"  # the first byte on the pipe that tells how a reader ended


class Ended(StrEnum):
    """How a reader ended."""

    DONE = "DONE"
    MEMORY = "MEMORY"
    TIME = "TIME"
    CRASHED = "CRASHED"
    LOST = "LOST"

    @property
    def failure(self) -> Failure:
        """For a reader that has not answered to the end."""
        return Failure(self.value) if self.value in set(Failure) else Failure.CRASHED
