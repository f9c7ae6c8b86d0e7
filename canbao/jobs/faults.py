"""What went wrong and where, without what it went wrong with: messages may hold personal data."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime

from canbao.services import jobs


def report(error: Exception) -> None:
    """Append the kind of error and its frames to errors.log."""
    log = jobs.errors_log()
    with log.open("a", encoding="utf-8") as file:
        log.chmod(0o600)
        frames = "".join(traceback.format_tb(error.__traceback__))
        file.write(f"{datetime.now(UTC).isoformat()} {type(error).__name__} (后台任务)\n{frames}\n")
