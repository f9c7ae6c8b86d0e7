"""What became of the rows of an explaining list: the figures of a batch, and the rows that are about nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, columns, literal, parquet, sql
from canbao.outside import work
from canbao.rules.masking import mask
from canbao.rules.match_labels import Outcome
from canbao.rules.matching import EXPLAINING
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.matching.explaining import masked
from canbao.services.matching.running import LISTED
from canbao.store.models import Batch, MatchRun, RunState

PAGE: Final = 50
_SHOWN: Final = ("name", "doc_type", "doc_number", "sex", "birth_date", "death_on", "from_on", "until_on", "extra")
_WORK: Final = "listed"  # folders below tmp


@dataclass(frozen=True)
class Outcomes:
    """Of a batch of an explaining list by the last run that read it. rows: outcome -> rows, every outcome is named."""

    run_id: int
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True)
class NobodyPage:
    """rows: masked, with record_key and the shown fields; after: where the next page begins (0: nowhere).

    total: rows about nobody that answer to what was looked for, or all.
    """

    rows: Sequence[dict[str, Any]]
    after: int
    total: int


def outcomes_of(batch_id: int, *, actor: Actor) -> Outcomes | None:
    """None for another source, and before a run has read the batch. Raises access.NotAllowed, access.NotFound."""
    access.require(actor, Permission.DELIVERY_VIEW)
    batch = batch_of(batch_id)
    run = run_of(batch)
    if run is None:
        return None
    rows = run.counts.get("lists", {}).get(batch.delivery.source, {})
    return Outcomes(run.pk, {str(outcome): int(rows.get(outcome, 0)) for outcome in Outcome})


@transaction.atomic
def rows_of_nobody(batch_id: int, *, after: int = 0, wanted: str = "", actor: Actor, at: datetime) -> NobodyPage:
    """The rows of a batch that are about nobody in the register, in the order of their keys; on record.

    after: how many were shown before; wanted: part of a name, or a whole record key. Raises access.NotAllowed, access.NotFound.
    """
    access.require(actor, Permission.DELIVERY_ERRORS)
    batch = batch_of(batch_id)
    run = run_of(batch)
    found, total = _read(run, batch, after, wanted) if run else ([], 0)
    shown = found[:PAGE]
    audit.record_look(
        audit.Event.LIST_ROWS_VIEWED, actor=actor, at=at, target_kind="batch", target_id=str(batch_id),
        detail={"rows": len(shown)},
    )  # fmt: skip
    return NobodyPage([_masked(row) for row in shown], after + PAGE if len(found) > PAGE else 0, total)


def _masked(row: dict[str, Any]) -> dict[str, Any]:
    """A key may be the number with the name behind it."""
    hidden = masked(row)
    return hidden | {"record_key": mask("record_key", hidden["record_key"])}


def batch_of(batch_id: int) -> Batch:
    batch = Batch.objects.select_related("delivery").filter(pk=batch_id).first()
    if batch is None:
        raise access.NotFound(batch_id)
    return batch


def run_of(batch: Batch) -> MatchRun | None:
    source = batch.delivery.source
    if source not in EXPLAINING:
        return None
    used = {f"inputs__sources__{source}__batch": batch.pk, "state": RunState.APPLIED}
    return MatchRun.objects.filter(**used).order_by("-pk").first()


def paths_of(run: MatchRun, batch: Batch) -> tuple[Path, Path] | None:
    """Where the outcomes of a run and the rows of the state that it read lie; None where they are gone."""
    home = Path(settings.CANBAO_HOME)
    outcomes, state = home / run.folder / LISTED, home / batch.state_path
    return (outcomes, state) if outcomes.is_file() and state.is_file() else None


def _read(run: MatchRun, batch: Batch, after: int, wanted: str) -> tuple[list[dict[str, Any]], int]:
    paths = paths_of(run, batch)
    if paths is None:
        return [], 0
    home, (outcomes, state) = Path(settings.CANBAO_HOME), paths
    work.sweep(home / "tmp", name=_WORK)
    with (
        work.work_folder(home / "tmp", name=_WORK) as folder,
        DuckEngine(folder, reads=[outcomes, state], memory_limit=settings.CANBAO_MEMORY) as engine,
    ):
        names = ("record_key", *_SHOWN)
        keys = keys_of_nobody(outcomes, state, batch.delivery.source, is_narrowed=bool(wanted))
        given = [wanted, wanted] if wanted else []
        rows = engine.rows(_page(keys, state), [*given, after, after + PAGE + 1])
        ((total,),) = engine.rows(sql("select count(*) from ({keys})", keys=keys), given)
        return [dict(zip(names, values, strict=True)) for values in rows], int(total)


def keys_of_nobody(outcomes: Path, state: Path, source: str, *, is_narrowed: bool = False) -> SQL:
    """The keys of the rows about nobody; narrowed by two parameters, which takes reading the names of all."""
    narrowed = sql("")
    if is_narrowed:
        narrowed = sql(
            " and record_key in (select record_key from {state} where contains(name, ?) or record_key = ?)",
            state=parquet(state),
        )
    return sql(
        "select record_key from {outcomes} where source = {source} and outcome = {nobody}{narrowed}",
        outcomes=parquet(outcomes), source=literal(source), nobody=literal(Outcome.NOBODY), narrowed=narrowed,
    )  # fmt: skip


def _page(keys: SQL, state: Path) -> SQL:
    return sql(
        "select record_key, {shown} from (select record_key, row_number() over (order by record_key) as place"
        " from ({keys})) join {state} using (record_key) where place > ? and place <= ? order by place",
        shown=columns(_SHOWN), keys=keys, state=parquet(state),
    )  # fmt: skip
