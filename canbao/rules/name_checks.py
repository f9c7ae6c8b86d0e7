"""Names that are no names: what a wrong encoding, a web form or a database tool leaves of them.

One such name is held with its row; a share of them means that the whole file was read or written wrongly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from canbao.rules.name_notes import has_note, without_ordinal
from canbao.rules.names import is_placeholder, name_key
from canbao.rules.text import LOST, name_form, text_form
from canbao.rules.text_tables import LOST_MARKS, MIDDLE_DOTS, PRIVATE_USE


class NoName(StrEnum):
    """Why a text cannot be the name of a person."""

    ESCAPED = "ESCAPED"  # &#24352; or \\u5f20: written for a program
    MOJIBAKE = "MOJIBAKE"  # bytes of one encoding read as another
    NO_LETTER = "NO_LETTER"
    MIXED = "MIXED"  # a Latin letter or sign among Chinese characters
    LOST = "LOST"  # three characters or more were lost
    FOOTER = "FOOTER"  # 合计, 填表人：…
    WORD = "WORD"  # 男, 户主, TRUE: of another column
    NOTE = "NOTE"  # 张三（已死亡）, 张三 13812345678, 张三、李四

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    NoName.ESCAPED: "姓名含有程序转义字符",
    NoName.MOJIBAKE: "姓名是乱码，可能编码不对",
    NoName.NO_LETTER: "姓名里没有文字",
    NoName.MIXED: "姓名混有字母或符号，可能是乱码",
    NoName.LOST: "姓名的字大多已丢失",
    NoName.FOOTER: "姓名是合计、填表人之类，不是一个人",
    NoName.WORD: "姓名填的是性别、与户主关系之类，像是别的列的内容",
    NoName.NOTE: "姓名里夹有说明、号码或另一人的姓名",
}
_HAN: Final = "一-鿿㐀-䶿"
_SIGNS: Final = "_:;,!#$%&+=|~^{}@：；！★☆√×▲△※→㊣\U0001f000-\U0001faff"
# What other columns hold of a person, never a name: a column that slipped, or a formula's answer.
OTHER_WORDS: Final = (
    "[真假男女是否有父母夫妻子]|男性|女性|户主|本人|配偶|丈夫|妻子|儿子|女儿|父亲|母亲|子女|父母|汉族|居民|职工"
)
TOTAL: Final = "(本页)?[合总小共累]计"
_TWO_BYTES: Final = "[À-ÿŒœŠšŸŽžƒ][¡-¿À-ÿŒœŠšŸŽž‘-”†-•…‰‹›€™ƒˆ˜]"  # UTF-8 or GBK read as Latin
_MARKS: Final = LOST_MARKS + "？＊" + PRIVATE_USE  # that form leaves punctuation as wide as it is
# (reason, pattern), the first found anywhere in the name in its normal form (`text_form`).
PATTERNS: Final = (
    (
        NoName.FOOTER,
        f"^{TOTAL}([^\u4e00-\u9fff]|人数|金额|$)|^(填表|制表|填报|经办|审核|复核|负责|联系)(人|人员|单位|部门)[:：]|^[0-9]+(人|名|条|户)$",
    ),
    (NoName.WORD, f"^({OTHER_WORDS}|(?i:TRUE|FALSE))$"),
    (NoName.ESCAPED, r"&#?[0-9A-Za-z]+;|\\[ux][0-9A-Fa-f]{2}|%[0-9A-F]{2}%[0-9A-F]{2}"),
    (NoName.ESCAPED, r"=\?[A-Za-z0-9-]+\?|_x[0-9A-Fa-f]{4}_|</?[A-Za-z]"),
    (NoName.MOJIBAKE, f"锟斤拷|烫烫|屯屯|{_TWO_BYTES}|[ｦ-ﾟ]{{2}}|[а-џ][Ѐ-Я]|[Ѐ-џ][°·№±µ]|[┐-╿]{{2}}"),
    (NoName.MOJIBAKE, f"[{_HAN}][가-힣]|[가-힣][{_HAN}]"),
    (NoName.MIXED, f"^[^{_HAN}]*[{_HAN}].*[{_SIGNS}]|^[^{_SIGNS}]*[{_SIGNS}].*[{_HAN}]|[A-Za-z][a-z]?[{_HAN}]"),
    (NoName.LOST, f"[{_MARKS}]([^{_MARKS}]*[{_MARKS}]){{2}}"),
)
_LETTER: Final = re.compile(r"[^\W\d_]")
# No name is longer, and Python's search takes the square of the length: a cell may have a million characters.
_LOOKED_AT: Final = 500


def no_name(name: str) -> NoName | None:
    """Why this cannot be a name, or None. One that lost a character or two is damaged, and is a name."""
    text = text_form(name)[:_LOOKED_AT]
    for reason, pattern in PATTERNS:
        if re.search(pattern, text):
            return reason
    if has_note(without_ordinal(text)):
        return NoName.NOTE
    return None if _LETTER.search(text) or LOST in name_key(text) else NoName.NO_LETTER


def has_surname(name: str) -> bool:
    """Whether a Chinese name begins with a surname; true where that says nothing: Latin, lost, placeholders, names in parts."""
    key = name_key(name)
    if is_placeholder(key) or key[:1] <= "Z" or any(dot in name for dot in MIDDLE_DOTS):
        return True
    return key[0] in surnames() or key[:2] in surnames()


@cache
def surnames() -> frozenset[str]:
    """The surnames in use, single and double."""
    text = files("canbao.rules.data").joinpath("surnames.txt").read_text("utf-8")
    return frozenset(part for word in text.split() for part in ([word] if len(word) == 2 else word))


@cache
def first_characters() -> frozenset[str]:
    """The characters that a name may begin with, in whatever form: the surnames of one character and what is simplified to them."""
    singles = {surname for surname in surnames() if len(surname) == 1}
    other_forms = {char for char, to in name_form.table.items() if to in singles}
    return frozenset(singles | other_forms)


@cache
def double_surnames() -> frozenset[str]:
    """The surnames of two characters."""
    return frozenset(surname for surname in surnames() if len(surname) > 1)


# What people wrote: it says nothing about how the file was read.
OF_ONE_ROW: Final = frozenset({NoName.FOOTER, NoName.NOTE})


@dataclass(frozen=True, slots=True)
class Names:
    """What was counted in the names of one file. no_names: those that a wrong reading of the file makes, so no `OF_ONE_ROW`."""

    rows: int
    no_names: int
    without_surname: int


# Below these a file is judged by its rows alone.
FEWEST: Final = 2
NO_NAMES_SHARE: Final = 0.02
# Of a true list about one in a hundred; of any wrong reading of it more than half.
WITHOUT_SURNAME_SHARE: Final = 0.3


def are_names(names: Names) -> bool:
    """Whether a file's names are names; else the delivery is held."""
    few = names.no_names < FEWEST or names.no_names <= NO_NAMES_SHARE * names.rows
    return few and (names.without_surname < FEWEST or names.without_surname <= WITHOUT_SURNAME_SHARE * names.rows)
