"""The columns of a mapped source record, whatever department it came from."""

from __future__ import annotations

from typing import Final

# What the row says: these columns make its content.
FACTS: Final = {
    "person_no": "VARCHAR",
    "doc_type": "VARCHAR",
    "doc_number": "VARCHAR",
    "name": "VARCHAR",
    "former_name": "VARCHAR",
    "sex": "VARCHAR",
    "ethnicity": "VARCHAR",
    "birth_date": "DATE",
    "scheme": "VARCHAR",
    "first_enrolled_on": "DATE",
    "enrol_status": "VARCHAR",
    "payment_status": "VARCHAR",
    "capacity": "VARCHAR",
    "employer_no": "VARCHAR",
    "employer_uscc": "VARCHAR",
    "employer_name": "VARCHAR",
    "division": "VARCHAR",
    "phone": "VARCHAR",
    "address": "VARCHAR",
    "pension_since": "DATE",
    "spell_from": "DATE",
    "spell_to": "DATE",
    "card_no": "VARCHAR",
    "card_status": "VARCHAR",
    "household_no": "VARCHAR",
    "relation_to_head": "VARCHAR",
    "hukou_type": "VARCHAR",
    "hukou_status": "VARCHAR",
    "status_on": "DATE",
    "moved_in_on": "DATE",
    "moved_in_from": "VARCHAR",
    "birth_certificate": "VARCHAR",
    "mother_number": "VARCHAR",
    "residence": "VARCHAR",
    "death_on": "DATE",
    "extra": "VARCHAR",
    "until_on": "DATE",
    "from_on": "DATE",
}
COLUMNS: Final = ("record_key", "source", "content", "as_of", *FACTS)

# md5, because DuckDB's own hash may change between versions and would make everybody look changed.
CONTENT: Final = "md5_number_lower(concat_ws(chr(31), {}))".format(
    ", ".join(f"coalesce({name}::varchar, '')" for name in FACTS)
)
