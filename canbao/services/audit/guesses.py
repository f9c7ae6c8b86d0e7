"""Numbers that were tried and are not there, or not in the area: on record, counted, and answered no more when they are too many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from canbao.rules.budgets import Budget
from canbao.rules.labels import ID_KINDS
from canbao.rules.roles import Actor
from canbao.services.audit import budgets
from canbao.services.audit.budgets import BudgetSpentError
from canbao.services.audit.events import Event
from canbao.services.audit.looking import note_spent, record_look

_LONGEST = 100  # characters of an address that the journal keeps


def note_guess(path: str, *, kind: str, names: Iterable[str] = (), actor: Actor, at: datetime) -> None:
    """What was not found goes on record and counts.

    path: the address; kind: what the number would have named, as the table says; names: else of the parts of the address.
    Raises BudgetSpentError.
    """
    what = kind or next((ID_KINDS[name] for name in names if name in ID_KINDS), "")
    record_look(
        Event.NOT_IN_AREA, actor=actor, at=at, target_kind="page", target_id=path[:_LONGEST], detail={"what": what}
    )


def require_guesses_left(*, actor: Actor, at: datetime) -> None:
    """What exists is not told either to an account that has tried too many numbers. Raises BudgetSpentError, which is on record."""
    try:
        budgets.require_left(Budget.UNKNOWN_IDS, actor=actor, at=at)
    except BudgetSpentError as spent:
        note_spent(spent, tried=None, actor=actor, at=at)
        raise
