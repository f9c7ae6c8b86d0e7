"""Take back what runs wrote: the register as it was known before them, on record as a new state of knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from canbao.bulk.registry.tables import OF_PERSON, Table
from canbao.bulk.sqltext import SQL, checked, columns, identifier, joined, literal, sql
from canbao.services.registry import copies
from canbao.services.registry.history_sql import history_key, joined_on, past

BY_ADDRESS = "village:"
"""How the basis begins of villages worked out from addresses: they stand upon other facts, and are worked out again when those go back."""


class LaterActs(Exception):
    """Somebody has since acted on people these runs wrote; `person_ids` names some of them."""

    def __init__(self, person_ids: list[int]) -> None:
        super().__init__(person_ids)
        self.person_ids = person_ids


def restore(
    *, before: datetime, bases: list[str], basis: str, at: datetime, people: Sequence[int] | None = None,
    along: Sequence[str] = (),
) -> int:  # fmt: skip
    """Undo everything written by `bases`, all of which began at `before` or later. Returns the persons restored.

    people: the only ones the bases can have touched, where they are known: then only their rows are read. along: bases that go back with
    what they stand upon, as villages worked out from addresses do: the caller sees to it that these are worked out again.
    Call inside a transaction. Raises LaterActs when another basis has written to the same people since.
    """
    restored = 0
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"before": before, "bases": bases, "along": list(along), "basis": basis, "at": at}
        values["people"] = None if people is None else list(people)
        cursor.execute("drop table if exists pg_temp.gone_back")
        cursor.execute("create temp table gone_back (person_id bigint not null) on commit drop")
        for table in OF_PERSON:
            _find_touched(table, values)
            first = identifier(table.key[0])
            cursor.execute(sql("select {first} from touched where foreign_act limit 20", first=first))
            if others := [row[0] for row in cursor.fetchall()]:
                raise LaterActs(others)
            cursor.execute(sql("select count(distinct {first}) from touched", first=first))
            if table.name == "person":
                restored = int((cursor.fetchone() or (0,))[0])
            cursor.execute(sql("insert into gone_back select distinct {first} from touched", first=first))
            _go_back(table, values)
        cursor.execute("analyze gone_back")
        copies.follow_restored()
    return restored


def _find_touched(table: Table, values: dict[str, Any]) -> None:
    """Temp table touched(key…, foreign_act): rows the bases wrote, changed or ended."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.touched")
        cursor.execute(checked(_touched(table, few=values["people"] is not None)), values)
        cursor.execute("analyze touched")


@cache
def _touched(table: Table, *, few: bool) -> SQL:
    """few: only the rows of the people named are read."""
    hkey = history_key(table)
    among, among_past = (
        sql("and {key} = any(%(people)s)", key=identifier(key[0])) if few else sql("") for key in (table.key, hkey)
    )
    as_key = [sql("{h} as {k}", h=identifier(h), k=identifier(k)) for h, k in zip(hkey, table.key, strict=True)]
    # A row that one of the bases added and another has changed since is in history under the basis that added it.
    return sql(
        "create temp table touched on commit drop as select {keys}, bool_or(foreign_act) foreign_act from ("
        " select {keys}, basis = any(%(bases)s) as own, {foreign} as foreign_act from {table} where recorded_at >= %(before)s {among}"
        " union all select {as_key}, closed_basis = any(%(bases)s) or basis = any(%(bases)s) and lower(recorded) >= %(before)s,"
        " {foreign_past} from {past} where (upper(recorded) >= %(before)s or lower(recorded) >= %(before)s) {among_past}) x"
        " group by {keys} having bool_or(own)",
        keys=columns(table.key), as_key=joined(", ", as_key), table=identifier(table.name), past=past(table),
        among=among, among_past=among_past, foreign=_foreign("basis"), foreign_past=_foreign("closed_basis"),
    )  # fmt: skip


def _foreign(name: str) -> SQL:
    """Neither what is undone nor what goes back with it."""
    return sql(
        "not ({basis} = any(%(bases)s) or {basis} = any(%(along)s) or starts_with({basis}, {derived}))",
        basis=identifier(name), derived=literal(BY_ADDRESS),
    )  # fmt: skip


def _go_back(table: Table, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.known_before")
        for statement in _way_back(table):
            cursor.execute(checked(statement), values)


@cache
def _way_back(table: Table) -> list[SQL]:
    """What was known just before is known again: the version without end becomes the current row."""
    hkey = history_key(table)
    same = [sql("h.{h} = g.{k}", h=identifier(h), k=identifier(k)) for h, k in zip(hkey, table.key, strict=True)]
    own, earlier, match = identifier(table.name), past(table), joined(" and ", same)
    history = sql(
        "{past} ({columns}, version, valid, recorded, basis, closed_basis)",
        past=earlier,
        columns=columns((*hkey, *table.facts)),
    )
    return [
        sql(
            "create temp table known_before on commit drop as select h.* from {past} h join touched g on {match}"
            " where lower(h.recorded) < %(before)s and upper(h.recorded) >= %(before)s",
            past=earlier, match=match,
        ),
        sql(
            "insert into {history} select {columns}, t.version, daterange(t.valid_from, null),"
            " tstzrange(t.recorded_at, %(at)s), t.basis, %(basis)s from {table} t join touched g on {current}",
            history=history, columns=columns(table.columns, "t"), table=own, current=joined_on(table),
        ),
        sql("delete from {table} t using touched g where {current}", table=own, current=joined_on(table)),
        sql(
            "update {past} h set recorded = tstzrange(lower(h.recorded), %(at)s), closed_basis = %(basis)s"
            " from touched g where {match} and upper_inf(h.recorded) and lower(h.recorded) >= %(before)s",
            past=earlier, match=match,
        ),
        sql(
            "insert into {history} select {columns}, h.version, h.valid, tstzrange(%(at)s, null), h.basis, %(basis)s"
            " from known_before h where not upper_inf(h.valid)",
            history=history, columns=columns((*hkey, *table.facts), "h"),
        ),
        sql(
            "insert into {table} ({columns}, version, valid_from, recorded_at, basis)"
            " select {known}, h.version, lower(h.valid), %(at)s, %(basis)s from known_before h where upper_inf(h.valid)",
            table=own, columns=columns(table.columns), known=columns((*hkey, *table.facts), "h"),
        ),
    ]  # fmt: skip
