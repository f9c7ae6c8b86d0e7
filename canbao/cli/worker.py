"""`canbao worker`: carries out what the pages put in the queue; a thread of its own seals the journal."""

from __future__ import annotations

from pathlib import Path

import click
from django.conf import settings
from django.db import connections

from canbao.cli.context import now
from canbao.outside import beside, error_log, queue
from canbao.services import audit, intake, jobs

SEAL_EVERY_SECONDS = 60.0


@click.command()
def worker() -> None:
    """办理网页上发起的后台任务(接收、提交、撤销、比对、导出)和定时任务,封存日志,直到停止。"""
    intake.sweep()
    jobs.sweep(at=now())
    with beside.again_and_again(seal, every=SEAL_EVERY_SECONDS, report=_report, name="sealing"):
        queue.work()


def seal() -> None:
    """One turn. Not a task of the queue, which the web's login writes: a place that is taken there, or a long job, would hold it up."""
    try:
        audit.keep_sealed(at=now())
    finally:
        connections.close_all()  # of this thread: a server that was restarted is met by a new one


def _report(error: Exception) -> None:
    error_log.note(Path(settings.CANBAO_HOME) / "errors.log", error, at=now(), where="(日志封存)")
