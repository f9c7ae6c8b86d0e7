"""What other people do with a batch: release it, commit it, reverse it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from canbao.bulk.comparison import state_digest_parts, write_state
from canbao.bulk.engine import DuckEngine
from canbao.outside.files.digests import sm3_text
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit, matching
from canbao.services.audit import Event
from canbao.services.intake.errors import (
    BatchHeld,
    LaterBatchDepends,
    NoSuchBatch,
    PreviewChanged,
    SamePerson,
    WrongStatus,
)
from canbao.services.intake.places import committing, engine, folder_of, home, state_path
from canbao.services.intake.preparing import base_files, base_path, current_state, prepare
from canbao.store.models import Batch, BatchStatus, SourceState

# All that the web's login may write in a batch (store/grants.sql).
_RELEASED = (
    "status", "released_first_by", "released_first_at", "released_second_by", "released_second_at", "release_reasons",
)  # fmt: skip


def waiting() -> list[Batch]:
    """The batches that may be committed, in the order in which they should be."""
    prepared = Batch.objects.filter(status=BatchStatus.PREPARED).select_related("delivery")
    return list(prepared.order_by("delivery__as_of", "pk"))


@transaction.atomic
def approve(batch_id: int, *, actor: Actor, at: datetime, reason: str) -> Batch:
    """Release a held batch; the second approval, by another person, makes it ready to commit.

    Raises NotAllowed, NoSuchBatch, WrongStatus, SamePerson.
    """
    access.require(actor, Permission.DELIVERY_RELEASE)
    batch = _fetch(batch_id, BatchStatus.HELD)
    if actor.account in (batch.prepared_by, batch.released_first_by):
        raise _own_batch(batch, "approve", actor=actor, at=at)
    if batch.released_first_by:
        batch.released_second_by, batch.released_second_at = actor.account, at
        batch.status = BatchStatus.PREPARED
    else:
        batch.released_first_by, batch.released_first_at = actor.account, at
    batch.release_reasons = [*batch.release_reasons, reason]
    batch.save(update_fields=_RELEASED)
    _journal(Event.BATCH_RELEASED, batch, actor=actor, at=at, detail={"reason": reason, "status": str(batch.status)})
    return batch


def commit(batch_id: int, *, actor: Actor, at: datetime) -> Batch:
    """Make a batch the state of its source.

    Raises NotAllowed, NoSuchBatch, WrongStatus, SamePerson, BatchHeld, PreviewChanged.
    """
    access.require(actor, Permission.DELIVERY_COMMIT)
    with committing():
        batch = _to_commit(batch_id, actor, at)
        source = batch.delivery.source
        state = current_state(source)
        writes = [folder_of(batch.delivery).path, (home() / state_path(source, batch.pk)).parent]
        with engine(writes=writes, reads=base_files(state)) as session:
            folder = folder_of(batch.delivery)
            if batch.base_id != state.batch_id or not folder.is_compared_with(base_path(state)):
                _compare_again(session, batch, state)
            return _switch(session, batch, state, actor=actor, at=at)


def reverse(batch_id: int, *, actor: Actor, at: datetime, reason: str) -> Batch:
    """Put the source back to what it was before the batch.

    Raises NotAllowed, NoSuchBatch, WrongStatus, LaterBatchDepends, registry.LaterActs.
    """
    return reverse_many([batch_id], actor=actor, at=at, reason=reason)[0]


def reverse_many(batch_ids: Iterable[int], *, actor: Actor, at: datetime, reason: str) -> list[Batch]:
    """Reverse several batches, the one committed last first; all of them or none. Raises what `reverse` raises."""
    access.require(actor, Permission.DELIVERY_REVERSE)
    with committing(), transaction.atomic():
        batches = [_fetch(batch_id, BatchStatus.COMMITTED) for batch_id in dict.fromkeys(batch_ids)]
        batches.sort(key=lambda batch: (batch.committed_at, batch.pk), reverse=True)
        for batch in batches:
            _put_back(batch, actor=actor, at=at, reason=reason)
        for batch in reversed(
            batches
        ):  # the first retraction undoes all later runs with it, so the register is restored once
            matching.retract(batch.pk, actor=actor, at=at)
        return batches


def _put_back(batch: Batch, *, actor: Actor, at: datetime, reason: str) -> None:
    state = current_state(batch.delivery.source)
    if state.batch_id != batch.pk:
        raise LaterBatchDepends(batch.pk, int(state.batch_id or 0))
    _point_to(batch.delivery.source, batch.base)
    batch.status, batch.reversed_by, batch.reversed_at = BatchStatus.REVERSED, actor.account, at
    batch.reverse_reason = reason
    batch.save()
    _journal(Event.BATCH_REVERSED, batch, actor=actor, at=at, detail={"reason": reason})


def _fetch(batch_id: int, status: BatchStatus) -> Batch:
    batch = Batch.objects.select_for_update(of=("self",)).select_related("delivery").filter(pk=batch_id).first()
    if not batch:
        raise NoSuchBatch(batch_id)
    if batch.status != status:
        raise WrongStatus(batch_id, batch.status)
    return batch


@transaction.atomic
def _to_commit(batch_id: int, actor: Actor, at: datetime) -> Batch:
    batch = Batch.objects.select_related("delivery").filter(pk=batch_id).first()
    if batch and batch.status == BatchStatus.HELD:
        raise BatchHeld(batch_id, batch.breakers)
    batch = _fetch(batch_id, BatchStatus.PREPARED)
    if actor.account in (batch.prepared_by, batch.released_first_by):
        raise _own_batch(batch, "commit", actor=actor, at=at)
    return batch


def _compare_again(session: DuckEngine, batch: Batch, state: SourceState) -> None:
    """The state moved on since the preview: new figures, and what they trip must be released too.

    Raises WrongStatus, BatchHeld, PreviewChanged.
    """
    released, seen = {breaker["breaker"] for breaker in batch.breakers}, batch.counts
    prepare(session, batch.delivery, state=state, warnings=batch.warnings).fill(batch)
    if {breaker["breaker"] for breaker in batch.breakers} <= released:
        batch.status = BatchStatus.PREPARED
        if any(batch.counts[name] > seen[name] for name in ("changed", "ended")):
            _save_waiting(batch)
            raise PreviewChanged(batch.pk, seen, batch.counts)
        return
    batch.released_first_by = batch.released_second_by = ""
    batch.released_first_at = batch.released_second_at = None
    _save_waiting(batch)
    raise BatchHeld(batch.pk, batch.breakers)


@transaction.atomic
def _save_waiting(batch: Batch) -> None:
    """Save a batch that has to be as it was when it was fetched: it may have been replaced since. Raises WrongStatus."""
    _fetch(batch.pk, BatchStatus.PREPARED)
    batch.save()


def _switch(session: DuckEngine, batch: Batch, state: SourceState, *, actor: Actor, at: datetime) -> Batch:
    """The file first, then everything that points to it in one transaction; a file nobody points to is no state.

    Raises WrongStatus.
    """
    source = batch.delivery.source
    path = state_path(source, batch.pk)
    rows, parts = write_state(session, folder_of(batch.delivery), base=base_path(state), state=home() / path)
    with transaction.atomic():
        batch.status, batch.committed_by, batch.committed_at = BatchStatus.COMMITTED, actor.account, at
        batch.state_path, batch.state_rows, batch.state_digest = path, rows, sm3_text(parts)
        _save_waiting(batch)
        _point_to(source, batch)
        detail: dict[str, object] = {"source": source, "counts": batch.counts, "digest": batch.state_digest}
        _journal(Event.BATCH_COMMITTED, batch, actor=actor, at=at, detail=detail)
    return batch


def _point_to(source: str, batch: Batch | None) -> None:
    values: dict[str, Any] = {"batch": None, "path": "", "digest": "", "rows": 0, "as_of": None}
    if batch:
        values = {
            "batch": batch,
            "path": batch.state_path,
            "digest": batch.state_digest,
            "rows": batch.state_rows,
            "as_of": _latest(batch),
        }
    SourceState.objects.update_or_create(source=source, defaults=values)


def _latest(batch: Batch) -> date:
    """The newest date of all that went into the state; a delta let in late does not make it older."""
    latest, before = batch.delivery.as_of, batch.base
    while before:
        latest, before = max(latest, before.delivery.as_of), before.base
    return latest


def state_digest(source: str) -> str:
    """The digest of a source's state, computed from its file."""
    state = current_state(source)
    path = base_path(state)
    if not path:
        return ""
    with engine(reads=[path]) as session:
        return sm3_text(state_digest_parts(session, path)[1])


def _own_batch(batch: Batch, act: str, *, actor: Actor, at: datetime) -> SamePerson:
    """The attempt goes on record; to be raised."""
    error = SamePerson(actor.account, act)
    return audit.own_act(error, actor=actor, at=at, target_kind="batch", target_id=str(batch.pk))


def _journal(event: Event, batch: Batch, *, actor: Actor, at: datetime, detail: dict[str, object]) -> None:
    audit.record(
        event,
        actor=actor,
        at=at,
        target_kind="batch",
        target_id=str(batch.pk),
        basis=f"delivery {batch.delivery_id}",
        detail=detail,
    )
