"""The code positions that GB 18030-2022 assigns and older tables left private.

Python's codec follows the table of 2000. Systems that export UTF-8 from such a table hand in the same private-use
code points, so they are mended after decoding, whatever the file's encoding was.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, NamedTuple

from canbao.rules.text_tables import private_use_rows


class Position(NamedTuple):
    """One position: its bytes in GB 18030, what old tables decode it to, what it is, and who says so."""

    code: str
    private: str
    character: str
    source: str


POSITIONS: Final = tuple(
    Position(row["position"], row["private"], row["character"], row["source"]) for row in private_use_rows()
)

CHARACTER: Final = {position.private: position.character for position in POSITIONS}
_BYTES: Final = {position.private.encode(): position.character.encode() for position in POSITIONS}
_PATTERN: Final = re.compile(b"|".join(re.escape(private) for private in _BYTES))
_LEAD: Final = b"\xee"  # every private code point above starts so in UTF-8, and nothing a name usually holds


def mend(text: bytes, *, found: Counter[str]) -> bytes:
    """UTF-8 text with the old private code points replaced; counts what it replaced."""
    if _LEAD not in text:
        return text

    def replacement(match: re.Match[bytes]) -> bytes:
        found[_BYTES[match[0]].decode()] += 1
        return _BYTES[match[0]]

    return _PATTERN.sub(replacement, text)


def mend_text(text: str) -> str:
    """The same for a single value (spreadsheets)."""
    return mend(text.encode(), found=Counter()).decode()
