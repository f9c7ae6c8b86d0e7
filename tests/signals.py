"""What a shell that starts the tests in the background leaves ignored: programs they start would inherit it and could not be interrupted."""

from __future__ import annotations

import signal


def hear() -> None:
    """Heed SIGINT and SIGTERM again, no matter who started this process."""
    for one, heed in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(one) is signal.SIG_IGN:
            signal.signal(one, heed)
