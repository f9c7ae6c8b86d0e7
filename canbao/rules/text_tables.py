"""What a character may be written as instead: frozen tables of Unicode, OpenCC and GB 18030, and our own short lists.

Keys of names and records are made with these tables, so that a newer Python, DuckDB, PostgreSQL or browser must not change them:
they lie in `data/text.csv` (written and tested by tests/unit/test_text_tables.py) and `data/private_use.csv` (kept by hand).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from canbao.rules.data import rows


class Kind(StrEnum):
    """Why a character is written as another."""

    NOTHING = "NOTHING"  # it prints nothing: default-ignorable, control, format, variation selector, noncharacter
    BLANK = "BLANK"  # one of the many blanks
    RADICAL = "RADICAL"  # a radical that looks like a character
    CANONICAL = "CANONICAL"  # the same character by Unicode: compatibility ideographs, letters with marks
    COMPATIBLE = "COMPATIBLE"  # another form of it: width, ligatures, circled, squared, presentation forms
    DIACRITIC = "DIACRITIC"  # a mark on a letter
    UPPER = "UPPER"
    DIGIT = "DIGIT"  # a decimal digit of another script
    SIMPLIFIED = "SIMPLIFIED"  # traditional or regional form of a simplified character


@cache
def kinds() -> Mapping[Kind, Mapping[str, str]]:
    """Character to what stands for it ("" for nothing), by kind."""
    found: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
    for line in files(__name__.rpartition(".")[0]).joinpath("data/text.csv").read_text("utf-8").splitlines()[1:]:
        kind, first, last, codes = line.split(",")  # no quotes in this file, and ten thousand lines
        to = "".join(chr(int(code, 16)) for code in codes.split())
        table = found[Kind(kind)]
        for step in range(int(last or first, 16) - int(first, 16) + 1):
            table[chr(int(first, 16) + step)] = chr(ord(to) + step) if len(to) == 1 else to
    return MappingProxyType(found)


@cache
def private_use_rows() -> tuple[dict[str, str], ...]:
    """position (of GB 18030, hexadecimal), private (what old tables decode it to), character, source."""
    return tuple({**row, "private": chr(int(row["private"], 16))} for row in rows("private_use.csv"))


@cache
def private_use() -> Mapping[str, str]:
    """The private-use characters of which it is known what they are."""
    return MappingProxyType({row["private"]: row["character"] for row in private_use_rows()})


def same_shape() -> dict[str, str]:
    """Compatibility ideographs and radicals to the character of the same shape: they may be so written for print as well."""
    tables = kinds()
    single = {**tables[Kind.COMPATIBLE], **tables[Kind.CANONICAL], **tables[Kind.RADICAL]}
    return {char: to for char, to in single.items() if any(char in block for block in _SHAPES)}


def narrow_letters() -> dict[str, str]:
    """Full-width digits and letters of the Latin alphabet. Chinese punctuation stays wide."""
    return {chr(ord(char) + 0xFEE0): char for char in "0123456789" + _CAPITALS + _CAPITALS.lower()}


class _Block:
    def __init__(self, first: str, last: str) -> None:
        self.first, self.last = first, last

    def __contains__(self, char: str) -> bool:
        return self.first <= char <= self.last


_SHAPES: Final = (_Block("⺀", "⿟"), _Block("豈", "\ufaff"), _Block("\U0002f800", "\U0002fa1f"))
_CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Between the parts of a name; the norm is U+00B7. The last three are what an input method makes of it.
MIDDLE_DOTS: Final = "·•‣․‧∘∙⋅●◦▪⦁⸰⸱⸳・ꞏᐧ᛫ˑ𐄁˙"
FULL_STOPS: Final = ".。"  # U+FF0E, U+FF61 and U+FE52 fold to these
DASHES: Final = "‐‑‒–—―−⁃˗⸺⸻─━"
LOW_LINES: Final = "_‗"
QUOTES: Final = "'\"`´‘’‚‛“”„‟′‵ʹʺʻʼʽˈ«»‹›"
OPENING: Final = "【〔〖「『｢〈《"
CLOSING: Final = "】〕〗」』｣〉》"

# Letters of other alphabets that look like a Latin capital: numbers know Latin letters only.
LATIN_SHAPES: Final = MappingProxyType(
    dict(zip("АВЕЅІЈКМНОРСТУХҮԚԜ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABESIJKMHOPCTYXYQW" + "ABEZHIKMNOPTYXCJ", strict=True))
)
# What is put for the X that a citizen number may end in.
X_MARKS: Final = "*×✕✖✗✘╳⨉⨯☓❌"
# What systems write for a character they do not know.
LOST_MARKS: Final = "?\ufffd\ufffc□■▢▯▮◻◼☐〓*¿"
PRIVATE_USE: Final = "\ue000-\uf8ff\U000f0000-\U0010ffff"  # ranges of a character class
