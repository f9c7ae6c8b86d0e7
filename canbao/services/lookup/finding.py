"""Search within the own area."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from canbao.rules import searching
from canbao.rules.offices import office_full_name
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.searching import MOST_SHOWN, Kind, Problem, Query
from canbao.services import access, audit
from canbao.services.lookup.hits import Hit, Match, hits_of
from canbao.services.lookup.noting import terms_of
from canbao.services.lookup.places import Place, places_named
from canbao.services.lookup.querying import find


class TooLittle(Exception):
    """What was typed is not enough, or not clear, to look for somebody; nothing was looked for.

    query.problem says what is missing; places: which offices the words may mean.
    """

    def __init__(self, query: Query, places: tuple[Place, ...] = ()) -> None:
        super().__init__(query.problem)
        self.query = query
        self.places = places


@dataclass(frozen=True, slots=True)
class Found:
    """more: there are more than `MOST_SHOWN`; words: what was understood."""

    query: Query
    words: str
    office: str
    hits: tuple[Hit, ...]
    more: bool


@transaction.atomic
def search(text: str, *, place: str = "", born: str = "", actor: Actor, on: date, at: datetime) -> Found:
    """The people of the own area who fit what was typed; on record, found or not.

    Raises access.NotAllowed, TooLittle.
    """
    access.require(actor, Permission.PERSON_SEARCH)
    query = searching.parse(text, place=place, born=born)
    if query.problem:
        raise TooLittle(query)
    office = _office_of(query, actor, on)
    query = replace(query, place=office if office != actor.office else "")
    is_enough = searching.enough(query, office)
    if not is_enough and query.kind is not Kind.NAME:
        raise TooLittle(replace(query, problem=Problem.TOO_WIDE))
    rows = find(query, actor, office)
    if not is_enough and not searching.is_rare(query, len(rows)):
        _note(query, 0, True, office, actor, at)
        raise TooLittle(replace(query, problem=Problem.TOO_WIDE))
    more = len(rows) > MOST_SHOWN
    hits = hits_of(dict(list(rows.items())[:MOST_SHOWN]))
    _note(query, len(hits), more, office, actor, at)
    words = searching.words(query) + (f"，限{office_full_name(office)}" if query.place else "")
    return Found(query, words, office, tuple(sorted(hits, key=lambda hit: _order(hit, actor, office))), more)


def _note(query: Query, hits: int, more: bool, office: str, actor: Actor, at: datetime) -> None:
    audit.record_look(
        audit.Event.SEARCHED, actor=actor, at=at, target_kind="search", area=office,
        detail={**terms_of(query), "hits": hits, "more": more},
    )  # fmt: skip


def _office_of(query: Query, actor: Actor, on: date) -> str:
    """The one office of just this name, else the own one; what only begins so is for the clerk to choose. Raises TooLittle."""
    if not query.place:
        return actor.office
    places = places_named(query.place, within=actor.office, on=on)
    if len(places) == 1 and places[0].is_exact:
        return places[0].path
    problem = Problem.SEVERAL_PLACES if places else Problem.UNKNOWN_PLACE
    raise TooLittle(replace(query, problem=problem), tuple(places[: searching.MOST_SHOWN]))


_STRONGEST = list(Match)


def _order(hit: Hit, actor: Actor, office: str) -> tuple[object, ...]:
    """Exact before beginnings, living registrations before ended ones, the own office before those below."""
    own = hit.office_path not in (actor.office, office)
    return (_STRONGEST.index(hit.match), hit.ended, own, hit.name, hit.office_path, hit.person_id)
