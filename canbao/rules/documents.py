"""When a document number says who somebody is, and when it is only a number."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final

from canbao.rules.damage import number_damage
from canbao.rules.fillers import is_filler
from canbao.rules.identity import Examination, Kind, Problem, birth_of, clean, examine, sex_of
from canbao.rules.matching import Near, births_near


class Doubt(StrEnum):
    """Why a number does not identify."""

    EMPTY = "EMPTY"
    FILLER = "FILLER"
    DAMAGED = "DAMAGED"  # rounded, scientific, decimal
    FORM = "FORM"  # it cannot be a number of its type
    AGAINST = "AGAINST"  # birth and sex beside it are others than those written in it


# Left empty the type is that of the identity card; a number that begins with letters is a passport all the same.
_CARD_TYPES: Final = (None, "", "01")
PASSPORT_WITHOUT_TYPE: Final = "[A-Z]{1,3}[0-9]{6,9}"
# Officers' certificates and the like have no published form.
OTHER_DIGITS: Final = 6


def identifies(doc_type: str | None, number: str | None, birth: date | None = None, sex: str | None = None) -> bool:
    """Whether an equal number of this type says that two records are of one person.

    doc_type: code of the table certificate_type; birth, sex ('1', '2'): what the record says beside the number.
    """
    return doubt(doc_type, number, birth, sex) is None


def doubt(doc_type: str | None, number: str | None, birth: date | None = None, sex: str | None = None) -> Doubt | None:
    """Why a number does not identify; None when it does.

    An 18-digit number has a check digit and stands against one slip beside it: only birth and sex together speak against it.
    The old 15 digits have none: each of the two does. A birth date that differs in one part is a slip.
    """
    text = clean(number or "")
    if not text:
        return Doubt.EMPTY
    if is_filler("doc_number", text):
        return Doubt.FILLER
    if number_damage("doc_number", text):
        return Doubt.DAMAGED
    found = examine(doc_type or None, text)
    if not _has_a_form(found, doc_type, text):
        return Doubt.FORM
    against = (_other_birth(found.number, birth), _other_sex(found.number, sex))
    is_against = any(against) if Problem.OLD_15 in found.problems else all(against)
    return Doubt.AGAINST if is_against else None


def _has_a_form(found: Examination, doc_type: str | None, text: str) -> bool:
    if not found.valid:
        return doc_type in _CARD_TYPES and re.fullmatch(PASSPORT_WITHOUT_TYPE, text) is not None
    return found.kind is not Kind.OTHER or sum(char in "0123456789" for char in text) >= OTHER_DIGITS


def _other_birth(number: str, birth: date | None) -> bool:
    written = birth_of(number)
    return birth is not None and written is not None and births_near(birth, written) is Near.OTHER


def _other_sex(number: str, sex: str | None) -> bool:
    written = sex_of(number)
    return sex in ("1", "2") and written is not None and written != sex
