"""A look at a file by the virus scanner of the machine, if it has one: a command that is given the file."""

from __future__ import annotations

import os
import shlex
import subprocess
from enum import StrEnum
from pathlib import Path
from typing import Final

from canbao.outside.work import work_folder

SECONDS: Final = 60
WORK: Final = "scan"
PLACE: Final = "{}"  # in the command: the path of the file; without it the file comes on stdin
_CLEAN, _INFECTED = 0, 1


class Scanned(StrEnum):
    CLEAN = "CLEAN"
    NOT_SCANNED = "NOT_SCANNED"

    @property
    def label(self) -> str:
        return {Scanned.CLEAN: "已查毒", Scanned.NOT_SCANNED: "未查毒"}[self]


class Infected(Exception):
    """The scanner has found something."""

    label = "查出病毒"


class NotScanned(Exception):
    """There is a scanner and it did not do its work."""

    label = "查毒程序没有正常运行"


def scan(content: bytes, *, command: str, root: Path, seconds: float = SECONDS) -> Scanned:
    """command: "" for none. root: below it lies the file for a command that wants a path. Raises Infected, NotScanned."""
    if not command.strip():
        return Scanned.NOT_SCANNED
    try:
        words = shlex.split(command)
        code = _with_path(words, content, root, seconds) if PLACE in words else _run(words, content, seconds)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise NotScanned(type(error).__name__) from error
    if code == _INFECTED:
        raise Infected
    if code != _CLEAN:
        raise NotScanned(code)
    return Scanned.CLEAN


def _with_path(words: list[str], content: bytes, root: Path, seconds: float) -> int:
    """In the clear only as long as the scanner reads it, and only for us; `sweep` removes it after a kill."""
    with work_folder(root, name=WORK) as folder:
        path = folder / "paper"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return _run([str(path) if word == PLACE else word for word in words], b"", seconds)


def _run(words: list[str], content: bytes, seconds: float) -> int:
    done = subprocess.run(words, input=content, capture_output=True, check=False, timeout=seconds)
    return done.returncode
