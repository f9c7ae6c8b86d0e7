"""Scans and photographs of papers: told by what they are, not by their names; shown as pictures that the reader draws anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

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


class NotDrawnError(NotAPaper):
    """A form that only the program that made it can show (dynamic XFA): its pages say no more than that."""


class TooManyPages(NotAPaper):
    """Above MOST_PAGES."""


class TooManyPixels(NotAPaper):
    """A picture that would fill the memory, or a picture or page longer than any paper is."""


class TooHeavyError(NotAPaper):
    """Reading it takes more memory or time than any paper needs."""


class NotReadNowError(NotAPaper):
    """Too many files are being read at this moment: the same file may be taken in a little later."""


class NoReaderError(NotAPaper):
    """This system cannot limit the process that reads, so that nothing is read."""


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


def look(content: bytes) -> Looked:
    """What a file is and how many pages it has. Raises NotAPaper."""
    if not content:
        raise Empty
    if len(content) > MOST_BYTES:
        raise TooLarge
    kind = next((kind for begin, kind in _BEGINS if content.startswith(begin)), None)
    if kind is None and content[:_SEARCHED].lstrip(_BLANKS).startswith(_BEGINS[2][0]):
        kind = PDF
    if kind is None:
        raise NotKnown
    with _read(Operation.LOOK_PDF if kind == PDF else Operation.LOOK_PICTURE, content) as answer:
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
def _read(operation: Operation, content: bytes, **arguments: int) -> Iterator[Answer]:
    """Raises NotAPaper for whatever the reader says."""
    try:
        with in_memory(content) as file, reading(operation, file, **arguments) as answer:
            yield answer
    except ReaderError as error:
        raise _ERRORS.get(error.failure, Broken) from error
    except ReaderBusyError as error:
        raise NotReadNowError from error
    except ReaderUnavailableError as error:
        raise NoReaderError from error
