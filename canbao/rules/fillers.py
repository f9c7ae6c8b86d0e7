"""What is written where nothing is known: it says nothing about anybody, so it never speaks for two records being of one person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from canbao.rules.codes import mappings
from canbao.rules.columns import COLUMNS, Column, Type
from canbao.rules.text import code_form
from canbao.rules.text_tables import LOST_MARKS, PRIVATE_USE


class Filler(StrEnum):
    """NOTHING: there is no value, the column is empty. DEFAULT: a value that many fill in; it stays, and weighs nothing."""

    NOTHING = "NOTHING"
    DEFAULT = "DEFAULT"


# As `code_form` writes them.
WORDS: Final = frozenset(files("canbao.rules.data").joinpath("fillers.txt").read_text("utf-8").split())
# Signs without a letter or digit, as `code_form` writes them: -, /, ..., ？ and the like; ditto marks too.
NO_LETTER: Final = r"[!-/:-@\[-`{-~·、。…～×—〃〝〞″‶]+"
_SOME_LETTER: Final = re.compile("[0-9A-Za-z一-鿿]")
_LONGEST_SPELLED: Final = 4 * max(map(len, WORDS))  # of a word with blanks and quotes between its letters
_LOST_NAME: Final = re.compile(f"[{LOST_MARKS}{PRIVATE_USE}]+")

_SAME_DIGIT: Final = "|".join(f"{digit}{{4,}}" for digit in "123456789")
_RUNS: Final = (
    "0?12345(6(7(8(90?)?)?)?)?|12345678901|12345678910|123456789012345(678)?|123456789123456789|98765432(10?)?"
)
_SAME_EIGHT: Final = "|".join(f"{digit}{{8}}" for digit in "0123456789")
_SAME_SIX: Final = "|".join(f"{digit}{{6,}}" for digit in "123456789")
# By type, of the value in its normal form: what is no value, and what many have by default.
NOTHING: Final[Mapping[Type, str]] = {
    Type.NUMBER: f"0+|{_SAME_DIGIT}|{_RUNS}|X+|[A-Z]{{1,3}}0{{5,}}",
    Type.KEY: "0+|X{2,}",
    Type.PHONE: f"0+|{_SAME_DIGIT}|{_RUNS}|0[0-9]{{2,3}}-?0+",
    Type.DIVISION: "0+|9+",
    Type.DATE: "0001-01-01|1111-11-11|1753-01-01|1800-01-01|1899-12-3[01]|1900-01-0[12]|1901-01-01|1904-01-01"
    "|2999-12-31|9999-12-31|9999-12-01",
}
NO_BIRTH: Final = date(1900, 1, 1)  # in a number: systems have it where none is known
DEFAULT: Final[Mapping[Type, str]] = {
    Type.NUMBER: f"[0-9]{{6}}({NO_BIRTH:%Y%m%d}[0-9]{{3}}[0-9X]|{NO_BIRTH:%y%m%d}[0-9]{{3}})|[A-Z]{{1,3}}({_SAME_SIX})",
    Type.KEY: f"{_RUNS}|0*[0-9]|[A-Z]{{0,6}}({_SAME_SIX})",
    Type.PHONE: f"1[3-9][0-9]({_SAME_EIGHT}|12345678|00138000)|1[0-9]{{2}}|12[0-9]{{3}}|100[0-9]{{2}}|95[0-9]{{3}}",
    Type.DATE: "(19[1-9]0|2000)-01-01",
}
_FAR_ABOVE: Final = 10
_ABOVE: Final = 3
_FEWEST_DEFAULT, _FEWEST_CROWDED = 20, 100  # below these a day is crowded by chance in a small register


def filler(column: str, value: str | date) -> Filler | None:
    """What kind of filler a value is; None when it says something.

    value: in the normal form of its column (`Column.written`) or as it was sent; a date as a day or in ISO form.
    """
    known = COLUMNS[column]
    return filler_as_written(known, known.written(value) if isinstance(value, str) else value.isoformat())


def filler_as_written(known: Column, text: str) -> Filler | None:
    """The same of a value that is in its normal form."""
    if not text or _is_word(known, text) or _matches(NOTHING, known.type, text):
        return Filler.NOTHING
    return Filler.DEFAULT if has_defaults(known) and _matches(DEFAULT, known.type, text) else None


def has_defaults(column: Column) -> bool:
    """Whether a value that many fill in is looked for: a record or an employer may have the number 1, a person or card has not."""
    return column.type in DEFAULT and (column.links or column.type is not Type.KEY)


def is_filler(column: str, value: str | date) -> bool:
    """Whether a value weighs nothing, be it no value or one that many fill in."""
    return filler(column, value) is not None


def crowded_limit(column: str, people: int) -> int:
    """How many people may have one value of a column before it says nothing, among so many people; 0: any number may."""
    known = COLUMNS[column]
    return known.shared_by + round(_FAR_ABOVE * known.share * people)


def crowded_fillers(column: str, counts: Mapping[str, int] | Iterable[tuple[str, int]], people: int) -> frozenset[str]:
    """The values that far more people have than chance or a good reason gives, so that they must be fillers.

    counts: people per value of the delivery or state. Names and codes are never crowded: there are few of them.
    """
    limit = crowded_limit(column, people)
    pairs = counts.items() if isinstance(counts, Mapping) else counts
    return frozenset(value for value, holders in pairs if limit and holders > limit)


def crowded_from(column: str) -> int:
    """Above how many people a value that links says nothing: one person comes under a few spellings, so never fewer than a home has."""
    return max(COLUMNS[column].shared_by, COLUMNS["phone"].shared_by)


def crowded_births(counts: Mapping[date, int]) -> frozenset[date]:
    """The birth dates of a city that so many records have that they must have been filled in: they weigh nothing.

    counts: records by the birth date told. The first of January of a round year is a filler sooner than another day.
    """
    chance = COLUMNS["birth_date"].share * sum(counts.values())
    return frozenset(
        day
        for day, holders in counts.items()
        if holders > (max(_FEWEST_DEFAULT, _ABOVE * chance) if is_filler("birth_date", day) else _limit(chance))
    )


def _limit(chance: float) -> float:
    return max(_FEWEST_CROWDED, _FAR_ABOVE * chance)


def _is_word(column: Column, written: str) -> bool:
    if len(written) > _LONGEST_SPELLED and _SOME_LETTER.search(written):
        return False
    text = code_form(written)
    if column.type is Type.CODE and text in _raw_codes(column.table):
        return False
    if column.type is Type.NAME and _LOST_NAME.fullmatch(text):
        return False  # all of it was lost: damaged, not missing
    return not text or text in WORDS or re.fullmatch(NO_LETTER, text) is not None


def _matches(patterns: Mapping[Type, str], kind: Type, text: str) -> bool:
    return kind in patterns and re.fullmatch(patterns[kind], text) is not None


@cache
def _raw_codes(table: str) -> frozenset[str]:
    """A code table may know 未知 or 0."""
    return frozenset(raw for _, _, raw, _ in mappings(table))
