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
from canbao.bulk.sqltext import SQL, checked, columns, each, identifier, joined, sql


def history_key(table: Table) -> tuple[str, ...]:
    return ("person_id",) if table.key == ("id",) else table.key


def past(table: Table) -> SQL:
    """The name of a register table's history."""
    return identifier(f"{table.name}_history")


def stage(table: Table, name: str) -> None:
    """A temporary table with the columns of the register table."""
    staged = (*table.columns, "valid_from") if name == "changed" else table.key
    with connection.cursor() as cursor:
        cursor.execute(sql("drop table if exists pg_temp.{name}", name=identifier(name)))
        cursor.execute(
            sql(
                "create temp table {name} on commit drop as select {columns} from {table} limit 0",
                name=identifier(name), columns=columns(staged), table=identifier(table.name),
            )
        )  # fmt: skip


def stage_row(table: Table, row: Sequence[Any]) -> None:
    """`stage` "changed" with one row in it: the values of the table's columns, then valid_from."""
    stage(table, "changed")
    names = (*table.columns, "valid_from")
    with connection.cursor() as cursor:
        cursor.execute(
            sql(
                "insert into changed ({columns}) values ({values})",
                columns=columns(names), values=joined(", ", [sql("%s")] * len(names)),
            ),
            row,
        )  # fmt: skip


def _insert(table: Table, facts: Sequence[SQL], valid: SQL, recorded: SQL, origin: SQL) -> SQL:
    """SQL moving versions of `t` to history; facts are expressions in the order of table.facts."""
    return sql(
        "insert into {past} ({key}, {facts}, version, valid, recorded, basis, closed_basis)"
        " select {own_key}, {values}, t.version, {valid}, {recorded}, t.basis, %(basis)s from {table} t {origin}",
        past=past(table), key=columns(history_key(table)), facts=columns(table.facts), own_key=columns(table.key, "t"),
        values=joined(", ", facts), valid=valid, recorded=recorded, table=identifier(table.name), origin=origin,
    )  # fmt: skip


def joined_on(table: Table, side: Sequence[str] | None = None) -> SQL:
    """t (the table, or its history under the names of `side`) meets g (the staged rows)."""
    pairs = zip(side or table.key, table.key, strict=True)
    return joined(" and ", [sql("t.{s} = g.{k}", s=identifier(s), k=identifier(k)) for s, k in pairs])


def _facts(table: Table, corrected: Sequence[str] = ()) -> list[SQL]:
    """Each fact as it was, the corrected ones as they are in the staged rows."""
    return [columns((name,), "g" if name in corrected else "t") for name in table.facts]


_SINCE = sql("daterange(t.valid_from, null)")
_KNOWN_UNTIL_NOW = sql("tstzrange(t.recorded_at, %(at)s)")
_KNOWN_FROM_NOW = sql("tstzrange(%(at)s, null)")


def apply_changes(table: Table, *, corrected: Sequence[str], basis: str, at: datetime) -> None:
    """Move the versions superseded by temp table `changed` to history and write the new ones."""
    values: dict[str, Any] = {"basis": basis, "at": at}
    match = joined_on(table)
    known = sql("join changed g on {match} where t.recorded_at < %(at)s", match=match)
    as_was = _insert(table, _facts(table), _SINCE, _KNOWN_UNTIL_NOW, known)
    stayed = sql("join changed g on {match} where g.valid_from > t.valid_from", match=match)
    until = sql("daterange(t.valid_from, g.valid_from)")
    as_stayed = _insert(table, _facts(table, corrected), until, _KNOWN_FROM_NOW, stayed)
    with connection.cursor() as cursor:
        cursor.execute("analyze changed")
        _correct_earlier(table, corrected, values)
        cursor.execute(checked(as_was), values)
        cursor.execute(checked(as_stayed), values)
        cursor.execute(
            sql(
                "update {table} t set {facts}, version = t.version + 1, valid_from = g.valid_from,"
                " recorded_at = %(at)s, basis = %(basis)s from changed g where {match}",
                table=identifier(table.name), facts=each("{name} = g.{name}", table.facts), match=match,
            ),
            values,
        )  # fmt: skip


def _correct_earlier(table: Table, corrected: Sequence[str], values: dict[str, Any]) -> None:
    """What was wrong all along was wrong in the earlier versions too: known differently from now on."""
    if not corrected:
        return
    key = history_key(table)
    rewritten = sql(
        "create temp table rewritten on commit drop as select t.history_id, {key}, {facts}, t.version, t.valid, t.basis"
        " from {past} t join changed g on {match}"
        " where upper_inf(t.recorded) and lower(t.recorded) < %(at)s and ({differs})",
        key=columns(key, "t"), facts=joined(", ", _facts(table, corrected)), past=past(table),
        match=joined_on(table, key),
        differs=each("t.{name} is distinct from g.{name}", corrected, separator=" or "),
    )  # fmt: skip
    close = sql(
        "update {past} h set recorded = tstzrange(lower(h.recorded), %(at)s), closed_basis = %(basis)s"
        " from rewritten r where r.history_id = h.history_id",
        past=past(table),
    )
    add = sql(
        "insert into {past} ({columns}, closed_basis, recorded)"
        " select {columns}, %(basis)s, tstzrange(%(at)s, null) from rewritten",
        past=past(table), columns=columns((*key, *table.facts, "version", "valid", "basis")),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.rewritten")
        for statement in (rewritten, close, add):
            cursor.execute(checked(statement), values)


def apply_ends(table: Table, *, basis: str, at: datetime, on: date) -> None:
    """Move the rows of temp table `gone` to history; they were true until `on`."""
    values: dict[str, Any] = {"basis": basis, "at": at, "on": on}
    match = joined_on(table)
    known = sql("join gone g on {match} where t.recorded_at < %(at)s", match=match)
    as_was = _insert(table, _facts(table), _SINCE, _KNOWN_UNTIL_NOW, known)
    held = sql("join gone g on {match} where t.valid_from < %(on)s", match=match)
    until = sql("daterange(t.valid_from, %(on)s)")
    as_stayed = _insert(table, _facts(table), until, _KNOWN_FROM_NOW, held)
    end = sql("delete from {table} t using gone g where {match}", table=identifier(table.name), match=match)
    with connection.cursor() as cursor:
        cursor.execute("analyze gone")
        for statement in (as_was, as_stayed, end):
            cursor.execute(checked(statement), values)
