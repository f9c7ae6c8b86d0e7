"""The figures of a run: links by rule and band, people by scope and gap, cases by kind."""

from __future__ import annotations

from typing import Any

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import sql


def counts(engine: DuckEngine) -> dict[str, Any]:
    """From the views of a finished matching."""
    links = engine.rows(sql("select rule, band, count(*) from link group by all order by 3 desc, 1, 2"))
    people = engine.rows(
        sql("select coalesce(scope, 'OUT_OF_SCOPE'), gap, count(*) from wanted_person group by all order by 1, 2")
    )
    return {
        "records": sum(n for _, _, n in links),
        "links": [{"rule": rule, "band": band, "records": n} for rule, band, n in links],
        "people": [{"scope": scope, "gap": gap, "people": n} for scope, gap, n in people],
    }
