"""Good small files of each kind, made here: what the fuzzer begins with, and the words that mean something in each format."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from PIL import Image, PngImagePlugin

from tests.attack import hostile
from tests.hostile import ods

COLUMNS = ("户籍人员编号", "公民身份号码", "姓名", "性别", "出生日期", "户籍区划", "户籍地址", "户籍状态")
ROWS = [
    (f"A{n:06d}", f"50090119900101{n:03d}X", name, "12"[n % 2], "19900101", "500112015", f"某路{n}号", "正常")
    for n, name in enumerate(("张三", "李四", "王五", "买买提·艾力", "欧阳㐂", "赵六", "钱七", "孙八"))
]


def _jpeg() -> list[bytes]:
    found = []
    for mode, size, more in (("RGB", (64, 48), {}), ("L", (40, 40), {}), ("RGB", (96, 64), {"progressive": True}),
                             ("CMYK", (32, 32), {}), ("RGB", (50, 70), {"exif": _turned(), "comment": b"scan"})):  # fmt: skip
        out = io.BytesIO()
        Image.effect_mandelbrot(size, (-2, -1, 1, 1), 40).convert(mode).save(out, "JPEG", **more)
        found.append(out.getvalue())
    return found


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def _png() -> list[bytes]:
    found, text = [], PngImagePlugin.PngInfo()
    text.add_text("Comment", "scan " * 20, zip=True)
    for mode, more in (
        ("RGB", {}),
        ("L", {}),
        ("P", {}),
        ("RGBA", {"pnginfo": text}),
        ("1", {}),
        ("I;16", {}),
        ("LA", {"dpi": (300, 300)}),
    ):
        out = io.BytesIO()
        plain = Image.effect_mandelbrot((60, 44), (-2, -1, 1, 1), 40)
        (Image.new("I;16", (30, 30), 700) if mode == "I;16" else plain.convert(mode)).save(out, "PNG", **more)
        found.append(out.getvalue())
    return found


def _pdf() -> list[bytes]:
    out = io.BytesIO()
    sheets = [Image.new("RGB", (120, 170), (90 * page, 40, 0)) for page in range(3)]
    made = datetime(2026, 1, 1, tzinfo=UTC).timetuple()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:], creationDate=made, modDate=made)
    page = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >>"
            b" /XObject << /I 6 0 R >> >> /Annots [7 0 R] >>")  # fmt: skip
    written = hostile.pdf([
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page,
        b"<< /Length 95 >>\nstream\nq 1 0 0 1 10 10 cm BT /F 12 Tf (Hello) Tj ET Q 0.5 g 0 0 50 50 re f q 20 0 0 20 90 90 cm /I Do Q \nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /XObject /Subtype /Image /Width 4 /Height 4 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 16 >>\nstream\n"
        + bytes(range(0, 256, 16)) + b"\nendstream",
        b"<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Tx /T (a) >>",
    ])  # fmt: skip
    return [out.getvalue(), written, hostile.nested_pdf(depth=3, times=2), hostile.heavy_pdf(shapes=1000)]


def _xlsx() -> list[bytes]:
    found = []
    for options in ({}, {"constant_memory": True}):
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, options) as book:
            book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
            sheet = book.add_worksheet("人员")
            for number, row in enumerate([COLUMNS, *ROWS]):
                sheet.write_row(number, 0, row)
            sheet.write_number(9, 0, 5.5)
            sheet.write_boolean(9, 1, True)
            sheet.write_formula(9, 2, "=1+1", None, 2)
            sheet.write_datetime(9, 4, datetime(1990, 1, 1), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
            book.add_worksheet("空")
        found.append(out.getvalue())
    return found


def _ods() -> list[bytes]:
    """As LibreOffice lays one out: cells that stand for many, values beside their texts, an empty sheet."""

    def cell(text: str, more: str = 'office:value-type="string"') -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in [COLUMNS, *ROWS])
    odd = (
        cell("5.5", 'office:value-type="float" office:value="5.5" table:number-columns-repeated="2"')
        + cell("1990-01-01", 'office:value-type="date" office:date-value="1990-01-01"')
        + cell("2", 'table:formula="of:=1+1" office:value-type="float" office:value="2"')
        + '<table:covered-table-cell table:number-columns-repeated="1020"/>'
    )
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    more = f'<table:table-row>{odd}</table:table-row>{empty}</table:table><table:table table:name="空">'
    return [ods(rows), ods(rows + more)]


def _parquet() -> list[bytes]:
    text = {name: pa.array([row[place] for row in ROWS], pa.string()) for place, name in enumerate(COLUMNS)}
    typed = text | {"出生日期": pa.array([None, *[7000] * 7], pa.date32()), "性别": pa.array([1, 2, None, 1, 2, 1, 2, 1], pa.int32()),
                    "户籍区划": pa.array([500112015.0] * 8, pa.float64()), "多余": pa.array([[1, 2]] * 8, pa.list_(pa.int64()))}  # fmt: skip
    found = []
    for table in (pa.table(text), pa.table(typed)):
        for more in (
            {"compression": "none", "use_dictionary": False},
            {"compression": "zstd"},
            {"compression": "snappy", "data_page_version": "2.0"},
        ):
            out = io.BytesIO()
            pq.write_table(table, out, **more)
            found.append(out.getvalue())
    return [*found, hostile.parquet_bomb(COLUMNS, rows=8)]


def _csv() -> list[bytes]:
    lines = [COLUMNS, *ROWS]
    plain = "\n".join(",".join(row) for row in lines) + "\n"
    quoted = "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in lines) + "\r\n"
    return [
        plain.encode(),
        quoted.encode("gb18030"),
        plain.replace(",", "\t").encode("utf-8-sig"),
        plain.replace(",", "|").encode("utf-16"),
    ]


def _gzip() -> list[bytes]:
    return [gzip.compress(each, mtime=0) for each in _csv()] + [
        gzip.compress(b"", mtime=0) + gzip.compress(_csv()[0], mtime=0)
    ]


def _manifest() -> list[bytes]:
    files = [{"name": "police.csv", "rows": len(ROWS), "sm3": "0" * 64}]
    full = {"source": "police", "kind": "full", "as_of": "2026-10-31", "files": files}
    bare = full | {"files": [{"name": "police.csv"}]}
    return [
        json.dumps(each, ensure_ascii=False, indent=indent).encode() for each in (full, bare) for indent in (None, 1)
    ]


def _zip() -> list[bytes]:
    found = []
    for names, how in ((("a.csv", "b/c.csv"), zipfile.ZIP_DEFLATED), (("../x", "xl/workbook.xml"), zipfile.ZIP_STORED),
                       (("a.csv",), zipfile.ZIP_BZIP2), (("a.csv",), zipfile.ZIP_LZMA)):  # fmt: skip
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", how) as packed:
            for name in names:
                packed.writestr(zipfile.ZipInfo(name), _csv()[0], how)
        found.append(out.getvalue())
    return found


MAKERS: Mapping[str, Callable[[], list[bytes]]] = {
    "jpeg": _jpeg, "png": _png, "pdf": _pdf, "xlsx": _xlsx, "ods": _ods, "parquet": _parquet, "gzip": _gzip, "csv": _csv, "manifest": _manifest,
    "zip": _zip,
}  # fmt: skip
NAMES: Mapping[str, str] = {
    "jpeg": "a.jpg", "png": "a.png", "pdf": "a.pdf", "xlsx": "police.xlsx", "ods": "police.ods", "parquet": "police.parquet", "gzip": "police.csv.gz",
    "csv": "police.csv", "manifest": "manifest.json", "zip": "police.xlsx",
}  # fmt: skip
WORDS: Mapping[str, tuple[bytes, ...]] = {
    "jpeg": (b"\xff\xd8", b"\xff\xd9", b"\xff\xc0", b"\xff\xc2", b"\xff\xc4", b"\xff\xda", b"\xff\xdb", b"\xff\xdd", b"\xff\xe1", b"\xff\xfe",
             b"Exif\0\0", b"MM\0*", b"\xff\xcc", b"\xff\xff", b"ICC_PROFILE\0"),
    "png": (b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"zTXt", b"iTXt", b"iCCP", b"acTL", b"fcTL", b"fdAT", b"eXIf",
        b"\0\0\0\0", b"\x7f\xff\xff\xff"),
    "pdf": (b"obj", b"endobj", b"stream\n", b"endstream", b"xref", b"trailer", b"startxref", b"/Length 999999999", b"/Kids [2 0 R]", b"/Count -1",
            b"/Filter [/FlateDecode /FlateDecode]", b"/ObjStm", b"/JBIG2Decode", b"/JPXDecode", b"/Encrypt << >>", b"<<", b">>", b"2 0 R", b"%%EOF",
            b"/MediaBox [0 0 1e9 1e9]", b"/Rotate 45", b"/Type /XRef", b"q " * 50, b"/F 1e30 Tf", b"Do "),
    "xlsx": (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"<row r=\"1048576\">", b"<c r=\"XFD1048576\">", b"t=\"s\"",
        b"<v>99999999</v>", b"<!DOCTYPE a [",
             b"<!ENTITY b \"b\">", b"&b;", b"<mergeCell ref=\"A1:XFD1048576\"/>", b"<dimension ref=\"A1:XFD1048576\"/>",
                 b"</sheetData>", b"\xff\xff\xff\xff"),
    "ods": (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b'table:number-rows-repeated="1048576"', b'table:number-columns-repeated="16384"',
        b'table:number-rows-repeated="-1"', b'office:value-type="date"', b'office:date-value="9999-99-99"', b'office:value="1e999"',
        b"<!DOCTYPE a [", b'<!ENTITY b "b">', b"&b;", b"</table:table>", b"<text:s text:c=\"999999999\"/>", b"mimetype",
        b"application/vnd.oasis.opendocument.text", b"content.xml", b"\xff\xff\xff\xff"),
    "parquet": (b"PAR1", b"\xff\xff\xff\x7f", b"\x15\x00", b"\x19\x2c", b"\x80\x80\x80\x80\x80\x01", b"\x0f" * 8, b"schema",
        b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    "gzip": (b"\x1f\x8b\x08", b"\0\0\xff\xff", b"\x03\0", b"\xff\xff\xff\xff"),
    "csv": (b'"', b'""', b"\r", b"\n", b"\0", b"\x1a", b"\xff\xfe", b"\xef\xbb\xbf", b"\xef\xbf\xbd", b"\xf0\x90\x80",
        b"\x81\x30\x81\x30", b"=1+1", b"," * 200, b";", b"\t",
            "退回原因".encode(), b"op", b"'", b"');", b"\xee\x80\x80", b"\xed\xa0\x80", b"a" * 2000),
    "manifest": (b"{", b"}", b"[", b"]", b'"', b"null", b"1e999", b"NaN", b"-1", b"\\ud800", b"..", b"/", b"*", b'"files":',
        b'"name":', b"true", b"9" * 400, b"\xff", b"[[[[[[["),
    "zip": (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"\xff\xff\xff\xff", b"../", b"xl/workbook.xml", b"\x14\0\x09\x08"),
}  # fmt: skip


@cache
def seeds(kind: str) -> tuple[bytes, ...]:
    """The good files of a kind, always in the same order."""
    return tuple(MAKERS[kind]())
