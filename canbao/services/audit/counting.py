"""Which look counts against which budget, and what the statement that counts it has to know.

One row for each account and budget, raised by the statement that appends the look (`looking`), which refuses to pass the limit: of
two requests at the same moment the second waits for the first and then sees what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from canbao.rules import budgets as rules
from canbao.rules import policy
from canbao.rules.budgets import Budget, Group
from canbao.rules.roles import Actor
from canbao.services.audit.events import Event

COUNTED: Final[Mapping[Event, Budget]] = {
    Event.SEARCHED: Budget.SEARCHES,
    Event.PERSON_VIEWED: Budget.FILES,
    Event.LOOKS_PRINTED: Budget.FILES,
    Event.UNMASKED: Budget.UNMASKED,
    Event.LOOKED_FOR_TWIN: Budget.NUMBERS,
    Event.LOOKED_OUTSIDE: Budget.NUMBERS,
    Event.TASK_VIEWED: Budget.LINES,
    Event.ENTRY_OPENED: Budget.LINES,
    Event.TASKS_LISTED: Budget.LISTS,
    Event.VILLAGES_LISTED: Budget.LISTS,
    Event.CASES_LISTED: Budget.LISTS,
    Event.LIST_ROWS_VIEWED: Budget.LISTS,
    Event.CHANGES_LISTED: Budget.LISTS,
    Event.MISSING_FORMS_LISTED: Budget.LISTS,
    Event.EVIDENCE_VIEWED: Budget.PICTURES,
    Event.EXPORT_DOWNLOADED: Budget.DOWNLOADS,
    Event.DELIVERY_ERRORS_DOWNLOADED: Budget.DOWNLOADS,
    Event.LINKS_EXPORTED: Budget.DOWNLOADS,
    Event.CASES_EXPORTED: Budget.DOWNLOADS,
    Event.FORMS_ASKED_IN_FULL: Budget.FORMS,
    Event.NOT_IN_AREA: Budget.UNKNOWN_IDS,
}


def counting(budget: Budget, amount: int, *, actor: Actor, at: datetime) -> dict[str, Any] | None:
    """What the statement that counts a look (`looking`) has to know: whose, of what, how many, and the limits' parameters.

    The limits are read in the statement itself: a setting within its bounds, else the default (rules.policy.in_force). None where
    nothing is counted for the role.
    """
    group = rules.group_of(budget, actor.role)
    if group is None:
        return None
    hour = rules.hour_of(at)
    about = {"account": actor.account, "budget": budget.value, "amount": amount, "day": hour.date(), "hour": hour}
    return about | _limit("hour", budget, group) | _limit("day", budget, group)


def _limit(span: str, budget: Budget, group: Group) -> dict[str, str | int]:
    found = policy.parameter(rules.parameter_name(budget, group, span))
    return {
        f"{span}_name": found.name, f"{span}_default": found.default, f"{span}_low": found.strictest,
        f"{span}_high": found.loosest,
    }  # fmt: skip
