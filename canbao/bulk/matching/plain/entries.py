"""One entry per record: number, name key, birth, sex, place and what people of one home share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from canbao.bulk.matching.entries import FIRST_BIRTH, LAST_BIRTH
from canbao.bulk.matching.record import Record
from canbao.rules.documents import identifies
from canbao.rules.fillers import NO_BIRTH, crowded_births, crowded_fillers
from canbao.rules.homes import home_key, phone_key
from canbao.rules.identity import check_digit
from canbao.rules.matching import DEATHS, EXPLAINING
from canbao.rules.names import name_key
from canbao.rules.near_numbers import document_keys
from canbao.rules.shared_values import is_near, weighs

_FULL = re.compile("[1-9][0-9]{16}[0-9X]")
_OLD = re.compile("[1-9][0-9]{14}")


@dataclass(frozen=True, slots=True)
class Entry:
    """n17: the first 17 digits of a valid number (old: it came with 15); loose_number: any other number that is not
    a filler or damaged; sure: it identifies."""

    source: str
    record_key: str
    n17: int | None
    old: bool
    loose_number: str | None
    sure: bool
    key: str
    former_key: str | None
    birth: date | None
    told_birth: date | None
    sex: str | None
    town: str | None
    district: str | None
    phone: str | None
    home: str | None
    person_no: str | None
    card_no: str | None
    household_no: str | None
    birth_certificate: str | None
    mother_number: str | None
    died_on: date | None = None

    @property
    def id(self) -> tuple[str, str]:
        return self.source, self.record_key


def build(records: Iterable[Record]) -> tuple[list[Entry], list[Entry]]:
    """Entries of the records that may add a person, and of the rows of explaining lists; without what many fill in.

    The birth date of a valid number still says something.
    """
    read = [_entry(record) for record in records]
    births = crowded_births(Counter(e.told_birth for e in read if e.told_birth and e.source not in EXPLAINING))
    names = Counter(number for number, _ in {(e.loose_number, e.key) for e in read} if number is not None)
    numbers = crowded_fillers("doc_number", names, 0)
    read = [_without(e, births, numbers) for e in read]
    return [e for e in read if e.source not in EXPLAINING], [e for e in read if e.source in EXPLAINING]


def _without(entry: Entry, births: frozenset[date], numbers: frozenset[str]) -> Entry:
    if entry.told_birth in births:
        entry = replace(entry, told_birth=None, birth=None if entry.n17 is None else birth_in(entry.n17))
    return replace(entry, loose_number=None, sure=False) if entry.loose_number in numbers else entry


def birth_in(n17: int) -> date | None:
    """The day written in 17 digits, if the calendar has it."""
    day = n17 // 1000 % 10**8
    try:
        return date(day // 10000, day // 100 % 100, day % 100)
    except ValueError:
        return None


def _entry(record: Record) -> Entry:
    loose, certificate = document_keys(record.doc_number, record.birth_certificate)
    number = loose or ""
    n17 = _seventeen(number)
    number_birth = birth_in(n17) if n17 else None
    if n17 and number.endswith("000") and not _checks(number):
        number_birth = None  # rounded: nothing in it is evidence
    if number_birth and (not FIRST_BIRTH <= number_birth <= LAST_BIRTH or number_birth == NO_BIRTH):
        number_birth = None
    valid = n17 is not None and number_birth is not None and _checks(number)
    is_loose = loose is not None and not valid and is_near(record.doc_type, loose)
    division = record.division
    return Entry(
        source=record.source,
        record_key=record.record_key,
        n17=n17 if valid else None,
        old=valid and len(number) == 15,
        loose_number=loose if is_loose else None,
        sure=loose is not None and not valid and identifies(record.doc_type, loose),
        key=name_key(record.name),
        former_key=None if record.former_name is None else name_key(record.former_name),
        birth=record.birth_date or number_birth,
        told_birth=record.birth_date,
        sex=_sex(record.sex, n17 if valid else None),
        town=division[:9] if division and len(division) >= 9 and division[6:9] != "000" else None,
        district=None if division is None else division[:6],
        phone=phone_key(record.phone) if weighs("phone", record.phone) else None,
        home=home_key(record.address, division),
        person_no=f"{record.source}:{record.person_no}" if weighs("person_no", record.person_no) else None,
        card_no=_weighing("card_no", record.card_no),
        household_no=_weighing("household_no", record.household_no),
        birth_certificate=_weighing("birth_certificate", certificate),
        mother_number=_weighing("mother_number", record.mother_number),
        died_on=record.death_on if record.source == DEATHS else None,
    )


def _weighing(column: str, value: str | None) -> str | None:
    return value if weighs(column, value) else None


def _seventeen(number: str) -> int | None:
    if _FULL.fullmatch(number):
        return int(number[:17])
    return int(f"{number[:6]}19{number[6:]}") if _OLD.fullmatch(number) else None


def _checks(number: str) -> bool:
    return len(number) == 15 or check_digit(number[:17]) == number[17]


def _sex(told: str | None, n17: int | None) -> str | None:
    if told and told not in ("0", "9"):
        return told
    return None if n17 is None else str(2 - n17 % 2)
