"""What is written beside a name: an ordinal is cut off; a state, a number or a second person is no part of a name.

Names in several parts, with a foreign name in brackets or a second name of their own stay as they are.
"""

from __future__ import annotations

import re
from typing import Final

from canbao.rules.names import is_placeholder
from canbao.rules.text_tables import CLOSING, OPENING

HAN: Final = "一-鿿㐀-䶿"
_OPEN: Final = rf"[(（\[［<＜{{｛{OPENING}]"
_CLOSE: Final = rf"[)）\]］>＞}}｝{CLOSING}]"
_STATES: Final = (
    "死亡|去世|病故|亡故|身故|已故|已死|已亡|注销|销户|作废|迁出|迁走|迁往|转出|停保|退保|失联|重复|重号|重录|删除|无效|错误|有误"
    "|待核|核实|查无|测试|户主|联系|电话|手机|曾用名|原名|又名|别名|更名|改名|监护|代办|双胞胎|备用"
)
# At the end of a name of Chinese characters without any sign between, and at its beginning.
ENDS: Final = "已?(死亡|去世|病故|注销|销户|作废|迁出|重复)|已[故死亡]|测试"
BEGINS: Final = "户主|本人|姓名|参保人|测试"
AND_OTHERS: Final = " 等| ?等([0-9一二两三四五六七八九十]{1,3}[人名位户]|人)"  # 李四等三人: without the others
_NOTES: Final = tuple(
    map(
        re.compile,
        (
            "[0-9]",
            f"[{HAN}] ?[、/\\\\] ?[{HAN}]",
            f"{_OPEN}[^(（]*?({_STATES}|(故|亡|死){_CLOSE})",
            f"[{HAN}][ /—–-]已?({_STATES}|[故亡死]$)",
            f"^[{HAN}]{{2,4}}({ENDS})$",
            f"^({BEGINS})[ :：]?[{HAN}]{{2}}|^测试",
            f"[{HAN}]({AND_OTHERS})$",
        ),
    )
)
_ORDINAL: Final = "[0-9]{1,2}|[大小老长次幼中男女]|[一二三四五六七八九十]|[甲乙丙丁]|[A-Za-z]"
_CUT: Final = re.compile(
    f" ?({_OPEN}({_ORDINAL}){_CLOSE}|[-_]?(?<![0-9])[0-9]{{1,2}}|(?<![A-Za-z])[A-Za-z]|[①-⒇Ⅰ-ⅿ㈠-㈩²³¹]|[。.、，～·(（-])$"
)
_TWO: Final = re.compile(f"[{HAN}].*[{HAN}]|[{HAN}][?]")
_IN_BRACKETS: Final = re.compile(f"{_OPEN}[{HAN}]")
_MOST_CUT: Final = 3


def without_ordinal(name: str) -> str:
    """A Chinese name without the ordinal, letter or sign that tells it from an equal one: 张伟（大）, 张伟2. Of others the name.

    name: in its normal form (`text_form`).
    """
    if is_placeholder(name):
        return name  # 张伟之女2: no name yet
    for _ in range(_MOST_CUT):
        if not (found := _CUT.search(name)) or not _TWO.match(name[: found.start()]):
            break
        name = name[: found.start()]
    return name


def has_note(name: str) -> bool:
    """Whether a Chinese name, without its ordinal, has something in it that is none: 已死亡, 重复, a telephone, a second person."""
    return re.search(f"[{HAN}]", name) is not None and not is_placeholder(name) and any(p.search(name) for p in _NOTES)


def has_brackets(name: str) -> bool:
    """Whether Chinese characters stand in brackets: a second name, a people, a remark that nobody knows."""
    return _IN_BRACKETS.search(name) is not None
