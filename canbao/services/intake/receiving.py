"""Take a delivery in: check it, understand every row, and prepare a batch that a second person may commit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, transaction

from canbao.bulk.engine import CELL_ERRORS, DuckEngine, UnreadableInputError
from canbao.bulk.findings import conflict_counts, warning_counts
from canbao.outside.files import opening
from canbao.outside.files.digests import sm3_text
from canbao.outside.files.manifest import Manifest, check_day, check_digest, check_rows
from canbao.outside.files.names import printable
from canbao.outside.files.opening import Copied
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.reader.failures import ReaderBusyError
from canbao.rules.masking import scrub
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.audit import Event
from canbao.services.intake.places import Watch, engine, folder_of, receiving, unwatched, work_folder
from canbao.services.intake.preparing import base_files, current_state, prepare
from canbao.services.intake.reading import FileReport, Reader
from canbao.store.models import Batch, BatchStatus, Delivery, DeliveryState, SourceState

_LONGEST_TARGET = 100
_NOT_PROCESSED = "有系统不能处理的内容，没有接收。请另存为 CSV 或 XLSX 后再送；仍不能接收的，请告知系统管理员。"
_FAILED = "没有接收：系统在处理时出错，不是报送数据的问题。请告知系统管理员，排除后重新接收。"
FILE_ERRORS = (*CELL_ERRORS, UnreadableInputError)  # all others are ours: a full disk, too little memory, a bug
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
class Taken:
    """Our own copies of a delivery's files, in their order: what was digested is what is read. work: where they lie."""

    work: Path
    copies: list[Copied]

    @property
    def digests(self) -> list[str]:
        return [copied.sm3 for copied in self.copies]


def receive(manifest: Manifest, *, actor: Actor, at: datetime, watch: Watch = unwatched) -> Receipt:
    """Receive one delivery; the same one again changes nothing, an unfinished one starts afresh.

    Raises NotAllowed, DeliveryRefused, DeliveryBusy, ReaderBusyError, ReaderUnavailableError.
    """
    access.require(actor, Permission.DELIVERY_RECEIVE)
    with work_folder() as work:
        taken = _copied(manifest, work, actor=actor, at=at, watch=watch)
        with receiving(digest := delivery_digest(manifest, taken.digests)):
            if known := _live_batch(digest):
                with _refusing_announcement(manifest, taken.digests, actor=actor, at=at):
                    _check_known_rows(manifest, known.delivery, taken.digests)
                return Receipt(known.delivery, known, known=True, unlisted=manifest.unlisted)
            delivery = _begin(manifest, digest, actor=actor, at=at)
            try:
                return _take_in(manifest, delivery, taken, actor=actor, at=at, watch=watch)
            except DeliveryRefused as refusal:
                _refuse(delivery, refusal, actor=actor, at=at)
                raise
            except FILE_ERRORS as error:
                unreadable = DeliveryRefused("DELIVERY:NOT_PROCESSED", f"这份数据{_NOT_PROCESSED}")
                _refuse(delivery, unreadable, actor=actor, at=at)
                raise unreadable from error
            except ReaderBusyError:  # asked again in a moment: nothing failed
                shutil.rmtree(folder_of(delivery).path, ignore_errors=True)
                raise
            except Exception:
                _give_up(delivery, actor=actor, at=at)
                raise


def delivery_digest(manifest: Manifest, digests: list[str]) -> str:
    """The same for the same files of the same source, kind and date, whatever they are called and in what order."""
    return sm3_text("\n".join([manifest.source, manifest.kind, manifest.as_of.isoformat(), *sorted(digests)]))


@transaction.atomic
def record_refusal(refusal: DeliveryRefused, *, path: Path, actor: Actor, at: datetime) -> None:
    """Note a delivery that could not even be announced; it is listed when its manifest says what it was to be."""
    stated, name = refusal.stated, printable(path.name)
    if stated is None:
        _journal_refusal(refusal, target_id=scrub(name)[:_LONGEST_TARGET], actor=actor, at=at)
        return
    source, kind, as_of = stated
    announced = Manifest(path, source, kind, as_of, ())
    digest = sm3_text(f"refused {name} {refusal.code} {refusal.file} {announced.as_json()}")
    _refuse(_begin(announced, digest, actor=actor, at=at), refusal, actor=actor, at=at)


