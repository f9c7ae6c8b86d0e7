"""Carry a job out: progress on a line of its own, an end that is always noted, a second try after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import transaction

from canbao.outside import queue
from canbao.rules.roles import Actor, Role
from canbao.services.jobs.kinds import Kind
from canbao.services.jobs.line import Line
from canbao.services.jobs.requester import RequesterLeftError, check_requester
from canbao.store.models import Job, JobState

EVERY_SECONDS = 0.5  # progress is written no oftener
MOST_ATTEMPTS = 3  # a job that has cost the worker its life so often is not begun again
INTERRUPTED = "后台程序在办理这项任务时多次中断，没有办成。请告知系统管理员。"
LEFT = "发起人已不在该岗位，没有办理。仍须办理的，请由现在岗位上的人重新发起。"
BUG = "程序内部错误，没有办成，已记入错误日志。请告知系统管理员，并说明任务编号。"


class Cancelled(Exception):
    """The account that asked for the job has asked it to stop."""


class Progress:
    """Told by the work how far it is; raises Cancelled inside the work when it is to stop."""

    def __init__(self, line: Line, job_id: int, *, cancellable: bool) -> None:
        self._line, self._job_id, self._cancellable = line, job_id, cancellable
        self._stage, self._done = "", 0.0
        self._total: float | None = None
        self._written = 0.0

    def stage(self, text: str, *, done: float = 0, total: float | None = None) -> None:
        """A new stage begins."""
        self._stage, self._done, self._total = text, done, total
        self._write()

    def step(self, amount: float) -> None:
        """So much more of the stage is done."""
        self._done += amount
        if monotonic() - self._written > EVERY_SECONDS:
            self._write()

    @contextmanager
    def watch(self, label: str, *, total: float | None = None) -> Iterator[Callable[[float], None]]:
        """The form in which services take it."""
        self.stage(label, total=total)
        yield self.step

    def _write(self) -> None:
        self._written = monotonic()
        asked = self._line.tell(
            self._job_id, stage=self._stage, done=int(self._done), total=int(self._total) if self._total else None
        )
        if asked and self._cancellable:
            raise Cancelled


Work = Callable[[Job, Actor, Progress], Mapping[str, Any]]


def carry_out(
    job_id: int, *, work: Work, clock: Callable[[], datetime], sentence: Callable[[Exception], str | None],
    report: Callable[[Exception], None],
) -> None:  # fmt: skip
    """Do the work of a job once; a second call while it runs, or after it ended, does nothing.

    sentence: what the clerk reads when the work was refused; None for a bug, which goes to `report`.
    """
    with Line() as line:
        if not line.hold(job_id) or not line.begin(job_id, at=clock()):
            return
        job = Job.objects.get(pk=job_id)
        actor = Actor(job.requested_by, Role(job.requested_role), job.requested_office)
        progress = Progress(line, job_id, cancellable=Kind(job.kind).cancellable)
        state, message, result = JobState.DONE, "", {}
        try:
            check_requester(job, at=clock())
            result = dict(work(job, actor, progress))
        except RequesterLeftError:
            state, message = JobState.FAILED, LEFT
        except Cancelled:
            state = JobState.CANCELLED
        except Exception as error:
            told = sentence(error)
            if told is None:
                report(error)
            state, message = JobState.FAILED, told or BUG
        line.end(job_id, state=state, message=message, result=result, at=clock())


def sweep(*, at: datetime) -> int:
    """Queue again what a killed worker left unfinished, and what waits without a place in the queue; says how many."""
    again = 0
    with Line() as line:
        for job_id in line.unfinished():
            if not line.hold(job_id):
                continue  # somebody is at work on it
            try:
                again += _queue_again(job_id, at=at)
            finally:
                line.let_go(job_id)
    return again


@transaction.atomic
def _queue_again(job_id: int, *, at: datetime) -> bool:
    job = Job.objects.select_for_update().filter(pk=job_id, finished_at__isnull=True).first()
    if job is None or queue.waits(job.queue_number):
        return False
    queue.give_up(job.queue_number)
    if job.attempts >= MOST_ATTEMPTS:
        job.state, job.message, job.finished_at = JobState.FAILED, INTERRUPTED, at
    else:
        job.state, job.queue_number = JobState.QUEUED, queue.defer(job.kind, job_id=job.pk)
    job.save(update_fields=["state", "message", "finished_at", "queue_number"])
    return job.finished_at is None
