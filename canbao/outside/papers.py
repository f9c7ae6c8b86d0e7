"""Scans and photographs of papers: told by what they are, not by their names; shown as pictures that we draw ourselves."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
from PIL import Image, ImageOps

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_PAGES: Final = 50
MOST_PIXELS: Final = 60_000_000  # A4 at 600 dpi has 35 million
WIDTH, HEIGHT = 1400, 2200  # of a picture on the screen
JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
_BEGINS: Final = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))
_FORMATS: Final = {JPEG: ("JPEG", "MPO"), PNG: ("PNG",)}
_ONE_AT_A_TIME = Lock()  # pdfium knows no threads


class NotAPaper(Exception):
    """The file cannot be kept; the subclasses say why."""


class Empty(NotAPaper):
    pass


class TooLarge(NotAPaper):
    """Above MOST_BYTES."""


class NotKnown(NotAPaper):
    """Neither JPEG, PNG nor PDF by its content."""


class Broken(NotAPaper):
    """It begins like one and cannot be read."""


class Encrypted(NotAPaper):
    """A PDF with a password."""


class TooManyPages(NotAPaper):
    """Above MOST_PAGES."""


class TooManyPixels(NotAPaper):
    """A picture that would fill the memory."""


@dataclass(frozen=True, slots=True)
class Looked:
    media_type: str
    pages: int


def look(content: bytes) -> Looked:
    """What a file is and how many pages it has. Raises NotAPaper."""
    if not content:
        raise Empty
    if len(content) > MOST_BYTES:
        raise TooLarge
    kind = next((kind for begin, kind in _BEGINS if content.startswith(begin)), None)
    if kind is None:
        raise NotKnown
    if kind == PDF:
        return Looked(PDF, _pages(content))
    _picture(content, kind).close()
    return Looked(kind, 1)


def draw(content: bytes, media_type: str, *, page: int) -> bytes:
    """One page (from 1) as a PNG. Raises NotAPaper."""
    drawn = _page(content, page) if media_type == PDF else _picture(content, media_type)
    out = BytesIO()
    drawn.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _picture(content: bytes, kind: str) -> Image.Image:
    """Upright, at the size of the screen, with nothing of the file's own but its colours."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(content), formats=_FORMATS[kind]) as opened:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if opened.width * opened.height > MOST_PIXELS:
                raise TooManyPixels
            opened.draft("RGB", (WIDTH, HEIGHT))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((WIDTH, HEIGHT))
            return upright.convert("RGB")
    except NotAPaper:
        raise
    except Image.DecompressionBombError as error:
        raise TooManyPixels from error
    except Exception as error:  # a hostile file can make a decoder raise anything
        raise Broken from error


def _pages(content: bytes) -> int:
    with _opened(content) as document:
        count = len(document)
        if count > MOST_PAGES:
            raise TooManyPages
        if not count:
            raise Broken
        for number in range(count):
            document[number].close()
        return count


def _page(content: bytes, page: int) -> Image.Image:
    with _opened(content) as document:
        if not 1 <= page <= len(document):
            raise Broken
        sheet = document[page - 1]
        width, height = sheet.get_size()
        scale = min(WIDTH / max(width, 1), HEIGHT / max(height, 1), 4)
        drawn: Image.Image = sheet.render(scale=scale, may_draw_forms=False).to_pil()
        return drawn.convert("RGB")


@contextmanager
def _opened(content: bytes) -> Iterator[pdfium.PdfDocument]:
    with _ONE_AT_A_TIME:
        try:
            document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            encrypted = getattr(error, "err_code", None) == pdfium_raw.FPDF_ERR_PASSWORD
            raise (Encrypted if encrypted else Broken) from error
        try:
            yield document
        except pdfium.PdfiumError as error:
            raise Broken from error
        finally:
            document.close()