def _copied(manifest: Manifest, work: Path, *, actor: Actor, at: datetime, watch: Watch) -> Taken:
    copies: list[Copied] = []
    with _refusing_announcement(manifest, [], actor=actor, at=at):
        check_day(manifest, day_of(at))
        total = sum(size for size, *_ in _looks(manifest))
        with watch(f"核对摘要 {manifest.source}", total=total) as step:
            for index, file in enumerate(manifest.files):
                copies.append(opening.private_copy(file.path, work / f"{index:04d}", progress=step))
    taken = Taken(work, copies)
    with _refusing_announcement(manifest, taken.digests, actor=actor, at=at):
        for file, copied in zip(manifest.files, copies, strict=True):
            check_digest(file, copied.sm3)
    return taken


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
    manifest: Manifest, delivery: Delivery, taken: Taken, *, actor: Actor, at: datetime, watch: Watch
) -> Receipt:
    writes, state = [folder_of(delivery).path], current_state(delivery.source)
    with engine(taken.work, writes=writes, reads=base_files(state)) as session:
        reports = _read_files(session, manifest, delivery, taken, state, watch)
        folder = folder_of(delivery)
        batch = Batch(
            delivery=delivery,
            prepared_by=actor.account,
            prepared_at=at,
            warnings=warning_counts(session, folder.sent),
            conflicts=conflict_counts(session, folder.sent),
        )
        delivery.files = [report.as_json() for report in reports]
        delivery.rows = sum(report.rows for report in reports)
        with watch(f"与上次数据比较 {manifest.source}"):
            prepare(session, delivery, state=state, warnings=batch.warnings).fill(batch)
    replaced = _finish(batch, actor=actor, at=at)
    return Receipt(delivery, batch, replaced=replaced, unlisted=manifest.unlisted)


def _read_files(
    session: DuckEngine, manifest: Manifest, delivery: Delivery, taken: Taken, state: SourceState, watch: Watch
) -> list[FileReport]:
    total = sum(copied.size for copied in taken.copies)
    with watch(f"读取 {manifest.source}", total=total) as step:
        reader = Reader(session, folder_of(delivery), taken.work, manifest, base_files(state), step)
        reports = [_read(reader, index, manifest, taken) for index in range(len(manifest.files))]
    if _looks(manifest) != [copied.look for copied in taken.copies]:
        raise opening.changed("、".join(file.name for file in manifest.files[:3]))
    return reports


def _read(reader: Reader, index: int, manifest: Manifest, taken: Taken) -> FileReport:
    """One file; its copy is needed no longer."""
    copied = taken.copies[index]
    name = manifest.files[index].name
    try:
        return reader.read(manifest.files[index], copied, index=index)
    except FILE_ERRORS as error:
        raise DeliveryRefused("FILE:NOT_PROCESSED", f"文件 {name} {_NOT_PROCESSED}", file=name) from error
    finally:
        copied.path.unlink()


def _looks(manifest: Manifest) -> list[tuple[int, int, int]]:
    """Raises DeliveryRefused for a file that is gone."""
    try:
        return [opening.look(file.path) for file in manifest.files]
    except OSError as error:
        raise opening.changed(manifest.files[0].name) from error


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
    # Locked first: what is being committed at this moment is waited for, and no longer among them.
    replaced = tuple(batch.pk for batch in older.select_for_update().order_by("pk"))
    Batch.objects.filter(pk__in=replaced).update(status=BatchStatus.REPLACED)
    return replaced


@transaction.atomic
def _refuse(delivery: Delivery, refusal: DeliveryRefused, *, actor: Actor, at: datetime) -> None:
    delivery.state, delivery.refusal = DeliveryState.REFUSED, refusal.sentence
    delivery.save()
    _journal_refusal(refusal, target_id=str(delivery.pk), actor=actor, at=at)
    shutil.rmtree(folder_of(delivery).path, ignore_errors=True)


def _give_up(delivery: Delivery, *, actor: Actor, at: datetime) -> None:
    """After an error of ours: no raw cells stay, and the delivery can be received again. Where the database is gone, `_begin` does it."""
    shutil.rmtree(folder_of(delivery).path, ignore_errors=True)
    with suppress(DatabaseError):
        _refuse(delivery, DeliveryRefused("DELIVERY:FAILED", _FAILED), actor=actor, at=at)


def _journal_refusal(refusal: DeliveryRefused, *, target_id: str, actor: Actor, at: datetime) -> None:
    audit.record(
        Event.DELIVERY_REFUSED,
        actor=actor,
        at=at,
        target_kind="delivery",
        target_id=target_id,
        detail={"code": refusal.code, "file": refusal.file},
    )
