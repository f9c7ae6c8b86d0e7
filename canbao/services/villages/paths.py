"""Villages and the offices that answer for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import sql
from canbao.rules.division import Level, load_tree
from canbao.rules.offices import office_path

TABLE = sql("village_office")


def agency_of(town: str, on: date) -> str:
    """The path of the agency that a town belongs to on a day."""
    return office_path(town, on)[:6]


def load(engine: DuckEngine, towns: Iterable[str], on: date) -> None:
    """Table village_office(village, path) for the villages of these towns."""
    wanted = set(towns)
    codes = sorted({v.code for v in load_tree().all_versions() if v.level is Level.VILLAGE and v.code[:9] in wanted})
    offices = [office_path(code, on) for code in codes]
    engine.load(
        "village_office", pa.table({"village": pa.array(codes, pa.string()), "path": pa.array(offices, pa.string())})
    )
