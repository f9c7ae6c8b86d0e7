"""The fonts of what is printed, and whether they can draw a character.

Noto Serif SC draws nearly every name. What it lacks of the characters of GB 18030-2022 comes from HanaMin, a web font in some 220
pieces: the few that a print needs are turned into files Typst can read and kept, which takes a blink, where one file of all took a minute.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FAMILY = "Noto Serif SC"
_REGULAR = "@expo-google-fonts/noto-serif-sc/400Regular"
_BOLD = "@expo-google-fonts/noto-serif-sc/700Bold"
_PIECES = "hanamin"
_FACE = re.compile(r"url\((HanaMin[AB]\.CJK[^)]*)\.woff2\).*?unicode-range: ([^;]*);", re.DOTALL)


class MissingFonts(RuntimeError):
    """The packages with the fonts have not been installed."""


class MissingGlyph(ValueError):
    """No font draws the character; `place`: on which sheet, counted from 0."""

    def __init__(self, character: str, place: int = 0) -> None:
        super().__init__(f"U+{ord(character):04X}", place)
        self.character = character
        self.place = place


@dataclass(frozen=True)
class Fonts:
    """modules: the folder of the npm packages; kept: where pieces that were turned into font files stay."""

    modules: Path
    kept: Path

    def folders(self) -> list[Path]:
        """What Typst is given. Raises MissingFonts."""
        found = [self.modules / name for name in (_REGULAR, _BOLD)]
        if missing := [folder.name for folder in found if not any(folder.glob("*.ttf"))]:
            raise MissingFonts(*missing)
        return [*found, self.kept] if self.kept.is_dir() else found

    def rare_for(self, texts: Sequence[str]) -> list[str]:
        """The families needed beside the usual one. texts: what stands on each sheet. Raises MissingGlyph, MissingFonts."""
        if holes := self.holes(texts):
            raise holes[0]
        pieces = _pieces(self.modules)
        return [_family(piece) for piece in sorted({pieces[ord(one)] for text in texts for one in self._rare(text)})]

    def holes(self, texts: Sequence[str]) -> list[MissingGlyph]:
        """Every character that no font draws, sheet by sheet: asked before anything is set. Raises MissingFonts."""
        return [
            MissingGlyph(character, place)
            for place, text in enumerate(texts)
            for character in self._rare(text)
            if not self._drawn(character)
        ]

    def _rare(self, text: str) -> list[str]:
        return sorted(set(text) - _characters(self.modules))

    def _drawn(self, character: str) -> bool:
        piece = _pieces(self.modules).get(ord(character))
        return piece is not None and ord(character) in self._file(piece)[1]

    def _file(self, piece: str) -> tuple[Path, frozenset[int]]:
        return _made(self.modules / _PIECES / f"{piece}.woff2", self.kept / f"{piece}.ttf")


def _family(piece: str) -> str:
    return f"Rare {piece.replace('.', ' ')}"


@cache
def _characters(modules: Path) -> frozenset[str]:
    """What the usual font draws; the private use area is left out: it means something else on every machine."""
    for file in (modules / _REGULAR).glob("*.ttf"):
        with TTFont(file, lazy=True) as font:
            return frozenset(map(chr, _public(font.getBestCmap())))
    raise MissingFonts(FAMILY)


@cache
def _pieces(modules: Path) -> dict[int, str]:
    """Which piece has a character, as the package's own style sheet says."""
    sheet = modules / _PIECES / "HanaMin.css"
    if not sheet.exists():
        raise MissingFonts(_PIECES)
    found = _FACE.findall(sheet.read_text(encoding="utf-8"))
    return {code: piece for piece, ranges in found for code in _public(_codes(ranges))}


def _codes(ranges: str) -> Iterable[int]:
    """U+20000-203ff, U+4e00 as numbers."""
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def _public(codes: Iterable[int]) -> Iterable[int]:
    return (code for code in codes if not (0xE000 <= code <= 0xF8FF or code >= 0xF0000))


@cache
def _made(piece: Path, file: Path) -> tuple[Path, frozenset[int]]:
    """A piece as a font file under a name of its own, written once; and what it draws."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with TTFont(piece) as font:
            font.flavor = None
            for place in (1, 4, 6, 16):
                font["name"].setName(_family(file.stem), place, 3, 1, 0x409)
            part = file.with_suffix(f".{os.getpid()}")
            font.save(part)
            part.replace(file)
    with TTFont(file, lazy=True) as font:
        return file, frozenset(font.getBestCmap())
