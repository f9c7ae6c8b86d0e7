"""How it is written down: one line per act, in the transaction of the act, and one per look (`looking`), committed at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from canbao.bulk.sqltext import checked, sql
from canbao.rules.roles import Actor
from canbao.services.audit.entry_text import detail_json, fitted
from canbao.services.audit.events import LOOKS, Event
from canbao.services.audit.origin import ORIGIN, origin_values

ROWS_AT_ONCE = 1000
# Arrays, not a list of values: that would be parsed anew, place by place.
LINES = sql("""insert into journal (account, role, office, event, area, target_kind, target_id, basis, detail)
    select %(account)s, %(role)s, %(office)s, line.* from unnest(
        %(event)s::text[], %(area)s::text[], %(target_kind)s::text[], %(target_id)s::text[], %(basis)s::text[],
        %(detail)s::jsonb[]) line""")
APPEND = sql("with {origin} {lines} where exists (select from origin)", origin=ORIGIN, lines=LINES)


class EventKindError(ValueError):
    """A look was recorded as an act, whose line a rollback takes back, or an act as a look."""


class NotInTransaction(RuntimeError):
    """An act and its journal entry stand or fall together, so the caller must have opened a transaction."""


@dataclass(frozen=True, slots=True)
class Line:
    """One act or look to be written down; area: the office responsible for the target, where it is or belongs to a person."""

    event: Event
    target_kind: str
    target_id: str = ""
    basis: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    area: str = ""


def record(
    event: Event,
    *,
    actor: Actor,
    at: datetime,
    target_kind: str,
    target_id: str = "",
    basis: str = "",
    detail: dict[str, object] | None = None,
    area: str = "",
) -> None:
    """Append an act to the journal inside the caller's transaction.

    at: the caller's instant, as everywhere; the line itself is dated by the database's clock.
    area: the office responsible for the target, where it is a person or belongs to one.
    Raises NotInTransaction, EventKindError.
    """
    record_all([Line(event, target_kind, target_id, basis, detail or {}, area)], actor=actor, at=at)


def record_all(lines: Iterable[Line], *, actor: Actor, at: datetime) -> None:
    """Append many acts of one actor and moment in as few statements as can be.

    Raises NotInTransaction, EventKindError.
    """
    for group in _in_groups(lines, ROWS_AT_ONCE):
        if not connection.in_atomic_block:
            raise NotInTransaction(group[0].event)
        if looks := {line.event for line in group} & LOOKS:
            raise EventKindError(*looks)
        append(group, actor=actor)


def append(lines: Iterable[Line], *, actor: Actor, using: str = DEFAULT_DB_ALIAS) -> None:
    """The statement of `record_all`, and of what `looking` notes beside a look."""
    for group in _in_groups(lines, ROWS_AT_ONCE):
        with connections[using].cursor() as cursor:
            cursor.execute(checked(APPEND), line_values(group, actor))


def line_values(lines: Sequence[Line], actor: Actor) -> dict[str, Any]:
    """The parameters of `APPEND`: where it comes from, who, and an array for each column that differs from line to line."""
    return origin_values() | {
        "account": fitted("account", actor.account),
        "role": fitted("role", str(actor.role)),
        "office": fitted("office", actor.office),
        "event": [line.event.value for line in lines],
        "area": [fitted("area", line.area) for line in lines],
        "target_kind": [fitted("target_kind", line.target_kind) for line in lines],
        "target_id": [fitted("target_id", line.target_id) for line in lines],
        "basis": [fitted("basis", line.basis) for line in lines],
        "detail": [detail_json(line.detail) for line in lines],
    }


def _in_groups(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    """Lists of at most `size`; itertools has it from Python 3.12 on."""
    rest = iter(lines)
    while group := list(islice(rest, size)):
        yield group
