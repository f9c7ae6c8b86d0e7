"""What of the accepted states a run leaves out because the register cannot hold it: told by source, row and column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.unfit import MOST, Unfit, leave_out
from canbao.bulk.sources import source_map
from canbao.bulk.sqltext import sql
from canbao.services.matching.inputs import Inputs
from canbao.store.models import (
    Batch,
    BusinessNumber,
    Card,
    Employer,
    Enrolment,
    MatchCaseRecord,
    Person,
    PersonDocument,
    SourceState,
)

# Where the text of a canonical column goes to; of several places the narrowest counts.
_PLACES: dict[str, tuple[tuple[Any, str], ...]] = {
    "record_key": ((MatchCaseRecord, "record_key"),),
    "person_no": ((BusinessNumber, "number"),),
    "doc_number": ((Person, "doc_number"), (PersonDocument, "number")),
    "scheme": ((Enrolment, "scheme"),), "enrol_status": ((Enrolment, "enrol_status"),),
    "payment_status": ((Enrolment, "payment_status"),), "capacity": ((Enrolment, "capacity"),),
    "employer_no": ((Enrolment, "employer_no"),), "employer_uscc": ((Employer, "uscc"),),
    "employer_name": ((Employer, "name"),), "division": ((Person, "hukou_division"),),
    "address": ((Person, "hukou_address"),), "card_no": ((Card, "card_no"),), "card_status": ((Card, "card_status"),),
}  # fmt: skip
_OF_A_PERSON = (
    "name", "former_name", "sex", "ethnicity", "doc_type", "phone", "household_no", "relation_to_head", "hukou_type",
    "hukou_status", "moved_in_from", "birth_certificate", "mother_number", "residence",
)  # fmt: skip


@cache
def longest(source: str) -> dict[str, int]:
    """Characters that the register takes of each column; the key of an insurance row is also that of an enrolment."""
    places = _PLACES | {name: ((Person, name),) for name in _OF_A_PERSON}
    found = {name: min(_width(model, field) for model, field in where) for name, where in places.items()}
    if any(column.to == "scheme" for column in source_map(source).columns):
        found["record_key"] = min(found["record_key"], _width(Enrolment, "record_key"))
    return found


def _width(model: Any, field: str) -> int:
    return int(model._meta.get_field(field).max_length)


def leave_out_unfit(engine: DuckEngine, taken: Inputs, folder: Path) -> tuple[Inputs, dict[str, Any]]:
    """The inputs without what cannot be written, and what that was; {} where all of it can, as it should be."""
    paths, rows, named = [], 0, []
    home = Path(settings.CANBAO_HOME)
    by_path = {home / state.path: state for state in taken.sources.values()}
    for path in taken.paths:
        state = by_path[path]
        found = leave_out(
            engine, path, longest=longest(state.source), target=folder / f"fit_{state.source}.parquet"
        )  # fmt: skip
        paths.append(found.state)
        rows += found.rows
        named += [_told(unfit, where) for unfit, where in _located(state, found.named)]
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
