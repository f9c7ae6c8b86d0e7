"""Give many people to another responsible office at once: a village that was found out, or the town again (规程第五条)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from canbao.bulk.registry.tables import PERSON
from canbao.bulk.sqltext import SQL, checked, identifier, joined, sql
from canbao.services.registry import copies, history
from canbao.services.registry.single import require_basis


def stage_moves() -> None:
    """Make an empty temporary table moving(person_id, office_path) for `place`."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.moving")
        cursor.execute(
            'create temp table moving (person_id bigint primary key, office_path varchar(18) collate "C" not null)'
            " on commit drop"
        )


def place(*, basis: str, at: datetime, plain: bool) -> int:
    """Make the office of each person in `moving` the responsible one; says how many were elsewhere. Call inside a transaction.

    The office of a person is kept on both clocks: the place was right all along, and is known from now on. What hangs on the person
    carries a copy of it for the area of a reader, which follows. plain: cards and households too, which only the worker writes.
    The caller writes the journal. Raises NoBasis.
    """
    require_basis(basis)
    history.stage(PERSON, "changed")
    with connection.cursor() as cursor:
        cursor.execute(checked(_CHANGED))
        moved = int(cursor.rowcount)
        if moved:
            history.apply_changes(PERSON, corrected=(), basis=basis, at=at)
        for statement in _follow(plain):
            cursor.execute(checked(statement))
        cursor.execute("drop table pg_temp.moving")
    return moved


def _values() -> Iterable[SQL]:
    for name in PERSON.columns:
        yield sql("m.office_path") if name == "office_path" else sql("p.{name}", name=identifier(name))


_CHANGED = sql(
    "insert into changed select {values}, p.valid_from from person p join moving m on m.person_id = p.id"
    " where p.office_path <> m.office_path",
    values=joined(", ", _values()),
)


def _follow(plain: bool) -> Iterable[SQL]:
    for name in (*copies.OF_OFFICE, *(("card",) if plain else ())):
        yield sql(
            "update {table} t set office_path = m.office_path from moving m"
            " where t.person_id = m.person_id and t.office_path <> m.office_path",
            table=identifier(name),
        )
    if plain:
        yield sql(
            "update household h set office_path = n.office_path from ("
            " select household_no, min(office_path) as office_path from person where household_no in ("
            " select p.household_no from moving m join person p on p.id = m.person_id) group by household_no) n"
            " where n.household_no = h.household_no and n.office_path <> h.office_path"
        )
