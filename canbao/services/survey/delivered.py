"""What the insurance systems delivered, and how much of it the register has (规程第八条)."""

from __future__ import annotations

from canbao.rules.indicators import INSURANCE, Delivered
from canbao.store.models import Batch, MatchRun, RunState, SourceState


def delivered() -> list[Delivered]:
    """By system, over the whole city: numbers of the batches, nobody's record is read."""
    states = SourceState.objects.filter(source__in=INSURANCE, batch__isnull=False).order_by("source")
    read = _read_by_last_run()
    return [_of(state.batch_id, read.get(state.source)) for state in states]


def _of(now: int | None, compared: int | None) -> Delivered:
    taken, held_back = _rows(now)
    matched = taken if compared == now else _rows(compared)[0]
    return Delivered(taken, held_back, matched)


def _read_by_last_run() -> dict[str, int]:
    run = MatchRun.objects.filter(state=RunState.APPLIED).order_by("-pk").first()
    return {source: int(state["batch"]) for source, state in run.inputs["sources"].items()} if run else {}


def _rows(number: int | None) -> tuple[int, int]:
    """Taken and held back by a batch and those before it, back to the last complete delivery."""
    taken = held_back = 0
    while number is not None:
        batch = Batch.objects.select_related("delivery").get(pk=number)
        counts, is_full = batch.counts, batch.delivery.kind == "full"
        held_back += counts.get("quarantined", 0) + counts.get("rejected", 0)
        taken += _taken_whole(counts) if is_full else counts.get("new", 0) - counts.get("ended", 0)
        number = None if is_full else batch.base_id
    return taken, held_back


def _taken_whole(counts: dict[str, int]) -> int:
    return counts.get("accepted", 0) + counts.get("unchanged", 0)
