"""More looks than the budgets allow: asked for by the holder of an account, granted by a security administrator, for some hours."""

from canbao.services.budgets.asking import (
    LiftAmountError,
    LiftPendingError,
    LiftReasonMissingError,
    Own,
    ask,
    own,
    withdraw,
)
from canbao.services.budgets.deciding import grant, refuse, settled, waiting

__all__ = [
    "LiftAmountError",
    "LiftPendingError",
    "LiftReasonMissingError",
    "Own",
    "ask",
    "grant",
    "own",
    "refuse",
    "settled",
    "waiting",
    "withdraw",
]
