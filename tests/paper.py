"""Printed pages read back: their words, their code, their picture."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp
from PIL.Image import Image

from canbao.outside.printing import Fonts, typeset

MODULES = Path(__file__).parents[1] / "node_modules"


def print_sheets(sheets: Sequence[Mapping[str, Any]], kept: Path) -> bytes:
    """The registration form as the typesetter makes it."""
    return typeset("registration", sheets, version=1, fonts=Fonts(modules=MODULES, kept=kept))


def words(pdf: bytes) -> list[str]:
    """The text of each page as a reader takes it out."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def bare(text: str) -> str:
    """Without spaces and without the difference of full and half width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def pictures(pdf: bytes, *, dots: int) -> list[Image]:
    """Each page in grey at so many dots an inch."""
    return [page.render(scale=dots / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]


def codes(pdf: bytes) -> list[list[str]]:
    """What a scanner reads on each page."""
    return [[code.text for code in zxingcpp.read_barcodes(picture)] for picture in pictures(pdf, dots=150)]
