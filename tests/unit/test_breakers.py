"""What holds a batch: shares of the last list, and for a delta the number of records as well."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.bulk.sources.breakers import LABELS, Figures, tripped

DAY = date(2026, 10, 31)


def held(source: str = "police", *, kind: str = "delta", base: int, **counts: int) -> dict[str, str]:
    """Each breaker with what was found."""
    every = dict.fromkeys(("new", "changed", "ended", "quarantined", "rejected", "accepted", "unchanged"), 0) | counts
    figures = Figures(kind, DAY, sum(counts.values()), every, base, DAY)
    return {breaker.breaker: breaker.found for breaker in tripped(source, figures=figures)}


@pytest.mark.parametrize(
    ("base", "counts", "found"),
    [
        (1_000_000, {"new": 30_000}, {"added": "30,000 条"}),
        (1_000_000, {"ended": 30_000}, {"ended": "30,000 条"}),
        (1_000_000, {"changed": 30_000}, {"changed": "30,000 条"}),
        (1_000_000, {"new": 15_000, "ended": 15_000}, {}),
        (34_000_000, {"new": 300_000}, {}),  # a month of the city
        (34_000_000, {"new": 350_000}, {"added": "350,000 条"}),
        (100_000, {"new": 5_001}, {"added": "5.0%"}),
        (100_000, {"new": 30_000}, {"added": "30.0%"}),  # told once
        (100_000, {"new": 4_900}, {}),
        (100, {"new": 19}, {}),  # a handful
        (0, {"new": 30_000}, {"added": "30,000 条"}),
    ],
)
def test_a_delta_is_held_by_share_and_by_number_both_ways(
    base: int, counts: dict[str, int], found: dict[str, str]
) -> None:
    assert held(base=base, **counts) == found
    assert all(name in LABELS for name in found)


def test_a_full_list_is_held_by_shares_only() -> None:
    assert held(kind="full", base=1_000_000, new=250_000, unchanged=1_000_000) == {}
    assert held(kind="full", base=1_000_000, new=350_000, unchanged=1_000_000) == {"more_rows": "35.0%"}
