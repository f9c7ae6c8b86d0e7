"""Where jobs keep what they wrote, below CANBAO_HOME."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.jobs.kinds import Kind
from canbao.store.models import Job

KEPT_DAYS = 7  # exports and uploads


def export_path(job_id: int, name: str) -> Path:
    return Path(settings.CANBAO_HOME) / "exports" / str(job_id) / name


def errors_log() -> Path:
    return Path(settings.CANBAO_HOME) / "errors.log"


def download(job_id: int, *, actor: Actor, at: datetime) -> Path:
    """The file a job wrote, for whoever asked for it and still may ask for such a job, on record.

    Raises NotAllowed, NotFound.
    """
    job = Job.objects.filter(pk=job_id, requested_by=actor.account, state="DONE").first()
    path = export_path(job_id, str(job.result.get("file", ""))) if job else None
    if job is None or path is None or not path.is_file():
        raise access.NotFound(job_id)
    access.require(actor, Kind(job.kind).need)
    audit.record(
        audit.Event.EXPORT_DOWNLOADED, actor=actor, at=at, target_kind="job", target_id=str(job.pk),
        detail={"file": path.name},
    )  # fmt: skip
    return path


def clear_old(*, at: datetime) -> int:
    """Remove exports and uploads of more than a week ago; returns how many folders went."""
    oldest, gone = (at - timedelta(days=KEPT_DAYS)).timestamp(), 0
    for name in ("exports", "uploads"):
        for folder in (Path(settings.CANBAO_HOME) / name).glob("*"):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    return gone
