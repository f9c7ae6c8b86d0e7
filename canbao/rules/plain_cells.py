"""Which cells of a column need no reading, because they are what they say: most of them, told by cheap tests of the set engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from canbao.rules.columns import COLUMNS, Type
from canbao.rules.fillers import DEFAULT, WORDS, has_defaults
from canbao.rules.name_checks import OTHER_WORDS, TOTAL
from canbao.rules.name_notes import BEGINS, ENDS


@dataclass(frozen=True, slots=True)
class Surely:
    """Which cells are their own reading: those that match `whole` and not `but`, and are of these lengths. Patterns for RE2 too."""

    whole: str
    but: str = ""
    shortest: int = 0
    longest: int = 0


_YEAR: Final = "(19[1-9][0-9]|20[0-9]{2})"
_MONTH: Final = "(0[1-9]|1[0-2])"
_DAY_OF_MONTH: Final = "(0[1-9]|[12][0-9]|3[01])"
_CITIZEN: Final = f"[1-8][0-9]{{5}}{_YEAR}{_MONTH}{_DAY_OF_MONTH}[0-9]{{3}}[0-9X]"
_ROUNDED: Final = ".*000"
_HAN: Final = "一-鿿"
# No quotes: codes are read without them, so that a word between them is a filler. None of the signs of a web page.
_MARKS: Final = "!#-%(-/:;?@^-`{-~（），。、·：；！？…《》【】＃－／＋＊＠％"
_WORDED: Final = f"[{_MARKS}]*[0-9A-Za-z{_HAN}][{_MARKS}0-9A-Za-z{_HAN}]*"
_LONGER_THAN_WORDS: Final = max(map(len, WORDS)) + 1
# A word for nothing begins so; and what of a wrong encoding has nothing but Chinese characters.
_FIRST_OF_WORDS: Final = "".join(sorted({word[0] for word in WORDS if "一" <= word[0] <= "鿿"}))
_NO_SURE_NAME: Final = f"[{_FIRST_OF_WORDS}].*|.*[锟烫屯].*|({TOTAL}|{BEGINS}).*|.*({ENDS}|等人)|{OTHER_WORDS}"


def surely(column: str) -> Surely | None:
    """Which cells of a column need no reading, because they are what they say; None: all need it.

    A day that matches, with dashes or without, has still to be one of the calendar.
    """
    known = COLUMNS[column]
    match known.type:
        case Type.NUMBER if column == "employer_uscc":
            return Surely("9[0-9]{7}[0-9A-Z]*[A-Z][0-9A-Z]*", shortest=18, longest=18)
        case Type.NUMBER:
            return Surely(_CITIZEN, _ROUNDED, 18, 18)
        case Type.KEY:
            never = DEFAULT[Type.KEY] if has_defaults(known) else ""
            return Surely("[A-Z]{0,6}[0-9]*(-[0-9]*)?[1-9]0{0,2}", never, longest=known.longest)
        case Type.PHONE:
            return Surely("1[3-9][0-9]{9}", f"{DEFAULT[Type.PHONE]}|.*0{{6}}", 11, 11)
        case Type.DIVISION:
            return Surely("[1-8][0-9]{5}|[1-8][0-9]{8}|[1-8][0-9]{11}")
        case Type.DATE:
            return Surely(f"{_YEAR}{_MONTH}{_DAY_OF_MONTH}|{_YEAR}-{_MONTH}-{_DAY_OF_MONTH}")
        case Type.NAME:
            return Surely(f"[{_HAN}]*", _NO_SURE_NAME, 2, 4)
        case Type.TEXT:
            return Surely(_WORDED, shortest=_LONGER_THAN_WORDS, longest=known.longest)
    return None
