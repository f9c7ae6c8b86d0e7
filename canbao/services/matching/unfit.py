"""What of the accepted states a run leaves out because the register cannot hold it: told by source, row and column.

States that intake wrote with the table of columns of today are examined already (`bulk.comparison.write_state`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from canbao.bulk.comparison import Folder, is_examined
from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.unfit import MOST, Found, Reason, Unfit, leave_out, without
from canbao.bulk.sources import source_map
from canbao.bulk.sqltext import sql
from canbao.services.matching.inputs import Inputs
from canbao.store.models import Batch, SourceState


def leave_out_unfit(
    engine: DuckEngine, taken: Inputs, folder: Path, refused: Sequence[Unfit] = ()
) -> tuple[Inputs, dict[str, Any]]:
    """The inputs without what cannot be written, and what that was; {} where all of it can, as it should be.

    refused: what the database did not take in an attempt before.
    """
    paths, rows, named = [], 0, []
    home = Path(settings.CANBAO_HOME)
    by_path = {home / state.path: state for state in taken.sources.values()}
    for path in taken.paths:
        state = by_path[path]
        own = [unfit for unfit in refused if unfit.source == state.source]
        found = Found(0, [], path)
        if not is_examined(path):
            found = leave_out(engine, path, target=folder / f"fit_{state.source}.parquet")
        out = [unfit for unfit in own if unfit.reason is not Reason.PERSON_REFUSED]
        kept = without(engine, found.state, out, target=folder / f"kept_{state.source}.parquet") if out else found.state
        paths.append(kept)
        rows += found.rows + len({unfit.record_key for unfit in own})
        named += [_told(unfit, where) for unfit, where in _located(state, [*found.named, *own])]
    if not rows:
        return taken, {}
    return replace(taken, paths=paths), {"rows": rows, "shown": named[:MOST]}


def _told(unfit: Unfit, where: tuple[str, int]) -> dict[str, Any]:
    """Nothing of what the cell says."""
    column = next((c.shown for c in source_map(unfit.source).columns if c.to == unfit.column), unfit.column)
    return {
        "source": unfit.source, "file": where[0], "row": where[1], "column": column, "reason": str(unfit.reason),
        "is_row_out": unfit.is_row_out,
    }  # fmt: skip


def _located(state: SourceState, named: list[Unfit]) -> Iterable[tuple[Unfit, tuple[str, int]]]:
    """Each with the file and the row the sender sees: of the newest delivery that had the record."""
    places: dict[str, tuple[str, int]] = {}
    keys = {unfit.record_key for unfit in named}
    batch = state.batch
    while batch is not None and keys - places.keys():
        places = _rows_of(batch, keys) | places
        batch = batch.base
    return [(unfit, places.get(unfit.record_key, ("", 0))) for unfit in named]


def _rows_of(batch: Batch, keys: set[str]) -> dict[str, tuple[str, int]]:
    home = Path(settings.CANBAO_HOME)
    folder = Folder(home / "deliveries" / str(batch.delivery_id))
    if not (folder.path / "mapped").is_dir():
        return {}
    query = sql(
        "select record_key, file, row from {mapped} where list_contains(?, record_key) order by row",
        mapped=folder.mapped,
    )
    with DuckEngine(home / "tmp" / f"run-located-{batch.pk}", reads=[folder.path]) as engine:
        files = [file["name"] for file in batch.delivery.files]
        return {key: (files[file], row) for key, file, row in engine.rows(query, [sorted(keys)])}
