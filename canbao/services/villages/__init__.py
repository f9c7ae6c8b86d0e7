"""The village of people whom the departments place no nearer than a town: worked out from addresses, confirmed or corrected by clerks.

The only writer of village_sign, village_trial, village_run, village_assignment with its history, and village_act with what stood before it.
"""

from canbao.services.villages.changed import Since, since_last
from canbao.services.villages.deciding import (
    CLERK,
    MOST_AT_ONCE,
    ActKind,
    Decided,
    NoReasonError,
    NotAVillageBelowError,
    NothingToDecideError,
    OfDistrictError,
    OtherNumberError,
    TooManyAtOnceError,
    confirm,
    correct,
    villages_of,
    withdraw,
)
from canbao.services.villages.listing import (
    Counts,
    Filters,
    Page,
    Row,
    by_rule,
    chosen,
    counts,
    listed,
    offices_below,
    rules,
    suggested,
)
from canbao.services.villages.refreshing import AlreadyRefreshingError, refresh
from canbao.services.villages.standing import load_assigned
from canbao.services.villages.undoing import undo, undone_bases

__all__ = [
    "CLERK",
    "MOST_AT_ONCE",
    "ActKind",
    "AlreadyRefreshingError",
    "Counts",
    "Decided",
    "Filters",
    "NoReasonError",
    "NotAVillageBelowError",
    "NothingToDecideError",
    "OfDistrictError",
    "OtherNumberError",
    "Page",
    "Row",
    "Since",
    "TooManyAtOnceError",
    "by_rule",
    "chosen",
    "confirm",
    "correct",
    "counts",
    "listed",
    "load_assigned",
    "offices_below",
    "refresh",
    "rules",
    "since_last",
    "suggested",
    "undo",
    "undone_bases",
    "villages_of",
    "withdraw",
]
