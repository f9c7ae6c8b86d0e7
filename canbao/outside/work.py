"""Folders for files in the clear that last as long as one piece of work, and no longer than its process."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_LOCK: Final = ".lock"


@contextmanager
def work_folder(root: Path, *, name: str) -> Iterator[Path]:
    """A folder below `root` for this process only (mode 0700), removed on leaving; `sweep` removes it after a kill."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = root / f"{name}-{secrets.token_hex(8)}"
    lock = _hold(folder.with_suffix(_LOCK))
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        _remove(folder, lock)


def sweep(root: Path, *, name: str) -> int:
    """Remove the folders of that name whose process has ended; returns how many."""
    removed = 0
    for path in sorted(root.glob(f"{name}-*{_LOCK}")):
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            if _is_ours(lock, path):
                _remove(path.with_suffix(""), lock)
                removed += 1
            else:
                os.close(lock)
    return removed


def _hold(path: Path) -> int:
    """Make the lock file and hold it; a process that sweeps at this very moment may have taken it away again."""
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _is_ours(lock, path):
            return lock
        os.close(lock)


def _is_ours(lock: int, path: Path) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(lock).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(_LOCK).unlink(missing_ok=True)
    os.close(lock)
