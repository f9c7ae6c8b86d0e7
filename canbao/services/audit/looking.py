"""Record a look: committed at once, on a connection of its own, so that nothing that happens afterwards takes it back.

An act and its line stand or fall together (`journal.record`). A look has happened as soon as something was read to be shown: a
later refusal, an exception or a rollback of the request leaves its line where it is. When the line cannot be written, the
exception leaves the caller before anything is shown. Each look counts against the budgets of the account in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction
from psycopg.errors import LockNotAvailable, QueryCanceled

from canbao.bulk.sqltext import SQL, checked, sql
from canbao.rules.budgets import Budget
from canbao.rules.roles import Actor
from canbao.services.audit import budgets
from canbao.services.audit.budgets import JOURNAL, BudgetSpentError
from canbao.services.audit.counting import COUNTED, counting
from canbao.services.audit.events import LOOKS, Event
from canbao.services.audit.journal import APPEND, LINES, EventKindError, Line, append, line_values
from canbao.services.audit.origin import ORIGIN
from canbao.services.audit.raising import raise_budget_spent

# A limit is a setting within its bounds, else the default. A count that would pass it is not raised, and then nothing is appended.
_COUNT_AND_APPEND = sql(
    """
    with {origin},
    most as materialized (
        select coalesce((select value from policy_setting where name = %(hour_name)s
                and value between %(hour_low)s and %(hour_high)s), %(hour_default)s) + %(more)s as in_hour,
            coalesce((select value from policy_setting where name = %(day_name)s
                and value between %(day_low)s and %(day_high)s), %(day_default)s) + %(more)s as in_day
        from origin),
    counted as (
        insert into look_count as c (account, budget, day, in_day, hour, in_hour)
        select %(account)s, %(budget)s, %(day)s, %(amount)s, %(hour)s, %(amount)s from most
        where %(amount)s <= least(most.in_hour, most.in_day)
        on conflict (account, budget) do update set
            in_day = case when c.day < excluded.day then 0 else c.in_day end + excluded.in_day,
            day = greatest(c.day, excluded.day),
            in_hour = case when c.hour < excluded.hour then 0 else c.in_hour end + excluded.in_hour,
            hour = greatest(c.hour, excluded.hour)
        where case when c.day < excluded.day then 0 else c.in_day end + excluded.in_day <= (select in_day from most)
        and case when c.hour < excluded.hour then 0 else c.in_hour end + excluded.in_hour <= (select in_hour from most)
        returning 1)
    {lines} where exists (select from counted)""",
    origin=ORIGIN,
    lines=LINES,
)
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
    """Append many looks of one actor and moment, all or none, committed when this returns; they count against one budget.

    budget: what they count against where it is not what their events say; count: as how many, where not each is one; 0 for what is part of
    work that was handed out and counts against nothing.
    Raises EventKindError, BudgetSpentError; an error of the database when they cannot be kept.
    """
    kept = list(lines)
    if acts := {line.event for line in kept} - LOOKS:
        raise EventKindError(*acts)
    if kept:
        _committed(lambda: _write(kept, _wanted(kept, budget, count), actor, at))


def _wanted(lines: Sequence[Line], budget: Budget | None, count: int | None) -> tuple[Budget, int] | None:
    """Which budget the looks take, and how much of it. Looks that are recorded together count against one."""
    if count == 0:
        return None
    counted = [COUNTED[line.event] for line in lines if line.event in COUNTED]
    kinds = {budget} if budget else set(counted)
    if len(kinds) > 1:
        raise ValueError(kinds)
    return (kinds.pop(), count or len(counted)) if kinds else None


def _write(lines: Sequence[Line], wanted: tuple[Budget, int] | None, actor: Actor, at: datetime) -> None:
    """Counted and appended by one statement. A budget that is spent is noted in a transaction of its own, which stays."""
    values = line_values(lines, actor)
    counted = counting(*wanted, actor=actor, at=at) if wanted else None
    if wanted is None or counted is None:
        _ran(APPEND, values)
        return
    if _ran(_COUNT_AND_APPEND, values | counted | {"more": 0}):
        return
    budget, amount = wanted
    more = budgets.lifted(budget, actor.account, at)
    if more and _ran(_COUNT_AND_APPEND, values | counted | {"more": more}):
        return
    spent = budgets.spent(budget, amount, more, actor=actor, at=at)
    note_spent(spent, tried=lines[0].event, actor=actor, at=at)
    raise spent


def _ran(statement: SQL, values: Mapping[str, Any]) -> bool:
    """Whether a statement wrote the lines; it is its own transaction."""
    with connections[JOURNAL].cursor() as cursor:
        cursor.execute(checked(statement), values)
        return bool(cursor.rowcount)


def note_spent(spent: BudgetSpentError, *, tried: Event | None, actor: Actor, at: datetime) -> None:
    """A budget is spent: on record, and an alarm at once. tried: what was refused for it."""
    detail: dict[str, object] = {"budget": spent.budget.label, "limit": spent.in_words}
    if tried:
        detail["tried"] = tried.value
    line = Line(Event.BUDGET_SPENT, "budget", spent.budget.value, detail=detail, area=actor.office)
    with transaction.atomic(using=JOURNAL):
        append([line], actor=actor, using=JOURNAL)
        raise_budget_spent(actor=actor, at=at)


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
