"""The header of a file of a delivery: the columns of its source, in one row at the top; else why it cannot be received."""

from __future__ import annotations

from collections.abc import Sequence

from canbao.bulk.sources import source_map
from canbao.bulk.sources.headers import (
    OP,
    RETURNED,
    HeaderRefused,
    divided_otherwise,
    known_places,
    looks_like_header,
    resolve,
)
from canbao.outside.files import tables
from canbao.outside.files.layout import too_many_columns
from canbao.outside.files.manifest import ListedFile, Manifest
from canbao.outside.files.names import printable
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.reader.limits import MOST_SENT_COLUMNS
from canbao.rules.masking import scrub

Below = Sequence[tuple[int, Sequence[str]]]
"""Rows that say something, each with how many rows it stands below the first."""


def check(manifest: Manifest, file: ListedFile, header: Sequence[str], *, below: Below = (), row: int = 1) -> None:
    """below: the next rows, where they are known; row: the number of the header's as the sender sees it. Raises DeliveryRefused."""
    if len(header) > MOST_SENT_COLUMNS and not is_returned(header):
        raise too_many_columns(file.name)
    _refuse_title(manifest, file, header, below, row)
    _refuse_whole(manifest, file, header)
    header = [*header, OP] if lacks_op(manifest, header) else header
    try:
        resolve(header, columns=source_map(manifest.source), kind=manifest.kind)
    except HeaderRefused as error:
        raise DeliveryRefused(error.code, f"文件 {file.name}：{error.sentence}", file=file.name) from error


def is_returned(header: Sequence[str]) -> bool:
    """Whether these are the columns of an error file."""
    return not RETURNED.isdisjoint(text.strip() for text in header)


def lacks_op(manifest: Manifest, header: Sequence[str]) -> bool:
    """An error file that comes back corrected, without the column `op`: the department that corrected it need not know it."""
    if not is_returned(header):
        return False
    try:
        resolve(header, columns=source_map(manifest.source), kind=manifest.kind)
    except HeaderRefused as error:
        return error.code == "HEADER:OP_MISSING"
    return False


def refuse_nested(manifest: Manifest, file: ListedFile, table: tables.Table) -> None:
    """Lists and records in the cells of a column that is read, or of all columns. Raises DeliveryRefused."""
    known = known_places(table.header, columns=source_map(manifest.source))
    nested = [place for place in table.nested if place in known or len(table.nested) == len(table.header)]
    if nested:
        listed = "、".join(f"“{scrub(printable(table.header[place]))}”" for place in nested[:5])
        raise DeliveryRefused(
            "FILE:NESTED",
            f"文件 {file.name} 的列{listed}一格里有多个值（列表、结构或时长）。请展开成一格一个值后再送。",
            file=file.name,
        )


def _refuse_title(manifest: Manifest, file: ListedFile, header: Sequence[str], below: Below, row: int) -> None:
    """Titles or groups of columns above the header, which is in one of the next rows."""
    columns = source_map(manifest.source)
    filled = [text for text in header if text.strip()]
    place = next((place for place, cells in below if looks_like_header(cells, columns=columns)), 0)
    if place and not looks_like_header(header, columns=columns):
        says = f"第 {row} 行不是表头，第 {row + place} 行才是。请删去表头上面的行（标题、分组），只留一行表头后再送。"
        raise DeliveryRefused("HEADER:TITLE", f"文件 {file.name} {says}", file=file.name)
    if len(filled) == 1:
        _refuse_other_sign(manifest, file, filled[0])
        raise DeliveryRefused(
            "HEADER:TITLE",
            f"文件 {file.name} 的第一行只有一格，像是标题，不是表头。请去掉后再送。",
            file=file.name,
        )


def _refuse_other_sign(manifest: Manifest, file: ListedFile, line: str) -> None:
    if sign := divided_otherwise(line, columns=source_map(manifest.source)):
        shown = f"“{sign}”" if sign.isprintable() and sign.strip() else "空格或看不见的符号"
        raise DeliveryRefused(
            "HEADER:DELIMITER",
            f"文件 {file.name} 的第一行是表头，但各列之间用的是{shown}。请改用逗号（或制表符、分号、竖线）分隔后再送。",
            file=file.name,
        )


def _refuse_whole(manifest: Manifest, file: ListedFile, header: Sequence[str]) -> None:
    """As a full list, a few corrected rows would end all other records."""
    if manifest.kind == "full" and is_returned(header):
        raise DeliveryRefused(
            "HEADER:RETURNED_AS_FULL",
            f"文件 {file.name} 是更正后的退回文件（有“退回原因”或“退回编号”列），不能当作全量接收："
            "其他记录会因此全部终止。请按增量（delta）送回。",
            file=file.name,
        )
