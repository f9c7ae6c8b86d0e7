"""Superseded versions on both clocks, for whole sets at a time.

Before: current row, valid [f, …), known [k, …). After a change from day d at instant t: history has the row as it was
known (valid [f, …), known [k, t)) and as it stayed true (valid [f, d), known [t, …)); the current row starts at d.
A correction has d = f and leaves only the first of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from canbao.bulk.registry.tables import Table


def history_key(table: Table) -> tuple[str, ...]:
    return ("person_id",) if table.key == ("id",) else table.key


def stage(table: Table, name: str) -> None:
    """A temporary table with the columns of the register table."""
    columns = (*table.columns, "valid_from") if name == "changed" else table.key
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists pg_temp.{name}")
        cursor.execute(
            f"create temp table {name} on commit drop as select {', '.join(columns)} from {table.name} limit 0"
        )


def _insert(table: Table, facts: Sequence[str], valid: str, recorded: str, origin: str) -> str:
    """SQL moving versions of `t` to history; facts are expressions in the order of table.facts."""
    key = ", ".join(history_key(table))
    return (
        f"insert into {table.name}_history ({key}, {', '.join(table.facts)}, version, valid, recorded, basis, closed_basis)"
        f" select {', '.join(f't.{k}' for k in table.key)}, {', '.join(facts)}, t.version, {valid}, {recorded},"
        f" t.basis, %(basis)s from {table.name} t {origin}"
    )


def _joined(table: Table, side: Sequence[str] | None = None) -> str:
    """t (the table, or its history under the names of `side`) meets g (the staged rows)."""
    return " and ".join(f"t.{s} = g.{k}" for s, k in zip(side or table.key, table.key, strict=True))


def apply_changes(table: Table, *, corrected: Sequence[str], basis: str, at: datetime) -> None:
    """Move the versions superseded by temp table `changed` to history and write the new ones."""
    values: dict[str, Any] = {"basis": basis, "at": at}
    match = f"join changed g on {_joined(table)}"
    as_was = [f"t.{name}" for name in table.facts]
    as_stayed = [f"g.{name}" if name in corrected else f"t.{name}" for name in table.facts]
    with connection.cursor() as cursor:
        cursor.execute("analyze changed")
        _correct_earlier(table, corrected, values)
        known = "tstzrange(t.recorded_at, %(at)s)"
        cursor.execute(
            _insert(table, as_was, "daterange(t.valid_from, null)", known, match + " where t.recorded_at < %(at)s"),
            values,
        )
        cursor.execute(
            _insert(
                table, as_stayed, "daterange(t.valid_from, g.valid_from)", "tstzrange(%(at)s, null)",
                match + " where g.valid_from > t.valid_from",
            ),
            values,
        )  # fmt: skip
        facts = ", ".join(f"{name} = g.{name}" for name in table.facts)
        cursor.execute(
            f"update {table.name} t set {facts}, version = t.version + 1, valid_from = g.valid_from,"
            f" recorded_at = %(at)s, basis = %(basis)s from changed g where {_joined(table)}",
            values,
        )


def _correct_earlier(table: Table, corrected: Sequence[str], values: dict[str, Any]) -> None:
    """What was wrong all along was wrong in the earlier versions too: known differently from now on."""
    if not corrected:
        return
    key = history_key(table)
    past = f"{table.name}_history"
    columns = (*key, *table.facts, "version", "valid", "basis")
    facts = [f"g.{name}" if name in corrected else f"t.{name}" for name in table.facts]
    differs = " or ".join(f"t.{name} is distinct from g.{name}" for name in corrected)
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.rewritten")
        cursor.execute(
            f"create temp table rewritten on commit drop as select t.history_id, {', '.join(f't.{k}' for k in key)},"
            f" {', '.join(facts)}, t.version, t.valid, t.basis from {past} t"
            f" join changed g on {_joined(table, key)}"
            f" where upper_inf(t.recorded) and lower(t.recorded) < %(at)s and ({differs})",
            values,
        )
        cursor.execute(
            f"update {past} h set recorded = tstzrange(lower(h.recorded), %(at)s), closed_basis = %(basis)s"
            " from rewritten r where r.history_id = h.history_id",
            values,
        )
        cursor.execute(
            f"insert into {past} ({', '.join(columns)}, closed_basis, recorded)"
            f" select {', '.join(columns)}, %(basis)s, tstzrange(%(at)s, null) from rewritten",
            values,
        )


def apply_ends(table: Table, *, basis: str, at: datetime, on: date) -> None:
    """Move the rows of temp table `gone` to history; they were true until `on`."""
    values: dict[str, Any] = {"basis": basis, "at": at, "on": on}
    match = f"join gone g on {_joined(table)}"
    as_was = [f"t.{name}" for name in table.facts]
    with connection.cursor() as cursor:
        cursor.execute("analyze gone")
        known = "tstzrange(t.recorded_at, %(at)s)"
        cursor.execute(
            _insert(table, as_was, "daterange(t.valid_from, null)", known, match + " where t.recorded_at < %(at)s"),
            values,
        )
        until = "daterange(t.valid_from, %(on)s)"
        cursor.execute(
            _insert(table, as_was, until, "tstzrange(%(at)s, null)", match + " where t.valid_from < %(on)s"), values
        )
        cursor.execute(f"delete from {table.name} t using gone g where {_joined(table)}")
