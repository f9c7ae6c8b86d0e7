"""What the reading of one file may use, and how much it may answer: one table for all formats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB


class Operation(StrEnum):
    """What a reader process can be asked to do with a file."""

    LOOK_PICTURE = "LOOK_PICTURE"
    DRAW_PICTURE = "DRAW_PICTURE"
    LOOK_PDF = "LOOK_PDF"
    DRAW_PDF = "DRAW_PDF"
    WORKBOOK = "WORKBOOK"
    PARQUET = "PARQUET"
    GUNZIP = "GUNZIP"


class Group(StrEnum):
    """Operations that share a preloaded process."""

    PAPERS = "papers"
    TABLES = "tables"


@dataclass(frozen=True, slots=True)
class Limits:
    """memory: bytes of private memory; with shared libraries and the file itself it stays 64 MiB above this.

    seconds: processor time. stall: seconds without a byte of the answer, however busy the machine is. output: bytes of the answer. ratio: answer to
    file, looked at from RATIO_FROM on. memory_per_byte, seconds_per_mib: what a larger file may use more, up to most_memory.
    side: pixels of a picture's longer side, points of a PDF page's; aspect: the longer to the shorter.
    """

    memory: int = 384 * MIB
    seconds: int = 10
    stall: int = 60
    output: int = 16 * MIB
    ratio: int = 200
    pages: int = 0
    pixels: int = 0
    side: int = 0
    aspect: int = 0
    rows: int = 0
    columns: int = 0
    members: int = 0
    memory_per_byte: int = 0
    most_memory: int = 384 * MIB
    seconds_per_mib: float = 0.0

    @property
    def wall(self) -> float:
        """Seconds from beginning to end. An answer that drips byte by byte uses no processor time and never stalls; this ends it."""
        return self.seconds * WALL_TIMES


WALL_TIMES: Final = 30  # so many times the processor time
RATIO_FROM: Final = 64 * MIB  # smaller answers are harmless, whatever their file
RESIDENT_ABOVE: Final = 64 * MIB  # libraries and the file are resident beside the private memory
LONGEST_VALUE: Final = 1_000_000  # bytes of one value; the longest line of a text file too
LONGEST_HEADING: Final = 200  # characters
LONGEST_SHEET_NAME: Final = 31  # characters, as Excel has it
MOST_SHEETS: Final = 100
ROWS_LOOKED_AT: Final = 10  # below the first row, for a header under titles and groups of columns
MOST_SENT_COLUMNS: Final = 1_000
MOST_COLUMNS: Final = (
    MOST_SENT_COLUMNS + 3
)  # an error file of such a list has a reason and a mark besides, and perhaps op

# A4 at 600 dpi has 35 million pixels, 7,016 on its longer side; a till roll of two metres is 25 times as long as it is wide.
# A PDF page has at most 14,400 points a side (ISO 32000, annex C).
_PAPER: Final = Limits(pages=50, pixels=60_000_000, side=20_000, aspect=50)
_TABLE: Final = Limits(
    seconds=20, stall=900, output=64 * GIB, rows=200_000_000, columns=MOST_COLUMNS, seconds_per_mib=2.0
)
LIMITS: Final[dict[Operation, Limits]] = {
    Operation.LOOK_PICTURE: _PAPER,
    Operation.DRAW_PICTURE: _PAPER,
    Operation.LOOK_PDF: _PAPER,
    Operation.DRAW_PDF: _PAPER,
    # calamine holds a whole sheet: 855 MB for a million rows of 8 columns, a file of 38 MB. What is sent is what may be used.
    Operation.WORKBOOK: replace(
        _TABLE, rows=1_048_576, members=2_000, memory_per_byte=24, most_memory=1280 * MIB, seconds_per_mib=6.0
    ),
    Operation.PARQUET: _TABLE,
    # A list with much the same in each row is packed to a twentieth; beyond a hundredth nothing of a number is in each row.
    Operation.GUNZIP: replace(_TABLE, ratio=100),
}
GROUPS: Final[dict[Operation, Group]] = {
    operation: Group.PAPERS if limits is _PAPER else Group.TABLES for operation, limits in LIMITS.items()
}
# How many files of a group one process of ours has read at a time, and how long the next waits for its turn. A page that waits for
# a paper holds one of the few threads of its process; tables are read by jobs and commands.
AT_ONCE: Final = 2
WAIT_SECONDS: Final[dict[Group, float]] = {Group.PAPERS: 2.0, Group.TABLES: 120.0}
WATCH_SECONDS: Final = 0.02


def fits(width: float, height: float, limits: Limits) -> bool:
    """Whether a picture or a page has a shape that a paper has: decoders need memory and time by the row, however short it is."""
    shorter, longer = sorted((width, height))
    return longer <= limits.side and longer <= shorter * limits.aspect


def limits_for(operation: Operation, size: int) -> Limits:
    """The limits for a file of `size` bytes: more memory and time for a large table."""
    limits = LIMITS[operation]
    memory = min(limits.most_memory, max(limits.memory, 192 * MIB + limits.memory_per_byte * size))
    return replace(limits, memory=memory, seconds=limits.seconds + int(limits.seconds_per_mib * size / MIB))
