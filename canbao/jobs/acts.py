"""The tasks that people ask for: load the job, one service call. Each may run twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.utils.timezone import localdate
from procrastinate.contrib.django import app

from canbao.jobs.faults import report
from canbao.jobs.words import sentence
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.sheets import CsvWriter
from canbao.rules.approval import WrongStage
from canbao.rules.roles import Actor
from canbao.rules.stages import STEPS
from canbao.services import intake, jobs, matching
from canbao.services.jobs import Kind, Progress
from canbao.services.jobs.running import BUG, Cancelled
from canbao.services.survey import placed

Result = Mapping[str, Any]
T = TypeVar("T")
BUSY_SECONDS = 120.0  # PostgreSQL may take that long to notice that a killed worker is gone, and to let go of its locks


def now() -> datetime:
    """The clock of the tasks."""
    return datetime.now(UTC)


def _task(kind: Kind) -> Callable[[Callable[[Any, Actor, Progress], Result]], None]:
    """Make a task of a function that does the work of one kind of job."""

    def make(work: Callable[[Any, Actor, Progress], Result]) -> None:
        def run(job_id: int) -> None:
            jobs.carry_out(job_id, work=work, clock=now, sentence=sentence, report=report)

        app.task(name=kind.value)(run)

    return make


def _patient(act: Callable[[], T], busy: type[Exception], *, attempts: int) -> T:
    """On a second attempt the locks may still be those of the first, whose process was killed."""
    deadline = time.monotonic() + (BUSY_SECONDS if attempts > 1 else 0)
    while True:
        try:
            return act()
        except busy:
            if time.monotonic() >= deadline:
                raise
            time.sleep(1)


@_task(Kind.RECEIVE)
def _receive(job: Any, actor: Actor, progress: Progress) -> Result:
    received: list[int] = []
    known: list[int] = []
    refused: list[str] = []
    given = {name: str(job.arguments.get(name, "")) for name in ("source", "kind", "as_of")}
    paths = intake.held_paths(job.arguments, actor=actor)
    for path in paths:  # one that fails does not keep the next from being received
        try:
            batch = _patient(
                lambda path=path: _receive_one(path, given, actor, progress),  # type: ignore[misc]
                intake.DeliveryBusy, attempts=job.attempts,
            )  # fmt: skip
            received.append(batch.batch.pk)
            known += [batch.batch.pk] if batch.known else []
        except DeliveryRefused as refusal:
            refused.append(refusal.sentence)
            if len(paths) == 1:
                raise
        except Cancelled:
            raise
        except Exception as error:
            if len(paths) == 1:
                raise
            if (told := sentence(error)) is None:
                report(error)
            refused.append(f"{path.name}：{told or BUG}")
    return {"batches": received, "refused": refused, "known": known}


def _receive_one(path: Path, given: dict[str, str], actor: Actor, progress: Progress) -> intake.Receipt:
    at = now()
    try:
        manifest = intake.announced(path, **given)
    except DeliveryRefused as refusal:
        intake.record_refusal(refusal, path=path, actor=actor, at=at)
        raise
    return intake.receive(manifest, actor=actor, at=at, watch=progress.watch)


@_task(Kind.COMMIT)
def _commit(job: Any, actor: Actor, progress: Progress) -> Result:
    batch_id = int(job.arguments["batch"])
    progress.stage("写入该来源的现状")
    try:
        intake.commit(batch_id, actor=actor, at=now())
    except intake.WrongStatus as wrong:
        if job.attempts < 2 or wrong.status != "COMMITTED":  # the first attempt did it and was killed afterwards
            raise
    return {"batches": [batch_id], "to_match": True}


@_task(Kind.REVERSE)
def _reverse(job: Any, actor: Actor, progress: Progress) -> Result:
    batch_id = int(job.arguments["batch"])
    progress.stage("恢复到提交之前")
    try:
        intake.reverse(batch_id, actor=actor, at=now(), reason=str(job.arguments["reason"]))
    except intake.WrongStatus as wrong:
        if job.attempts < 2 or wrong.status != "REVERSED":
            raise
    return {"batches": [batch_id]} | _match_rest(job, actor, progress)


def _match_rest(job: Any, actor: Actor, progress: Progress) -> dict[str, Any]:
    """What other batches brought in the same run comes back."""
    try:
        result = dict(_run(job, actor, progress))
    except matching.NothingToMatch:
        result = {}
    placed.work_out(actor=actor, at=now(), step=progress.stage)  # where nothing had to be matched again
    return result


@_task(Kind.MATCH)
def _match(job: Any, actor: Actor, progress: Progress) -> Result:
    return _run(job, actor, progress)


def _run(job: Any, actor: Actor, progress: Progress) -> Result:
    order = {name: place for place, name in enumerate(STEPS)}

    def step(name: str) -> None:
        if name in order:
            progress.stage(STEPS[name], done=order[name], total=len(order))

    report = _patient(
        lambda: matching.run(actor=actor, at=now(), step=step), matching.AlreadyRunning, attempts=job.attempts
    )
    if not report.repeated:
        placed.work_out(actor=actor, at=now(), step=progress.stage)
    return {"run": report.run.pk, "repeated": report.repeated}


@_task(Kind.CASE_BULK)
def _settle_bulk(job: Any, actor: Actor, progress: Progress) -> Result:
    at = now()
    progress.stage("逐件判定", total=job.arguments["cases"])
    bulk = matching.bulk.settle(job.arguments["bulk"], on=localdate(at), actor=actor, at=at, watch=progress.step)
    return {"settled": bulk.settled, "skipped": bulk.skipped}


@_task(Kind.CASE_BULK_UNDO)
def _undo_bulk(job: Any, actor: Actor, progress: Progress) -> Result:
    at = now()
    progress.stage("逐件撤销", total=job.arguments["cases"])
    try:
        bulk = matching.bulk.take_back(
            job.arguments["bulk"], on=localdate(at), actor=actor, at=at, watch=progress.step
        )  # fmt: skip
    except WrongStage:
        if job.attempts < 2:  # the first attempt did it and was killed afterwards
            raise
        return {}
    return {"settled": bulk.settled}


@_task(Kind.EXPORT_CASES)
def _export_cases(job: Any, actor: Actor, progress: Progress) -> Result:
    progress.stage("写出疑点清单")
    part, target = _target(job.pk, "cases.csv")
    rows = 0
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = CsvWriter(file)
        writer.writerow(("疑点编号", "类别", "人员编号", "来源记录", "说明", "经办机构"))
        for row in matching.export_cases(kind=None, everything=False, actor=actor, at=now()):
            people, records = ";".join(map(str, row["person_ids"])), ";".join(row["record_keys"])
            writer.writerow((row["case_id"], row["kind"], people, records, row["reason"], row["office"]))
            rows += 1
            progress.step(1)
    part.replace(target)
    return {"file": target.name, "rows": rows}


def _target(job_id: int, name: str) -> tuple[Path, Path]:
    """Written beside its place and moved there whole."""
    target = jobs.export_path(job_id, name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_suffix(".part.csv")
    part.touch(mode=0o600)
    part.chmod(0o600)  # left by an attempt that was killed
    return part, target
