"""`canbao worker`: carries out what the pages put in the queue."""

from __future__ import annotations

import click

from canbao.cli.context import now
from canbao.outside import queue
from canbao.services import intake, jobs


@click.command()
def worker() -> None:
    """办理网页上发起的后台任务(接收、提交、撤销、比对、导出)和定时任务,直到停止。"""
    intake.sweep()
    jobs.sweep(at=now())
    queue.work()
