"""The figures of a run: links by rule and band, rows of explaining lists by outcome, people by scope and gap."""

from __future__ import annotations

from typing import Any

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import sql
from canbao.rules.match_labels import Outcome


def counts(engine: DuckEngine) -> dict[str, Any]:
    """From the views of a finished matching."""
    links = engine.rows(sql("select rule, band, count(*) from link group by all order by 3 desc, 1, 2"))
    people = engine.rows(
        sql("select coalesce(scope, 'OUT_OF_SCOPE'), gap, count(*) from wanted_person group by all order by 1, 2")
    )
    listed = engine.rows(sql("select source, outcome, count(*) from list_outcome group by all order by all"))
    return {
        "lists": _by_list(listed),
        "records": sum(n for _, _, n in links),
        "links": [{"rule": rule, "band": band, "records": n} for rule, band, n in links],
        "people": [{"scope": scope, "gap": gap, "people": n} for scope, gap, n in people],
    }


def _by_list(rows: list[tuple[Any, ...]]) -> dict[str, dict[str, int]]:
    """Rows of each explaining list by outcome; every outcome is named."""
    found: dict[str, dict[str, int]] = {}
    for source, outcome, count in rows:
        found.setdefault(source, {str(o): 0 for o in Outcome})[outcome] = count
    return found
