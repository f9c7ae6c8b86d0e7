"""The forms of a village, and the list for the bag."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localdate

from canbao.jobs.acts import Result, _task, now
from canbao.rules.roles import Actor
from canbao.services.forms import bag, carrying
from canbao.services.jobs import Kind, Progress


@_task(Kind.PRINT_FORMS)
def _print_forms(job: Any, actor: Actor, progress: Progress) -> Result:
    at = now()
    return carrying.carry(job, actor=actor, on=localdate(at), at=at, progress=progress)


@_task(Kind.PRINT_LIST)
def _print_list(job: Any, actor: Actor, progress: Progress) -> Result:
    at = now()
    progress.stage("排版走访名单")
    return bag.carry(job, actor=actor, on=localdate(at), at=at)
