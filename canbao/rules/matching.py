"""When two entries speak of one person: the ordered rules and the weight of each piece of evidence.

Weights are bits: log2 of how much likelier the agreement is between two entries of one person than between two people.
The sum is set against the size of the register, so 10 bits above it mean about one wrong link in a thousand *such* links.
Both engines read these tables; nothing else knows a threshold (A5: every link can be explained).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from canbao.rules.names import NameLevel

RULE_VERSION = "2026-12-5"


class Band(StrEnum):
    EXACT = "exact"  # same valid document, same name
    STRONG = "strong"  # linked, with an explanation
    CLERICAL = "clerical"  # not linked: a case shows both sides
    ALONE = "alone"  # nothing else known of this person


class Rule(StrEnum):
    """What linked an entry to its person; the order is the order of application."""

    SAME_NUMBER = "SAME_NUMBER"
    SAME_NUMBER_OTHER_NAME = "SAME_NUMBER_OTHER_NAME"
    SAME_DOCUMENT = "SAME_DOCUMENT"
    OLD_NUMBER = "OLD_NUMBER"
    DAMAGED_NUMBER = "DAMAGED_NUMBER"
    SAME_PERSON_NO = "SAME_PERSON_NO"
    NEWBORN_MOTHER = "NEWBORN_MOTHER"
    SAME_TRAITS = "SAME_TRAITS"
    DECIDED = "DECIDED"
    NO_PARTNER = "NO_PARTNER"


# Lists that only explain why somebody is not insured here: they update people and never add one.
DEATHS = "deaths"  # a person dies once: of rows with different days one is applied, the others are for a clerk
EXPLAINING = (DEATHS, "elsewhere", "students", "prison", "soldiers")
LISTS_ONCE = ("police", "health")  # lists that name each person once; their person numbers say nothing new

LINK_BITS = 10.0  # above the size of the register: link
CLERICAL_BITS = 3.0  # show to a clerk
MARGIN_BITS = 6.0  # the second-best person must be this far behind
BITS_DIGITS = 4  # differences of bits are compared in ten-thousandths: verdicts must not hang on the last binary digit
BLOCK_LIMIT = 400  # a blocking key met more often explains nothing and is passed over
DOUBTS_SHOWN = 3  # the heaviest open pairs of one entry are enough for a clerk

NAME_BITS = {
    NameLevel.HOMOPHONE: -3.5,  # on top of how rare the name is
    NameLevel.LOST: 5.0,
    NameLevel.PART: -3.0,  # brothers and sisters share a character
    NameLevel.PLACEHOLDER: 0.0,
    NameLevel.DIFFERENT: -12.0,
}
NAME_BITS_MIN, NAME_BITS_MAX = 6.0, 17.0
BIRTH_SAME, BIRTH_NEAR, BIRTH_OTHER = 14.5, 4.0, -9.0
BIRTH_SAME_GIVEN_NUMBER, BIRTH_NEAR_GIVEN_NUMBER, BIRTH_OTHER_GIVEN_NUMBER = 4.0, 0.0, -6.0
SEX_SAME, SEX_OTHER = 1.0, -4.0
SEX_SAME_GIVEN_NUMBER = 0.5
NUMBER_REPAIRED, NUMBER_CLOSE, NUMBER_FAR = 26.0, 12.0, -5.0
TOWN_SAME, DISTRICT_SAME, AREA_OTHER = 8.0, 4.0, -2.0
HOME_SAME, HOME_SAME_TWICE = 14.0, 17.0  # phone, address: people of one home share them
PERSON_NO_SAME, CARD_SAME = 22.0, 22.0
MOTHER_SAME, CERTIFICATE_SAME = 15.0, 30.0
SAME_SOURCE = -4.0  # an insurance system knows most people under one number
SAME_LIST = -8.0  # the police and the health list name most people once


class Near(StrEnum):
    """How two values of one kind agree."""

    SAME = "SAME"
    NEAR = "NEAR"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class NumberLink(StrEnum):
    SAME = "SAME"  # the very valid number; only rows of explaining lists are weighed with it
    DOCUMENT = "DOCUMENT"  # the very number of another document that identifies; only such rows too
    REPAIRED = "REPAIRED"  # one slip away from a valid number in use
    CLOSE = "CLOSE"  # two slips away
    FAR = "FAR"
    NONE = "NONE"  # at least one side has no number of this kind


# The very number says who is meant: it is applied, or a clerk decides.
VERY_NUMBER = frozenset({NumberLink.SAME, NumberLink.DOCUMENT})


@dataclass(frozen=True)
class Agreement:
    """What two entries have in common; `name_bits` is the rarity of the shared name in bits."""

    name: NameLevel
    name_bits: float
    number: NumberLink = NumberLink.NONE
    birth: Near = Near.UNKNOWN
    sex: Near = Near.UNKNOWN
    area: Near = Near.UNKNOWN  # SAME town, NEAR district
    homes: int = 0  # how many of phone and address agree
    person_no: bool = False
    card: bool = False
    mother: bool = False
    certificate: bool = False
    same_list: bool = False  # both stand in the police list, or both in the health list
    same_source: bool = False  # both stand in one source, whichever
    other_certificate: bool = False  # both have a birth certificate, not the same
    multiple_birth: bool = False  # one of several certificates of one mother and day
    disputed: bool = False  # has a valid number that is held to be somebody else's
    unnamed: bool = False  # no real names could be compared


def rarity(holders: int, people: int) -> float:
    """Bits of evidence in sharing a name held by `holders` of `people`."""
    return min(NAME_BITS_MAX, max(NAME_BITS_MIN, math.log2(max(people, 2) / max(holders, 1))))


def score(seen: Agreement) -> float:
    """Bits for "one person"; compare with `threshold`."""
    return (
        _name(seen)
        + _number_birth_sex(seen)
        + {Near.SAME: TOWN_SAME, Near.NEAR: DISTRICT_SAME, Near.OTHER: AREA_OTHER}.get(seen.area, 0.0)
        + (0.0, HOME_SAME, HOME_SAME_TWICE)[min(seen.homes, 2)]
        + PERSON_NO_SAME * seen.person_no
        + CARD_SAME * seen.card
        + MOTHER_SAME * seen.mother
        + CERTIFICATE_SAME * seen.certificate
        + SAME_LIST * seen.same_list
        + SAME_SOURCE * (seen.same_source and not seen.same_list and not seen.person_no)
    )


def _name(seen: Agreement) -> float:
    if seen.name in (NameLevel.SAME, NameLevel.HOMOPHONE):
        return seen.name_bits + NAME_BITS.get(seen.name, 0.0)
    return NAME_BITS[seen.name]


def _number_birth_sex(seen: Agreement) -> float:
    """A number contains birth and sex, so beside a repaired one these say little more."""
    if seen.number in VERY_NUMBER or seen.number is NumberLink.REPAIRED:
        birth = {
            Near.SAME: BIRTH_SAME_GIVEN_NUMBER,
            Near.NEAR: BIRTH_NEAR_GIVEN_NUMBER,
            Near.OTHER: BIRTH_OTHER_GIVEN_NUMBER,
        }.get(seen.birth, 0.0)
        sex = {Near.SAME: SEX_SAME_GIVEN_NUMBER, Near.OTHER: SEX_OTHER}.get(seen.sex, 0.0)
        return NUMBER_REPAIRED + birth + sex
    birth = {Near.SAME: BIRTH_SAME, Near.NEAR: BIRTH_NEAR, Near.OTHER: BIRTH_OTHER}.get(seen.birth, 0.0)
    sex = {Near.SAME: SEX_SAME, Near.OTHER: SEX_OTHER}.get(seen.sex, 0.0)
    number = {NumberLink.CLOSE: NUMBER_CLOSE, NumberLink.FAR: NUMBER_FAR}.get(seen.number, 0.0)
    return number + birth + sex


def may_link(seen: Agreement) -> bool:
    """What a number, certificate or card must say, because people of one home agree on all else.

    Two names that differ are brothers or sisters; so are two birth dates that differ; two entries of one list are two
    people unless their names are the same.
    """
    if seen.person_no or seen.card or (seen.certificate and _is_of_certificate(seen)):
        return True
    if seen.number in VERY_NUMBER:
        return names_holder(seen)
    if seen.number is NumberLink.REPAIRED:
        return seen.name is not NameLevel.DIFFERENT and not _both_against(seen)
    if seen.name in (NameLevel.PART, NameLevel.DIFFERENT) or Near.OTHER in (seen.birth, seen.sex):
        return False
    if seen.other_certificate or (seen.disputed and (seen.homes == 0 or seen.same_list)):
        return False
    if seen.multiple_birth and (seen.unnamed or seen.name is not NameLevel.SAME):
        return False
    if seen.unnamed and seen.same_source:
        return False  # twins called after their mother
    return not seen.same_list or seen.name is NameLevel.SAME


def _is_of_certificate(seen: Agreement) -> bool:
    """A birth certificate may be copied for the other twin, or typed for another child."""
    return (
        seen.name not in (NameLevel.PART, NameLevel.DIFFERENT)
        and Near.OTHER not in (seen.birth, seen.sex)
        and (not seen.same_list or seen.name is NameLevel.SAME)
    )


def _both_against(seen: Agreement) -> bool:
    return seen.birth is Near.OTHER and seen.sex is Near.OTHER


def names_holder(seen: Agreement) -> bool:
    """Whether a row with a person's very number names that person: the name is explained as one spelling by another.

    A valid number has a check digit and stands against a birth date or a sex that is wrong, not against both; that of another
    document has none, and each of the two speaks against it.
    """
    if _both_against(seen) or (seen.number is NumberLink.DOCUMENT and Near.OTHER in (seen.birth, seen.sex)):
        return False
    return seen.name in (NameLevel.SAME, NameLevel.HOMOPHONE, NameLevel.LOST) or (
        seen.name is NameLevel.PART and seen.birth in (Near.SAME, Near.UNKNOWN)
    )


def equal_numbers(birth: Near, sex: Near) -> NumberLink:
    """What two equal numbers are that look like citizen numbers and identify nobody: one slip of one number, unless two people."""
    return NumberLink.CLOSE if Near.OTHER in (birth, sex) else NumberLink.REPAIRED


def may_be_one(births: Collection[date], sexes: Collection[str]) -> bool:
    """Whether all that stands beside one number, each value once, may be said of one person."""
    alike = len(births) < 2 or (len(births) == 2 and births_near(*births) is not Near.OTHER)
    return alike and len(sexes) < 2


def prior(people: int) -> float:
    """Bits against any given pair in a register of this size."""
    return math.log2(max(people, 2))


def links(bits: float, people: int) -> bool:
    """Enough to link, in a register of this size."""
    return round(bits - prior(people), BITS_DIGITS) >= LINK_BITS


def doubtful(bits: float, people: int) -> bool:
    """Enough to show to a clerk."""
    return round(bits - prior(people), BITS_DIGITS) >= CLERICAL_BITS


def shown(seen: Agreement, bits: float, people: int) -> bool:
    """Whether a pair that is not linked goes to a clerk; two children under one birth certificate always do."""
    return seen.certificate or doubtful(bits, people)


def clear(best: float, second: float | None) -> bool:
    """No other candidate comes near."""
    return second is None or round(best - second, BITS_DIGITS) >= MARGIN_BITS


def band(best: float, second: float | None, people: int) -> Band:
    """The verdict on the best of several candidates, all in bits of `score`."""
    if links(best, people) and clear(best, second):
        return Band.STRONG
    return Band.CLERICAL if doubtful(best, people) else Band.ALONE


def births_near(a: date, b: date) -> Near:
    """SAME, or NEAR when one part differs or day and month changed places."""
    if a == b:
        return Near.SAME
    parts = (a.year == b.year) + (a.month == b.month) + (a.day == b.day)
    swapped = a.year == b.year and a.month == b.day and a.day == b.month
    return Near.NEAR if parts == 2 or swapped else Near.OTHER


def rule_of_row(seen: Agreement, *, old: bool, document: bool) -> Rule:
    """What the link of a row of an explaining list is called; old: its number has 15 digits, document: no citizen number."""
    if seen.number not in VERY_NUMBER:
        return rule_for(seen)
    if document:
        return Rule.SAME_DOCUMENT
    if old:
        return Rule.OLD_NUMBER
    return Rule.SAME_NUMBER if seen.name is NameLevel.SAME else Rule.SAME_NUMBER_OTHER_NAME


def band_of_row(seen: Agreement, *, old: bool) -> Band:
    """EXACT for the very number under the very name."""
    return Band.EXACT if seen.number in VERY_NUMBER and seen.name is NameLevel.SAME and not old else Band.STRONG


def rule_for(seen: Agreement) -> Rule:
    """What a link on this evidence is called: the first that applies."""
    if seen.number is NumberLink.REPAIRED:
        return Rule.DAMAGED_NUMBER
    if seen.certificate or seen.mother:
        return Rule.NEWBORN_MOTHER
    return Rule.SAME_PERSON_NO if seen.person_no else Rule.SAME_TRAITS
