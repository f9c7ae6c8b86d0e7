"""The responsible office of a person stands once more on what hangs on the person, for the area of a reader (规程第五条).

The copies are no facts of their own: they follow the person's office in place.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from canbao.bulk.registry.tables import OF_PERSON, PERSON
from canbao.bulk.sqltext import identifier, sql

OF_OFFICE: Final = tuple(table.name for table in OF_PERSON if table is not PERSON)


def follow_restored() -> None:
    """Bring the copies of the office to where each person of the temporary table gone_back(person_id) is now."""
    with connection.cursor() as cursor:
        for name in OF_OFFICE:
            cursor.execute(
                sql(
                    "update {table} t set office_path = p.office_path from person p where t.person_id = p.id"
                    " and p.id in (select person_id from gone_back) and t.office_path <> p.office_path",
                    table=identifier(name),
                )
            )


def follow_plain() -> None:
    """Bring the offices of all cards and households, as a run wrote them, to where their people are now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update card t set office_path = p.office_path from person p"
            " where t.person_id = p.id and t.office_path <> p.office_path"
        )
        cursor.execute(
            "update household h set office_path = n.office_path from (select household_no, min(office_path) as office_path"
            " from person where household_no is not null group by household_no) n"
            " where n.household_no = h.household_no and n.office_path <> h.office_path"
        )
