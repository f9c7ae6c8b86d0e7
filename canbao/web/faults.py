"""Where the bugs of the pages are written down: where it happened and when, never what it said, which may hold personal data."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings


class FaultHandler(logging.Handler):
    """Appends to errors.log in the home folder, as the commands do; to stderr where that cannot be written."""

    def emit(self, record: logging.LogRecord) -> None:
        if not record.exc_info or not record.exc_info[1]:
            return
        error = record.exc_info[1]
        path = getattr(getattr(record, "request", None), "path", "")
        frames = "".join(traceback.format_tb(error.__traceback__))
        text = f"{datetime.now(UTC).isoformat()} {type(error).__name__} {path}\n{frames}\n"
        try:
            log = Path(settings.CANBAO_HOME) / "errors.log"
            with log.open("a", encoding="utf-8") as file:
                log.chmod(0o600)
                file.write(text)
        except OSError:
            sys.stderr.write(text)
