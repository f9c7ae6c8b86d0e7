"""What a department has to know about each column of its list: made from the column map, so that it is always what intake does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from canbao.bulk.sources import Column, SourceMap

_MOST_CODES: Final = 12  # in the hint of a cell, which holds 255 characters
_FORM: Final = "写成 19900131 或 1990-01-31"
_DAY: Final = f"{_FORM}；不知道的留空，不要填 19000101 之类"
_KINDS: Final = {
    "text": "按本部门系统里的原样填写，按文本保存，前面的 0 不能丢",
    "name": "按证件上的姓名填写；生僻字照原字，不用拼音、问号代替",
    "number": "按证件填写，按文本保存；没有号码的留空，不要填“不详”、0 或 1 之类",
    "date": _DAY,
    "end_date": f"{_DAY}；没有终止的留空",
    "division": "6、9 或 12 位区划代码",
    "extra": "按实际情况填写文字",
}
_WORDS: Final = frozenset(
    {
        "address",
        "employer_name",
        "relation_to_head",
        "moved_in_from",
        "capacity",
        "card_status",
        "hukou_status",
        "residence",
    }
)
OP_HEADING: Final = "变更标志"
OP_VALUES: Final = ("I", "U", "D")
KINDS: Final = {"full": "全量", "delta": "增量"}


@dataclass(frozen=True, slots=True)
class Item:
    """A column as its sender is told of it.

    others: headings that are understood as well; choices: what may be written, if little; codes: each value with its name.
    """

    heading: str
    others: tuple[str, ...]
    must: str
    how: str
    choices: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def items(source: SourceMap, kind: str) -> tuple[Item, ...]:
    """The columns of a list of a kind ("full", "delta"), in the order of the template."""
    op = Item(
        OP_HEADING, ("op",), "只有增量才有此列，每行必填", "I 新增，U 修改，D 删除（删除的行只需编号）", OP_VALUES
    )
    return (*((op,) if kind == "delta" else ()), *(_item(source, column) for column in source.columns))


def key_headings(source: SourceMap) -> str:
    """Which columns make the record key, best way first."""
    labels = {column.code: column.label for column in source.columns}
    first, *others = ["加".join(f"“{labels[code]}”" for code in way) for way in source.key]
    return f"{first}（没有的，凭{'，再没有的，凭'.join(others)}）" if others else first


def _item(source: SourceMap, column: Column) -> Item:
    must = "必须有此列，每行必填" if column.filled else "必须有此列" if column.mandatory else "可以没有"
    others = tuple(heading for heading in column.headers if heading != column.label)
    if column.kind != "code":
        is_text = column.kind == "text" and column.to in _WORDS
        is_day = column.kind == "date" and column.filled
        how = (
            "按实际情况填写文字" if is_text else f"{_FORM}；不知道的，请核实以后再送" if is_day else _KINDS[column.kind]
        )
        return Item(column.label, others, must, how)
    words = _words(source, column)
    how = "、".join(words[:_MOST_CODES]) + ("等，全部见报送说明" if len(words) > _MOST_CODES else "")
    return Item(column.label, others, must, f"填代码或名称：{how}", codes=tuple(words))


def _words(source: SourceMap, column: Column) -> list[str]:
    """The ways to write each value: `1 男性`; the first number and the first text there is."""
    ways: dict[str, list[str]] = {}
    for raw, code in column.mapping(source.source).items():
        ways.setdefault(code, []).append(raw)
    return [_word(raws) for raws in ways.values()]


def _word(raws: list[str]) -> str:
    number = next((raw for raw in raws if raw.isascii()), "")
    text = next((raw for raw in raws if not raw.isascii()), "")
    return f"{number} {text}".strip()
