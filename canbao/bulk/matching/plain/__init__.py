"""The matching in plain Python: the reference for the specs, clear rather than fast. Phases as in the parent package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from canbao.bulk.matching.plain import candidates, entries, explaining, resolving, units, weighing
from canbao.bulk.matching.record import Decision, Doubt, Record, Verdicts, latest


def match(records: Iterable[Record], *, decisions: Sequence[Decision] = ()) -> Verdicts:
    """Who each record is, and which pairs a clerk must look at."""
    read, rows = entries.build(records)
    parts = units.build(read)
    blocks = candidates.build(read, parts)
    weighed = weighing.build(parts, blocks)
    settled = resolving.build(parts, weighed, latest(decisions))
    doubts = [
        Doubt(_first(parts, d.unit), _first(parts, d.other), d.seen, d.bits)
        for d in sorted(settled.doubts, key=lambda d: (d.unit, d.other))
    ]
    listed = explaining.build(rows, parts, blocks, settled.clusters, latest(decisions))
    list_doubts = [
        Doubt(f"{c.row.source}:{c.row.record_key}", _first(parts, c.unit), c.seen, c.bits) for c in listed.doubts
    ]
    return Verdicts(sorted(settled.links), doubts, listed.rows, sorted(list_doubts, key=lambda d: (d.one, d.other)))


def _first(parts: units.Units, unit: int) -> str:
    return min(f"{e.source}:{e.record_key}" for e in parts.members[unit])
