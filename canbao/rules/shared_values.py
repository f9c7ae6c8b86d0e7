"""Which values say something about who somebody is: neither what many fill in, nor a damaged number, nor what is none of its kind.

Matching asks it of every value that two records may share. Patterns are written as Python and the set engine (RE2) both read them;
values are in the normal form of their column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from canbao.rules.columns import COLUMNS
from canbao.rules.damage import NUMBER_PATTERNS, NumberDamage
from canbao.rules.documents import OTHER_DIGITS, Doubt, doubt
from canbao.rules.fillers import DEFAULT, NOTHING, WORDS
from canbao.rules.identity import is_valid_citizen

# Columns whose equal values are evidence, besides the person's own number, names, dates and places.
SHARED: Final = ("person_no", "phone", "card_no", "household_no", "birth_certificate", "mother_number")
_SOME_DIGIT: Final = ".*[0-9].*"


@dataclass(frozen=True, slots=True)
class Evidence:
    """shape: what a value has to be; never: what says nothing; rounded: what says nothing unless it is a valid citizen number."""

    shape: str
    never: str
    rounded: str


@cache
def evidence(column: str) -> Evidence:
    """The patterns of one of `SHARED`."""
    known = COLUMNS[column]
    damaged = NUMBER_PATTERNS[known.type]
    never = [NOTHING[known.type], DEFAULT.get(known.type, "")]
    never += [re.escape(word) for word in sorted(WORDS) if re.fullmatch(_SOME_DIGIT, word)]  # others have not the shape
    never += [pattern for kind, pattern in damaged if kind is not NumberDamage.ROUNDED]
    rounded = [pattern for kind, pattern in damaged if kind is NumberDamage.ROUNDED]
    return Evidence(known.shape or _SOME_DIGIT, "|".join(filter(None, never)), "|".join(rounded))


def weighs(column: str, value: str | None) -> bool:
    """Whether an equal value of one of `SHARED` is evidence that two records are of one person, or of one home."""
    if value is None:
        return False
    patterns = evidence(column)
    if not re.fullmatch(patterns.shape, value) or re.fullmatch(patterns.never, value):
        return False
    return not re.fullmatch(patterns.rounded, value) or is_valid_citizen(value)


def is_near(doc_type: str | None, number: str) -> bool:
    """Whether a number identifies, or may be a slip away from one that does; a few digits, a year, a room are neither."""
    why = doubt(doc_type, number)
    return why is None or (why in (Doubt.FORM, Doubt.AGAINST) and len(re.findall("[0-9]", number)) >= OTHER_DIGITS)
