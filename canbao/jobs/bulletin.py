"""The bulletin of the whole city: it reads every line of the round, so nobody waits for it on a page."""

from __future__ import annotations

from typing import Any

from canbao.jobs.acts import Result, _task, now
from canbao.rules.roles import Actor
from canbao.services import jobs
from canbao.services.jobs import Kind, Progress
from canbao.services.survey import bulletin

FILE = "bulletin.xlsx"


@_task(Kind.BULLETIN)
def _bulletin(job: Any, actor: Actor, progress: Progress) -> Result:
    progress.stage("统计各机构的进度")
    target = jobs.export_path(job.pk, FILE)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_suffix(".part.xlsx")
    found = bulletin.write(part, int(job.arguments["round"]), actor=actor, at=now())
    part.chmod(0o600)
    part.replace(target)
    return {"file": target.name, "rows": len(found.rows), "round": found.round.pk}
