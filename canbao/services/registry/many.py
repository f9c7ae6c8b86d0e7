"""As it was on a day, as it was known at an instant: for many people at once, in as many statements as there are tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection

from canbao.bulk.registry.tables import BUSINESS_NUMBER, DECLARATION, DOCUMENT, ENROLMENT, LISTED_SPELL, PERSON, Table
from canbao.bulk.sqltext import SQL, checked, columns, identifier, joined, sql
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access
from canbao.services.registry.history_sql import history_key, past
from canbao.services.registry.reading import WITHIN, PersonView

Rows = Mapping[int, Sequence[dict[str, Any]]]


def views_of(
    ids: Sequence[int], *, valid_on: date, known_at: datetime, actor: Actor, need: Permission
) -> dict[int, PersonView]:
    """What `view` finds, for some hundred people by their numbers; who is not in the reader's area at that time is left out.

    For paper: without the list of versions. The looks are put on record by the caller, one line for each person.
    Raises access.NotAllowed.
    """
    access.require(actor, need)
    given = (list(ids), valid_on, known_at, access.people_range(actor))
    people, declared = _of_each(PERSON, *given), _of_each(DECLARATION, *given)
    tables = (DOCUMENT, BUSINESS_NUMBER, ENROLMENT, LISTED_SPELL)
    documents, numbers, enrolments, listed = (_of_each(table, *given) for table in tables)
    return {
        person_id: PersonView(
            person_id=person_id,
            facts=facts[0],
            documents=list(documents.get(person_id, ())),
            numbers=list(numbers.get(person_id, ())),
            enrolments=list(enrolments.get(person_id, ())),
            listed=list(listed.get(person_id, ())),
            declared=next(iter(declared.get(person_id, ())), {}),
        )
        for person_id, facts in people.items()
    }


def _of_each(table: Table, ids: list[int], valid_on: date, known_at: datetime, area: tuple[str, str]) -> Rows:
    """`reading._rows` for many: the rows of each person in the order of the table's key."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            checked(_query(table)), {"ids": ids, "on": valid_on, "at": known_at, "lo": area[0], "hi": area[1]}
        )
        names = [column.name for column in cursor.description or ()][1:]
        for whose, *row in cursor.fetchall():
            found[whose].append(dict(zip(names, row, strict=True)))
    return found


@cache
def _query(table: Table) -> SQL:
    return sql(
        "select {key} as whose, {own}, version, valid_from, null::date as valid_to, basis from {table}"
        " where {key} = any(%(ids)s) and valid_from <= %(on)s and recorded_at <= %(at)s and {within}"
        " union all select person_id, {earlier}, version, lower(valid), upper(valid), basis from {past}"
        " where person_id = any(%(ids)s) and valid @> %(on)s::date and recorded @> %(at)s::timestamptz and {within}"
        " order by {places}",
        key=identifier(table.key[0]),
        own=columns(table.columns),
        table=identifier(table.name),
        earlier=columns((*history_key(table), *table.facts)),
        past=past(table),
        within=WITHIN,
        places=joined(", ", [sql("{place}", place=place + 2) for place in range(len(table.key))]),
    )
