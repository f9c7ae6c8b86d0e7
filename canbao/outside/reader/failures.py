"""Why a file of others could not be read: a closed set, so that nothing of the file itself gets into a sentence or a log."""

from __future__ import annotations

from enum import StrEnum


class Failure(StrEnum):
    """What a reader process answers instead of the content; callers turn it into a sentence."""

    DAMAGED = "DAMAGED"  # begins like its format and cannot be read
    ENCRYPTED = "ENCRYPTED"
    OTHER_FORMAT = "OTHER_FORMAT"
    NOT_DRAWN = "NOT_DRAWN"  # its pages do not show its content
    EMPTY = "EMPTY"
    ONLY_HIDDEN = "ONLY_HIDDEN"  # the sheets with data are hidden
    NO_HEADER = "NO_HEADER"
    TOO_LARGE = "TOO_LARGE"  # the content, after decompression
    RATIO = "RATIO"  # the content is more times larger than the file than lists ever are
    TOO_MANY_MEMBERS = "TOO_MANY_MEMBERS"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_MANY_SHEETS = "TOO_MANY_SHEETS"
    TOO_MANY_ROWS = "TOO_MANY_ROWS"
    TOO_MANY_COLUMNS = "TOO_MANY_COLUMNS"
    LONG_VALUE = "LONG_VALUE"
    MEMORY = "MEMORY"  # the reader was ended by its limit
    TIME = "TIME"  # the reader was ended by its limit
    CRASHED = "CRASHED"  # the reader was ended by a fault of its own
    LOST = "LOST"  # the reader was ended from outside: the same file may be read when it is tried again


class ReaderError(Exception):
    """A file cannot be read. failure: why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class ReaderBusyError(Exception):
    """As many files are being read as may be at a time; the caller asks to try again."""


class ReaderUnavailableError(Exception):
    """This system cannot limit a reader process, so that no file of others is opened. `canbao doctor` says why."""
