"""The code positions that GB 18030-2022 assigns and older tables left private.

Python's codec follows the table of 2000. Systems that export UTF-8 from such a table hand in the same private-use
code points, so they are mended after decoding, whatever the file's encoding was.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, NamedTuple


class Position(NamedTuple):
    """One position: its bytes in GB 18030, what old tables decode it to, what it is, and who says so."""

    code: str
    private: str
    character: str
    source: str


_CHANGED = "GB 18030-2022, one of the 18 changed mappings"
_STILL_PRIVATE = "GB 18030-2022 leaves it private; the character is encoded in Unicode since 3.1"
_2005 = "GB 18030-2005 changed mapping"

POSITIONS: Final = (
    Position("A6D9", "\ue78d", "\ufe10", _CHANGED),
    Position("A6DA", "\ue78e", "\ufe12", _CHANGED),
    Position("A6DB", "\ue78f", "\ufe11", _CHANGED),
    Position("A6DC", "\ue790", "\ufe13", _CHANGED),
    Position("A6DD", "\ue791", "\ufe14", _CHANGED),
    Position("A6DE", "\ue792", "\ufe15", _CHANGED),
    Position("A6DF", "\ue793", "\ufe16", _CHANGED),
    Position("A6EC", "\ue794", "\ufe17", _CHANGED),
    Position("A6ED", "\ue795", "\ufe18", _CHANGED),
    Position("A6F3", "\ue796", "\ufe19", _CHANGED),
    Position("FE59", "\ue81e", "\u9fb4", _CHANGED),  # 龴
    Position("FE61", "\ue826", "\u9fb5", _CHANGED),  # 龵
    Position("FE66", "\ue82b", "\u9fb6", _CHANGED),  # 龶
    Position("FE67", "\ue82c", "\u9fb7", _CHANGED),  # 龷
    Position("FE6D", "\ue832", "\u9fb8", _CHANGED),  # 龸
    Position("FE7E", "\ue843", "\u9fb9", _CHANGED),  # 龹
    Position("FE90", "\ue854", "\u9fba", _CHANGED),  # 龺
    Position("FEA0", "\ue864", "\u9fbb", _CHANGED),  # 龻
    Position("FE51", "\ue816", "\U00020087", _STILL_PRIVATE),  # 𠂇
    Position("FE52", "\ue817", "\U00020089", _STILL_PRIVATE),  # 𠂉
    Position("FE53", "\ue818", "\U000200cc", _STILL_PRIVATE),  # 𠃌
    Position("FE6C", "\ue831", "\U000215d7", _STILL_PRIVATE),  # 𡗗
    Position("FE76", "\ue83b", "\U0002298f", _STILL_PRIVATE),  # 𢦏
    Position("FE91", "\ue855", "\U000241fe", _STILL_PRIVATE),  # 𤇾
    Position("A8BC", "\ue7c7", "\u1e3f", _2005),  # ḿ
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
