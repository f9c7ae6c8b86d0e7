"""Where the columns of a text file are: delimiter, header, and whether the last line is whole."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from canbao.outside.files.decoding import Decoded
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.reader.limits import LONGEST_HEADING, MOST_COLUMNS, MOST_SENT_COLUMNS, ROWS_LOOKED_AT

DELIMITERS: Final = (",", "\t", ";", "|", "\x01", "\x1f")  # the last two: Hive and the like
# A first line for Excel, which does not show it. One that a spreadsheet saved again has all its delimiters, and was shown.
_SAID: Final = re.compile(r'"?sep=([,;\t|])"?(?P<shown>[,;\t|]*)', re.IGNORECASE)
_HEAD: Final = 256 * 1024
_WIDE_BLANKS: Final = ("\u3000".encode(), "\u00a0".encode())


@dataclass(frozen=True)
class Layout:
    """The header as the sender wrote it, and the lines that it takes with all above it.

    unseen_lines: those of them that his program does not show. below: the next rows that say something, each with how many rows
    it stands below the header.
    """

    delimiter: str
    header: tuple[str, ...]
    header_lines: int
    quotes: bool
    unseen_lines: int = 0
    below: tuple[tuple[int, tuple[str, ...]], ...] = ()

    @property
    def header_row(self) -> int:
        """The number of the header's row as the sender sees it, from 1."""
        return self.header_lines - self.unseen_lines


def layout_of(decoded: Decoded, *, name: str) -> Layout:
    """Read the header of a decoded file.

    Raises DeliveryRefused when there is none, or when the last line breaks off.
    """
    with decoded.path.open(encoding="utf-8", newline="") as handle:
        head = handle.read(_HEAD).removeprefix("\ufeff")
    first = next((line for line in head.splitlines() if line.strip()), "")
    said = _SAID.fullmatch(first.strip(" \r"))
    unseen = int(bool(said and not said["shown"] and head.startswith(first)))
    delimiter = said[1] if said else max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(head), delimiter=delimiter, quoting=_quoting(decoded.quotes))
    with suppress(csv.Error):  # a field without end
        for lines, cells in enumerate(reader, start=1):  # records: a heading with a line end in it is one line
            if any(cell.strip() for cell in cells) and not _SAID.fullmatch(delimiter.join(cells)):
                below = _next(reader)
                header = _header(_as_wide(cells, below[0][1] if below else ()), name)
                layout = Layout(delimiter, header, lines, decoded.quotes, unseen, below)
                _check_tail(decoded, layout, name)
                return layout
    raise DeliveryRefused("FILE:NO_HEADER", f"文件 {name} 没有表头。", file=name)


def fill_blank_lines(text: Path, layout: Layout) -> None:
    """Blank lines below the header become rows without values, so that every row keeps the number that the sender sees.

    Lines of blanks, delimiters and empty quotes are blank too, however many cells they have.
    """
    blank = (layout.delimiter * (len(layout.header) - 1) + "\n").encode()
    part = text.with_name(text.name + ".filled")
    inside = False
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with text.open("rb") as source, os.fdopen(handle, "wb") as out:
        records = 0
        for line in source:
            is_blank = not inside and records >= layout.header_lines and _is_blank(line, layout)
            out.write(blank if is_blank else line)
            inside ^= layout.quotes and line.count(b'"') % 2 == 1
            records += not inside
    part.replace(text)


def _next(rows: Iterator[list[str]]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The next rows that say something, as far as they can be told apart."""
    found: list[tuple[int, tuple[str, ...]]] = []
    with suppress(csv.Error):
        for place, row in enumerate(islice(rows, ROWS_LOOKED_AT), start=1):
            if any(cell.strip() for cell in row):
                found.append((place, tuple(row[:MOST_COLUMNS])))
    return tuple(found)


def _as_wide(header: list[str], below: Sequence[str]) -> list[str]:
    """A header without the blank cells at its end that the first row does not have."""
    wide = len(header)
    while below and wide > len(below) and not header[wide - 1].strip():
        wide -= 1
    return header[:wide]


def _is_blank(line: bytes, layout: Layout) -> bool:
    if layout.quotes and line.count(b'"') % 2:
        return False
    rest = line.translate(None, b" \t\v\f\n" + layout.delimiter.encode() + b'"' * layout.quotes)
    for blank in _WIDE_BLANKS:
        rest = rest.replace(blank, b"")
    return not rest


def too_many_columns(name: str) -> DeliveryRefused:
    """What is said to more columns than any list has."""
    return DeliveryRefused(
        "FILE:TOO_MANY_COLUMNS", f"文件 {name} 的表头超过 {MOST_SENT_COLUMNS} 列。请删去多余的列后再送。", file=name
    )


def _header(cells: Sequence[str], name: str) -> tuple[str, ...]:
    """Raises DeliveryRefused for more columns than any list has."""
    if len(cells) > MOST_COLUMNS:
        raise too_many_columns(name)
    return tuple(cell[:LONGEST_HEADING] for cell in cells)


def _quoting(quotes: bool) -> Literal[0, 3]:
    return csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE


def _check_tail(decoded: Decoded, layout: Layout, name: str) -> None:
    """A file that stops in the middle of a line was cut off on its way."""
    if decoded.ends_with_newline:
        return
    line = _last_line(decoded.path)
    if _is_blank(line.encode(), layout):
        return
    try:
        cells = next(csv.reader([line], delimiter=layout.delimiter, quoting=_quoting(layout.quotes)), [])
    except csv.Error:
        cells = []
    if len(cells) < len(layout.header):
        raise DeliveryRefused(
            "FILE:TRUNCATED",
            f"文件 {name} 不完整：最后一行只有 {len(cells)} 列（表头有 {len(layout.header)} 列）且没有换行，像是传输中断。",
            file=name,
        )


def _last_line(path: Path) -> str:
    with path.open("rb") as handle:
        size = handle.seek(0, io.SEEK_END)
        handle.seek(max(0, size - 64 * 1024))
        return handle.read().rsplit(b"\n", 1)[-1].decode("utf-8", "replace")
