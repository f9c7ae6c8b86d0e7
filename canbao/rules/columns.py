"""The columns of a mapped record, whatever department it came from: what each may hold, and what it may be used for.

Intake, matching, the store and the files that go back read this one table; a test holds the longest values to the store.
Values of `fillers` and `damage` are judged by the kind of their column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from canbao.rules.codes import valid_codes
from canbao.rules.names import name_key
from canbao.rules.sounds import sound_of
from canbao.rules.text import Form, key_form, number_form, text_form


class Type(StrEnum):
    """What kind of value a column holds."""

    NAME = "NAME"  # of a person
    NUMBER = "NUMBER"  # of a document or an organisation, by a published standard
    KEY = "KEY"  # given by a system, built as that system likes
    PHONE = "PHONE"
    DIVISION = "DIVISION"  # GB/T 2260 and below: 6, 9 or 12 digits
    CODE = "CODE"  # a code of a table
    DATE = "DATE"
    TEXT = "TEXT"


class Problem(StrEnum):
    """Why a value cannot be taken as it is."""

    TOO_LONG = "TOO_LONG"  # the row is held: it could not be written
    NOT_OF_ITS_KIND = "NOT_OF_ITS_KIND"  # it counts as empty, and is told

    @property
    def label(self) -> str:
        return {"TOO_LONG": "太长", "NOT_OF_ITS_KIND": "不是这一项应有的内容"}[self.value]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    longest: characters of the normal form. shape: a pattern (RE2) that a value has to match whole to be one of its kind. table: of
    codes. identifies: an equal value can say that two records are of one person. links: an equal value is evidence for it.
    told: a value may be repeated to the sender; personal ones are named by row and column only. shared_by: how many people may
    have one value for good reasons; share: the share of all people who have one value by chance.
    """

    name: str
    type: Type
    longest: int = 0
    shape: str = ""
    table: str = ""
    identifies: bool = False
    links: bool = False
    told: bool = False
    shared_by: int = 0
    share: float = 0.0

    @property
    def form(self) -> Form | None:
        """The normal form of its values; None for dates and codes, which are no longer text."""
        return _FORMS.get(self.type)

    def written(self, value: str) -> str:
        """The value as it is kept and compared."""
        return self.form(value) if self.form else value

    def problem(self, value: str) -> Problem | None:
        """What is wrong with a value in its normal form."""
        if len(value) > self.longest or (self.type is Type.NAME and not _name_fits(value)):
            return Problem.TOO_LONG
        if self.shape and not re.fullmatch(self.shape, value):
            return Problem.NOT_OF_ITS_KIND
        return None


_FORMS: Final = {
    Type.NAME: text_form,
    Type.TEXT: text_form,
    Type.NUMBER: number_form,
    Type.PHONE: number_form,
    Type.DIVISION: number_form,
    Type.KEY: key_form,
}

# What is made of a name is kept as well (store.models.person).
NAME_KEY_LONGEST: Final = 128
NAME_SOUND_LONGEST: Final = 400
# A Chinese name up to this length always fits; longer ones are worked out (one syllable has up to six letters).
NAME_SURELY_FITS: Final = 50

_DAYS_BORN_ON: Final = 25_000  # people are born on the days of about seventy years
_ON_ONE_DAY: Final = 1 / _DAYS_BORN_ON
_HOME, _DORMITORY, _HOUSEHOLD = 12, 60, 20

_SOME_DIGIT: Final = ".*[0-9].*"
# The parts of a pattern share no sign where one ends and the next begins: matching takes as many steps as there are characters.
_DOCUMENT: Final = r"[A-Z一-鿿㐀-䶿()·./#-]*[0-9][0-9A-Z一-鿿㐀-䶿()·./#-]*"
_CERTIFICATE: Final = "[A-Z-]*([0-9]{1,5}[A-Z-]+)*[0-9]{6}[0-9A-Z-]*"
_PHONE: Final = "([^0-9]*[0-9]){5}.*"
_DIVISION: Final = "[0-9]{6}|[0-9]{9}|[0-9]{12}"
_USCC: Final = "[0-9A-Z]{15}|[0-9A-Z]{18}"


