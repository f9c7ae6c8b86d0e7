"""What is written down: one line per act, in the transaction of the act, and one per look (`looking`), committed at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connection, connections

from canbao.bulk.sqltext import checked, sql
from canbao.rules.roles import Actor
from canbao.services.audit.entry_text import detail_json, fitted
from canbao.services.audit.origin import ORIGIN, origin_values

ROWS_AT_ONCE = 1000
# Arrays, not a list of values: that would be parsed anew, place by place.
LINES = sql("""insert into journal (account, role, office, event, area, target_kind, target_id, basis, detail)
    select %(account)s, %(role)s, %(office)s, line.* from unnest(
        %(event)s::text[], %(area)s::text[], %(target_kind)s::text[], %(target_id)s::text[], %(basis)s::text[],
        %(detail)s::jsonb[]) line""")
APPEND = sql("with {origin} {lines} where exists (select from origin)", origin=ORIGIN, lines=LINES)


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
    VILLAGES_WORKED_OUT = "VILLAGES_WORKED_OUT"
    VILLAGES_CONFIRMED = "VILLAGES_CONFIRMED"
    VILLAGES_CORRECTED = "VILLAGES_CORRECTED"
    VILLAGES_WITHDRAWN = "VILLAGES_WITHDRAWN"
    VILLAGES_UNDONE = "VILLAGES_UNDONE"
    VILLAGES_LISTED = "VILLAGES_LISTED"
    CASE_DECIDED = "CASE_DECIDED"
    CASE_SET_ASIDE = "CASE_SET_ASIDE"
    CASE_HANDED_ON = "CASE_HANDED_ON"
    CASE_UNDONE = "CASE_UNDONE"
    CASES_LISTED = "CASES_LISTED"
    LIST_ROWS_VIEWED = "LIST_ROWS_VIEWED"
    CASE_BULK_ASKED = "CASE_BULK_ASKED"
    CASE_BULK_REFUSED = "CASE_BULK_REFUSED"
    CASE_BULK_SETTLED = "CASE_BULK_SETTLED"
    CASE_BULK_UNDONE = "CASE_BULK_UNDONE"
    PERSON_VIEWED = "PERSON_VIEWED"
    UNMASKED = "UNMASKED"
    LOOKS_PRINTED = "LOOKS_PRINTED"
    FORM_PRINTED = "FORM_PRINTED"
    SEARCHED = "SEARCHED"
    ROUND_OPENED = "ROUND_OPENED"
    ROUND_BUILT = "ROUND_BUILT"
    ROUND_CLOSED = "ROUND_CLOSED"
    ROUND_CHANGED = "ROUND_CHANGED"
    TASKS_DISPATCHED = "TASKS_DISPATCHED"
    TASKS_RECALLED = "TASKS_RECALLED"
    TASKS_REASSIGNED = "TASKS_REASSIGNED"
    TASKS_DROPPED = "TASKS_DROPPED"
    TASKS_LISTED = "TASKS_LISTED"
    TASK_VIEWED = "TASK_VIEWED"
    LIST_PRINTED = "LIST_PRINTED"
    FORMS_PRINTED = "FORMS_PRINTED"
    VISIT_REPORTED = "VISIT_REPORTED"
    PERSON_FOUND = "PERSON_FOUND"
    FOUND_SETTLED = "FOUND_SETTLED"
    LOOKED_FOR_TWIN = "LOOKED_FOR_TWIN"
    TASKS_HANDED_IN = "TASKS_HANDED_IN"
    FORM_RETURNED = "FORM_RETURNED"
    FORM_RETURN_UNDONE = "FORM_RETURN_UNDONE"
    FORM_SIGNATURE_NOTED = "FORM_SIGNATURE_NOTED"
    FORM_OF_ANOTHER = "FORM_OF_ANOTHER"
    MISSING_FORMS_LISTED = "MISSING_FORMS_LISTED"
    ENTRY_OPENED = "ENTRY_OPENED"
    FORM_ENTERED = "FORM_ENTERED"
    FORM_ENTERED_AGAIN = "FORM_ENTERED_AGAIN"
    SECOND_SETTLED = "SECOND_SETTLED"
    TASKS_SENT_BACK = "TASKS_SENT_BACK"
    TASKS_CLOSED = "TASKS_CLOSED"
    CHECK_UNDONE = "CHECK_UNDONE"
    CALLS_DRAWN = "CALLS_DRAWN"
    CALL_NOTED = "CALL_NOTED"
    BULLETIN_EXPORTED = "BULLETIN_EXPORTED"
    EVIDENCE_ADDED = "EVIDENCE_ADDED"
    EVIDENCE_VIEWED = "EVIDENCE_VIEWED"
    EVIDENCE_REMOVED = "EVIDENCE_REMOVED"
    EVIDENCE_DAMAGED = "EVIDENCE_DAMAGED"
    EVIDENCE_TOO_HEAVY = "EVIDENCE_TOO_HEAVY"
    EVIDENCE_REFUSED = "EVIDENCE_REFUSED"
    DECLARATION_RECORDED = "DECLARATION_RECORDED"
    CHANGE_ASKED = "CHANGE_ASKED"
    CHANGE_VOIDED = "CHANGE_VOIDED"
    CHANGES_LISTED = "CHANGES_LISTED"
    LOOKED_OUTSIDE = "LOOKED_OUTSIDE"
    REFERENCE_LOADED = "REFERENCE_LOADED"
    LINKS_EXPORTED = "LINKS_EXPORTED"
    CASES_EXPORTED = "CASES_EXPORTED"
    CLIENT_REGISTERED = "CLIENT_REGISTERED"
    CLIENT_GRANTED = "CLIENT_GRANTED"
    CLIENT_TOKEN_ISSUED = "CLIENT_TOKEN_ISSUED"
    CLIENT_STOPPED = "CLIENT_STOPPED"
    CLIENT_LOOKED_UP = "CLIENT_LOOKED_UP"
    CLIENT_REFUSED = "CLIENT_REFUSED"
    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGNED_OUT = "SIGNED_OUT"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    ACCOUNT_UNLOCKED = "ACCOUNT_UNLOCKED"
    ACCOUNT_DORMANT = "ACCOUNT_DORMANT"
    ACCOUNT_CREATED = "ACCOUNT_CREATED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    ACCOUNT_ENABLED = "ACCOUNT_ENABLED"
    ADMINISTRATORS_MADE = "ADMINISTRATORS_MADE"
    POST_ASKED = "POST_ASKED"
    POST_GRANTED = "POST_GRANTED"
    POST_REPLACED = "POST_REPLACED"
    POST_ENDED = "POST_ENDED"
    POST_REFUSED = "POST_REFUSED"
    POST_WITHDRAWN = "POST_WITHDRAWN"
    POST_CHOSEN = "POST_CHOSEN"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"
    PASSWORD_WRONG = "PASSWORD_WRONG"
    PASSWORD_RESET = "PASSWORD_RESET"
    SECOND_FACTOR_SET = "SECOND_FACTOR_SET"
    SECOND_FACTOR_PASSED = "SECOND_FACTOR_PASSED"
    SECOND_FACTOR_FAILED = "SECOND_FACTOR_FAILED"
    RESET_BEGUN = "RESET_BEGUN"
    RESET_ASKED = "RESET_ASKED"
    RESET_GRANTED = "RESET_GRANTED"
    RESET_REFUSED = "RESET_REFUSED"
    RESET_WITHDRAWN = "RESET_WITHDRAWN"
    RESET_DONE = "RESET_DONE"
    RESET_SEEN = "RESET_SEEN"
    RESET_DISPUTED = "RESET_DISPUTED"
    RESET_EMERGENCY = "RESET_EMERGENCY"
    RECOVERY_CODES_MADE = "RECOVERY_CODES_MADE"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    SESSION_ENDED = "SESSION_ENDED"
    POLICY_CHANGED = "POLICY_CHANGED"
    ACCESS_REFUSED = "ACCESS_REFUSED"
    NOT_IN_AREA = "NOT_IN_AREA"
    OWN_ACT_REFUSED = "OWN_ACT_REFUSED"
    JOB_ASKED = "JOB_ASKED"
    JOB_CANCELLED = "JOB_CANCELLED"
    DELIVERY_ERRORS_DOWNLOADED = "DELIVERY_ERRORS_DOWNLOADED"
    EXPORT_DOWNLOADED = "EXPORT_DOWNLOADED"
    UPLOAD_REFUSED = "UPLOAD_REFUSED"
    JOURNAL_VERIFIED = "JOURNAL_VERIFIED"
    JOURNAL_SEARCHED = "JOURNAL_SEARCHED"
    JOURNAL_ANCHORED = "JOURNAL_ANCHORED"
    ANCHOR_SIGNED = "ANCHOR_SIGNED"
    ALARM_SETTLED = "ALARM_SETTLED"
    POSSIBLE_DUPLICATE_TOLD = "POSSIBLE_DUPLICATE_TOLD"
    BUDGET_SPENT = "BUDGET_SPENT"
    BUDGET_LIFT_ASKED = "BUDGET_LIFT_ASKED"
    BUDGET_LIFT_GRANTED = "BUDGET_LIFT_GRANTED"
    BUDGET_LIFT_REFUSED = "BUDGET_LIFT_REFUSED"
    BUDGET_LIFT_WITHDRAWN = "BUDGET_LIFT_WITHDRAWN"


# What was shown, asked or tried: it has happened whatever becomes of the transaction, so no rollback takes its line back. What is
# printed or exported by a job is an act: nothing of it leaves before the act is committed, and fetching the file is a look.
LOOKS: Final = frozenset(
    {
        # people and what is kept of them
        Event.PERSON_VIEWED, Event.UNMASKED, Event.LOOKS_PRINTED, Event.SEARCHED, Event.LOOKED_OUTSIDE,
        Event.LOOKED_FOR_TWIN, Event.POSSIBLE_DUPLICATE_TOLD, Event.CASES_LISTED, Event.LIST_ROWS_VIEWED, Event.CHANGES_LISTED,
        Event.VILLAGES_LISTED,
        Event.EVIDENCE_VIEWED, Event.EVIDENCE_DAMAGED, Event.EVIDENCE_TOO_HEAVY,
        # the survey
        Event.TASKS_LISTED, Event.TASK_VIEWED, Event.ENTRY_OPENED, Event.MISSING_FORMS_LISTED, Event.FORM_OF_ANOTHER,
        # what is handed out
        Event.LINKS_EXPORTED, Event.CASES_EXPORTED, Event.EXPORT_DOWNLOADED, Event.DELIVERY_ERRORS_DOWNLOADED,
        Event.CLIENT_LOOKED_UP, Event.CLIENT_REFUSED,
        # what was tried and refused
        Event.ACCESS_REFUSED, Event.NOT_IN_AREA, Event.OWN_ACT_REFUSED, Event.EVIDENCE_REFUSED, Event.BUDGET_SPENT,
        Event.SIGN_IN_FAILED, Event.PASSWORD_WRONG, Event.SECOND_FACTOR_FAILED,
        # the journal itself
        Event.JOURNAL_SEARCHED,
    }
)  # fmt: skip


# What only commands and jobs do: the database refuses such a line to the web's login (store/events.sql).
AT_THE_MACHINE: Final = frozenset(
    {
        Event.DELIVERY_RECEIVED, Event.DELIVERY_REFUSED, Event.BATCH_PREPARED, Event.BATCH_COMMITTED,
        Event.BATCH_REVERSED, Event.MATCH_RUN_STARTED, Event.MATCH_RUN_APPLIED, Event.VILLAGES_WORKED_OUT, Event.ROUND_BUILT, Event.LIST_PRINTED,
        Event.FORMS_PRINTED, Event.REFERENCE_LOADED, Event.LINKS_EXPORTED, Event.CASES_EXPORTED,
        Event.ADMINISTRATORS_MADE, Event.RESET_EMERGENCY, Event.JOURNAL_ANCHORED, Event.ANCHOR_SIGNED,
    }
)  # fmt: skip


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
