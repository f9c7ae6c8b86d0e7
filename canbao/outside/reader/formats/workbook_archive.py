"""The archive of a workbook: what it says of itself, what it unpacks to, and whether it is one."""

from __future__ import annotations

import encodings.cp437  # noqa: F401 - names in archives; a locked process imports nothing
import zlib
from io import BufferedReader, FileIO
from typing import Final
from zipfile import BadZipFile, ZipFile

from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats.sheet_xml import Scanner
from canbao.outside.reader.frames import check_amount
from canbao.outside.reader.limits import MIB, Limits

MARK: Final = "[Content_Types].xml"
_ODS_MARK: Final = "mimetype"
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_ENCRYPTED: Final = 0x1


def check_members(file: FileIO, limits: Limits, size: int) -> Scanner:
    """What the archive says of itself first, then what it holds, counted and looked through while it is decompressed."""
    buffered = BufferedReader(file, MIB)
    try:
        with ZipFile(buffered) as archive:
            members = archive.infolist()
            if len(members) > limits.members:
                raise ReaderError(Failure.TOO_MANY_MEMBERS)
            if any(member.flag_bits & _ENCRYPTED for member in members):
                raise ReaderError(Failure.ENCRYPTED)
            check_amount(sum(member.file_size for member in members), limits=limits, size=size)
            if not _is_workbook(archive):
                raise ReaderError(Failure.OTHER_FORMAT)
            scanner = Scanner(archive)
            amount = 0
            for member in members:
                with archive.open(member) as opened:
                    while block := opened.read(MIB):
                        amount += len(block)
                        check_amount(amount, limits=limits, size=size)
                        scanner.feed(member.filename, block)
                scanner.feed(member.filename, b"")
            return scanner
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise ReaderError(Failure.DAMAGED) from error
    finally:
        buffered.detach()


def _is_workbook(archive: ZipFile) -> bool:
    """Whether the archive says that it is one: a text, a drawing or a plain ZIP is not."""
    names = archive.namelist()
    if MARK in names:
        return any(name.startswith("xl/") for name in names)
    if _ODS_MARK not in names or "content.xml" not in names:
        return False
    with archive.open(_ODS_MARK) as member:
        return member.read(len(_ODS) + 1).strip() == _ODS
