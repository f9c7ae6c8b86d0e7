"""What makes a password too weak (GB/T 22239-2019 8.1.4.1 a)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, product

from canbao.rules.article import article


class Weakness(StrEnum):
    TOO_SHORT = "TOO_SHORT"
    TOO_FEW_CLASSES = "TOO_FEW_CLASSES"
    HAS_ACCOUNT_NAME = "HAS_ACCOUNT_NAME"
    HAS_REAL_NAME = "HAS_REAL_NAME"
    RUN = "RUN"  # 1234, abcd, aaaa


RUN_LENGTH = 4
_READINGS_TRIED = 16


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose password it is to be."""

    account: str
    real_name: str


def classes(password: str) -> int:
    """How many of capitals, small letters, digits and other signs it has."""
    return len({_class(sign) for sign in password})


@article(20)
def weaknesses(password: str, *, owner: Owner, length: int, kinds: int) -> tuple[Weakness, ...]:
    """Everything that is wrong with it, so that nobody has to try five times."""
    small = unicodedata.normalize("NFKC", password).lower()
    found = {
        Weakness.TOO_SHORT: len(password) < length,
        Weakness.TOO_FEW_CLASSES: classes(password) < kinds,
        Weakness.HAS_ACCOUNT_NAME: len(owner.account) >= 3 and owner.account.lower() in small,
        Weakness.HAS_REAL_NAME: any(spelling in small for spelling in _spellings(owner.real_name)),
        Weakness.RUN: _has_run(small),
    }
    return tuple(weakness for weakness, is_so in found.items() if is_so)


def _class(sign: str) -> str:
    if sign.isdigit():
        return "digit"
    if sign.isascii() and sign.isalpha():
        return "capital" if sign.isupper() else "small"
    return "other"


def _spellings(name: str) -> set[str]:
    """The name as written and in pinyin, with every reading of its characters, in either order of surname and given name."""
    from pypinyin import Style, pinyin  # its tables take longer to load than most commands run

    plain = "".join(name.split()).lower()
    if len(plain) < 2:
        return set()
    readings = pinyin(plain, style=Style.NORMAL, heteronym=True, errors="default")
    ways = [way for way, _ in zip(product(*readings), range(_READINGS_TRIED), strict=False)]
    return {plain} | {"".join(way) for way in ways} | {"".join((*way[1:], way[0])) for way in ways}


def _has_run(text: str) -> bool:
    """Four signs in a row that are the same, or follow each other up or down."""
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    return any(
        steps[i : i + RUN_LENGTH - 1] == [step] * (RUN_LENGTH - 1)
        for step in (0, 1, -1)
        for i in range(len(steps) - RUN_LENGTH + 2)
    )
