"""How far a job is: for the account that asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from canbao.rules.offices import office_full_name
from canbao.rules.roles import Actor, Role
from canbao.services import access
from canbao.services.jobs.kinds import Kind
from canbao.services.jobs.requester import is_of_post
from canbao.store.models import Job, JobState

AT_ONCE = 50
_TONES = {"QUEUED": "wait", "RUNNING": "look", "DONE": "ok", "FAILED": "bad", "CANCELLED": "plain"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A job with the words for it. share: percent done of the stage, where that is known."""

    job: Job
    kind: Kind
    state: str
    tone: str
    share: int | None
    text: str
    is_running: bool
    can_cancel: bool
    asked_in: (
        str  # the post in which it was asked for, where the reader stands in another now: its files are for that post
    )


def of(actor: Actor, *, after: int = 0) -> list[Seen]:
    """The jobs the account asked for, newest first, those before number `after`."""
    rows = Job.objects.filter(requested_by=actor.account)
    if after:
        rows = rows.filter(pk__lt=after)
    return [_seen(job, actor) for job in rows.order_by("-pk")[:AT_ONCE]]


def look(job_id: int, actor: Actor) -> Seen:
    """Raises NotFound, also for the jobs of others."""
    job = Job.objects.filter(pk=job_id, requested_by=actor.account).first()
    if job is None:
        raise access.NotFound(job_id)
    return _seen(job, actor)


def _seen(job: Job, actor: Actor) -> Seen:
    kind, running = Kind(job.kind), job.finished_at is None
    return Seen(
        job=job,
        kind=kind,
        state="正在取消" if running and job.cancel_asked_at else JobState(job.state).label,
        tone=_TONES[job.state],
        share=_share(job),
        text=_text(job),
        is_running=running,
        can_cancel=running and kind.cancellable and not job.cancel_asked_at,
        asked_in="" if is_of_post(job, actor) else _post_of(job),
    )


def _post_of(job: Job) -> str:
    return f"{office_full_name(job.requested_office)}{Role(job.requested_role).label}"


def _share(job: Job) -> int | None:
    if job.state == JobState.DONE:
        return 100
    return min(100, job.done * 100 // job.total) if job.total else None


def _text(job: Job) -> str:
    if job.state == JobState.QUEUED:
        return "等待办理" if not job.attempts else "后台程序曾中断，等待重新办理"
    share = _share(job)
    return f"{share}%" if share is not None else ""
