"""Bring divisions, offices and codes in the database to what the rules say. The only writer of these tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from canbao.rules import codes, division, offices
from canbao.rules.period import Period
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.store.models.reference import (
    CodeEntry,
    CodeMapping,
    Division,
    DivisionSuccessor,
    Office,
    OfficeCoverage,
)

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one table."""

    table: str
    rows: int
    written: int
    removed: int


@dataclass(frozen=True, slots=True)
class _Copy:
    """One table as it should be. The first `width` fields are its key."""

    model: type[models.Model]
    fields: tuple[str, ...]
    width: int
    rows: Sequence[tuple[Any, ...]]


@transaction.atomic
def load(*, actor: Actor, at: datetime) -> tuple[Change, ...]:
    """Write what differs from the shipped data, one journal entry for all; nothing differs, nothing is written."""
    copies = _copies()
    # Added from the top down, removed from the bottom up, so that coverage always has its office.
    written = {copy.model: _write(copy) for copy in copies}
    removed = {copy.model: _remove(copy) for copy in reversed(copies)}
    changes = tuple(
        Change(copy.model._meta.db_table, len(copy.rows), written[copy.model], removed[copy.model]) for copy in copies
    )
    if any(change.written or change.removed for change in changes):
        audit.record(
            audit.Event.REFERENCE_LOADED,
            actor=actor,
            at=at,
            target_kind="reference",
            basis="随系统发布的区划、机构和代码数据",
            detail={change.table: [change.rows, change.written, change.removed] for change in changes},
        )
    return changes


def _write(copy: _Copy) -> int:
    """Insert or update the rows that are not there as they should be."""
    stored = set(copy.model._default_manager.values_list(*copy.fields))
    differing = [row for row in copy.rows if row not in stored]
    copy.model._default_manager.bulk_create(
        (copy.model(**dict(zip(copy.fields, row, strict=True))) for row in differing),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=copy.fields[: copy.width],
        update_fields=copy.fields[copy.width :],
    )
    return len(differing)


def _remove(copy: _Copy) -> int:
    """Delete the rows whose key is no longer in the data."""
    wanted = {row[: copy.width] for row in copy.rows}
    stored = copy.model._default_manager.values_list("pk", *copy.fields[: copy.width])
    gone = [row[0] for row in stored if row[1:] not in wanted]
    copy.model._default_manager.filter(pk__in=gone).delete()
    return len(gone)


def _copies() -> tuple[_Copy, ...]:
    tree = division.load_tree()
    return (
        _Copy(
            Division,
            ("code", "valid_from", "name", "level", "parent", "valid_to"),
            2,
            [
                (one.code, one.period.start, one.name, one.level.value, one.parent, one.period.end)
                for one in tree.all_versions()
            ],
        ),
        _Copy(
            DivisionSuccessor,
            ("old", "new", "changed_on", "old_parent", "new_parent", "towns", "note"),
            3,
            [(s.old, s.new, s.changed_on, s.old_parent, s.new_parent, s.towns, s.note) for s in tree.successions],
        ),
        _Copy(
            Office,
            ("path", "kind", "name", "parent", "valid_from", "valid_to"),
            1,
            [(o.path, o.kind.value, o.name, o.parent, *_ends(o.period)) for o in offices.offices()],
        ),
        _Copy(
            OfficeCoverage,
            ("division", "valid_from", "office_id", "valid_to"),
            2,
            [(c.division, c.period.start, c.path, c.period.end) for c in offices.coverages()],
        ),
        _Copy(
            CodeEntry,
            ("code_table", "code", "valid_from", "label", "valid_to", "note"),
            3,
            [
                (c.table, c.code, c.valid_from, c.label, c.valid_to, c.note)
                for table in codes.code_tables()
                for c in codes.codes(table.name)
            ],
        ),
        _Copy(CodeMapping, ("code_table", "source", "raw", "code"), 3, _mappings()),
    )


def _mappings() -> list[tuple[str, str, str, str]]:
    tables: Iterable[codes.CodeTable] = codes.code_tables()
    return list(dict.fromkeys(row for table in tables for row in codes.mappings(table.name)))


def _ends(period: Period) -> tuple[Any, Any]:
    return period.start, period.end
