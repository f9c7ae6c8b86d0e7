"""A later delivery: what changed in some departments since the full one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import parquet, sql
from synth import city as cities
from synth import records
from synth.edit import CORRECTED, DIED, MOVED, REGISTERED, Change, edit
from synth.model import CAME, LIVES, NO_HUKOU, NORMAL
from synth.records import Block, Sheet
from synth.write import Delivery

Ints = NDArray[np.int64]

PER_BLOCK = 20_000
SHARES = (0.30, 0.22, 0.12, 0.10, 0.10, 0.04)
NEWCOMERS = 0.12


def write(change: Change, *, first: Path, out: Path, sources: Sequence[str]) -> dict[str, int]:
    """Write the deltas, what is true of their rows, and the truth after them."""
    out.mkdir(parents=True, exist_ok=True)
    plan, day = change.plan, change.as_of.isoformat()
    deliveries = {s: Delivery(out / s, s, day, "delta", plan.form, plan.encoding) for s in sources}
    writer = None
    for source, rows, known in _all_rows(change, sources):
        deliveries[source].add(rows)
        writer = writer or pq.ParquetWriter(out / "changes.parquet", known.schema)
        writer.write_table(known)
    if writer:
        writer.close()
    for delivery in deliveries.values():
        delivery.close()
    _new_truth(first, out)
    return {source: sum(file["rows"] for file in delivery.files) for source, delivery in deliveries.items()}


def _all_rows(change: Change, sources: Sequence[str]) -> Iterator[tuple[str, pa.Table, pa.Table]]:
    city, rng = change.plan.city, np.random.default_rng([change.plan.seed, change.seed, 99])
    count = min(city.blocks, max(1, -(-change.people // PER_BLOCK)))
    chosen = np.sort(rng.choice(city.blocks, count, replace=False))
    old_people = int(change.people * (1 - NEWCOMERS)) // count
    for order, which in enumerate(chosen):
        block = cities.make_block(city, int(which), change.plan.rates, cities.make_irregular(change.plan))
        event = _events(rng, block, old_people, registers=order == 0)
        for source in sources:
            sheet, op = edit(rng, change, block, source, event)
            yield source, *_out(block, source, sheet, op)
    later = replace(city, later=max(1, int(change.people * NEWCOMERS)))
    block = cities.make_block(later, change.window, change.plan.rates, cities.make_irregular(change.plan))
    for source in sources:
        sheet = cities.make_sheet(block, source)
        yield source, *_out(block, source, sheet, np.full(len(sheet.mask), "I", object))


def _out(block: Block, source: str, sheet: Sheet, op: NDArray[np.object_]) -> tuple[pa.Table, pa.Table]:
    rows, known = records.rows(sheet), records.truth(source, sheet, block.people)
    letters = pa.array(op, pa.string())
    known = known.set_column(0, "source", known["source"].cast(pa.string())).append_column("op", letters)
    return rows.add_column(0, "op", letters), known


def _events(rng: np.random.Generator, block: Block, people: int, *, registers: bool) -> Ints:
    """What happens to each person of the block, or -1."""
    event = np.full(len(block.people), -1)
    chosen = rng.permutation(len(event))[:people]
    drawn = np.searchsorted(np.cumsum(SHARES), rng.random(len(chosen)), side="right")
    event[chosen] = np.where(drawn < len(SHARES), drawn, CORRECTED)
    steady = (block.people.standing == LIVES) & (block.people.hukou == NORMAL)
    event[(event == DIED) & ~(steady & (block.people.age >= 45))] = MOVED
    newborn = (block.people.age < 1) & (block.people.hukou == NO_HUKOU) & (block.people.standing < CAME)
    event[newborn] = -1
    if registers:
        event[np.flatnonzero(newborn)[: max(1, people // 20)]] = REGISTERED
    return event


def _new_truth(first: Path, out: Path) -> None:
    """Everything true after the delta, in the form of the first truth."""
    before = first / "truth.parquet"
    query = sql(
        "select * exclude (op) from {changes} where op <> 'D' union all by name"
        " select old.* from {before} as old anti join {changes} as new using (source, record_key)",
        changes=parquet(out / "changes.parquet"),
        before=parquet(before),
    )
    with DuckEngine(out, reads=[before], memory_limit="4GB") as engine:
        engine.to_parquet(query, out / "truth.parquet")
