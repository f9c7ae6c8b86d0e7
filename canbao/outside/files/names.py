"""Names of files that others chose: which of them can be used, and how much of what they wrote is repeated."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST_NAME: Final = 120
_LONGEST_ON_DISK: Final = 200  # bytes; the files that go back have longer names
_PATTERNS: Final = frozenset("*?[]")  # would mean other files to the set engine
_NOT_SHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_REPEATED: Final = 20


def is_plain(name: str) -> bool:
    """One file in one folder: no way out, no pattern, nothing that cannot be seen or written."""
    if not name or name.startswith(".") or len(name) > LONGEST_NAME:
        return False
    if _PATTERNS & set(name) or "/" in name or "\\" in name:
        return False
    if any(map(_is_unseen, name)):
        return False
    return len(name.encode()) <= _LONGEST_ON_DISK


def printable(name: str) -> str:
    """A name as it can be written and seen, whatever bytes it has on the disk."""
    return "".join("\ufffd" if _is_unseen(character) else character for character in name[:LONGEST_NAME])


def shown(text: str) -> str:
    """The beginning of a text of others for a sentence, digits hidden."""
    cut = printable(text[:_REPEATED]) + ("…" if len(text) > _REPEATED else "")
    return "".join("*" if character.isdigit() else character for character in cut)


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _NOT_SHOWN