def _code(name: str, table: str, *, told: bool = True, links: bool = False) -> Column:
    return Column(name, Type.CODE, max(map(len, valid_codes(table))), table=table, told=told, links=links)


def _date(name: str, *, links: bool = False, share: float = 0.0) -> Column:
    return Column(name, Type.DATE, 10, links=links, shared_by=_HOME if links else 0, share=share)


_TABLE: Final = (
    Column("record_key", Type.KEY, 60),
    Column("person_no", Type.KEY, 40, links=True, shared_by=1),
    _code("doc_type", "certificate_type"),
    Column("doc_number", Type.NUMBER, 40, _DOCUMENT, identifies=True, links=True, shared_by=4),
    Column("name", Type.NAME, 128, links=True),
    Column("former_name", Type.NAME, 128, links=True),
    _code("sex", "sex", told=False, links=True),
    _code("ethnicity", "ethnicity", told=False),
    _date("birth_date", links=True, share=_ON_ONE_DAY),
    _code("scheme", "scheme"),
    _date("first_enrolled_on"),
    _code("enrol_status", "enrol_status"),
    _code("payment_status", "payment_status"),
    Column("capacity", Type.TEXT, 20, told=True),
    Column("employer_no", Type.KEY, 40, told=True),
    Column("employer_uscc", Type.NUMBER, 18, _USCC, told=True),
    Column("employer_name", Type.TEXT, 256, told=True),
    Column("division", Type.DIVISION, 12, _DIVISION, links=True, told=True),
    Column("phone", Type.PHONE, 60, _PHONE, links=True, shared_by=_HOME),
    Column("address", Type.TEXT, 300, links=True, shared_by=_DORMITORY),
    _date("pension_since"),
    _date("spell_from"),
    _date("spell_to"),
    Column("card_no", Type.KEY, 40, _SOME_DIGIT, links=True, shared_by=2),
    Column("card_status", Type.TEXT, 20, told=True),
    Column("household_no", Type.KEY, 40, _SOME_DIGIT, links=True, shared_by=_HOUSEHOLD),
    Column("relation_to_head", Type.TEXT, 40),
    _code("hukou_type", "hukou_type"),
    _code("hukou_status", "hukou_status"),
    _date("status_on"),
    _date("moved_in_on"),
    Column("moved_in_from", Type.TEXT, 300),
    Column("birth_certificate", Type.NUMBER, 40, _CERTIFICATE, identifies=True, links=True, shared_by=1),
    Column("mother_number", Type.NUMBER, 40, _DOCUMENT, links=True, shared_by=_HOME),
    _code("residence", "residence"),
    _date("death_on"),
    Column("extra", Type.TEXT, 300),
    _date("until_on"),
    _date("from_on"),
)
COLUMNS: Final[Mapping[str, Column]] = MappingProxyType({column.name: column for column in _TABLE})

# Of the normal forms, the fillers and how a key is made of its parts (`cells.Reading.key_part`, the `key` of a source): to be raised
# when any of them changes, so that records keep their keys (`bulk.same_records`). A test holds the rule to it.
RULE_OF_KEYS: Final = "2026-12-2"


def version_of(rule_of_keys: str) -> str:
    """What marks files whose cells were read with this table, and whose keys were made by this rule."""
    return sha256(repr([rule_of_keys, *((c.name, c.type, c.longest) for c in _TABLE)]).encode()).hexdigest()[:16]


VERSION: Final = version_of(RULE_OF_KEYS)


@lru_cache(maxsize=100_000)
def _name_fits(name: str) -> bool:
    key = name_key(name)
    if len(key) <= NAME_SURELY_FITS:
        return True  # without the table of sounds, which takes as long to make as a small list to read
    return len(key) <= NAME_KEY_LONGEST and len(sound_of(key) or "") <= NAME_SOUND_LONGEST
