"""What a sender puts into a list is evaluated by nobody who gets it back, and the corrected file is read as it was meant."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from canbao.bulk.sqltext import sql
from canbao.services import intake
from canbao.services.intake.places import engine, folder_of
from canbao.services.matching import listing
from canbao.store.models import MatchRun
from tests.integration.intake.builders import Desk, errors_of, people, police
from tests.integration.intake.conftest import desk
from tests.property.test_cells_agree import HOSTILE, is_evaluated

__all__ = ["desk"]
NUMBER = re.compile(r"\t[0-9][-0-9/.:Xx]*")  # kept a text by a tab; no formula
SHOWN = [cell for cell in HOSTILE if not set(cell) & set("\r\n")]  # a line in a cell is refused when it is received


def test_a_returned_row_is_text_and_comes_back_as_it_was(desk: Desk) -> None:
    rows = [police(number, 户籍地址=cell, 出生日期="never") for number, cell in enumerate(SHOWN, start=1)]
    first = desk.receive(desk.deliver(rows + people(300, lambda n, **_: police(n + 1000)))).batch
    returned = errors_of(first)
    assert len(returned) == len(SHOWN)
    for row in returned:
        assert not [name for name, cell in row.items() if is_evaluated(cell) and not NUMBER.fullmatch(cell)]
    corrected = [
        {name: cell for name, cell in row.items() if name in rows[0]} | {"出生日期": "19900101"} for row in returned
    ]
    plain = [police(number, 户籍地址=cell) for number, cell in enumerate(SHOWN, start=1)]
    assert addresses(desk, corrected) == addresses(desk, plain)


def addresses(desk: Desk, rows: list[dict[str, str]]) -> dict[str, Any]:
    """What is understood of these rows."""
    batch = desk.receive(desk.deliver(rows)).batch
    with engine(reads=[folder_of(batch.delivery).path]) as session:
        found = session.arrow(sql("select record_key, address from {rows}", rows=folder_of(batch.delivery).mapped))
    return {row["record_key"]: row["address"] for row in found.to_pylist()}


def test_a_heading_of_the_sender_is_text_too(desk: Desk) -> None:
    rows = [row | {"=1+1": "x", "@备注": "y"} for row in people(3, police, 出生日期="never")]
    batch = desk.receive(desk.deliver(rows)).batch
    _, path = intake.error_files(batch.pk)
    headings = next(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert len(headings) == 12 and not any(map(is_evaluated, headings))


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_links_hold_texts(tmp_path: Path, monkeypatch: Any, settings: Any, form: str) -> None:
    settings.CANBAO_HOME = tmp_path
    table = {"source": ["police"] * len(SHOWN), "record_key": SHOWN, "person_id": range(len(SHOWN)), "rule": ["r"] * len(SHOWN),
             "band": ["b"] * len(SHOWN)}  # fmt: skip
    pq.write_table(pa.table(table), tmp_path / "links.parquet")
    monkeypatch.setattr(listing, "last_run", lambda: MatchRun(folder="."))
    assert listing.write_links(tmp_path / "out", form=form) == len(SHOWN)
    if form == "csv":
        with (tmp_path / "out").open(newline="") as file:
            assert not [row for row in csv.DictReader(file) if is_evaluated(row["record_key"])]
    else:
        assert set(pq.read_table(tmp_path / "out")["record_key"].to_pylist()) == set(SHOWN)
