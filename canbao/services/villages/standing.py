"""The villages that stand, for a run of the matching: it leaves people there as long as the departments name the same office."""

from __future__ import annotations

from pathlib import Path

from canbao.bulk.engine import DuckEngine
from canbao.bulk.registry.wanted import PLACED_BY_ADDRESS
from canbao.bulk.sqltext import literals, sql
from canbao.rules.village_choice import PLACED
from canbao.services.registry.copying import copy_query_out


def load_assigned(engine: DuckEngine, *, folder: Path) -> None:
    """Make the table that `bulk.registry.wanted` reads: person, the office named by the departments, the village's."""
    query = sql(
        "select person_id, base_path, village_path from village_assignment where state in ({placed})",
        placed=literals(PLACED),
    )
    copy_query_out(
        engine, query, ("person_id", "base_path", "village_path"), to=PLACED_BY_ADDRESS, types={"person_id": sql("bigint")},
        folder=folder,
    )  # fmt: skip
