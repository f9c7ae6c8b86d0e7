"""What stops a batch: thresholds are data (breakers.toml), the comparison is here."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from canbao.rules.name_checks import NO_NAMES_SHARE, WITHOUT_SURNAME_SHARE, Names, are_names

_FILE: Final = Path(__file__).with_name("breakers.toml")

LABELS: Final = {
    "ended": "上次有、这次没有的人太多",
    "changed": "内容变动的记录太多",
    "added": "新增的记录太多",
    "quarantined": "暂存待更正的行太多",
    "rejected": "退回的行太多",
    "fewer_rows": "总行数比上次少得太多",
    "more_rows": "总行数比上次多得太多",
    "no_birth_date": "大部分行没有出生日期",
    "no_names": "很多姓名不是姓名，可能是编码读错",
    "older": "数据日期早于已接收的数据",
}


@dataclass(frozen=True)
class Figures:
    """What is known of a batch when it is judged."""

    kind: str
    as_of: date
    rows: int
    counts: dict[str, int]
    base_rows: int
    base_as_of: date | None
    no_birth_date: int = 0
    names: Names = field(default_factory=lambda: Names(0, 0, 0))


@dataclass(frozen=True)
class Tripped:
    """One threshold that was passed."""

    breaker: str
    found: str
    limit: str

    def as_json(self) -> dict[str, str]:
        return asdict(self) | {"label": LABELS[self.breaker]}


def thresholds(source: str) -> dict[str, float]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {**data["default"], **data.get(source, {})}


def tripped(source: str, *, figures: Figures) -> list[Tripped]:
    """Every threshold the batch passes, in the order of the file."""
    limits = thresholds(source)
    fewest = limits["fewest_of_delta" if figures.kind == "delta" else "fewest"]
    found = [
        Tripped(name, f"{rows / of:.1%}", f"{limits[name]:.0%}")
        for name, rows, of in _shares(figures)
        if rows >= fewest and rows > limits[name] * of
    ]
    passed, most = {breaker.breaker for breaker in found}, limits["most_of_delta"]
    found += [
        Tripped(name, f"{rows:,} 条", f"{most:,} 条")
        for name, rows in _numbers(figures)
        if rows > most and rows > limits["least_share_of_delta"] * figures.base_rows and name not in passed
    ]
    if not are_names(figures.names):
        odd = max(figures.names.no_names, figures.names.without_surname)
        limit = NO_NAMES_SHARE if odd == figures.names.no_names else WITHOUT_SURNAME_SHARE
        found.append(Tripped("no_names", f"{odd / max(figures.names.rows, 1):.1%}", f"{limit:.0%}"))
    if figures.base_as_of and figures.as_of < figures.base_as_of:
        found.append(Tripped("older", figures.as_of.isoformat(), figures.base_as_of.isoformat()))
    return found


def _shares(figures: Figures) -> list[tuple[str, int, int]]:
    """Breaker, how many rows, of how many."""
    counts, base, rows = figures.counts, figures.base_rows, figures.rows
    shares = [(name, counts[name], rows) for name in ("quarantined", "rejected")]
    shares.append(("no_birth_date", figures.no_birth_date, rows))
    if base:
        shares += [(name, counts[name], base) for name in ("ended", "changed")]
        if figures.kind == "full":
            shares += [("fewer_rows", base - rows, base), ("more_rows", rows - base, base)]
        else:
            shares.append(("added", counts["new"], base))
    return shares


def _numbers(figures: Figures) -> list[tuple[str, int]]:
    """Breaker and how many rows: of a large list a small share is many people."""
    of_delta = {"added": "new", "ended": "ended", "changed": "changed"} if figures.kind == "delta" else {}
    return [(name, figures.counts[word]) for name, word in of_delta.items()]
