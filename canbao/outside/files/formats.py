"""What a file is by its content, whatever it is called: the formats that are taken, and what to do with the others."""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from canbao.outside.files.refusal import DeliveryRefused

HEAD: Final = 4096
_ENCRYPTED_OFFICE: Final = "EncryptedPackage".encode("utf-16-le")  # a stream of the container that Office encrypts into
_SEARCHED: Final = 64 * 2**20


class Format(Enum):
    """The formats that are taken."""

    TEXT = "text"
    GZIP = "gzip"
    WORKBOOK = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A format that is not taken. begins: how such a file begins; said: what it is and what to do, after its name."""

    code: str
    begins: tuple[bytes, ...]
    said: str


_TAKEN: Final = ((b"PAR1", Format.PARQUET), (b"PK\x03\x04", Format.WORKBOOK), (b"\x1f\x8b", Format.GZIP))
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD: Final = Foreign("FILE:OLD_EXCEL", (), "是旧版 .xls，请用 Excel 打开，另存为 .xlsx 后再送。")
_ENCRYPTED: Final = Foreign("FILE:ENCRYPTED", (), "设有打开密码，请去掉密码另存后再送。")
_SAVE: Final = "请用 Excel 打开，另存为 .xlsx 或 CSV 后再送。"
_HTML: Final = Foreign("FILE:HTML", (b"<html", b"<!doctype", b"<table", b"<head", b"<meta", b"<style", b"<div", b"<body"),
                       f"其实是网页（HTML），只是名字像表格。{_SAVE}")  # fmt: skip
_WEB_ARCHIVE: Final = Foreign("FILE:HTML", (b"mime-version:",), f"其实是网页归档（MHTML），只是名字像表格。{_SAVE}")
_XML: Final = Foreign("FILE:XML", (b"<?xml", b"<"), f"是 XML，不是名单。{_SAVE}")
_PACKED: Final = Foreign(
    "FILE:OTHER_FORMAT",
    (b"Rar!", b"7z\xbc\xaf", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd", b"PK\x05\x06", b"PK\x07\x08"),
    "是压缩包（只能接收 gzip 压缩的 CSV）。请解压后把里面的文件直接送来。",
)
_JSON: Final = Foreign(
    "FILE:OTHER_FORMAT", (), "是 JSON，不是名单。请导出为 CSV（一行一个人，第一行是表头）或 .xlsx 后再送。"
)
_JSON_BEGINS: Final = re.compile(rb"\[?\s*\{\s*(\"|\})")
_SQL: Final = Foreign(
    "FILE:OTHER_FORMAT", (b"insert into ", b"create table ", b"drop table ", b"set names "),
    "是数据库的 SQL 脚本，不是名单。请导出为 CSV 或 .xlsx 后再送。",
)  # fmt: skip
_PACKED_TWICE: Final = (
    "是 gzip 里又包着别的文件。gzip 里只能是 CSV：.xlsx、.ods、.parquet 请不要再压缩，压缩包请解压，直接送来。"
)
_AS_LIST: Final = "请从原来的系统导出为 CSV 或 .xlsx 后再送。"
_OTHERS: Final = (
    Foreign("FILE:ENCRYPTED", (b"PARE",), "是加密的 Parquet，请解密后再送。"),
    Foreign("FILE:OTHER_FORMAT", (b"%PDF-",), "是 PDF，不是名单。请从原来的系统导出为 CSV 或 .xlsx 后再送。"),
    Foreign(
        "FILE:OTHER_FORMAT", (b"\xff\xd8\xff", b"\x89PNG", b"GIF8"),
        "是图片，不是名单。请从原来的系统导出为 CSV 或 .xlsx 后再送。",
    ),
    _PACKED,
    Foreign(
        "FILE:OTHER_FORMAT", (b"SQLite format 3", b"\0\1\0\0Standard ", b"Obj\1", b"ARROW1\0\0", b"ORC"),
        "是数据库或程序用的文件，请导出为 CSV 或 .xlsx 后再送。",
    ),
    Foreign("FILE:OTHER_FORMAT", (b"{\\rtf",), f"是 RTF 文档，不是名单。{_AS_LIST}"),
)  # fmt: skip


def format_of(handle: int, *, name: str) -> Format:
    """The format of an open file. Raises DeliveryRefused for one that is not taken."""
    head = os.pread(handle, HEAD, 0)
    if head.startswith(_OLD_OFFICE):
        raise _refused(_ENCRYPTED if _ENCRYPTED_OFFICE in os.pread(handle, _SEARCHED, 0) else _OLD, name)
    for begin, kind in _TAKEN:
        if head.startswith(begin):
            return kind
    check_text(head, name=name)
    return Format.TEXT


def check_text(head: bytes, *, name: str, inside: bool = False) -> None:
    """What begins so may be a text with rows; inside: of a gzip file. Raises DeliveryRefused."""
    if inside and (head.startswith((_OLD_OFFICE, *(begin for begin, _ in _TAKEN))) or _is_tar(head)):
        raise _refused(Foreign("FILE:OTHER_FORMAT", (), _PACKED_TWICE), name)
    if foreign := _foreign(head):
        raise _refused(foreign, name)


def no_text(name: str) -> DeliveryRefused:
    """For a file of bytes that no text has."""
    return _refused(Foreign("FILE:OTHER_FORMAT", (), f"是数据库或程序用的文件，不是文本。{_AS_LIST}"), name)


def _foreign(head: bytes) -> Foreign | None:
    for foreign in _OTHERS:
        if head.startswith(foreign.begins):
            return foreign
    if _is_tar(head):
        return _PACKED
    text = _plain(head)
    if _JSON_BEGINS.match(text):
        return _JSON
    return next((foreign for foreign in (_HTML, _WEB_ARCHIVE, _XML, _SQL) if text.startswith(foreign.begins)), None)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _plain(head: bytes) -> bytes:
    """Without byte order mark and outer blanks, in lower case."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", "ignore").encode()
    return head.removeprefix(codecs.BOM_UTF8).lstrip().lower()


def _refused(foreign: Foreign, name: str) -> DeliveryRefused:
    return DeliveryRefused(foreign.code, f"文件 {name} {foreign.said}", file=name)
