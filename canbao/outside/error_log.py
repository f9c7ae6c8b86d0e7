"""errors.log of a home: when an error happened, of what kind and where in the program; never what it said.

The message of an error holds what it went wrong with (a database names the row), the address of a page whom it was about.
"""

from __future__ import annotations

import traceback
from datetime import datetime
from pathlib import Path

LONGEST = 200


def note(log: Path, error: BaseException, *, at: datetime, where: str = "") -> None:
    """Append one error. where: of the program, never of a request: the pattern of a page, the name of a task. Raises OSError."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    said = "".join(letter for letter in where if letter.isprintable())[:LONGEST]
    with log.open("a", encoding="utf-8") as file:
        log.chmod(0o600)
        file.write(f"{at.isoformat()} {type(error).__name__} {said}".rstrip() + f"\n{frames}\n")
