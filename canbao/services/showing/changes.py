"""What changed from version to version of a person's basic facts, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from canbao.rules.labels import FIELDS
from canbao.rules.masking import mask_kind
from canbao.rules.privacy import Kind
from canbao.rules.wording import basis_in_words
from canbao.services.showing.facts import NOTHING_CLEAR, Clear, Fact, fact


@dataclass(frozen=True, slots=True)
class Changed:
    """One field before and after."""

    label: str
    before: Fact
    after: Fact


@dataclass(frozen=True, slots=True)
class Change:
    """One version: when we came to know it, from which day it is true, on what it rests, what is different."""

    version: int
    at: datetime
    valid_from: date
    basis: str
    fields: Sequence[Changed]
    is_first: bool = False


def changes_of(versions: Iterable[Mapping[str, Any]], *, on: date, clear: Clear = NOTHING_CLEAR) -> list[Change]:
    """Newest first. versions: the rows of `registry.versions_in_full`; of a version written twice the first counts."""
    rows: dict[int, Mapping[str, Any]] = {}
    for row in versions:
        kept = rows.get(row["version"])
        if kept is None or row["known_from"] < kept["known_from"]:
            rows[row["version"]] = row
    ordered = [rows[number] for number in sorted(rows)]
    changes = [_change(before, row, on, clear) for before, row in zip([None, *ordered], ordered, strict=False)]
    return changes[::-1]


def _change(before: Mapping[str, Any] | None, row: Mapping[str, Any], on: date, clear: Clear) -> Change:
    names = [name for name in FIELDS if before is not None and before[name] != row[name]]
    return Change(
        version=row["version"],
        at=row["known_from"],
        valid_from=row["valid_from"],
        basis=str(mask_kind(Kind.TEXT, basis_in_words(row["basis"]))),
        fields=[
            Changed(FIELDS[name], *(fact(name, side[name], on=on, clear=clear) for side in (before, row) if side))
            for name in names
        ],
        is_first=before is None,
    )
