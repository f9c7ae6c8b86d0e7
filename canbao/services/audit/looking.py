"""Record a look: committed at once, on a connection of its own, so that nothing that happens afterwards takes it back.

An act and its line stand or fall together (`journal.record`). A look has happened as soon as something was read to be shown: a
later refusal, an exception or a rollback of the request leaves its line where it is. When the line cannot be written, the
exception leaves the caller before anything is shown. Each look counts against the budgets of the account in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, connections, transaction
from psycopg.errors import LockNotAvailable, QueryCanceled

from canbao.rules.budgets import Budget
from canbao.rules.roles import Actor
from canbao.services.audit import budgets
from canbao.services.audit.budgets import JOURNAL, BudgetSpentError
from canbao.services.audit.journal import LOOKS, Event, EventKindError, Line, append
from canbao.services.audit.origin import tell_origin

WAITED = (LockNotAvailable, QueryCanceled)  # for too long: trying again would make the page wait as long once more


def record_look(
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
    """Append a look (one of `LOOKS`), committed when this returns.

    area: the office responsible for the target, where it is a person or belongs to one.
    Raises EventKindError, BudgetSpentError; an error of the database when it cannot be kept.
    """
    record_looks([Line(event, target_kind, target_id, basis, detail or {}, area)], actor=actor, at=at)


def record_looks(
    lines: Iterable[Line], *, actor: Actor, at: datetime, budget: Budget | None = None, count: int | None = None
) -> None:
    """Append many looks of one actor and moment, all or none, committed when this returns.

    budget: what they count against where it is not what their events say; count: as how many, where not each is one.
    Raises EventKindError, BudgetSpentError; an error of the database when they cannot be kept.
    """
    kept = list(lines)
    if acts := {line.event for line in kept} - LOOKS:
        raise EventKindError(*acts)
    if kept:
        _committed(lambda: _write(kept, _wanted(kept, budget, count), actor, at))


def _wanted(lines: Sequence[Line], budget: Budget | None, count: int | None) -> Counter[Budget]:
    """How much of which budget the looks take."""
    if budget:
        return Counter({budget: count or len(lines)})
    found = Counter(budgets.COUNTED[line.event] for line in lines if line.event in budgets.COUNTED)
    return Counter(dict.fromkeys(found, count)) if count else found


def _write(lines: Sequence[Line], wanted: Counter[Budget], actor: Actor, at: datetime) -> None:
    """Counted and appended in one transaction. A budget that is spent is noted in another, which stays."""
    try:
        with transaction.atomic(using=JOURNAL):
            tell_origin(JOURNAL)
            budgets.take(wanted, actor=actor, at=at)
            append(lines, actor=actor, using=JOURNAL)
    except BudgetSpentError as spent:
        note_spent(spent, tried=lines[0].event, actor=actor, at=at)
        raise


def note_spent(spent: BudgetSpentError, *, tried: Event | None, actor: Actor, at: datetime) -> None:
    """A budget is spent: on record, and an alarm at once. tried: what was refused for it."""
    detail: dict[str, object] = {"budget": spent.budget.label, "limit": spent.in_words}
    if tried:
        detail["tried"] = tried.value
    line = Line(Event.BUDGET_SPENT, "budget", spent.budget.value, detail=detail, area=actor.office)
    with transaction.atomic(using=JOURNAL):
        tell_origin(JOURNAL)
        append([line], actor=actor, using=JOURNAL)
        budgets.raise_alarm(actor=actor, at=at)


def _committed(write: Callable[[], None]) -> None:
    """Once more where the connection had been lost: a line that was written twice says no more than it did."""
    connection = connections[JOURNAL]
    try:
        write()
    except (OperationalError, InterfaceError) as error:
        if connection.in_atomic_block or isinstance(error.__cause__, WAITED):
            raise
        if not connection.is_usable():
            connection.close()
        write()
