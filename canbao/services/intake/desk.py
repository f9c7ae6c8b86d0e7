"""Receiving, releasing and committing: sources, batches, what a reversal would undo, what goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from canbao.rules.cadence import EXPECTED, Lateness, lateness
from canbao.rules.labels import SOURCES
from canbao.rules.masking import scrub
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.intake.looking import error_file, preview
from canbao.services.intake.preparing import current_state
from canbao.store.models import Batch, BatchStatus, Delivery, MatchRun, RunState, SourceState

AT_ONCE = 50
VERDICTS = ("accepted", "unchanged", "quarantined", "rejected")


@dataclass(frozen=True, slots=True)
class Source:
    """A source, and what of it counts now. open: batches that wait."""

    code: str
    label: str
    rows: int
    as_of: date | None
    batch: int | None
    late: Lateness
    open: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What reversing a batch takes back. later: the batch that stands on it and has to go first."""

    batch: Batch
    base: Batch | None
    later: int | None
    runs: list[MatchRun]


def sources(*, actor: Actor, on: date) -> list[Source]:
    """Every source that is expected, with the last accepted state. Raises NotAllowed."""
    access.require(actor, Permission.DELIVERY_VIEW)
    states = {state.source: state for state in SourceState.objects.all()}
    waiting: dict[str, int] = {}
    for name in Batch.objects.filter(status__in=("PREPARED", "HELD")).values_list("delivery__source", flat=True):
        waiting[name] = waiting.get(name, 0) + 1
    return [_source(code, states.get(code), waiting.get(code, 0), on) for code in EXPECTED]


def _source(code: str, state: SourceState | None, waiting: int, on: date) -> Source:
    as_of = state.as_of if state else None
    return Source(
        code, SOURCES[code], state.rows if state else 0, as_of, state.batch_id if state else None,
        lateness(code, as_of=as_of, on=on), waiting,
    )  # fmt: skip


def deliveries(*, actor: Actor, after: int = 0, source: str = "", status: str = "") -> tuple[list[dict[str, Any]], int]:
    """Deliveries with their batches, newest first, and where the next page begins (0: nowhere). Raises NotAllowed."""
    access.require(actor, Permission.DELIVERY_VIEW)
    rows = Delivery.objects.order_by("-pk").prefetch_related("batches")
    if after:
        rows = rows.filter(pk__lt=after)
    if source:
        rows = rows.filter(source=source)
    if status:
        rows = rows.filter(batches__status=status).distinct()
    found = list(rows[: AT_ONCE + 1])
    lines = [_line(delivery, batch) for delivery in found[:AT_ONCE] for batch in _batches(delivery)]
    return lines, found[AT_ONCE - 1].pk if len(found) > AT_ONCE else 0


def _batches(delivery: Delivery) -> list[Batch | None]:
    return [*sorted(delivery.batches.all(), key=lambda batch: -batch.pk)] or [None]


def _line(delivery: Delivery, batch: Batch | None) -> dict[str, Any]:
    return {"delivery": delivery, "batch": batch, "source": SOURCES.get(delivery.source, delivery.source)}


def look(batch_id: int, *, actor: Actor) -> dict[str, Any]:
    """All figures of a batch, with who did what to it. Raises NotAllowed, NotFound."""
    batch = _batch(batch_id, actor)
    return preview(batch_id) | {"row": batch, "delivery_row": batch.delivery, "label": SOURCES[batch.delivery.source]}


def undone_by(batch_id: int, *, actor: Actor) -> Undone:
    """What a reversal would take back. Raises NotAllowed, NotFound."""
    access.require(actor, Permission.DELIVERY_REVERSE)
    batch = _batch(batch_id, actor)
    state = current_state(batch.delivery.source)
    used = [run for run in _applied() if any(s["batch"] == batch_id for s in run.inputs.get("sources", {}).values())]
    runs = [run for run in _applied() if used and run.pk >= used[0].pk]
    later = state.batch_id if batch.status == BatchStatus.COMMITTED and state.batch_id != batch.pk else None
    return Undone(batch, batch.base, later, runs)


def error_file_of(batch_id: int, name: str, *, actor: Actor, at: datetime) -> Path:
    """One of the files with the rows that go back, on record: it holds whole rows as they were sent.

    Raises NotAllowed, NotFound.
    """
    access.require(actor, Permission.DELIVERY_ERRORS)
    batch = _batch(batch_id, actor)
    path = error_file(batch_id, name)
    if path is None:
        raise access.NotFound(name)
    audit.record_look(
        audit.Event.DELIVERY_ERRORS_DOWNLOADED, actor=actor, at=at, target_kind="batch", target_id=str(batch.pk),
        detail={"file": scrub(name)},
    )  # fmt: skip
    return path


def runs(*, actor: Actor, after: int = 0) -> list[MatchRun]:
    """The latest runs of the matching. Raises NotAllowed."""
    access.require(actor, Permission.DELIVERY_VIEW)
    rows = MatchRun.objects.order_by("-pk")
    return list((rows.filter(pk__lt=after) if after else rows)[:AT_ONCE])


def run(run_id: int, *, actor: Actor) -> MatchRun:
    """Raises NotAllowed, NotFound."""
    access.require(actor, Permission.DELIVERY_VIEW)
    found = MatchRun.objects.filter(pk=run_id).first()
    if found is None:
        raise access.NotFound(run_id)
    return found


def _applied() -> list[MatchRun]:
    return list(MatchRun.objects.filter(state=RunState.APPLIED).order_by("pk"))


def _batch(batch_id: int, actor: Actor) -> Batch:
    access.require(actor, Permission.DELIVERY_VIEW)
    batch = Batch.objects.select_related("delivery", "base__delivery").filter(pk=batch_id).first()
    if batch is None:
        raise access.NotFound(batch_id)
    return batch
