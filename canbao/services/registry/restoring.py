"""Take back what runs wrote: the register as it was known before them, on record as a new state of knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from canbao.bulk.registry.tables import OF_PERSON, Table
from canbao.services.registry.history import history_key


class LaterActs(Exception):
    """Somebody has since acted on people these runs wrote; `person_ids` names some of them."""

    def __init__(self, person_ids: list[int]) -> None:
        super().__init__(person_ids)
        self.person_ids = person_ids


def restore(
    *, before: datetime, bases: list[str], basis: str, at: datetime, people: Sequence[int] | None = None
) -> int:
    """Undo everything written by `bases`, all of which began at `before` or later. Returns the persons restored.

    people: the only ones the bases can have touched, where they are known: then only their rows are read.
    Call inside a transaction. Raises LaterActs when another basis has written to the same people since.
    """
    restored = 0
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"before": before, "bases": bases, "basis": basis, "at": at}
        values["people"] = None if people is None else list(people)
        for table in OF_PERSON:
            _find_touched(table, values)
            cursor.execute(f"select {table.key[0]} from touched where foreign_act limit 20")
            if others := [row[0] for row in cursor.fetchall()]:
                raise LaterActs(others)
            cursor.execute(f"select count(distinct {table.key[0]}) from touched")
            if table.name == "person":
                restored = int((cursor.fetchone() or (0,))[0])
            _go_back(table, values)
    return restored


def _find_touched(table: Table, values: dict[str, Any]) -> None:
    """Temp table touched(key…, foreign_act): rows the bases wrote, changed or ended."""
    past, hkey = f"{table.name}_history", history_key(table)
    keys = ", ".join(table.key)
    among = (
        ("",) * 2 if values["people"] is None else tuple(f" and {k[0]} = any(%(people)s)" for k in (table.key, hkey))
    )
    as_key = ", ".join(f"{h} as {k}" if h != k else k for h, k in zip(hkey, table.key, strict=True))
    # A row that one of the bases added and somebody else has changed since is in history under the basis that added it.
    written = (
        f" union all select {as_key}, false from {past} where basis = any(%(bases)s) and lower(recorded) >= %(before)s{among[1]}"
        if values["people"] is not None
        else ""
    )
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.touched")
        cursor.execute(
            f"create temp table touched on commit drop as select {keys}, bool_or(foreign_act) foreign_act from ("
            f" select {keys}, not basis = any(%(bases)s) as foreign_act from {table.name} where recorded_at >= %(before)s{among[0]}"
            f" union all select {as_key}, not closed_basis = any(%(bases)s) from {past} where (upper(recorded) >= %(before)s"
            f" or lower(recorded) >= %(before)s){among[1]}{written}) x group by {keys}"
            " having bool_or(not foreign_act)",
            values,
        )
        cursor.execute("analyze touched")


def _go_back(table: Table, values: dict[str, Any]) -> None:
    past, hkey = f"{table.name}_history", history_key(table)
    facts = ", ".join(table.facts)
    same = " and ".join(f"h.{h} = g.{k}" for h, k in zip(hkey, table.key, strict=True))
    current = " and ".join(f"t.{k} = g.{k}" for k in table.key)
    history_columns = f"{', '.join(hkey)}, {facts}, version, valid, recorded, basis, closed_basis"
    # What was known just before, and is known again: the version without end becomes the current row.
    then = "lower(h.recorded) < %(before)s and upper(h.recorded) >= %(before)s"
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.known_before")
        cursor.execute(
            f"create temp table known_before on commit drop as select h.* from {past} h join touched g on {same} where {then}",
            values,
        )
        cursor.execute(
            f"insert into {past} ({history_columns}) select {', '.join(f't.{k}' for k in table.key)},"
            f" {', '.join(f't.{f}' for f in table.facts)}, t.version, daterange(t.valid_from, null),"
            f" tstzrange(t.recorded_at, %(at)s), t.basis, %(basis)s from {table.name} t join touched g on {current}",
            values,
        )
        cursor.execute(f"delete from {table.name} t using touched g where {current}")
        cursor.execute(
            f"update {past} h set recorded = tstzrange(lower(h.recorded), %(at)s), closed_basis = %(basis)s"
            f" from touched g where {same} and upper_inf(h.recorded) and lower(h.recorded) >= %(before)s",
            values,
        )
        cursor.execute(
            f"insert into {past} ({history_columns}) select {', '.join(f'h.{k}' for k in hkey)},"
            f" {', '.join(f'h.{f}' for f in table.facts)}, h.version, h.valid, tstzrange(%(at)s, null), h.basis, %(basis)s"
            " from known_before h where not upper_inf(h.valid)",
            values,
        )
        cursor.execute(
            f"insert into {table.name} ({', '.join(table.key)}, {facts}, version, valid_from, recorded_at, basis)"
            f" select {', '.join(f'h.{k}' for k in hkey)}, {', '.join(f'h.{f}' for f in table.facts)},"
            " h.version, lower(h.valid), %(at)s, %(basis)s from known_before h where upper_inf(h.valid)",
            values,
        )
