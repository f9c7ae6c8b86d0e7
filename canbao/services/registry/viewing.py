"""Show a person to somebody: masked unless asked for in full, and the look on record (art. 19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from canbao.rules.masking import mask
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.registry.reading import PersonView, as_of


@transaction.atomic
def view(
    person_id: int, *, valid_on: date, known_at: datetime, actor: Actor, at: datetime, full: bool = False
) -> PersonView:
    """`as_of` for a reader. Raises NotFound."""
    found = as_of(person_id, valid_on=valid_on, known_at=known_at)
    audit.record(
        audit.Event.PERSON_VIEWED, actor=actor, at=at, target_kind="person", target_id=str(person_id),
        detail={"on": valid_on.isoformat(), "known": known_at.isoformat(), "full": full},
    )  # fmt: skip
    if full:
        return found
    return replace(found, facts=_masked(found.facts), documents=[_masked(row) for row in found.documents])


def _masked(row: dict[str, Any]) -> dict[str, Any]:
    return {name: mask(name, value) for name, value in row.items()}
