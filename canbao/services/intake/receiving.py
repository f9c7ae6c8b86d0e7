"""Take a delivery in: check it, understand every row, and prepare a batch that a second person may commit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from canbao.bulk.engine import DuckEngine
from canbao.bulk.findings import conflict_counts, find_doubles, warning_counts
from canbao.outside.files.digests import sm3_of, sm3_text
from canbao.outside.files.manifest import ListedFile, Manifest, check_day, check_digest, check_rows
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.masking import scrub
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.audit import Event
from canbao.services.intake.places import Watch, engine, folder_of, receiving, unwatched
from canbao.services.intake.preparing import base_files, prepare
from canbao.services.intake.reading import FileReport, Reader
from canbao.store.models import Batch, BatchStatus, Delivery, DeliveryState

LIVE = (BatchStatus.PREPARED, BatchStatus.HELD, BatchStatus.COMMITTED)


@dataclass(frozen=True)
class Receipt:
    """A delivery and its batch; `known` when it had been received before and nothing was done.

    replaced: the uncommitted batches it takes the place of. unlisted: data files beside those of the manifest.
    """

    delivery: Delivery
    batch: Batch
    known: bool = False
    replaced: tuple[int, ...] = ()
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """The files as they were when their digests were taken."""

    digests: list[str]
    looks: list[tuple[int, int]]


def receive(manifest: Manifest, *, actor: Actor, at: datetime, watch: Watch = unwatched) -> Receipt:
    """Receive one delivery; the same one again changes nothing, an unfinished one starts afresh.

    Raises NotAllowed, DeliveryRefused, DeliveryBusy.
    """
    access.require(actor, Permission.DELIVERY_RECEIVE)
    seen = _look_over(manifest, actor=actor, at=at, watch=watch)
    with receiving(digest := delivery_digest(manifest, seen.digests)):
        if known := _live_batch(digest):
            with _refusing_announcement(manifest, seen.digests, actor=actor, at=at):
                _check_known_rows(manifest, known.delivery, seen.digests)
            return Receipt(known.delivery, known, known=True, unlisted=manifest.unlisted)
        delivery = _begin(manifest, digest, actor=actor, at=at)
        try:
            return _take_in(manifest, delivery, seen, actor=actor, at=at, watch=watch)
        except DeliveryRefused as refusal:
            _refuse(delivery, refusal, actor=actor, at=at)
            raise


def delivery_digest(manifest: Manifest, digests: list[str]) -> str:
    """The same for the same files of the same source, kind and date, whatever they are called and in what order."""
    return sm3_text("\n".join([manifest.source, manifest.kind, manifest.as_of.isoformat(), *sorted(digests)]))


@transaction.atomic
def record_refusal(refusal: DeliveryRefused, *, path: Path, actor: Actor, at: datetime) -> None:
    """Note a delivery that could not even be announced; it is listed when its manifest says what it was to be."""
    stated = refusal.stated
    if stated is None:
        _journal_refusal(refusal, target_id=scrub(path.name), actor=actor, at=at)
        return
    source, kind, as_of = stated
    announced = Manifest(path, source, kind, as_of, ())
    digest = sm3_text(f"refused {path.name} {refusal.code} {refusal.file} {announced.as_json()}")
    _refuse(_begin(announced, digest, actor=actor, at=at), refusal, actor=actor, at=at)


def _look_over(manifest: Manifest, *, actor: Actor, at: datetime, watch: Watch) -> Seen:
    looks = _looks(manifest)
    total = sum(file.path.stat().st_size for file in manifest.files)
    with watch(f"核对摘要 {manifest.source}", total=total) as step:
        found = [sm3_of(file.path, progress=step) for file in manifest.files]
    with _refusing_announcement(manifest, found, actor=actor, at=at):
        check_day(manifest, day_of(at))
        for file, digest in zip(manifest.files, found, strict=True):
            check_digest(file, digest)
    return Seen(found, looks)


@contextmanager
def _refusing_announcement(manifest: Manifest, found: list[str], *, actor: Actor, at: datetime) -> Iterator[None]:
    """A false manifest is noted under a digest of its own: its files may have been received before, under a true one."""
    try:
        yield
    except DeliveryRefused as refusal:
        digest = sm3_text(f"refused {manifest.as_json()} {found}")
        _refuse(_begin(manifest, digest, actor=actor, at=at), refusal, actor=actor, at=at)
        raise


def _check_known_rows(manifest: Manifest, known: Delivery, digests: list[str]) -> None:
    rows = {file["sm3"]: file["rows"] for file in known.files}
    for file, digest in zip(manifest.files, digests, strict=True):
        check_rows(file, rows[digest])


def _live_batch(digest: str) -> Batch | None:
    received = Batch.objects.select_related("delivery").filter(delivery__digest=digest, status__in=LIVE)
    return received.filter(delivery__state=DeliveryState.RECEIVED).first()


def _begin(manifest: Manifest, digest: str, *, actor: Actor, at: datetime) -> Delivery:
    """A row that says what is going on, and an empty folder: whatever a killed process left is thrown away."""
    delivery, _ = Delivery.objects.update_or_create(
        digest=digest,
        defaults={
            "source": manifest.source,
            "kind": manifest.kind,
            "as_of": manifest.as_of,
            "manifest": manifest.as_json(),
            "files": [],
            "rows": 0,
            "state": DeliveryState.RECEIVING,
            "refusal": "",
            "received_by": actor.account,
            "received_at": at,
        },
    )
    shutil.rmtree(folder_of(delivery).path, ignore_errors=True)
    folder_of(delivery).path.mkdir(parents=True)
    return delivery


def _take_in(
    manifest: Manifest, delivery: Delivery, seen: Seen, *, actor: Actor, at: datetime, watch: Watch
) -> Receipt:
    reads = [manifest.folder, *base_files(delivery.source)]
    with engine(writes=[folder_of(delivery).path], reads=reads) as session:
        reports = _read_files(session, manifest, delivery, seen, watch)
        folder = folder_of(delivery)
        find_doubles(session, mapped=folder.mapped, doubles=folder.doubles)
        batch = Batch(
            delivery=delivery,
            prepared_by=actor.account,
            prepared_at=at,
            warnings=warning_counts(session, folder.mapped),
            conflicts=conflict_counts(session, folder.mapped),
        )
        delivery.files = [report.as_json() for report in reports]
        delivery.rows = sum(report.rows for report in reports)
        with watch(f"与上次数据比较 {manifest.source}"):
            prepare(session, delivery, warnings=batch.warnings).fill(batch)
    replaced = _finish(batch, actor=actor, at=at)
    return Receipt(delivery, batch, replaced=replaced, unlisted=manifest.unlisted)


def _read_files(
    session: DuckEngine, manifest: Manifest, delivery: Delivery, seen: Seen, watch: Watch
) -> list[FileReport]:
    total = sum(file.path.stat().st_size for file in manifest.files)
    with watch(f"读取 {manifest.source}", total=total) as step:
        reader = Reader(session, folder_of(delivery), manifest, step)
        listed: list[tuple[ListedFile, str]] = list(zip(manifest.files, seen.digests, strict=True))
        reports = [reader.read(file, index=index, sm3=digest) for index, (file, digest) in enumerate(listed)]
    if _looks(manifest) != seen.looks:
        raise DeliveryRefused("FILE:CHANGED", f"{manifest.folder} 里的文件在接收过程中被改动，请待文件传完后再接收。")
    return reports


def _looks(manifest: Manifest) -> list[tuple[int, int]]:
    """Size and time of every file: a copy that is still under way gives itself away."""
    return [(found.st_size, found.st_mtime_ns) for found in (file.path.stat() for file in manifest.files)]


@transaction.atomic
def _finish(batch: Batch, *, actor: Actor, at: datetime) -> tuple[int, ...]:
    """From here on the delivery counts as received: row, batch and journal together; returns what it replaced."""
    delivery = batch.delivery
    delivery.state = DeliveryState.RECEIVED
    delivery.save()
    replaced = _replace_older(delivery)
    batch.save()
    detail: dict[str, object] = {"source": delivery.source, "kind": delivery.kind, "digest": delivery.digest}
    audit.record(
        Event.DELIVERY_RECEIVED,
        actor=actor,
        at=at,
        target_kind="delivery",
        target_id=str(delivery.pk),
        detail=detail | {"rows": delivery.rows, "as_of": delivery.as_of.isoformat()},
    )
    audit.record(
        Event.BATCH_PREPARED,
        actor=actor,
        at=at,
        target_kind="batch",
        target_id=str(batch.pk),
        basis=f"delivery {delivery.pk}",
        detail={"counts": batch.counts, "breakers": batch.breakers, "replaced": list(replaced)},
    )
    return replaced


def _replace_older(delivery: Delivery) -> tuple[int, ...]:
    """A full list for the same date takes the place of one that nobody committed."""
    if delivery.kind != "full":
        return ()
    older = Batch.objects.exclude(delivery=delivery).filter(
        delivery__source=delivery.source,
        delivery__kind="full",
        delivery__as_of=delivery.as_of,
        status__in=(BatchStatus.PREPARED, BatchStatus.HELD),
    )
    replaced = tuple(older.order_by("pk").values_list("pk", flat=True))
    Batch.objects.filter(pk__in=replaced).update(status=BatchStatus.REPLACED)
    return replaced


@transaction.atomic
def _refuse(delivery: Delivery, refusal: DeliveryRefused, *, actor: Actor, at: datetime) -> None:
    delivery.state, delivery.refusal = DeliveryState.REFUSED, refusal.sentence
    delivery.save()
    _journal_refusal(refusal, target_id=str(delivery.pk), actor=actor, at=at)
    shutil.rmtree(folder_of(delivery).path, ignore_errors=True)


def _journal_refusal(refusal: DeliveryRefused, *, target_id: str, actor: Actor, at: datetime) -> None:
    audit.record(
        Event.DELIVERY_REFUSED,
        actor=actor,
        at=at,
        target_kind="delivery",
        target_id=target_id,
        detail={"code": refusal.code, "file": scrub(refusal.file)},
    )
