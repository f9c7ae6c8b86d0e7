"""What is written down: one line per act or look, in the transaction of the act."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from django.db import connection

from canbao.rules.roles import Actor


class Event(StrEnum):
    DELIVERY_RECEIVED = "DELIVERY_RECEIVED"
    DELIVERY_REFUSED = "DELIVERY_REFUSED"
    BATCH_PREPARED = "BATCH_PREPARED"
    BATCH_RELEASED = "BATCH_RELEASED"
    BATCH_COMMITTED = "BATCH_COMMITTED"
    BATCH_REVERSED = "BATCH_REVERSED"
    MATCH_RUN_STARTED = "MATCH_RUN_STARTED"
    MATCH_RUN_APPLIED = "MATCH_RUN_APPLIED"
    PERSON_RECORDED = "PERSON_RECORDED"
    PERSON_CORRECTED = "PERSON_CORRECTED"
    PERSON_ENDED = "PERSON_ENDED"
    PERSONS_MERGED = "PERSONS_MERGED"
    PERSONS_UNMERGED = "PERSONS_UNMERGED"
    CASE_DECIDED = "CASE_DECIDED"
    PERSON_VIEWED = "PERSON_VIEWED"
    REFERENCE_LOADED = "REFERENCE_LOADED"
    LINKS_EXPORTED = "LINKS_EXPORTED"
    CASES_EXPORTED = "CASES_EXPORTED"
    CLIENT_REGISTERED = "CLIENT_REGISTERED"
    CLIENT_GRANTED = "CLIENT_GRANTED"
    CLIENT_TOKEN_ISSUED = "CLIENT_TOKEN_ISSUED"
    CLIENT_STOPPED = "CLIENT_STOPPED"
    CLIENT_LOOKED_UP = "CLIENT_LOOKED_UP"
    ACCESS_REFUSED = "ACCESS_REFUSED"
    JOURNAL_VERIFIED = "JOURNAL_VERIFIED"


class NotInTransaction(RuntimeError):
    """An act and its journal entry stand or fall together, so the caller must have opened a transaction."""


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
    """Append to the journal inside the caller's transaction.

    area: the office responsible for the target, where it is a person or belongs to one.
    Raises NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(event)
    with connection.cursor() as cursor:
        cursor.execute("select journal_month(%s)", [at])
        cursor.execute(
            "insert into journal (at, event, account, role, office, area, target_kind, target_id, basis, detail)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                at,
                event.value,
                actor.account,
                str(actor.role),
                actor.office,
                area,
                target_kind,
                target_id,
                basis,
                json.dumps(detail or {}, ensure_ascii=False),
            ],
        )
