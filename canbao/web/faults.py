"""Where the bugs of the pages and of the queue are written down (canbao.outside.error_log)."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from canbao.outside import error_log


class FaultHandler(logging.Handler):
    """Appends to errors.log in the home folder, as the commands do; what kind of error to stderr where that cannot be written."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return
        try:
            error_log.note(Path(settings.CANBAO_HOME) / "errors.log", error, at=datetime.now(UTC), where=_where(record))
        except OSError:
            sys.stderr.write(f"errors.log: {type(error).__name__}\n")


def _where(record: logging.LogRecord) -> str:
    """The page by the pattern of its address: the address itself names people and numbers."""
    request = getattr(record, "request", None)
    return getattr(getattr(request, "resolver_match", None), "route", "") if request else record.name
