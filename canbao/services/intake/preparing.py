"""A received delivery against the state of its source: figures, breakers, and the files that go back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canbao.bulk.comparison import Comparison, compare
from canbao.bulk.engine import DuckEngine
from canbao.bulk.findings import find_doubles, name_counts
from canbao.bulk.same_records import keep_keys, zeroless
from canbao.bulk.sources import source_map
from canbao.bulk.sources.breakers import Figures, tripped
from canbao.bulk.sources.reasons import NO_DATE
from canbao.rules.name_checks import Names
from canbao.services.intake.places import folder_of, home
from canbao.services.intake.returning import write_error_files
from canbao.store.models import Batch, BatchStatus, Delivery, SourceState


class RowsDoNotAddUp(AssertionError):
    """A row without a verdict, or with two: a bug, and nothing may be prepared on it."""


@dataclass(frozen=True)
class Prepared:
    """What a batch is made of."""

    base: Batch | None
    comparison: Comparison
    breakers: list[dict[str, str]]

    def fill(self, batch: Batch) -> None:
        batch.base = self.base
        batch.counts = self.comparison.counts
        batch.changed_fields = self.comparison.changed_fields
        batch.by_district = self.comparison.by_district
        batch.breakers = self.breakers
        batch.warnings.pop("INSERT_OF_EXISTING", None)
        if self.comparison.inserted_again:
            batch.warnings["INSERT_OF_EXISTING"] = self.comparison.inserted_again
        batch.status = BatchStatus.HELD if self.breakers else BatchStatus.PREPARED


def current_state(source: str) -> SourceState:
    """The state of a source, perhaps an empty one."""
    return SourceState.objects.select_related("batch").filter(pk=source).first() or SourceState(source=source)


def base_path(state: SourceState) -> Path | None:
    return home() / state.path if state.path else None


def base_files(state: SourceState) -> list[Path]:
    """The file of a state, for an engine that has to read it; none where there is no state yet."""
    path = base_path(state)
    return [path] if path else []


def prepare(engine: DuckEngine, delivery: Delivery, *, state: SourceState, warnings: dict[str, int]) -> Prepared:
    """Compare with a state, which `engine` may read, and write the error files; `warnings` are those of the delivery's rows.

    Which record each row is of, and which rows are held for it, is made anew: another delivery may have been committed since.

    Raises RowsDoNotAddUp.
    """
    folder = folder_of(delivery)
    base = base_path(state)
    folder.outcome.unlink(missing_ok=True)  # it is not the outcome of what is written now
    keep_keys(engine, folder, source=source_map(delivery.source), base=base)
    find_doubles(engine, mapped=folder.mapped, doubles=folder.doubles, held=zeroless(folder, base=base))
    comparison = compare(engine, folder, kind=delivery.kind, base=base)
    _check_sums(delivery, comparison)
    write_error_files(engine, delivery)
    return Prepared(
        state.batch, comparison, _breakers(delivery, comparison, state, warnings, name_counts(engine, folder.sent))
    )


def _check_sums(delivery: Delivery, comparison: Comparison) -> None:
    for index, file in enumerate(delivery.files):
        verdicts = comparison.by_file.get(index, {})
        if sum(verdicts.values()) != file["rows"]:
            raise RowsDoNotAddUp(f"delivery {delivery.pk} file {index}: {verdicts} of {file['rows']} rows")


def _breakers(
    delivery: Delivery, comparison: Comparison, state: SourceState, warnings: dict[str, int], names: Names
) -> list[dict[str, Any]]:
    figures = Figures(
        kind=delivery.kind,
        as_of=delivery.as_of,
        rows=delivery.rows,
        counts=comparison.counts,
        base_rows=state.rows,
        base_as_of=state.as_of,
        names=names,
        no_birth_date=sum(
            warnings.get(f"{column.code}:{NO_DATE}", 0)
            for column in source_map(delivery.source).columns
            if column.to == "birth_date"
        ),
    )
    return [breaker.as_json() for breaker in tripped(delivery.source, figures=figures)]
