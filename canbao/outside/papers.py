"""Scans and photographs of papers: told by what they are, not by their names; shown as pictures that the reader draws anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Final

from canbao.outside.reader.client import Answer, reading
from canbao.outside.reader.failures import Failure, ReaderBusyError, ReaderError, ReaderUnavailableError
from canbao.outside.reader.limits import LIMITS, Operation
from canbao.outside.reader.memory import in_memory

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_PAGES: Final = LIMITS[Operation.LOOK_PDF].pages
JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
_BEGINS: Final = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))
# A PDF may have blanks or a byte order mark before its first line.
_SEARCHED: Final = 1024
_BLANKS: Final = b" \t\r\n\0\xef\xbb\xbf"


class NotAPaper(Exception):
    """The file cannot be kept; the subclasses say why. label: in a few words, for the journal."""

    label: ClassVar[str] = "不能使用"


class Empty(NotAPaper):
    label = "空文件"


class TooLarge(NotAPaper):
    """Above MOST_BYTES."""

    label = "文件过大"


class NotKnown(NotAPaper):
    """Neither JPEG, PNG nor PDF by its content."""

    label = "不是 JPEG、PNG 或 PDF"


class Broken(NotAPaper):
    """It begins like one and cannot be read."""

    label = "文件已损坏"


class Encrypted(NotAPaper):
    """A PDF with a password."""

    label = "设有密码"


class NotDrawnError(NotAPaper):
    """A form that only the program that made it can show (dynamic XFA): its pages say no more than that."""

    label = "只能用原来的程序显示"


class TooManyPages(NotAPaper):
    """Above MOST_PAGES."""

    label = "页数过多"


class TooManyPixels(NotAPaper):
    """A picture that would fill the memory, or a picture or page longer than any paper is."""

    label = "图像或页面尺寸过大"


class TooHeavyError(NotAPaper):
    """Reading it takes more memory or time than any paper needs."""

    label = "超出内存或时间限度"


class NotReadNowError(NotAPaper):
    """Too many files are being read at this moment: the same file may be taken in a little later."""

    label = "同时打开的文件太多"


class NoReaderError(NotAPaper):
    """This system cannot limit the process that reads, so that nothing is read."""

    label = "本机不能安全打开外来文件"


_ERRORS: Final[dict[Failure, type[NotAPaper]]] = {
    Failure.ENCRYPTED: Encrypted,
    Failure.NOT_DRAWN: NotDrawnError,
    Failure.TOO_MANY_PAGES: TooManyPages,
    Failure.TOO_MANY_PIXELS: TooManyPixels,
    Failure.TOO_LARGE: TooHeavyError,
    Failure.RATIO: TooHeavyError,
    Failure.MEMORY: TooHeavyError,
    Failure.TIME: TooHeavyError,
    Failure.LOST: NotReadNowError,
}


@dataclass(frozen=True, slots=True)
class Looked:
    media_type: str
    pages: int


def look(content: bytes, *, seconds: float | None = None) -> Looked:
    """What a file is and how many pages it has. seconds: after which it is too heavy, where the limits allow more. Raises NotAPaper."""
    if not content:
        raise Empty
    if len(content) > MOST_BYTES:
        raise TooLarge
    kind = next((kind for begin, kind in _BEGINS if content.startswith(begin)), None)
    if kind is None and content[:_SEARCHED].lstrip(_BLANKS).startswith(_BEGINS[2][0]):
        kind = PDF
    if kind is None:
        raise NotKnown
    with _read(Operation.LOOK_PDF if kind == PDF else Operation.LOOK_PICTURE, content, seconds) as answer:
        pages = answer.head().get("pages")
    if not isinstance(pages, int) or not 1 <= pages <= MOST_PAGES:
        raise Broken
    return Looked(kind, pages)


def draw(content: bytes, media_type: str, *, page: int) -> bytes:
    """One page (from 1) as a PNG. Raises NotAPaper."""
    operation = Operation.DRAW_PDF if media_type == PDF else Operation.DRAW_PICTURE
    with _read(operation, content, page=page) as answer:
        drawn = b"".join(answer.data())
    if not drawn.startswith(_BEGINS[1][0]):
        raise Broken
    return drawn


@contextmanager
def _read(operation: Operation, content: bytes, seconds: float | None = None, **arguments: int) -> Iterator[Answer]:
    """Raises NotAPaper for whatever the reader says."""
    try:
        with in_memory(content) as file, reading(operation, file, seconds=seconds, **arguments) as answer:
            yield answer
    except ReaderError as error:
        raise _ERRORS.get(error.failure, Broken) from error
    except ReaderBusyError as error:
        raise NotReadNowError from error
    except ReaderUnavailableError as error:
        raise NoReaderError from error
