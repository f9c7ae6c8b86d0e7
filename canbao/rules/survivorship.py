"""Whose word counts for which field when sources differ, and whether a new value means that the old one was wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from canbao.rules.names import fills, name_key
from canbao.rules.text import LOST

MANUAL = "manual"


class Nature(StrEnum):
    CORRECTED = "CORRECTED"  # true from the beginning: a new value replaces a wrong one for the whole past
    CHANGES = "CHANGES"  # true for a time: a new value ends the old one


@dataclass(frozen=True, slots=True)
class FieldRule:
    """sources: who is believed, first to last; the first is the authority that a manual decision has to yield to."""

    nature: Nature
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A value one record has for a field; as_of: when that record last changed, or when the decision was taken."""

    source: str
    value: str | date | None
    as_of: date
    record_key: str = ""


class UnknownField(LookupError):
    """No rule says whose word counts."""


_INSURANCE = ("employee", "public_pension", "resident_pension", "resident_medical")
_POLICE_FIRST = ("police", "health", *_INSURANCE)
_POLICE_ONLY = ("police",)
_LIVING_HERE = ("health", *_INSURANCE)

_C, _T = Nature.CORRECTED, Nature.CHANGES

FIELDS: dict[str, FieldRule] = {
    "doc_type": FieldRule(_C, _POLICE_FIRST),
    "doc_number": FieldRule(_C, _POLICE_FIRST),
    "birth_date": FieldRule(_C, _POLICE_FIRST),
    "sex": FieldRule(_C, _POLICE_FIRST),
    "name": FieldRule(_T, _POLICE_FIRST),
    "former_name": FieldRule(_T, _POLICE_ONLY),
    "ethnicity": FieldRule(_T, _POLICE_FIRST),
    "hukou_type": FieldRule(_T, _POLICE_ONLY),
    "hukou_division": FieldRule(_T, _POLICE_ONLY),
    "hukou_address": FieldRule(_T, _POLICE_ONLY),
    "hukou_status": FieldRule(_T, _POLICE_ONLY),
    "household_no": FieldRule(_T, _POLICE_ONLY),
    "relation_to_head": FieldRule(_T, _POLICE_ONLY),
    "moved_in_on": FieldRule(_T, _POLICE_ONLY),
    "moved_in_from": FieldRule(_T, _POLICE_ONLY),
    "death_on": FieldRule(_C, ("deaths", "police", "health")),
    "home_division": FieldRule(_T, _LIVING_HERE),
    "home_address": FieldRule(_T, _LIVING_HERE),
    "phone": FieldRule(_T, _LIVING_HERE),
    "residence": FieldRule(_T, ("health",)),
    "birth_certificate": FieldRule(_C, ("health",)),
    "mother_number": FieldRule(_C, ("health",)),
    "employer_no": FieldRule(_T, ("employee", "public_pension")),
    "employer_uscc": FieldRule(_T, ("employee", "public_pension")),
    "employer_name": FieldRule(_T, ("employee", "public_pension")),
    "card_no": FieldRule(_T, _INSURANCE),
    "card_status": FieldRule(_T, _INSURANCE),
}


def field_rule(field: str) -> FieldRule:
    """The rule of a field.

    Raises UnknownField.
    """
    try:
        return FIELDS[field]
    except KeyError:
        raise UnknownField(field) from None


def ranks() -> tuple[tuple[str, str, int], ...]:
    """(field, source, rank) with 0 for the authority: the join table of the set engines. Manual decisions are not in it."""
    return tuple((field, source, rank) for field, rule in FIELDS.items() for rank, source in enumerate(rule.sources))


def choose(field: str, offers: Iterable[Offer]) -> Offer | None:
    """The offer that counts: best source, then the newest, then the smallest key, so that the answer is always the same.

    A manual decision beats every source until the authority's record changes after it. Of a name in which the best source lost a
    character the next source that has all of them counts (`whole_name`).
    Raises UnknownField.
    """
    rule = field_rule(field)
    real = [offer for offer in offers if offer.value not in (None, "")]
    believed = sorted(
        (offer for offer in real if offer.source in rule.sources),
        key=lambda offer: (rule.sources.index(offer.source), -offer.as_of.toordinal(), offer.record_key),
    )
    decided = max((offer for offer in real if offer.source == MANUAL), key=lambda offer: offer.as_of, default=None)
    if decided is None or (believed and believed[0].source == rule.sources[0] and believed[0].as_of > decided.as_of):
        return _whole(field, believed) if believed else None
    return decided


def _whole(field: str, believed: list[Offer]) -> Offer:
    if field != "name":
        return believed[0]
    chosen = whole_name(str(offer.value) for offer in believed)
    return next(offer for offer in believed if offer.value == chosen)


def whole_name(names: Iterable[str]) -> str:
    """The name to keep of one person's names, the most believed first.

    It is the first one; but where that has lost or private-use characters, the first whole name that agrees in all others.
    """
    first, *others = names
    key = name_key(first)
    if LOST not in key:
        return first
    return next((name for name in others if fills(key, name_key(name))), first)
