"""As it was on a day, as it was known at an instant: one function over current and history tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection

from canbao.bulk.registry.tables import BUSINESS_NUMBER, DECLARATION, DOCUMENT, ENROLMENT, LISTED_SPELL, PERSON, Table
from canbao.bulk.sqltext import SQL, checked, columns, identifier, joined, sql
from canbao.services.registry.history_sql import history_key, past
from canbao.store.models import PersonMerge

Area = tuple[str, str]
EVERYWHERE: Area = ("", "~")


class NotFound(LookupError):
    """Nobody with this number, or nothing known of him at that time."""


@dataclass(frozen=True)
class PersonView:
    """A person at two times. Rows are dicts of the table's columns with version, valid_from and basis.

    listed: spells by the explaining lists; declared: {} for none.
    """

    person_id: int
    facts: dict[str, Any]
    documents: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[dict[str, Any]] = field(default_factory=list)
    enrolments: list[dict[str, Any]] = field(default_factory=list)
    listed: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    merged_into: int | None = None
    declared: dict[str, Any] = field(default_factory=dict)


def as_of(person_id: int, *, valid_on: date, known_at: datetime, area: Area = EVERYWHERE) -> PersonView:
    """What was true on `valid_on` as far as was known at `known_at`, in the rows of an area.

    Raises NotFound.
    """
    facts = _rows(PERSON, person_id, valid_on, known_at, area)
    if not facts:
        raise NotFound(person_id)
    return PersonView(
        person_id=person_id,
        facts=facts[0],
        documents=_rows(DOCUMENT, person_id, valid_on, known_at, area),
        numbers=_rows(BUSINESS_NUMBER, person_id, valid_on, known_at, area),
        enrolments=_rows(ENROLMENT, person_id, valid_on, known_at, area),
        listed=_rows(LISTED_SPELL, person_id, valid_on, known_at, area),
        versions=versions(person_id, area),
        merged_into=merged_into(person_id),
        declared=next(iter(_rows(DECLARATION, person_id, valid_on, known_at, area)), {}),
    )


def merged_into(person_id: int) -> int | None:
    """The entry this one was made one with, as long as that has not been undone."""
    merge = PersonMerge.objects.filter(from_person_id=person_id, unmerged_at__isnull=True).first()
    return merge.into_person_id if merge else None


def stands_as(person_id: int) -> int:
    """The entry under which a person is found today: his own, or the one it was made one with."""
    while (into := merged_into(person_id)) is not None:
        person_id = into
    return person_id


WITHIN = sql('office_path collate "C" between %(lo)s and %(hi)s')


def _rows(table: Table, person_id: int, valid_on: date, known_at: datetime, area: Area) -> list[dict[str, Any]]:
    return _dicts(_held(table), {"person": person_id, "on": valid_on, "at": known_at, "lo": area[0], "hi": area[1]})


@cache
def _held(table: Table) -> SQL:
    """What was true on a day, as it was known at an instant."""
    return sql(
        "select {own}, version, valid_from, null::date as valid_to, basis from {table}"
        " where {key} = %(person)s and valid_from <= %(on)s and recorded_at <= %(at)s and {within}"
        " union all select {earlier}, version, lower(valid), upper(valid), basis from {past}"
        " where person_id = %(person)s and valid @> %(on)s::date and recorded @> %(at)s::timestamptz and {within}"
        " order by {places}",
        own=columns(table.columns),
        table=identifier(table.name),
        key=identifier(table.key[0]),
        within=WITHIN,
        earlier=columns((*history_key(table), *table.facts)),
        past=past(table),
        places=joined(", ", [sql("{place}", place=place + 1) for place in range(len(table.key))]),
    )


def versions(person_id: int, area: Area = EVERYWHERE) -> list[dict[str, Any]]:
    """Every version of the person's basic facts with both periods, oldest knowledge first."""
    return _every(PERSON, person_id, (), area, ("known_from", "valid_from"))


def versions_in_full(person_id: int, area: Area = EVERYWHERE) -> list[dict[str, Any]]:
    """`versions` with the facts of each, and what superseded it."""
    return _every(PERSON, person_id, PERSON.facts, area, ("version", "known_from", "valid_from"))


def enrolments_in_full(person_id: int, area: Area = EVERYWHERE) -> list[dict[str, Any]]:
    """Every version of every enrolment, for the course of the spells."""
    facts = ("scheme", "record_key", *ENROLMENT.facts)
    return _every(ENROLMENT, person_id, facts, area, ("scheme", "record_key", "known_from", "valid_from"))


def _every(
    table: Table, person_id: int, facts: tuple[str, ...], area: Area, order: tuple[str, ...]
) -> list[dict[str, Any]]:
    return _dicts(_versions(table, facts, order), {"person": person_id, "lo": area[0], "hi": area[1]})


@cache
def _versions(table: Table, facts: tuple[str, ...], order: tuple[str, ...]) -> SQL:
    return sql(
        "select {listed}, valid_from, null::date as valid_to, recorded_at as known_from,"
        " null::timestamptz as known_to, basis, '' as closed_basis from {table}"
        " where {key} = %(person)s and {within}"
        " union all select {listed}, lower(valid), upper(valid), lower(recorded), upper(recorded), basis, closed_basis"
        " from {past} where person_id = %(person)s and {within} order by {order}",
        listed=columns((*facts, "version")),
        table=identifier(table.name),
        key=identifier(table.key[0]),
        within=WITHIN,
        past=past(table),
        order=columns(order),
    )


def _dicts(query: SQL, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(checked(query), values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
