"""The columns of each register table that a run writes: its key and its facts, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from canbao.bulk.sqltext import SQL, sql

_BIGINT: Final = sql("bigint")
_BOOLEAN: Final = sql("boolean")
_DATE: Final = sql("date")


@dataclass(frozen=True)
class Table:
    """A current table with a history of the same facts."""

    name: str
    key: tuple[str, ...]
    facts: tuple[str, ...]
    types: dict[str, SQL] = field(hash=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.facts)


_PERSON_DATES = ("birth_date", "moved_in_on", "death_on")
PERSON: Final = Table(
    "person",
    ("id",),
    (
        "name", "name_key", "name_sound", "former_name", "sex", "birth_date", "ethnicity", "doc_type", "doc_number", "number_disputed",
        "hukou_type", "hukou_division", "hukou_address", "hukou_status", "household_no", "relation_to_head",
        "moved_in_on", "moved_in_from", "home_division", "home_address", "residence", "phone", "birth_certificate",
        "mother_number", "death_on", "scope", "gap", "office_path",
    ),
    {"id": _BIGINT, "number_disputed": _BOOLEAN, **dict.fromkeys(_PERSON_DATES, _DATE)},
)  # fmt: skip
DOCUMENT: Final = Table(
    "person_document", ("person_id", "number"), ("doc_type", "sources", "office_path"), {"person_id": _BIGINT}
)
BUSINESS_NUMBER: Final = Table(
    "business_number", ("person_id", "source", "number"), ("office_path",), {"person_id": _BIGINT}
)
_ENROLMENT_DATES = ("first_enrolled_on", "spell_from", "spell_to", "pension_since")
ENROLMENT: Final = Table(
    "enrolment",
    ("person_id", "scheme", "record_key"),
    (
        "source", "state", "enrol_status", "payment_status", "first_enrolled_on", "spell_from", "spell_to",
        "pension_since", "capacity", "employer_no", "enrolment_division", "office_path",
    ),
    {"person_id": _BIGINT, **dict.fromkeys(_ENROLMENT_DATES, _DATE)},
)  # fmt: skip
LISTED_SPELL: Final = Table(
    "listed_spell",
    ("person_id", "source", "record_key"),
    ("from_on", "until_on", "remark", "office_path"),
    {"person_id": _BIGINT, "from_on": _DATE, "until_on": _DATE},
)
DECLARATION: Final = Table(
    "declaration",
    ("person_id",),
    (
        "occupation", "work_in", "work_out", "away_schemes", "post_address", "post_code", "landline", "qq", "email",
        "reason_not_enrolled", "office_path",
    ),
    {"person_id": _BIGINT},
)  # fmt: skip
# A name of any length has a key and a sound that can be written: what is longer is cut, or has none.
NAME_KEY_MOST: Final = 128
NAME_SOUND_MOST: Final = 400
# What a run writes, and all that hangs on a person: what he declared no source knows, so no run writes it.
TABLES: Final = (PERSON, DOCUMENT, BUSINESS_NUMBER, ENROLMENT, LISTED_SPELL)
OF_PERSON: Final = (*TABLES, DECLARATION)

# Rebuilt whole from the sources: they describe employers, homes and cards, not a person's history.
PLAIN: Final = {
    "employer": ("source", "employer_no", "uscc", "name"),
    "household": ("household_no", "division", "address", "members", "office_path"),
    "card": ("person_id", "card_no", "card_status", "office_path"),
}
