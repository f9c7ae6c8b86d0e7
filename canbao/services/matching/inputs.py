"""What a run takes in: the accepted states with their digests, clerks' decisions, and who each record was before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings

from canbao.bulk.engine import DuckEngine
from canbao.services import registry
from canbao.store.models import FactDecision, MatchDecision, MatchRun, Person, RunState, SourceState

OFFICE_STATE = "office.parquet"  # in a run's folder: the records of the offices as the run read them
# What a Parquet file of each kind of column holds is fixed by `bulk.canonical`.
_DECISION = (
    ("a_source", pa.string()),
    ("a_key", pa.string()),
    ("b_source", pa.string()),
    ("b_key", pa.string()),
    ("same", pa.bool_()),
)


@dataclass(frozen=True)
class Inputs:
    """sources: source -> its state; described: the same for the run's row, with digests; on: the newest state's date."""

    sources: dict[str, SourceState]
    paths: list[Path]
    described: dict[str, Any]
    on: date
    decisions: list[tuple[str, str, str, str, bool]]
    facts: list[tuple[int, str, str | None, date]]
    homes: list[Path] = field(default_factory=list)
    next_id: int = 1


def current() -> Inputs:
    """The inputs of a run that began now."""
    states = {s.source: s for s in SourceState.objects.filter(batch__isnull=False).order_by("source")}
    home = Path(settings.CANBAO_HOME)
    decisions = list(MatchDecision.objects.order_by("id").values_list("a_source", "a_key", "b_source", "b_key", "same"))
    newest = MatchDecision.objects.order_by("-id").values_list("id", flat=True).first() or 0
    decided = FactDecision.objects.order_by("id")
    facts = list(decided.values_list("person_id", "field", "value", "valid_from"))
    before = MatchRun.objects.filter(state__in=(RunState.APPLIED, RunState.RETRACTED)).order_by("-id").first()
    known = MatchRun.objects.order_by("-next_person_id").values_list("next_person_id", flat=True).first()
    highest = Person.objects.filter(pk__lt=registry.BY_HAND).order_by("-id").values_list("id", flat=True).first() or 0
    return Inputs(
        sources=states,
        paths=[home / s.path for s in states.values()],
        described={
            "sources": {
                s.source: {"batch": s.batch_id, "digest": s.digest, "rows": s.rows, "as_of": f"{s.as_of}"}
                for s in states.values()
            },
            "decisions": len(decisions),
            "newest_decision": newest,  # one taken back and another taken leave the number as it was
            "facts": len(facts),
            "office": registry.offices.counts(),
        },
        on=max((s.as_of for s in states.values() if s.as_of), default=date(1970, 1, 1)),
        decisions=decisions,
        facts=facts,
        homes=[home / before.folder / name for name in ("links.parquet", "departed.parquet")] if before else [],
        next_id=max(known or 1, highest + 1),
    )


def with_office(engine: DuckEngine, taken: Inputs, folder: Path, *, spill: Path) -> Inputs:
    """The inputs with the records of the offices as one more state, written to the run's folder."""
    state, own = folder / OFFICE_STATE, folder / "office_homes.parquet"
    registry.offices.write_state(
        engine, facts=taken.facts, homes=taken.homes, state=state, own=own, folder=spill
    )  # fmt: skip
    return replace(taken, paths=[*taken.paths, state], homes=[*taken.homes, own])


def still_hold(taken: Inputs) -> bool:
    """Whether nothing was committed or decided since; somebody registered since is read by the next run."""
    now = current().described
    before, after = ({**found, "office": found["office"]["ended"]} for found in (taken.described, now))
    return before == after


def register_decisions(engine: DuckEngine, decisions: list[tuple[str, str, str, str, bool]]) -> None:
    """Table decision for the engines; of two decisions on the same records the later one holds."""
    last = {tuple(sorted(((d[0], d[1]), (d[2], d[3])))): d for d in decisions}
    rows = list(last.values())
    table = pa.table({name: pa.array([row[i] for row in rows], kind) for i, (name, kind) in enumerate(_DECISION)})
    engine.load("decision", table)
