"""The statements of a search. Each is narrowed to the actor's area here and, once more, by row security.

Ranges and equalities only, on columns that sort by bytes: `like` would be kept from the indexes by row security.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet, Value

from canbao.rules.offices import scope_range
from canbao.rules.roles import Actor
from canbao.rules.searching import MOST_SHOWN, Kind, Query, may_begin
from canbao.services import access
from canbao.services.lookup.hits import Match
from canbao.store.models import (
    BusinessNumber,
    Card,
    Person,
    PersonDocument,
    PersonDocumentHistory,
    PersonHistory,
    PersonMerge,
)

Row = Person | PersonHistory
Rows = dict[int, tuple[Row, Match]]
_LAST_SIGN = "\U0010ffff"


def find(query: Query, actor: Actor, office: str) -> Rows:
    """Up to one more than are shown, so that the caller can tell that there are more."""
    if query.kind is Kind.NUMBER:
        return _by_number(query, actor, office)
    people = _born(_in_office(access.within(Person.objects.all(), actor), office), query)
    if query.kind is Kind.NAME:
        found = _take(people.filter(name_key=query.name), Match.NAME)
        if len(found) <= MOST_SHOWN and may_begin(query, office):
            begins = people.filter(name_key__gt=query.name, name_key__lt=query.name + _LAST_SIGN)
            found |= _take(begins, Match.BEGINNING)
        return found
    return _take(people.filter(_sounds(query)), Match.SOUND)


def _sounds(query: Query) -> Q:
    if query.kind is Kind.INITIALS:
        sounds = Q(name_sound__gte=query.initials + " ", name_sound__lt=query.initials + "!")
    else:
        sounds = Q(name_sound__in=query.sounds)
    return sounds | Q(name_key=query.name) if query.name else sounds


def _in_office(rows: QuerySet[Any], office: str) -> QuerySet[Any]:
    lowest, highest = scope_range(office)
    return rows.filter(office_path__gte=lowest, office_path__lte=highest)


def _born(rows: QuerySet[Any], query: Query) -> QuerySet[Any]:
    return rows.filter(birth_date__gte=query.born.first, birth_date__lt=query.born.until) if query.born else rows


def _take(rows: QuerySet[Person], match: Match) -> Rows:
    # An order no index has: the planner must not walk an index of the whole city to save the sort of a few rows.
    chosen = rows.order_by(F("birth_date").asc(nulls_last=True), "id")[: MOST_SHOWN + 1]
    return {row.pk: (row, match) for row in chosen}


def _by_number(query: Query, actor: Actor, office: str) -> Rows:
    how = _holders(query.numbers, actor)
    people = {row.pk: row for row in _in_office(access.within(Person.objects.all(), actor), office).filter(pk__in=how)}
    found: Rows = {pk: (people[pk], how[pk]) for pk in how if pk in people}
    found |= _gone([pk for pk in how if how[pk] is Match.ENDED and pk not in people], actor, office)
    if query.name:
        found = {pk: (row, match) for pk, (row, match) in found.items() if row.name_key == query.name}
    return dict(list(found.items())[: MOST_SHOWN + 1])


def _holders(numbers: tuple[str, ...], actor: Actor) -> dict[int, Match]:
    """Whose number it is, by the strongest of the ways to have it; one statement for all of them."""
    asked: list[tuple[Match, QuerySet[Any], str, str]] = [
        (Match.NUMBER, Person.objects.filter(doc_number__in=numbers), "id", ""),
        (Match.OLD_NUMBER, PersonDocument.objects.filter(number__in=numbers), "person_id", ""),
        (Match.BUSINESS_NUMBER, BusinessNumber.objects.filter(number__in=numbers), "person_id", ""),
        (Match.CARD, Card.objects.filter(card_no__in=numbers), "person_id", ""),
        (Match.ENDED, PersonDocumentHistory.objects.filter(number__in=numbers), "person_id", ""),
    ]
    parts = [
        access.within(rows, actor).order_by().values_list(key, Value(rank))
        for rank, (_, rows, key, _) in enumerate(asked)
    ]
    best: dict[int, int] = {}
    for pk, rank in parts[0].union(*parts[1:], all=True)[: 4 * MOST_SHOWN]:
        best[pk] = min(rank, best.get(pk, rank))
    return {pk: asked[rank][0] for pk, rank in sorted(best.items(), key=lambda item: (item[1], item[0]))}


def _gone(ids: list[int], actor: Actor, office: str) -> Rows:
    """Entries that ended: whom they were made one with, else the last that was known of them."""
    if not ids:
        return {}
    merged = dict(
        PersonMerge.objects.filter(from_person_id__in=ids, unmerged_at__isnull=True).values_list(
            "from_person_id", "into_person_id"
        )
    )
    living = _in_office(access.within(Person.objects.all(), actor), office).filter(pk__in=list(merged.values()))
    found: Rows = {row.pk: (row, Match.MERGED) for row in living}
    past = _in_office(access.within(PersonHistory.objects.all(), actor), office)
    for row in past.filter(person_id__in=[pk for pk in ids if pk not in merged]).order_by("person_id", "-history_id"):
        found.setdefault(row.person_id, (row, Match.ENDED))
    return found
