"""The source records that stand behind a person, and why each belongs to him; the look on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from canbao.rules.masking import mask
from canbao.rules.roles import Actor
from canbao.services import audit, registry
from canbao.services.matching.explaining import facts_of, linked_to, masked
from canbao.services.matching.listing import engine, last_run


@dataclass(frozen=True)
class Behind:
    """run_id: the run that linked them. records: dicts with source, record_key, rule, band and the shown fields, masked."""

    run_id: int
    records: list[dict[str, Any]]


@transaction.atomic
def records_behind(person_id: int, *, actor: Actor, at: datetime) -> Behind:
    """Empty for somebody registered by decision alone. Raises access.NotAllowed, access.NotFound, NoRun."""
    stands = registry.standing(person_id, actor=actor)
    run = last_run()
    with engine() as duck:
        linked = linked_to(duck, person_id)
        facts = facts_of(duck, [(source, key) for source, key, *_ in linked])
    audit.record_look(
        audit.Event.PERSON_VIEWED, actor=actor, at=at, target_kind="person", target_id=str(person_id),
        basis=f"run:{run.pk}", detail={"records": True, "full": False}, area=stands.office,
    )  # fmt: skip
    rows = [
        {"source": source, "record_key": key, "rule": rule, "band": band} | facts.get((source, key), {})
        for source, key, rule, band in sorted(linked)
    ]
    # A key is often the person's own number in that system with the line's number behind it.
    return Behind(run.pk, [masked(row) | {"record_key": mask("person_no", row["record_key"])} for row in rows])
