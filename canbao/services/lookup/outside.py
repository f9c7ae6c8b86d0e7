"""One person outside the own area: by whole number and name, with a reason, on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from canbao.rules import searching
from canbao.rules.identity import clean
from canbao.rules.names import name_key
from canbao.rules.roles import Actor
from canbao.rules.searching import Kind, Problem, Query, Reason
from canbao.services import access, audit
from canbao.services.lookup.finding import TooLittle
from canbao.services.lookup.hits import hits_of
from canbao.services.lookup.noting import terms_of
from canbao.services.lookup.querying import find

_LEAST_NUMBER = 8


class NotSaid(Exception):
    """The reason is missing, too short, or contains a number."""


@dataclass(frozen=True, slots=True)
class Responsible:
    """All that is told of somebody outside the own area. name: the one that was asked for; office: its full name."""

    name: str
    office: str
    ended: bool


@transaction.atomic
def look_outside(
    number: str, name: str, *, reason: Reason, note: str, actor: Actor, at: datetime
) -> Responsible | None:  # fmt: skip
    """Which office is responsible for the person, or None; of somebody with the number under another name nothing is told.

    Raises access.NotAllowed, NotSaid, TooLittle.
    """
    said = "：".join(filter(None, (reason.label, note.strip())))
    with access.beyond(actor, reason=said) as wider:
        query = _query(number, name)
        if not searching.is_said(reason, note) or query.name in name_key(note):
            raise NotSaid
        rows = find(query, wider, wider.office)
        hits = hits_of(rows) if len(rows) == 1 else []
    hit = hits[0] if hits else None
    audit.record_look(
        audit.Event.LOOKED_OUTSIDE, actor=actor, at=at, basis=said,
        target_kind="person" if hit else "search", target_id=str(hit.person_id) if hit else "",
        area=hit.office_path if hit else "",
        detail={**terms_of(query), "reason": reason.label, "hits": len(hits)},
    )  # fmt: skip
    return Responsible(hit.name, hit.office, hit.ended) if hit else None


def _query(number: str, name: str) -> Query:
    query = searching.parse(f"{name.strip()} {clean(number)}")
    whole = query.kind is Kind.NUMBER and len(max(query.numbers, key=len, default="")) >= _LEAST_NUMBER
    if not whole or len(query.name) < 2:
        raise TooLittle(Query(problem=Problem.TOO_WIDE))
    return query
