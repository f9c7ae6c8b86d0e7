"""The visiting list of a round is made; a round whose list was not made says so."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from canbao.jobs.acts import Result, _task, now
from canbao.rules.roles import Actor
from canbao.services import access
from canbao.services.jobs import Kind, Progress
from canbao.services.survey import building


@_task(Kind.SURVEY_BUILD)
def _build(job: Any, actor: Actor, progress: Progress) -> Result:
    round_id = int(job.arguments["round"])

    def step(name: str) -> None:
        progress.stage(name, done=building.STEPS.index(name), total=len(building.STEPS))

    try:
        made = building.build(round_id, actor=actor, at=now(), step=step)
    except building.NotBuilding:
        if job.attempts < 2:  # the first attempt did it and was killed afterwards
            raise
        return {"round": round_id}
    except Exception:
        with suppress(access.NotFound):
            building.give_up(round_id, actor=actor, at=now())
        raise
    return {"round": round_id, "rows": made.counts["people"]}
