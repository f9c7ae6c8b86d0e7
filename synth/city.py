"""Making the whole city: block by block, so that memory does not grow with the number of people."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synth import addresses, insurance, people, programs, records, registers, work
from synth.errors import Rates
from synth.model import City
from synth.records import Block, Sheet
from synth.shape import LISTS, SOURCES
from synth.write import Delivery


@dataclass(frozen=True)
class Plan:
    """One run of the generator. damage: kinds of `programs.KINDS` on top of the usual errors, scaled alike."""

    people: int
    seed: int
    as_of: date
    errors: float = 1.0
    form: str = "csv"
    encoding: str = "utf-8"
    damage: tuple[str, ...] = ()

    @property
    def city(self) -> City:
        return City(self.people, self.seed, np.datetime64(self.as_of))

    @property
    def rates(self) -> Rates:
        return Rates().scaled(self.errors)


def make_irregular(plan: Plan) -> addresses.Rates | None:
    """How irregular the addresses are, where the plan names that damage."""
    return addresses.Rates().scaled(plan.errors) if addresses.KIND in plan.damage else None


def make_damage(plan: Plan) -> programs.Rates:
    """How often programs spoil a row; nothing of what the plan does not name."""
    return programs.Rates().only(plan.damage).scaled(plan.errors)


def make_block(city: City, which: int, rates: Rates, irregular: addresses.Rates | None = None) -> Block:
    """Everything about one block of people. irregular: how often addresses are, None for a city without."""
    inhabitants = people.block(city, which)
    return Block(city, which, inhabitants, work.work(city, which, inhabitants), rates, irregular)


def make_sheet(block: Block, source: str) -> Sheet:
    """One department's view of one block, defects included."""
    if source in LISTS:
        return registers.extra_list(block, source)
    if source == "police":
        sheet = registers.police(block)
    elif source == "health":
        sheet = registers.health(block)
    else:
        sheet = insurance.sheet(block, source)
    return records.spoil(block.city.rng(block.which, 40 + SOURCES.index(source)), sheet, block.rates.broken)


def tables(
    block: Block, sources: Sequence[str], damage: programs.Rates
) -> Iterator[tuple[str, pa.Table, pa.Table, pa.Table | None]]:
    """Rows and truth of each source for one block, and where its addresses truly lie if they are irregular."""
    for source in sources:
        sheet = make_sheet(block, source)
        rng = block.city.rng(block.which, 80 + SOURCES.index(source))
        programs.damaged(rng, sheet, source, twin=block.people.twin, rates=damage)
        rows = programs.with_blank_rows(rng, records.rows(sheet), damage.blank_rows)
        lies = sheet.village is not None and sheet.kinds is not None
        located = addresses.truth(source, sheet.key, sheet.village, sheet.kinds) if lies else None
        yield source, rows, records.truth(source, sheet, block.people), located


def generate(plan: Plan, *, out: Path, sources: Sequence[str] = SOURCES) -> dict[str, int]:
    """Write one full delivery per source, the truth, and the plan needed for later deliveries."""
    out.mkdir(parents=True, exist_ok=True)
    city, day = plan.city, plan.as_of.isoformat()
    deliveries = {
        s: Delivery(out / s, s, day, form=plan.form, encoding=plan.encoding, counted="blank_rows" not in plan.damage)
        for s in sources
    }
    truth = located = None
    for which in range(city.blocks):
        block = make_block(city, which, plan.rates, make_irregular(plan))
        for source, rows, known, lies in tables(block, sources, make_damage(plan)):
            deliveries[source].add(rows)
            known = known.set_column(0, "source", known["source"].cast(pa.string()))
            truth = truth or pq.ParquetWriter(out / "truth.parquet", known.schema, compression="zstd")
            truth.write_table(known)
            if lies is not None:
                located = located or pq.ParquetWriter(out / "addresses.parquet", lies.schema, compression="zstd")
                located.write_table(lies)
    for delivery in deliveries.values():
        delivery.close()
    for writer in (truth, located):
        if writer:
            writer.close()
    _save(plan, out, sources)
    return {source: sum(file["rows"] for file in delivery.files) for source, delivery in deliveries.items()}


def _save(plan: Plan, out: Path, sources: Sequence[str]) -> None:
    facts = {
        "people": plan.people,
        "seed": plan.seed,
        "as_of": plan.as_of.isoformat(),
        "errors": plan.errors,
        "sources": list(sources),
    } | ({"damage": list(plan.damage)} if plan.damage else {})
    (out / "city.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def load_plan(folder: Path, *, form: str = "csv", encoding: str = "utf-8") -> Plan:
    """The plan of an earlier run; of its damage only that of the addresses, which later rows have as well."""
    facts = json.loads((folder / "city.json").read_text("utf-8"))
    day, damage = date.fromisoformat(facts["as_of"]), tuple(set(facts.get("damage", ())) & {addresses.KIND})
    return Plan(facts["people"], facts["seed"], day, facts["errors"], form, encoding, damage)
