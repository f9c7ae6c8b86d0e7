"""Files made to harm the program that opens them, each small itself."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def heavy_pdf() -> bytes:
    """One page of some 650 kB that holds millions of lines: gigabytes once it is read."""
    drawing = zlib.compress(b"0 0 m 9 9 l S\n" * 9_000_000, 1)
    return _pdf(drawing, b"/Filter /FlateDecode")


def nested_pdf(levels: int = 9) -> bytes:
    """One page that draws a form ten times, which draws another ten times, and so on."""
    forms = [b" ".join(b"/F%d Do" % (level + 1) for _ in range(10)) for level in range(levels)] + [b"0 0 9 9 re f"]
    return _pdf(b" ".join([b"/F0 Do"] * 10), b"", forms)


def _pdf(drawing: bytes, drawing_entries: bytes, forms: list[bytes] | None = None) -> bytes:
    kept = forms or []
    names = b" ".join(b"/F%d %d 0 R" % (place, 5 + place) for place in range(len(kept)))
    resources = b"<< /XObject << " + names + b" >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources " + resources + b" >>",
        _stream(drawing, drawing_entries),
        *(_stream(form, b"/Type /XObject /Subtype /Form /BBox [0 0 300 300] /Resources " + resources) for form in kept),
    ]
    out, places = BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def _stream(content: bytes, entries: bytes) -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def filled_form_pdf() -> bytes:
    """A form whose only content is what was filled into a field."""
    appearance = b"q 0 0 0 rg 0 0 200 50 re f Q"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Annots [4 0 R] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (x) /Rect [50 50 250 100] /F 4 /P 3 0 R /AP << /N 5 0 R >> >>",
        _stream(appearance, b"/Type /XObject /Subtype /Form /BBox [0 0 200 50]"),
    ]
    body = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, text) for n, text in enumerate(objects, 1))
    return body + b"trailer << /Size 6 /Root 1 0 R >>\n%%EOF\n"


def huge_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """A picture that declares more pixels than any memory holds."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def workbook(sheet: str, *, lie: int | None = None, more: dict[str, bytes] | None = None) -> bytes:
    """A workbook with this XML between <sheetData> tags. lie: the size that the archive states for the sheet."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        f' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml"'
        f' ContentType="{_XLSX}.sheet.main+xml"/><Override PartName="/xl/worksheets/a.xml"'
        f' ContentType="{_XLSX}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
        f' Type="{_OFFICE}/worksheet" Target="worksheets/a.xml"/></Relationships>',
        "xl/worksheets/a.xml": f'<worksheet xmlns="{_SHEETS}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | (more or {})).items():
            archive.writestr(name, content)
    content = out.getvalue()
    if lie is not None:
        true = len(parts["xl/worksheets/a.xml"].encode())
        content = content.replace(struct.pack("<I", true), struct.pack("<I", lie))
    return content


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def sparse_workbook() -> bytes:
    """Two cells, the first and the last there can be."""
    return workbook(f'<row r="1">{cell("A1", "a")}</row><row r="1048576">{cell("XFD1048576", "b")}</row>')


def ods(table: str, kind: str = "spreadsheet") -> bytes:
    """An OpenDocument file with this XML in its table."""
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f'<office:{kind}><table:table table:name="a">{table}</table:table></office:{kind}>'
    content = f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>"
    mime, manifest = f"application/vnd.oasis.opendocument.{kind}", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    listed = f'<m:manifest xmlns:m="{manifest}"><m:file-entry m:full-path="/" m:media-type="{mime}"/></m:manifest>'
    parts = {"mimetype": mime, "META-INF/manifest.xml": listed, "content.xml": content}
    return archive({name: part.encode() for name, part in parts.items()})


def repeated_ods(rows: int = 1_048_576, columns: int = 900) -> bytes:
    """One cell that stands for every cell of the sheet."""
    cell = f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}"><text:p>a</text:p></table:table-cell>'
    return ods(f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>')


def ods_of_sheets(count: int) -> bytes:
    """As many sheets, each with one cell."""
    cell = '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>'
    row = f"<table:table-row>{cell}</table:table-row>"
    return ods(row + "".join(f'</table:table><table:table table:name="b{number}">{row}' for number in range(1, count)))


def workbook_bomb() -> bytes:
    """A workbook beside which lie hundreds of megabytes of nothing."""
    return workbook(f'<row r="1">{cell("A1", "a")}</row>', more={"xl/media/a.bin": bytes(600_000_000)})


def lying_workbook() -> bytes:
    """The archive states another size than what comes out of it."""
    rows = "".join(f'<row r="{n}">{cell(f"A{n}", "x" * 50)}</row>' for n in range(1, 200_000))
    return workbook(rows, lie=1000)


def gzip_bomb(size: int = 2_000_000_000) -> bytes:
    """Zeros without end; deflate makes a thousandth of them."""
    out = BytesIO()
    with gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        block = b"0" * 10_000_000
        for _ in range(size // len(block)):
            packed.write(block)
    return out.getvalue()


def parquet_bomb(rows: int = 50_000, width: int = 100_000, names: Sequence[str] = ("a",)) -> bytes:
    """One long value, kept once and meant often."""
    out = BytesIO()
    values = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * width]))
    pq.write_table(pa.table(dict.fromkeys(names, values)), out, compression="zstd")
    return out.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # of no day: the same bytes each time
    return out.getvalue()
