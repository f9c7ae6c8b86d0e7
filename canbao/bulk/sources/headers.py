"""Which column of a file is which column of the map, whatever the sender calls it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from canbao.bulk.sources import SourceMap
from canbao.rules.text import code_form

OP: Final = "op"
_OP_HEADERS: Final = ("op", "变更标志", "操作", "操作类型", "变更类型", "变更标识")
REASON: Final = "退回原因"
MARK: Final = "退回编号"
RETURNED: Final = frozenset({REASON, MARK})  # what an error file has beside the sender's own columns
_NOISE: Final = re.compile(r"[*_:()\[\]【】-]")


class HeaderRefused(ValueError):
    """The header does not fit the map."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True)
class Resolved:
    """Position of each known column in the header; what stays raw only."""

    positions: dict[str, int]
    op: int | None
    unknown: tuple[str, ...]


def spelled(header: str) -> str:
    """A header as it is compared: in the form of codes, without brackets and marks, lower case."""
    return _NOISE.sub("", code_form(header)).lower()


def resolve(header: Sequence[str], *, columns: SourceMap, kind: str) -> Resolved:
    """Find the map's columns in a header.

    Raises HeaderRefused: mandatory column missing, two columns for one item, delta without op.
    """
    found: dict[str, list[int]] = {}
    by_spelling = _spellings(columns)
    for position, text in enumerate(header):
        if code := by_spelling.get(spelled(text)):
            found.setdefault(code, []).append(position)
    op = _op(found, kind)
    _refuse_doubles(found, columns)
    _refuse_missing(found, header, columns)
    if kind == "delta" and op is None:
        raise HeaderRefused(
            "HEADER:OP_MISSING", f"增量数据缺少变更标志列 op（I 新增、U 修改、D 删除）{_nearest(header, (OP,))}。"
        )
    known = {position for positions in found.values() for position in positions} | {op}
    unknown = tuple(
        text
        for position, text in enumerate(header)
        if position not in known and text.strip() and text.strip() not in RETURNED
    )
    return Resolved({code: positions[0] for code, positions in found.items()}, op, unknown)


def looks_like_header(cells: Sequence[str | None], *, columns: SourceMap) -> bool:
    """Are most of these cells names of columns? (A second header row, or a header below a title.)"""
    filled = [cell for cell in cells if cell and cell.strip()]
    by_spelling = _spellings(columns)
    return len(filled) > 1 and sum(spelled(cell) in by_spelling for cell in filled) * 2 > len(filled)


def _spellings(columns: SourceMap) -> dict[str, str]:
    spellings = {spelled(text): OP for text in _OP_HEADERS}
    for column in columns.columns:
        spellings |= {spelled(text): column.code for text in column.headers}
    return spellings


def _op(found: dict[str, list[int]], kind: str) -> int | None:
    """A full list needs no op, so that its column may even be something else."""
    positions = found.pop(OP, [])
    if kind != "delta" or not positions:
        return None
    if len(positions) > 1:
        raise HeaderRefused("HEADER:TWO_COLUMNS", f"有 {len(positions)} 列都像是变更标志 op，请只留一列。")
    return positions[0]


def _refuse_doubles(found: dict[str, list[int]], columns: SourceMap) -> None:
    for code, positions in found.items():
        if len(positions) > 1:
            places = "、".join(f"第 {position + 1} 列" for position in positions)
            raise HeaderRefused("HEADER:TWO_COLUMNS", f"{places}都是“{columns.column(code).shown}”，请只留一列。")


def _refuse_missing(found: dict[str, list[int]], header: Sequence[str], columns: SourceMap) -> None:
    missing = [column for column in columns.columns if column.mandatory and column.code not in found]
    if not missing:
        return
    texts = [f"“{column.shown}”{_nearest(header, column.headers)}" for column in missing]
    raise HeaderRefused("HEADER:COLUMN_MISSING", f"表头缺少必需的列：{'、'.join(texts)}。")


def _nearest(header: Sequence[str], wanted: Sequence[str]) -> str:
    """Where something like it stands. Without a header the first row is somebody's data: only characters of ours are repeated."""
    for name in wanted:
        if close := get_close_matches(spelled(name), [spelled(text) for text in header if text.strip()], 1, 0.5):
            place, text = next((n, text) for n, text in enumerate(header, 1) if spelled(text) == close[0])
            return f"（最接近的是第 {place} 列“{_alike(text, name)}”）"
    return ""


def _alike(text: str, name: str) -> str:
    known = set(spelled(name)) - set("0123456789")
    return "".join(character if character in known else "*" for character in spelled(text)[: 2 * len(name)])
