"""What can be seen of deliveries and batches: lists, previews, error files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from canbao.bulk.sources import source_map
from canbao.bulk.sources.reasons import CONFLICTS, warning
from canbao.rules.division import BadDivisionCode, UnknownDivision, load_tree
from canbao.services.intake.errors import NoSuchBatch
from canbao.services.intake.returning import error_file_paths, made
from canbao.store.models import Batch, BatchStatus, Delivery, DeliveryState


def batch_list() -> list[dict[str, Any]]:
    """Every delivery with its latest batch, newest last; unfinished and refused ones too."""
    rows = []
    for delivery in Delivery.objects.order_by("pk").prefetch_related("batches"):
        batches = sorted(delivery.batches.all(), key=lambda batch: batch.pk)
        rows += [_line(delivery, batch) for batch in batches] or [_line(delivery, None)]
    return rows


def preview(batch_id: int) -> dict[str, Any]:
    """All figures of a batch.

    Raises NoSuchBatch.
    """
    batch = _batch(batch_id)
    delivery, columns = batch.delivery, source_map(batch.delivery.source)
    labels = {column.to: column.label for column in columns.columns}
    return _line(delivery, batch) | {
        "title": columns.title,
        "base": batch.base_id,
        "state_digest": batch.state_digest,
        "changed_fields": [
            {"field": name, "label": labels.get(name, name), "records": count}
            for name, count in sorted(batch.changed_fields.items(), key=lambda item: -item[1])
        ],
        "districts": [
            {"district": code, "name": district_name(code, batch)} | counts
            for code, counts in batch.by_district.items()
        ],
        "warnings": [
            {"warning": code, "label": warning(code, names=columns.names), "rows": rows}
            for code, rows in batch.warnings.items()
        ],
        "conflicts": [
            {"conflict": code, "label": CONFLICTS.get(code, code), "count": count}
            for code, count in batch.conflicts.items()
        ],
        "breakers": batch.breakers,
        "released_by": [name for name in (batch.released_first_by, batch.released_second_by) if name],
        "files": [
            {
                name: file[name]
                for name in (
                    "name",
                    "rows",
                    "encoding",
                    "broken_rows",
                    "mended",
                    "unknown_columns",
                    "lost",
                    "hidden_sheets",
                )
            }
            for file in delivery.files
        ],
        "errors": [str(path) for path in error_file_paths(delivery) if path.exists()],
        "error_names": [path.name for path in error_file_paths(delivery)],
    }


def error_files(batch_id: int) -> list[Path]:
    """The files that go back to the sender, all written.

    Raises NoSuchBatch.
    """
    delivery = _batch(batch_id).delivery
    return [made(delivery, path) for path in error_file_paths(delivery)]


def error_file(batch_id: int, name: str) -> Path | None:
    """One of them, written.

    Raises NoSuchBatch.
    """
    delivery = _batch(batch_id).delivery
    return next((made(delivery, path) for path in error_file_paths(delivery) if path.name == name), None)


def district_name(code: str, batch: Batch) -> str:
    """The name a district had on the day of the data."""
    if not code:
        return "（没有区划）"
    try:
        return load_tree().name(code, batch.delivery.as_of)
    except (BadDivisionCode, UnknownDivision):
        return "（外地或未知）"


def _line(delivery: Delivery, batch: Batch | None) -> dict[str, Any]:
    return {
        "delivery": delivery.pk,
        "batch": batch.pk if batch else None,
        "source": delivery.source,
        "kind": delivery.kind,
        "as_of": delivery.as_of,
        "rows": delivery.rows,
        "status": str(batch.status) if batch else str(delivery.state),
        "status_label": BatchStatus(batch.status).label if batch else DeliveryState(delivery.state).label,
        "counts": batch.counts if batch else {},
        "received_by": delivery.received_by,
        "committed_by": batch.committed_by if batch else "",
        "refusal": delivery.refusal,
    }


def _batch(batch_id: int) -> Batch:
    batch = Batch.objects.select_related("delivery").filter(pk=batch_id).first()
    if not batch:
        raise NoSuchBatch(batch_id)
    return batch
