"""One run: accepted states in, links, cases and the register out; written in one transaction or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching import candidates, cases, entries, explaining, homes, resolving, units, weighing
from canbao.bulk.matching.unfit import Reason, Unfit
from canbao.bulk.registry import wanted
from canbao.bulk.registry.tables import TABLES
from canbao.rules.matching import RULE_VERSION
from canbao.rules.roles import Actor
from canbao.services import audit, registry, villages
from canbao.services.matching import counting, inputs, unfit
from canbao.services.matching.casebook import load_cases
from canbao.services.matching.faults import RunFaultError, named_faults, records_of, refused_whole
from canbao.store.models import MatchRun, RunState

LISTED = "listed.parquet"  # in a run's folder: what became of each row of the explaining lists
ATTEMPTS = 6  # a whole run each: a constraint that many rows break is no matter of rows
_LOCK = 4_201_160_001  # one run at a time per register


class NothingToMatch(Exception):
    """No source has been committed yet."""


class InputsChanged(Exception):
    """Something was committed or decided while the run was at work; nothing was written."""


class AlreadyRunning(Exception):
    """Another run holds the register."""


@dataclass(frozen=True)
class RunReport:
    """run: the finished run's row; repeated: nothing had changed since it, so no new run was made."""

    run: MatchRun
    repeated: bool
    written: registry.Recorded | None = None


def run(*, actor: Actor, at: datetime, step: Callable[[str], None] = lambda name: None) -> RunReport:
    """Match all accepted states and bring the register to what they say.

    step: told the name of each stage as it begins. Raises NothingToMatch, AlreadyRunning.
    """
    with _alone():
        _sweep()
        taken = inputs.current()
        if not taken.sources and not MatchRun.objects.filter(state=RunState.APPLIED).exists():
            raise NothingToMatch
        last = MatchRun.objects.filter(state=RunState.APPLIED).order_by("-id").first()
        if last and last.inputs == taken.described and last.rule_version == RULE_VERSION:
            return RunReport(last, repeated=True)
        with transaction.atomic():
            row = _open(taken, actor, at)
        try:
            return _carry_out(row, taken, last, actor=actor, at=at, step=step)
        except BaseException:
            # After COMMIT the run is applied whatever fails then, and every later run begins from its folder.
            if MatchRun.objects.filter(pk=row.pk, state=RunState.RUNNING).update(state=RunState.FAILED):
                shutil.rmtree(settings.CANBAO_HOME / row.folder, ignore_errors=True)
            raise


def _sweep() -> None:
    """What killed runs left; nobody else runs while we hold the lock."""
    MatchRun.objects.filter(state=RunState.RUNNING).update(state=RunState.FAILED)
    home = Path(settings.CANBAO_HOME)
    failed = [
        home / folder
        for folder in MatchRun.objects.filter(state=RunState.FAILED).values_list("folder", flat=True)
        if folder
    ]
    for left in (*(home / "tmp").glob("run-*"), *failed):
        shutil.rmtree(left, ignore_errors=True)


class _Stopwatch:
    """Passes the name of each stage on and keeps how long each took."""

    def __init__(self, step: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self.stage = ""
        self._step, self._stage, self._began = step, "", perf_counter()

    def __call__(self, stage: str) -> None:
        self.stop()
        self._stage = self.stage = stage
        self._step(stage)

    def stop(self) -> None:
        now = perf_counter()
        if self._stage:
            self.seconds[self._stage] = round(self.seconds.get(self._stage, 0.0) + now - self._began, 3)
        self._began, self._stage = now, ""


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        if not (cursor.fetchone() or (False,))[0]:
            raise AlreadyRunning
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])


def _open(taken: inputs.Inputs, actor: Actor, at: datetime) -> MatchRun:
    row = MatchRun.objects.create(
        state=RunState.RUNNING, rule_version=RULE_VERSION, engine="duckdb", inputs=taken.described,
        started_by=actor.account, started_at=at,
    )  # fmt: skip
    row.folder = f"runs/{row.pk}"
    row.save(update_fields=["folder"])
    audit.record(audit.Event.MATCH_RUN_STARTED, actor=actor, at=at, target_kind="run", target_id=str(row.pk))
    return row


def _carry_out(
    row: MatchRun,
    taken: inputs.Inputs,
    last: MatchRun | None,
    *,
    actor: Actor,
    at: datetime,
    step: Callable[[str], None],
) -> RunReport:
    folder = Path(settings.CANBAO_HOME) / row.folder
    spill = Path(settings.CANBAO_HOME) / "tmp" / f"run-{row.pk}"
    refused: list[Unfit] = []
    for left in reversed(range(ATTEMPTS)):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        watch = _Stopwatch(step)
        try:
            reads = [*taken.paths, *taken.homes]
            with DuckEngine(spill, writes=[folder], reads=reads, memory_limit=settings.CANBAO_MEMORY) as engine:
                try:
                    written = _attempt(engine, row, taken, refused, actor=actor, at=at, watch=watch)
                except RunFaultError as fault:
                    refused += _to_leave_out(engine, fault, taken, folder, refused, left=left)
                    continue
            for table in TABLES:  # the register has them now; a reversal needs only the tables without history
                (folder / "wanted" / f"{table.name}.parquet").unlink()
            return RunReport(row, repeated=False, written=written)
        finally:
            shutil.rmtree(spill, ignore_errors=True)
    raise AssertionError("the last attempt ends or raises")


