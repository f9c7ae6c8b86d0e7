"""How a name is searched by sound: one reading per character, the likeliest in a name, and the initials before it.

A sound is written "zxm zhang xiao ming": initials, blank, syllables. One column and one index so serve both ways of typing,
because somebody who types syllables has typed the initials too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Final

from canbao.rules.text import search_form

# Surnames read otherwise than the character alone; 覃 as Chongqing and Guangxi read it.
SURNAMES: Final = MappingProxyType(
    dict(
        pair.split("=")
        for pair in [
            "曾=zeng",
            "单=shan",
            "仇=qiu",
            "区=ou",
            "解=xie",
            "朴=piao",
            "查=zha",
            "翟=zhai",
            "乐=yue",
            "员=yun",
            "缪=miao",
            "佴=nai",
            "繁=po",
            "秘=bi",
            "召=shao",
            "黑=he",
            "折=she",
            "种=chong",
            "重=chong",
            "仉=zhang",
            "句=gou",
            "祭=zhai",
            "隗=wei",
            "覃=qin",
            "盖=ge",
            "尉=wei",
            "褚=chu",
            "逄=pang",
            "车=che",
            "郗=xi",
            "柏=bai",
            "宓=mi",
            "洗=xian",
            "冼=xian",
            "晟=cheng",
            "藏=zang",
            "都=du",
            "行=xing",
            "炅=gui",
            "相=xiang",
            "长=chang",
            "参=shen",
            "降=jiang",
        ]
    )
)
# Two characters that are one surname and read otherwise than each alone.
DOUBLE_SURNAMES: Final = MappingProxyType(
    {
        "尉迟": ("yu", "chi"),
        "万俟": ("mo", "qi"),
        "单于": ("chan", "yu"),
        "澹台": ("tan", "tai"),
        "长孙": ("zhang", "sun"),
    }
)
# Read so in given names.
_GIVEN: Final = MappingProxyType({"长": "chang", "朝": "chao", "珩": "heng", "炅": "jiong", "都": "du", "还": "huan"})
_LETTERS = re.compile(r"[a-z' ]+")
MAX_SPLITS = 8


@cache
def readings() -> dict[str, str]:
    """Character to its reading in a given name, without tone; ü is v."""
    from pypinyin.pinyin_dict import pinyin_dict

    found = {chr(code): _toneless(marked.split(",")[0]) for code, marked in pinyin_dict.items()}
    return {char: read for char, read in found.items() if read.isascii() and read.isalpha()} | dict(_GIVEN)


def sound_of(key: str) -> str | None:
    """The sound of a name's key (`names.name_key`), or None where a character has no reading (Latin, lost)."""
    said = [readings().get(char) for char in key]
    if key[:2] in DOUBLE_SURNAMES and len(key) > 2:
        said[:2] = DOUBLE_SURNAMES[key[:2]]
    elif key[:1] in SURNAMES:
        said[0] = SURNAMES[key[0]]
    known = [read for read in said if read]
    if not known or len(known) < len(key):
        return None
    return written(known)


def written(syllables: list[str] | tuple[str, ...]) -> str:
    """Initials and syllables as one text."""
    return "".join(read[0] for read in syllables) + " " + " ".join(syllables)


def splits(typed: str) -> tuple[tuple[str, ...], ...]:
    """Every way to read letters as whole syllables ('xian': xian, xi an), fewest syllables first; blanks and ' divide."""
    text = folded(typed)
    if not _LETTERS.fullmatch(text):
        return ()
    ways: list[tuple[str, ...]] = [()]
    for part in re.split(r"[' ]+", text.strip("' ")):
        ways = [way + more for way in ways for more in _splits(part)]
    return tuple(islice(sorted((w for w in ways if w), key=lambda way: (len(way), way)), MAX_SPLITS))


def folded(typed: str) -> str:
    """Small letters without tone; ü is v, also where it is written u:, yu or (before e) u."""
    text = _toneless(search_form(typed).lower().replace("u:", "v"))
    return re.sub(r"\b([ln])(?:yu(?=e?\b)|u(?=e))", r"\1v", text)


@lru_cache(maxsize=4096)
def _splits(letters: str) -> tuple[tuple[str, ...], ...]:
    if not letters:
        return ((),)
    heads = (letters[:size] for size in range(min(6, len(letters)), 0, -1) if letters[:size] in _syllables())
    return tuple((head, *rest) for head in heads for rest in _splits(letters[len(head) :]))[:MAX_SPLITS]


@cache
def _syllables() -> frozenset[str]:
    """What stands for a character, without the interjections that would make a syllable of any consonant."""
    return frozenset(read for read in readings().values() if re.search("[aeiouv]", read)) - {"o", "ei", "yo"}


def _toneless(marked: str) -> str:
    text = unicodedata.normalize("NFD", marked.replace("ü", "v").replace("ɡ", "g"))
    text = text.replace("u\u0308", "v")  # ǖ decomposes to u, diaeresis, tone
    return "".join(char for char in text if not unicodedata.combining(char))
