"""The state of a register on one page: counts, dates and digests, no persons."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Count

from canbao.store.models import Batch, Delivery, JournalEntry, SourceState

COUNTED = {"persons": "Person", "enrolments": "Enrolment", "cases": "MatchCase"}


@dataclass(frozen=True)
class Overview:
    """`digest` is equal for two registers with the same people and enrolments, however they came about."""

    home: str
    deliveries: dict[str, int]
    batches: dict[str, int]
    states: list[dict[str, object]]
    counts: dict[str, int]
    last_run: dict[str, object] | None
    last_act_at: datetime | None
    digest: str | None
    bytes_on_disk: dict[str, int]


def look() -> Overview:
    """Read it all; the digest makes this take seconds on a large register."""
    return Overview(
        home=str(settings.CANBAO_HOME),
        deliveries=_by(Delivery, "state"),
        batches=_by(Batch, "status"),
        states=[
            {"source": state.source, "rows": state.rows, "as_of": state.as_of, "batch": state.batch_id}
            for state in SourceState.objects.order_by("source")
        ],
        counts={name: _model(model).objects.count() for name, model in COUNTED.items() if _has(model)},  # type: ignore[attr-defined]
        last_run=_last_run(),
        last_act_at=JournalEntry.objects.aggregate(last=models.Max("at"))["last"],
        digest=_digest(),
        bytes_on_disk=_bytes_on_disk(settings.CANBAO_HOME),
    )


def _by(model: type[models.Model], field: str) -> dict[str, int]:
    rows = model._default_manager.values_list(field).annotate(n=Count("pk")).order_by(field)
    return dict(rows)


def _has(name: str) -> bool:
    return name.lower() in apps.all_models["store"]


def _model(name: str) -> type[models.Model]:
    return apps.get_model("store", name)


def _last_run() -> dict[str, object] | None:
    if not _has("MatchRun"):
        return None
    run = _model("MatchRun")._default_manager.order_by("-pk").values().first()
    return {key: value for key, value in run.items() if not isinstance(value, bytes)} if run else None


def _digest() -> str | None:
    if find_spec("canbao.services.registry") is None:
        return None
    return str(import_module("canbao.services.registry").digest())


def _bytes_on_disk(home: Path) -> dict[str, int]:
    """Per folder of the home; files may vanish while they are counted."""
    sizes = {}
    for folder in sorted(path.name for path in home.iterdir() if path.is_dir()):
        sizes[folder] = 0
        for root, _, names in os.walk(home / folder):
            for name in names:
                with suppress(FileNotFoundError):
                    sizes[folder] += (Path(root) / name).stat().st_size
    return sizes
