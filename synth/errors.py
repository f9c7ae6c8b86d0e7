"""What goes wrong in the departments' records, with the truth kept beside it."""

import functools
from dataclasses import dataclass, fields, replace
from enum import IntEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Kind(IntEnum):
    """Every kind of damage, as a bit of a row's mask."""

    OLD15 = 0
    WRONG_DIGIT = 1
    SWAPPED = 2
    LOST_DIGIT = 3
    DOUBLED_DIGIT = 4
    NO_NUMBER = 5
    OTHER_DOCUMENT = 6
    ANOTHERS_NUMBER = 7
    MOTHERS_NUMBER = 8
    LOWER_X = 9
    FULL_WIDTH = 10
    INNER_BLANK = 11
    APOSTROPHE = 12
    TRADITIONAL = 13
    HOMOPHONE = 14
    WRONG_CHARACTER = 15
    NAME_BLANK = 16
    DOT = 17
    PRIVATE_USE = 18
    LOST_CHARACTER = 19
    FORMER_NAME = 20
    UNNAMED_CHILD = 21
    WRONG_SEX = 22
    WRONG_BIRTH = 23
    NO_BIRTH = 24
    SHARED_PERSON_NO = 25
    SECOND_PERSON_NO = 26
    DEAD_BUT_ACTIVE = 27
    SHARED_NUMBER = 28
    TWICE_AFTER_MOVE = 29
    OTHER_SCHEME_CODE = 30
    UNKNOWN_CODE = 31
    IMPOSSIBLE_DATE = 32
    EMPTY_NAME = 33
    DUPLICATE_KEY = 34
    ROUNDED_NUMBER = 35
    ROUNDED_TWIN = 36
    PLACEHOLDER = 37
    LOOKALIKE_X = 38
    INVISIBLE = 39
    FOREIGN_PRIVATE_USE = 40
    MOJIBAKE = 41
    DATE_SERIAL = 42
    EXCEL_TEXT = 43
    FILLER_BIRTH = 44
    FILLER_PHONE = 45
    ROUNDED_HOUSEHOLD = 46


NUMBER_KINDS = (
    *range(Kind.OLD15, Kind.APOSTROPHE + 1),
    Kind.ROUNDED_NUMBER,
    Kind.ROUNDED_TWIN,
    Kind.PLACEHOLDER,
    Kind.LOOKALIKE_X,
)
BROKEN_KINDS = (Kind.UNKNOWN_CODE, Kind.IMPOSSIBLE_DATE, Kind.EMPTY_NAME, Kind.DUPLICATE_KEY)


@dataclass(frozen=True)
class Rates:
    """Share of a department's person records with each error; one number error at most per record."""

    old15: float = 0.0122
    wrong_digit: float = 0.0088
    swapped: float = 0.0048
    lost_digit: float = 0.0024
    doubled_digit: float = 0.0016
    no_number: float = 0.0062
    other_document: float = 0.0018
    anothers_number: float = 0.00002
    lower_x: float = 0.0080
    full_width: float = 0.0010
    inner_blank: float = 0.0030
    apostrophe: float = 0.0020
    traditional: float = 0.0040
    homophone: float = 0.0040
    wrong_character: float = 0.0030
    name_blank: float = 0.0030
    lost_character: float = 0.0010
    former_name: float = 0.10  # of the people who have one
    private_use: float = 0.40  # of names with a character that old systems wrote so
    dot: float = 0.50  # of names with a dot
    unnamed_child: float = 0.45  # of newborns
    mothers_number: float = 0.02  # of newborns with a number of their own
    wrong_sex: float = 0.0020
    wrong_birth: float = 0.0040
    no_birth: float = 0.0040
    address: float = 0.25
    broken: float = 0.0010

    def scaled(self, factor: float) -> "Rates":
        return replace(self, **{item.name: min(1.0, getattr(self, item.name) * factor) for item in fields(self)})


# How careful each department is with numbers and names.
CARE = {
    "employee": 0.8,
    "resident_pension": 1.25,
    "resident_medical": 1.3,
    "public_pension": 0.5,
    "police": 0.06,
    "health": 1.5,
    "deaths": 1.5,
    "elsewhere": 0.5,
    "students": 0.5,
    "prison": 0.5,
    "soldiers": 0.3,
}

DRAWN = (
    "old15",
    "wrong_digit",
    "swapped",
    "lost_digit",
    "doubled_digit",
    "no_number",
    "other_document",
    "anothers_number",
    "lower_x",
    "full_width",
    "inner_blank",
    "apostrophe",
)
KIND_OF = {name: Kind[name.upper()] for name in DRAWN}


@dataclass
class Record:
    """The person columns of one source while they are being damaged."""

    number: pa.Array
    document: pa.Array
    name: pa.Array
    sex: Ints
    birth: Ints
    no_birth: NDArray[np.bool_]
    mask: Ints

    def mark(self, where: Ints, kind: Kind) -> None:
        self.mask[where] |= np.int64(1) << np.int64(kind)


@functools.cache
def _text(mask: int) -> str:
    return ";".join(kind.name.lower() for kind in Kind if mask >> kind & 1)


def texts(mask: Ints) -> pa.Array:
    """Masks as readable text; few distinct ones, so each is written once."""
    values, inverse = np.unique(mask, return_inverse=True)
    return pa.array([_text(int(value)) for value in values], pa.string()).take(pa.array(inverse))


def broken(mask: Ints) -> NDArray[np.bool_]:
    bits = sum(np.int64(1) << np.int64(kind) for kind in BROKEN_KINDS)
    return (mask & bits) != 0
