"""Pictures and PDF files of odd kinds: shown the right way up with all that is on them, or refused by name."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from canbao.outside import papers

WIDE, HIGH = 300, 200
CORNERS = {"top left": (1, 1), "top right": (7, 1), "bottom left": (1, 7), "bottom right": (7, 7)}


def marked(mode: str = "RGB") -> Image.Image:
    """A paper with a mark in its top left corner."""
    image = Image.new("RGB", (WIDE, HIGH), "white")
    ImageDraw.Draw(image).rectangle((0, 0, WIDE // 3, HIGH // 3), fill="red")
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **more: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def sixteen_bits(colours: int, mark: bytes, paper: bytes, clear: bytes = b"") -> bytes:
    """A PNG of 90 by 60 with 16 bits a channel. clear: the grey that is transparent."""
    lines = b"".join(b"\0" + b"".join(mark if x < 30 and y < 20 else paper for x in range(90)) for y in range(60))
    head = struct.pack(">IIBBBBB", 90, 60, 16, colours, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *([chunk(b"tRNS", clear)] if clear else []), chunk(b"IDAT", zlib.compress(lines))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def turned(orientation: int, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(marked(mode), kind, exif=exif)


def pdf(catalog: bytes = b"", page: bytes = b"") -> bytes:
    drawing = b"1 0 0 rg 0 600 200 242 re f"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R" + page + b">>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
    ]  # fmt: skip
    content, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table, len(content)
    )  # fmt: skip


SHOWN: dict[str, tuple[Callable[[], bytes], str]] = {
    "CMYK": (lambda: saved(marked("CMYK"), "JPEG"), "top left"),
    "progressive": (lambda: saved(marked(), "JPEG", progressive=True), "top left"),
    "several pictures in a JPEG": (lambda: saved(marked(), "MPO", save_all=True, append_images=[marked()]), "top left"),
    "an animated PNG": (lambda: saved(marked(), "PNG", save_all=True, append_images=[Image.new("RGB", (WIDE, HIGH))]), "top left"),
    "a palette": (lambda: saved(marked("P"), "PNG"), "top left"),
    "a JPEG with a tail": (lambda: saved(marked(), "JPEG") + b"more", "top left"),
    "16 bits of colour": (lambda: sixteen_bits(2, b"\xff\xff\0\0\0\0", b"\xff" * 6), "top left"),
    "16 bits of colour, transparent": (lambda: sixteen_bits(6, b"\xff\xff\0\0\0\0\xff\xff", bytes(8)), "top left"),
    "16 bits of grey": (lambda: sixteen_bits(0, b"\x30\x39", b"\xff\xff"), "top left"),
    "16 bits of grey, one transparent": (lambda: sixteen_bits(0, b"\x75\x30", bytes(2), bytes(2)), "top left"),
    "turned about": (lambda: turned(3), "bottom right"),
    "turned to the right": (lambda: turned(6), "top right"),
    "turned to the left, CMYK": (lambda: turned(8, mode="CMYK"), "bottom left"),
    "turned, a transparent PNG": (lambda: turned(6, "PNG", "RGBA"), "top right"),
    "an orientation that there is not": (lambda: turned(9), "top left"),
    "a PDF with a script": (lambda: pdf(b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), "top left"),
    "a PDF page turned about": (lambda: pdf(page=b"/Rotate 180"), "bottom right"),
    "a PDF after blanks": (lambda: b"\xef\xbb\xbf\r\n" + pdf(), "top left"),
}  # fmt: skip


@pytest.mark.parametrize("title", SHOWN)
def test_an_odd_paper_is_shown_the_right_way_up(title: str) -> None:
    make, corner = SHOWN[title]
    content = make()
    drawn = Image.open(BytesIO(papers.draw(content, papers.look(content).media_type, page=1))).convert("L")
    dark = {
        name for name, (x, y) in CORNERS.items() if drawn.getpixel((drawn.width * x // 8, drawn.height * y // 8)) < 200
    }
    assert dark == {corner}


REFUSED: dict[str, tuple[Callable[[], bytes], type[papers.NotAPaper]]] = {
    "HEIC under another name": (lambda: b"\0\0\0\x18ftypheic" + bytes(500), papers.NotKnown),
    "WebP": (lambda: saved(marked(), "WEBP"), papers.NotKnown),
    "TIFF": (lambda: saved(marked(), "TIFF"), papers.NotKnown),
    "nothing": (lambda: b"", papers.Empty),
    "a cut JPEG": (lambda: saved(marked(), "JPEG")[:-500], papers.Broken),
    "a cut PNG": (lambda: saved(marked(), "PNG")[:-50], papers.Broken),
    "a strip": (lambda: saved(Image.new("L", (20_000, 1)), "PNG"), papers.TooManyPixels),
    "a PDF without pages": (lambda: b"%PDF-1.4\n", papers.Broken),
    "a form that only its program shows": (
        lambda: pdf(b"/NeedsRendering true/AcroForm<</XFA[(template)(x)]/Fields[]>>"),
        papers.NotDrawnError,
    ),
}


@pytest.mark.parametrize("title", REFUSED)
def test_a_paper_that_cannot_be_shown_is_refused_by_name(title: str) -> None:
    make, wanted = REFUSED[title]
    with pytest.raises(wanted):
        papers.look(make())
