"""PDF by pdfium: how many pages, and one page as a picture, with what was filled into its form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, FileIO

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
from PIL import Image

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats.pictures import HEIGHT, WIDTH, answer
from canbao.outside.reader.frames import FrameWriter
from canbao.outside.reader.limits import Limits, fits

_LARGEST_SCALE = 4


def look(file: FileIO, out: FrameWriter, limits: Limits) -> None:
    """Answers the number of pages, once each of them was read."""
    with _opened(file) as document:
        if document.get_formtype() == pdfium_raw.FORMTYPE_XFA_FULL:
            raise ReaderError(Failure.NOT_DRAWN)
        count = len(document)
        if count > limits.pages:
            raise ReaderError(Failure.TOO_MANY_PAGES)
        if not count:
            raise ReaderError(Failure.DAMAGED)
        for number in range(count):
            _sheet(document, number, limits).close()
        out.head(pages=count)


def draw(file: FileIO, out: FrameWriter, limits: Limits, *, page: int) -> None:
    """Answers one page (from 1) as a PNG."""
    with _opened(file) as document:
        if not 1 <= page <= len(document):
            raise ReaderError(Failure.DAMAGED)
        document.init_forms()  # before the page is opened: fields are drawn with it
        sheet = _sheet(document, page - 1, limits)
        width, height = sheet.get_size()
        scale = min(WIDTH / max(width, 1), HEIGHT / max(height, 1), _LARGEST_SCALE)
        answer(sheet.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB"), out)


def _sheet(document: pdfium.PdfDocument, number: int, limits: Limits) -> pdfium.PdfPage:
    """A page (from 0) of a shape that a paper has."""
    sheet = document[number]
    width, height = sheet.get_size()
    if not fits(width, height, limits):
        raise ReaderError(Failure.TOO_MANY_PIXELS)
    return sheet


@contextmanager
def _opened(file: FileIO) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(file.read())
    except pdfium.PdfiumError as error:
        encrypted = getattr(error, "err_code", None) == pdfium_raw.FPDF_ERR_PASSWORD
        raise ReaderError(Failure.ENCRYPTED if encrypted else Failure.DAMAGED) from error
    try:
        yield document
    except pdfium.PdfiumError as error:
        raise ReaderError(Failure.DAMAGED) from error


def sample() -> bytes:
    content = BytesIO()
    Image.new("RGB", (8, 8), "white").save(content, "PDF")
    return content.getvalue()
