"""What went wrong in a job and where, without what it went wrong with (canbao.outside.error_log)."""

from __future__ import annotations

from datetime import UTC, datetime

from canbao.outside import error_log
from canbao.services import jobs


def report(error: Exception) -> None:
    """Append the kind of error and its frames to errors.log."""
    error_log.note(jobs.errors_log(), error, at=datetime.now(UTC), where="(后台任务)")
