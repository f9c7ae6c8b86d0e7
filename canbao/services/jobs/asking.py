"""Ask for a job, or ask it to stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from canbao.outside import queue
from canbao.rules.masking import scrub
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.jobs.kinds import Kind
from canbao.store.models import Job, JobState


class NotCancellable(Exception):
    """It has ended, or must not be stopped half-way."""


@transaction.atomic
def start(kind: Kind, *, label: str, arguments: Mapping[str, object], actor: Actor, at: datetime) -> Job:
    """Put a job in the queue, in the caller's transaction. arguments: numbers and file names, never personal data.

    label: long numbers in it (names of files are typed by people) are hidden.
    Raises NotAllowed.
    """
    access.require(actor, kind.need)
    job = Job.objects.create(
        kind=kind.value, label=scrub(label)[:200], arguments=dict(arguments),
        requested_by=actor.account, requested_role=actor.role.value, requested_office=actor.office, requested_at=at,
    )  # fmt: skip
    job.queue_number = queue.defer(kind.value, job_id=job.pk)
    job.save(update_fields=["queue_number"])
    audit.record(
        audit.Event.JOB_ASKED, actor=actor, at=at, target_kind="job", target_id=str(job.pk), detail={"kind": kind.label}
    )
    return job


@transaction.atomic
def cancel(job_id: int, *, actor: Actor, at: datetime) -> Job:
    """Only the account that asked for it: at once while it waits, else as soon as it looks up from its work.

    Raises NotFound, NotCancellable.
    """
    job = Job.objects.select_for_update().filter(pk=job_id, requested_by=actor.account).first()
    if job is None:
        raise access.NotFound(job_id)
    if job.finished_at or not Kind(job.kind).cancellable:
        raise NotCancellable(job_id)
    job.cancel_asked_at = at
    if job.state == JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED, at
    job.save(update_fields=["cancel_asked_at", "state", "finished_at"])
    audit.record(audit.Event.JOB_CANCELLED, actor=actor, at=at, target_kind="job", target_id=str(job.pk))
    return job
