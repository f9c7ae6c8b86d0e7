"""Where jobs keep what they wrote, below CANBAO_HOME."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.jobs.kinds import Kind
from canbao.services.jobs.requester import is_of_post
from canbao.store.models import Job

KEPT_DAYS = 7  # exports and uploads
_UPLOAD = re.compile(r"[0-9a-f]{32}", re.ASCII)


def export_path(job_id: int, name: str) -> Path:
    return Path(settings.CANBAO_HOME) / "exports" / str(job_id) / name


def errors_log() -> Path:
    return Path(settings.CANBAO_HOME) / "errors.log"


def download(job_id: int, name: str = "", *, actor: Actor, at: datetime) -> Path:
    """The file a job wrote, for the account that asked for it and stands in the same post still, which may ask for such a job; on record.

    What was written for one office is not for the next one of the same person. name: which, of a job that wrote several. Raises NotAllowed, NotFound.
    """
    return _handed_out(job_id, [name] if name else [], actor=actor, at=at)[0]


def download_all(job_id: int, *, actor: Actor, at: datetime) -> list[Path]:
    """Every file of a job, on record one by one. Raises NotAllowed, NotFound."""
    return _handed_out(job_id, None, actor=actor, at=at)


def _handed_out(job_id: int, names: list[str] | None, *, actor: Actor, at: datetime) -> list[Path]:
    """names: none for the one file of a job that wrote one; None for all. Only what stands in the job's result is handed out."""
    job = Job.objects.filter(pk=job_id, requested_by=actor.account, state="DONE").first()
    several = [str(one["name"]) for one in job.result.get("files", ())] if job else []
    single = str(job.result.get("file", "")) if job else ""
    wanted = several if names is None else names or [single]
    paths = [export_path(job_id, name) for name in wanted if name and name in (single, *several)]
    if (
        job is None
        or not is_of_post(job, actor)
        or not paths
        or len(paths) < len(wanted)
        or not all(path.is_file() for path in paths)
    ):
        raise access.NotFound(job_id)
    access.require(actor, Kind(job.kind).need)
    audit.record_looks(
        (
            audit.Line(audit.Event.EXPORT_DOWNLOADED, "job", str(job.pk), detail={"file": path.name})
            for path in paths
        ),
        actor=actor, at=at, count=1,
    )  # fmt: skip
    return paths


def clear_old(*, at: datetime) -> int:
    """Remove exports and uploads of more than a week ago, and uploads that no job came for; returns how many folders went."""
    oldest, gone = (at - timedelta(days=KEPT_DAYS)).timestamp(), 0
    for name in ("exports", "uploads"):
        for folder in (Path(settings.CANBAO_HOME) / name).glob("*"):
            forgotten = _UPLOAD.fullmatch(folder.name) and _is_forgotten(folder, at)
            if forgotten or (folder.stat().st_mtime < oldest and folder.name != "open"):
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    return gone


def _is_forgotten(upload: Path, at: datetime) -> bool:
    """The request that brought it was killed before its job was there."""
    is_new = upload.stat().st_mtime > (at - timedelta(hours=1)).timestamp()
    return not is_new and not Job.objects.filter(arguments__upload=upload.name).exists()
