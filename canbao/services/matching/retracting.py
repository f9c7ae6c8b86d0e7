"""Take back the runs that used a batch: the register, the cases and the links are again what they were before."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from canbao.bulk.engine import DuckEngine
from canbao.rules.roles import Actor
from canbao.services import audit, registry, villages
from canbao.services.matching.casebook import load_cases
from canbao.store.models import UNDECIDED, CaseState, MatchCase, MatchRun, RunState


@transaction.atomic
def retract(batch_id: int, *, actor: Actor, at: datetime) -> int:
    """Undo every run that read this batch, and those after them. Returns the people restored (0: no run had read it).

    Later runs must be made again by the caller. Raises registry.LaterActs.
    """
    applied = list(MatchRun.objects.filter(state=RunState.APPLIED).order_by("id"))
    used = [run for run in applied if any(s["batch"] == batch_id for s in run.inputs.get("sources", {}).values())]
    if not used:
        return 0
    first = used[0]
    undone = [run for run in applied if run.pk >= first.pk]
    again = [f"retract:{run.pk}" for run in MatchRun.objects.filter(pk__gte=first.pk)]
    people = registry.restore(  # what a run writes is recorded at its beginning
        before=first.started_at, bases=[f"run:{run.pk}" for run in undone] + again, basis=f"retract:{first.pk}", at=at,
        along=villages.undone_bases(first.started_at),
    )  # fmt: skip
    MatchRun.objects.filter(pk__in=[run.pk for run in undone]).update(state=RunState.RETRACTED, retracted_at=at)
    before = next((run for run in reversed(applied) if run.pk < first.pk), None)
    _restore_rest(before)
    registry.follow_plain()  # the run before wrote them without the villages that were worked out after it
    audit.record(
        audit.Event.BATCH_REVERSED, actor=actor, at=at, target_kind="run", target_id=str(first.pk),
        basis=f"batch:{batch_id}", detail={"people": people, "runs": [run.pk for run in undone]},
    )  # fmt: skip
    return people


def _restore_rest(before: MatchRun | None) -> None:
    """Employers, households, cards and cases as the run before had them."""
    home = Path(settings.CANBAO_HOME)
    if before is None:
        registry.replace_plain(None, None)
        MatchCase.objects.filter(state__in=UNDECIDED).update(state=CaseState.GONE)
        return
    spill = home / "tmp" / f"run-{before.pk}-retracted"  # swept with the leavings of runs
    folder = home / before.folder
    with DuckEngine(spill, reads=[folder], memory_limit=settings.CANBAO_MEMORY) as engine:
        registry.replace_plain(engine, folder / "wanted", folder=spill)
        load_cases(engine, folder, run_id=before.pk)
