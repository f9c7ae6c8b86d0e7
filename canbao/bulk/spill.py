"""The folder in which a session of the set engine keeps what does not fit in memory: its own, and gone with it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

_PREFIX: Final = "spill-"
_YOUNG: Final = 60.0  # seconds: a folder that was just made may not be held yet


class Spill:
    """A new folder below `work`, mode 0700, held by a lock that ends with the process; what killed sessions left there goes away.

    Locks and not process numbers, which mean nothing between containers that share a home.
    """

    def __init__(self, work: Path) -> None:
        for left in work.glob(f"{_PREFIX}*"):
            _remove_if_left(left)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=work))
        self._handle = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._handle)


def _remove_if_left(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # gone meanwhile, or no folder of ours
        return
    try:
        if time.time() - os.fstat(handle).st_mtime > _YOUNG:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass  # its session lives
    finally:
        os.close(handle)
