"""Which column of a file is which column of the map, whatever the sender calls it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from canbao.bulk.sources import SourceMap
from canbao.rules.text import code_form

OP: Final = "op"
_OP_HEADERS: Final = ("op", "变更标志", "操作", "操作类型", "变更类型", "变更标识")
REASON: Final = "退回原因"
MARK: Final = "退回编号"
RETURNED: Final = frozenset({REASON, MARK})  # what an error file has beside the sender's own columns
_NOISE: Final = re.compile(r"[*_:()\[\]【】-]")
_BRACKETS: Final = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]\s*$")
_HINT: Final = re.compile(
    "[0-9]+[^0-9]|YYYY|(非|不)?必(须)?(填|录)|选(填|录)|可(为)?空|(不能为|非)空|格式|日期|文本|字符|数字|代码|编码|如|例|按|请|见"
)
_OTHER_SIGNS: Final = re.compile(r"[^\w()（）\"'*]+")
_ORDINAL: Final = re.compile(r"^\s*[(（]?[0-9]{1,2}[)）.、．]\s*")
_NOTHING_KNOWN: Final = "第一行没有一列认得出来：它可能不是表头，或者文件不是 UTF-8、GB 18030、UTF-16 编码。"


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


@lru_cache(maxsize=4096)
def spelled(header: str) -> str:
    """A header as it is compared: in the form of codes, without brackets and marks, lower case."""
    return _NOISE.sub("", code_form(header)).lower()


def resolve(header: Sequence[str], *, columns: SourceMap, kind: str) -> Resolved:
    """Find the map's columns in a header.

    Raises HeaderRefused: mandatory column missing, two columns for one item, delta without op.
    """
    found = _matched(header, columns)
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


def known_places(header: Sequence[str], *, columns: SourceMap) -> frozenset[int]:
    """The places of the headings (from 0) that name a column of the map."""
    return frozenset(place for places in _matched(header, columns).values() for place in places)


def _matched(header: Sequence[str], columns: SourceMap) -> dict[str, list[int]]:
    """The places of each column of the map: by its names; where there is none, by a name with a hint how to fill it in."""
    by_spelling = _spellings(columns)
    found: dict[str, list[int]] = {}
    hinted: dict[str, list[int]] = {}
    for position, text in enumerate(header):
        if code := by_spelling.get(spelled(text)):
            found.setdefault(code, []).append(position)
        elif code := by_spelling.get(spelled(_without_hint(text))):
            hinted.setdefault(code, []).append(position)
    return hinted | found


def _without_hint(text: str) -> str:
    """身份证号码（18位）, 2.姓名 without what is only about the form; another person or another kind of value is no hint."""
    found = _BRACKETS.search(text)
    if found and _HINT.match(code_form(found[1])):
        text = text[: found.start()]
    return _ORDINAL.sub("", text)


def divided_otherwise(text: str, *, columns: SourceMap) -> str | None:
    """The sign between the headings of a line that was taken for one cell; None where it is no line of headings."""
    by_spelling = _spellings(columns)
    known = [part for part in _OTHER_SIGNS.split(text) if spelled(part) in by_spelling]
    found = _OTHER_SIGNS.search(text)
    return found[0] if found and len(known) > 1 else None


def looks_like_header(cells: Sequence[str | None], *, columns: SourceMap) -> bool:
    """Are most of these cells names of columns? (A second header row, or a header below a title.)"""
    filled = [cell for cell in cells if cell and cell.strip()]
    by_spelling = _spellings(columns)
    return len(filled) > 1 and sum(spelled(cell) in by_spelling for cell in filled) * 2 > len(filled)


def _spellings(columns: SourceMap) -> dict[str, str]:
    spellings = {spelled(text): OP for text in _OP_HEADERS}
    for column in columns.columns:
        spellings |= {spelled(text): column.code for text in [*column.headers, *_both(column.headers)]}
    return spellings


def _both(headers: Sequence[str]) -> list[str]:
    """An item code with a Chinese name, in either order: AAC003 姓名, 姓名(AAC003)."""
    codes, names = [h for h in headers if h.isascii()], [h for h in headers if not h.isascii()]
    return [text for code in codes for name in names for text in (code + name, name + code)]


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
    nothing = "" if found else _NOTHING_KNOWN
    raise HeaderRefused("HEADER:COLUMN_MISSING", f"表头缺少必需的列：{'、'.join(texts)}。{nothing}")


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
