"""Deliveries that are refused, as tests make them, and what is kept of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import intake
from canbao.services.intake.places import home
from canbao.store.models import Batch, Delivery, JournalEntry
from tests.integration.intake.builders import AT, RECEIVER

NAME, NUMBER = "张建国", "500901199005010115"


SECRET = "TOP-SECRET-KEY-OF-THE-REGISTER"
SAID = {"source": "police", "kind": "full", "as_of": "2026-10-31"}


def refusal(path: Path) -> DeliveryRefused:
    """Receive as the pages and the command do: what cannot be announced is noted too."""
    with pytest.raises(DeliveryRefused) as refused:
        announced_and_received(path)
    assert Batch.objects.count() == 0
    assert left_in_clear() == []
    return refused.value


def announced_and_received(path: Path) -> None:
    try:
        manifest = intake.announced(path)
    except DeliveryRefused as error:
        intake.record_refusal(error, path=path, actor=RECEIVER, at=AT)
        raise
    intake.receive(manifest, actor=RECEIVER, at=AT)


def left_in_clear() -> list[Path]:
    """Whatever a delivery that was refused has left in the home."""
    return [path for name in ("tmp", "deliveries") for path in (home() / name).rglob("*") if path.is_file()]


def on_record(error: DeliveryRefused) -> str:
    """All that is kept and shown of a refusal."""
    rows = [str(row) for row in Delivery.objects.values()] + [str(row) for row in JournalEntry.objects.values()]
    return "\n".join([error.sentence, error.file, *rows])
