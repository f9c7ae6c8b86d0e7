"""The statements that move versions to history: made once for each table, with the names of `bulk.registry.tables`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from canbao.bulk.registry.tables import Table
from canbao.bulk.sqltext import SQL, columns, each, identifier, joined, sql

_SINCE = sql("daterange(t.valid_from, null)")
_KNOWN_UNTIL_NOW = sql("tstzrange(t.recorded_at, %(at)s)")
_KNOWN_FROM_NOW = sql("tstzrange(%(at)s, null)")


def history_key(table: Table) -> tuple[str, ...]:
    return ("person_id",) if table.key == ("id",) else table.key


def past(table: Table) -> SQL:
    """The name of a register table's history."""
    return identifier(f"{table.name}_history")


def joined_on(table: Table, side: Sequence[str] | None = None) -> SQL:
    """t (the table, or its history under the names of `side`) meets g (the staged rows)."""
    pairs = zip(side or table.key, table.key, strict=True)
    return joined(" and ", [sql("t.{s} = g.{k}", s=identifier(s), k=identifier(k)) for s, k in pairs])


@cache
def stage(table: Table, name: str) -> tuple[SQL, ...]:
    """A temporary table with the columns of the register table."""
    staged = (*table.columns, "valid_from") if name == "changed" else table.key
    return (
        sql("drop table if exists pg_temp.{name}", name=identifier(name)),
        sql(
            "create temp table {name} on commit drop as select {columns} from {table} limit 0",
            name=identifier(name), columns=columns(staged), table=identifier(table.name),
        ),
    )  # fmt: skip


@cache
def stage_row(table: Table) -> SQL:
    """One row into `changed`."""
    names = (*table.columns, "valid_from")
    values = joined(", ", [sql("%s")] * len(names))
    return sql("insert into changed ({columns}) values ({values})", columns=columns(names), values=values)


@cache
def change(table: Table, corrected: tuple[str, ...]) -> tuple[SQL, ...]:
    """What is superseded by `changed` to history, as it was and as it stayed true; then the new versions."""
    match = joined_on(table)
    known = sql("join changed g on {match} where t.recorded_at < %(at)s", match=match)
    stayed = sql("join changed g on {match} where g.valid_from > t.valid_from", match=match)
    until = sql("daterange(t.valid_from, g.valid_from)")
    return (
        *(_correct_earlier(table, corrected) if corrected else ()),
        _insert(table, _facts(table), _SINCE, _KNOWN_UNTIL_NOW, known),
        _insert(table, _facts(table, corrected), until, _KNOWN_FROM_NOW, stayed),
        sql(
            "update {table} t set {facts}, version = t.version + 1, valid_from = g.valid_from,"
            " recorded_at = %(at)s, basis = %(basis)s from changed g where {match}",
            table=identifier(table.name), facts=each("{name} = g.{name}", table.facts), match=match,
        ),
    )  # fmt: skip


def _correct_earlier(table: Table, corrected: tuple[str, ...]) -> tuple[SQL, ...]:
    """What was wrong all along was wrong in the earlier versions too: known differently from now on."""
    key = history_key(table)
    return (
        sql("drop table if exists pg_temp.rewritten"),
        sql(
            "create temp table rewritten on commit drop as select t.history_id, {key}, {facts}, t.version, t.valid, t.basis"
            " from {past} t join changed g on {match}"
            " where upper_inf(t.recorded) and lower(t.recorded) < %(at)s and ({differs})",
            key=columns(key, "t"), facts=joined(", ", _facts(table, corrected)), past=past(table),
            match=joined_on(table, key),
            differs=each("t.{name} is distinct from g.{name}", corrected, separator=" or "),
        ),
        sql(
            "update {past} h set recorded = tstzrange(lower(h.recorded), %(at)s), closed_basis = %(basis)s"
            " from rewritten r where r.history_id = h.history_id",
            past=past(table),
        ),
        sql(
            "insert into {past} ({columns}, closed_basis, recorded)"
            " select {columns}, %(basis)s, tstzrange(%(at)s, null) from rewritten",
            past=past(table), columns=columns((*key, *table.facts, "version", "valid", "basis")),
        ),
    )  # fmt: skip


@cache
def end(table: Table) -> tuple[SQL, ...]:
    """The rows of `gone` to history, as they were and true until %(on)s; then out of the table."""
    match = joined_on(table)
    known = sql("join gone g on {match} where t.recorded_at < %(at)s", match=match)
    held = sql("join gone g on {match} where t.valid_from < %(on)s", match=match)
    return (
        _insert(table, _facts(table), _SINCE, _KNOWN_UNTIL_NOW, known),
        _insert(table, _facts(table), sql("daterange(t.valid_from, %(on)s)"), _KNOWN_FROM_NOW, held),
        sql("delete from {table} t using gone g where {match}", table=identifier(table.name), match=match),
    )


def _insert(table: Table, facts: Sequence[SQL], valid: SQL, recorded: SQL, origin: SQL) -> SQL:
    """Versions of `t` to history; facts are expressions in the order of table.facts."""
    return sql(
        "insert into {past} ({key}, {facts}, version, valid, recorded, basis, closed_basis)"
        " select {own_key}, {values}, t.version, {valid}, {recorded}, t.basis, %(basis)s from {table} t {origin}",
        past=past(table), key=columns(history_key(table)), facts=columns(table.facts), own_key=columns(table.key, "t"),
        values=joined(", ", facts), valid=valid, recorded=recorded, table=identifier(table.name), origin=origin,
    )  # fmt: skip


def _facts(table: Table, corrected: Sequence[str] = ()) -> list[SQL]:
    """Each fact as it was, the corrected ones as they are in the staged rows."""
    return [columns((name,), "g" if name in corrected else "t") for name in table.facts]
