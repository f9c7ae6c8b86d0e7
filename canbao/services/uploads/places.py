"""Where uploads lie below CANBAO_HOME, and whose process is still at work on one.

`open/` has a small file for each upload that is not finished, `part-…` is what is being copied to its place. Both carry the
process in their names: what a killed process left is seen and removed by the next.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings

OPEN: Final = "open"
PART: Final = "part-"


def folder() -> Path:
    """`uploads` of the home, made when it is first needed."""
    made = Path(settings.CANBAO_UPLOADS)
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


@contextmanager
def kept() -> Iterator[tuple[str, Path]]:
    """A folder for the files of one upload: it is there whole under its name (a token) at the end of the block, or not at all."""
    token = secrets.token_hex(16)
    part = folder() / f"{PART}{process_mark()}-{token}"
    part.mkdir(mode=0o700)
    try:
        yield token, part
        part.rename(folder() / token)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def sweep() -> int:
    """Remove what killed processes left; returns how many files and folders went."""
    gone = 0
    for left in (*folder().glob(f"{PART}*"), *folder().glob(f"{OPEN}/*-*-*-*")):
        if not is_running(mark_of(left)):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
            gone += 1
    return gone


def process_mark() -> str:
    """This process: its number and when it started, for a number is given out again."""
    return f"{os.getpid()}-{_started(os.getpid())}"


def mark_of(path: Path) -> str:
    """The process in the name of a part or of an open upload."""
    return "-".join(path.name.split("-")[1:3])


def is_running(mark: str) -> bool:
    """Whether the process of this mark is still there."""
    number, _, started = mark.partition("-")
    return number.isdecimal() and _started(int(number)) == started != ""


def _started(process: int) -> str:
    """In ticks since the machine started; empty for a process that is gone."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]
