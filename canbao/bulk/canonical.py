"""The columns of a mapped source record, whatever department it came from."""

from __future__ import annotations

from typing import Final

from canbao.bulk.sqltext import SQL, each, sql

_VARCHAR: Final = sql("VARCHAR")
_DATE: Final = sql("DATE")

# What the row says: these columns make its content.
FACTS: Final[dict[str, SQL]] = {
    "person_no": _VARCHAR,
    "doc_type": _VARCHAR,
    "doc_number": _VARCHAR,
    "name": _VARCHAR,
    "former_name": _VARCHAR,
    "sex": _VARCHAR,
    "ethnicity": _VARCHAR,
    "birth_date": _DATE,
    "scheme": _VARCHAR,
    "first_enrolled_on": _DATE,
    "enrol_status": _VARCHAR,
    "payment_status": _VARCHAR,
    "capacity": _VARCHAR,
    "employer_no": _VARCHAR,
    "employer_uscc": _VARCHAR,
    "employer_name": _VARCHAR,
    "division": _VARCHAR,
    "phone": _VARCHAR,
    "address": _VARCHAR,
    "pension_since": _DATE,
    "spell_from": _DATE,
    "spell_to": _DATE,
    "card_no": _VARCHAR,
    "card_status": _VARCHAR,
    "household_no": _VARCHAR,
    "relation_to_head": _VARCHAR,
    "hukou_type": _VARCHAR,
    "hukou_status": _VARCHAR,
    "status_on": _DATE,
    "moved_in_on": _DATE,
    "moved_in_from": _VARCHAR,
    "birth_certificate": _VARCHAR,
    "mother_number": _VARCHAR,
    "residence": _VARCHAR,
    "death_on": _DATE,
    "extra": _VARCHAR,
    "until_on": _DATE,
    "from_on": _DATE,
}
COLUMNS: Final = ("record_key", "source", "content", "as_of", *FACTS)

# md5, because DuckDB's own hash may change between versions and would make everybody look changed.
CONTENT: Final = sql(
    "md5_number_lower(concat_ws(chr(31), {facts}))", facts=each("coalesce({name}::varchar, '')", FACTS)
)
