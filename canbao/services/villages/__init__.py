"""The village of people whom the departments place no nearer than a town: worked out from addresses, confirmed or corrected by clerks.

The only writer of village_sign, village_trial, village_run, village_assignment with its history, and village_act.
"""

from canbao.services.villages.deciding import (
    CLERK,
    ActKind,
    NoReasonError,
    NotAVillageBelowError,
    NothingToDecideError,
    confirm,
    correct,
    undo,
    undone_bases,
    villages_of,
    withdraw,
)
from canbao.services.villages.listing import Counts, Filters, Page, Row, by_rule, chosen, counts, listed, suggested
from canbao.services.villages.refreshing import AlreadyRefreshingError, refresh
from canbao.services.villages.standing import load_assigned

__all__ = [
    "CLERK",
    "ActKind",
    "AlreadyRefreshingError",
    "Counts",
    "Filters",
    "NoReasonError",
    "NotAVillageBelowError",
    "NothingToDecideError",
    "Page",
    "Row",
    "by_rule",
    "chosen",
    "confirm",
    "correct",
    "counts",
    "listed",
    "load_assigned",
    "refresh",
    "suggested",
    "undo",
    "undone_bases",
    "villages_of",
    "withdraw",
]
