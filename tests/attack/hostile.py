"""Files that cost far more than they weigh, made here byte by byte. Nothing of it is ever opened by this program."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

MB = 1024 * 1024


def pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects; the first is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def stream(content: bytes, head: bytes = b"") -> bytes:
    """An object that holds packed content."""
    packed = zlib.compress(content, 9)
    return b"<< /Filter /FlateDecode /Length %d %s>>\nstream\n%s\nendstream" % (len(packed), head, packed)


def heavy_pdf(*, shapes: int = 10_000_000, pages: int = 1) -> bytes:
    """Pages that draw so many rectangles: opened by pdfium, ten million cost some 3.6 GB and half a minute a page."""
    drawn = b"".join(b"%d %d 9 9 re f\n" % (n % 13, n % 7) for n in range(1000)) * (shapes // 1000)
    kids = b" ".join(b"%d 0 R" % (4 + n) for n in range(pages))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>"
    return pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids), stream(drawn),
        *[page] * pages,
    ])  # fmt: skip


def nested_pdf(*, depth: int = 12, times: int = 12) -> bytes:
    """A form that draws the next one so many times, and so on: opened at once, drawn never."""
    forms = []
    for level in range(depth):
        inner = b"/F Do " * times if level < depth - 1 else b"0 0 9 9 re f "
        below = b"/Resources << /XObject << /F %d 0 R >> >> " % (5 + level + 1) if level < depth - 1 else b""
        forms.append(stream(inner, b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + below))
    return pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /XObject << /F 5 0 R >> >> >>",
        stream(b"/F Do"), *forms,
    ])  # fmt: skip


def wide_pdf(*, side: int = 30_000) -> bytes:
    """A page with a picture of so many pixels a side, all of one colour, and a sheet of the size of a field."""
    image = stream(bytes(side // 8 + 1) * side, b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 1"
                   b" /ColorSpace /DeviceGray " % (side, side))  # fmt: skip
    return pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200000 200000] /Contents 4 0 R"
        b" /Resources << /XObject << /I 5 0 R >> >> >>",
        stream(b"200000 0 0 200000 0 0 cm /I Do"), image,
    ])  # fmt: skip


def png(width: int, height: int, *, depth: int = 1, colour: int = 0, more: bytes = b"") -> bytes:
    """A picture of one colour. depth: bits of a channel; colour: 0 grey, 2 RGB, 6 RGBA; more: chunks before the pixels."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    line = b"\0" + bytes((width * depth * channels + 7) // 8)
    packer, packed = zlib.compressobj(9), []
    at_once = max(1, 8 * MB // len(line))
    for first in range(0, height, at_once):
        packed.append(packer.compress(line * min(at_once, height - first)))
    pixels = b"".join(packed) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed_text(size: int = 100 * MB) -> bytes:
    """A chunk of a PNG whose comment unpacks to so many bytes."""
    return chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(size), 9))


def jpeg_header(width: int, height: int) -> bytes:
    """The beginning of a JPEG of this size and nothing else."""
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0" + struct.pack(
        ">H", len(frame) + 2
    ) + frame + b"\xff\xd9"  # fmt: skip


def gzip_bomb(first: bytes, repeated: bytes, *, size: int) -> bytes:
    """Unpacks to `first`, then `repeated` again and again up to so many bytes."""
    block = repeated * max(1, 64 * MB // len(repeated))
    return gzip.compress(first, 9) + gzip.compress(block, 9) * max(1, size // len(block))


def sparse_xlsx() -> bytes:
    """A sheet with two cells, in its first and in its last corner."""
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return _workbook(_sheet(rows).encode())


def xlsx_bomb(header: Sequence[str], *, size: int) -> bytes:
    """A sheet with this header whose rows unpack to so many bytes."""
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in header)
    head, tail = _sheet(f"<row>{cells}</row>\0").split("\0")
    block = ("<row>" + '<c t="inlineStr"><is><t>x</t></is></c>' * len(header) + "</row>").encode()
    block *= max(1, 16 * MB // len(block))
    return _workbook(head.encode(), block, max(1, size // len(block)), tail.encode())


def _sheet(rows: str) -> str:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'


def _workbook(first: bytes, block: bytes = b"", times: int = 0, last: bytes = b"") -> bytes:
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1"'
        f' Type="{office}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{office}/'
        'officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(first)
            for _ in range(times):
                sheet.write(block)
            sheet.write(last)
    return out.getvalue()


def parquet_bomb(columns: Sequence[str], *, rows: int = 1_000_000_000) -> bytes:
    """Columns of text that say the same value so many times, each in one page of a few bytes."""
    out, chunks = bytearray(b"PAR1"), []
    for name in columns:
        value = b"x" * 16
        dictionary = struct.pack("<I", len(value)) + value
        pages = len(out)
        out += _struct({1: 2, 2: len(dictionary), 3: len(dictionary), 7: {1: 1, 2: 0}}) + dictionary
        data_at, run = len(out), b"\x01" + _varint(rows << 1) + b"\x00"
        out += _struct({1: 0, 2: len(run), 3: len(run), 5: {1: rows, 2: 8, 3: 3, 4: 3}}) + run
        size = len(out) - pages
        described = {1: 6, 2: [0, 8], 3: [name.encode()], 4: 0, 5: _Long(rows), 6: _Long(size), 7: _Long(size),
                     9: _Long(data_at), 11: _Long(pages)}  # fmt: skip
        chunks.append({2: _Long(pages), 3: described})
    schema = [{4: b"schema", 5: len(columns)}, *({1: 6, 3: 0, 4: name.encode(), 6: 0} for name in columns)]
    group = {1: chunks, 2: _Long(len(out)), 3: _Long(rows)}
    foot = _struct({1: 1, 2: schema, 3: _Long(rows), 4: [group]})
    return bytes(out) + foot + struct.pack("<I", len(foot)) + b"PAR1"


# Thrift's compact protocol, as far as the description of a Parquet file needs it.


class _Long(int):
    """64 bits."""


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _struct(fields: dict[int, object]) -> bytes:
    out, before = bytearray(), 0
    for number, value in fields.items():
        out += bytes([(number - before) << 4 | _kind(value)]) + _value(value)
        before = number
    return bytes(out) + b"\0"


def _kind(value: object) -> int:
    return {_Long: 6, int: 5, bytes: 8, list: 9, dict: 12}[type(value)]


def _value(value: object) -> bytes:
    match value:
        case int():
            return _varint(value << 1)  # zigzag: nothing here is below zero
        case bytes():
            return _varint(len(value)) + value
        case list():
            size, kind = len(value), _kind(value[0])
            head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)
            return head + b"".join(map(_value, value))
        case dict():
            return _struct(value)
    raise TypeError(value)