def _to_leave_out(
    engine: DuckEngine, fault: RunFaultError, taken: inputs.Inputs, folder: Path, refused: list[Unfit], *, left: int
) -> list[Unfit]:
    """What the next attempt does without. Raises the fault where nobody can say, or where it would never end."""
    if fault.row is None or not left:
        raise fault
    links = folder / "links.parquet"
    found = records_of(engine, fault.row, states=taken.paths, links=links)
    new = [unfit for unfit in found if unfit not in refused]
    if not new:  # without the value it is refused as well
        new = [unfit for unfit in refused_whole(engine, fault.row, links=links) if unfit not in refused]
    if not new:  # of an employer: the whole row goes
        new = [replace(unfit, is_row_out=True) for unfit in found if replace(unfit, is_row_out=True) not in refused]
    if not new:
        raise fault
    return new


def _attempt(
    engine: DuckEngine,
    row: MatchRun,
    taken: inputs.Inputs,
    refused: list[Unfit],
    *,
    actor: Actor,
    at: datetime,
    watch: _Stopwatch,
) -> registry.Recorded:
    """Match and write, in one transaction. Raises RunFaultError."""
    folder = Path(settings.CANBAO_HOME) / row.folder
    spill = Path(settings.CANBAO_HOME) / "tmp" / f"run-{row.pk}"
    watch("entries")
    with named_faults(watch):
        taken, left_out = unfit.leave_out_unfit(engine, taken, folder, refused)
        taken = inputs.with_office(engine, taken, folder, spill=spill)
        villages.load_assigned(engine, folder=spill)
        counts, next_id = match(engine, taken, folder, on=taken.on, step=watch)
        counts["left_out"] = left_out
    with named_faults(watch), transaction.atomic():
        _hold_still(taken)
        written = registry.record_many(
            engine,
            folder / "wanted",
            basis=f"run:{row.pk}",
            at=at,
            on=taken.on,
            folder=spill,
            step=watch,
            untouched=[(u.source, u.record_key) for u in refused if u.reason is Reason.PERSON_REFUSED],
        )
        counts |= {"new": written.new, "changed": written.changed, "ended": written.ended}
        watch("casebook")
        counts["cases"] = load_cases(engine, folder, run_id=row.pk)
        watch.stop()
        counts["seconds"] = watch.seconds
        row.state, row.counts, row.next_person_id = RunState.APPLIED, counts, next_id
        row.applied_at = at + timedelta(seconds=sum(watch.seconds.values()))
        row.save()
        audit.record(
            audit.Event.MATCH_RUN_APPLIED, actor=actor, at=at, target_kind="run", target_id=str(row.pk),
            basis=",".join(f"batch:{s['batch']}" for s in taken.described["sources"].values()), detail=counts,
        )  # fmt: skip
    return written


def _hold_still(taken: inputs.Inputs) -> None:
    """Nobody decides while we write; what was decided since the run began must not be written over."""
    with connection.cursor() as cursor:
        cursor.execute("lock table fact_decision, match_decision, source_state in share mode")
    if not inputs.still_hold(taken):
        raise InputsChanged


def match(
    engine: DuckEngine, taken: inputs.Inputs, folder: Path, *, on: date, step: Callable[[str], None] = lambda name: None
) -> tuple[dict[str, Any], int]:
    """The part without a database: writes links, cases and wanted tables into `folder`. Returns counts and next id."""
    inputs.register_decisions(engine, taken.decisions)
    step("entries")
    entries.build(engine, taken.paths, folder / "entry.parquet")
    for name, build in (
        ("units", units.build),
        ("candidates", candidates.build),
        ("weighing", weighing.build),
        ("resolving", resolving.build),
        ("explaining", explaining.build),
    ):
        step(name)
        build(engine)
    step("links")
    next_id = homes.assign(
        engine,
        homes=taken.homes,
        next_id=taken.next_id,
        links=folder / "links.parquet",
        departed=folder / "departed.parquet",
    )
    engine.to_parquet(explaining.OUTCOMES, folder / LISTED)
    step("wanted")
    wanted.build(engine, taken.paths, folder / "wanted", on=on, facts=taken.facts)
    step("cases")
    cases.build(engine, folder / "cases.parquet", folder / "case_records.parquet")
    counts = counting.counts(engine)
    (folder / "entry.parquet").unlink()
    return counts, next_id
