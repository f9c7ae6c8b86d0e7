"""The set-based writer: makes the register equal to what the sources say, writing only what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from django.db import connection

from canbao.bulk.engine import DuckEngine, quoted
from canbao.bulk.registry.tables import PLAIN, TABLES, Table
from canbao.rules.survivorship import FIELDS, Nature
from canbao.services.registry import declaring, history
from canbao.services.registry.copying import copy_in, copy_out
from canbao.services.registry.single import REGISTERED
from canbao.store.models import FactDecision

# birth_date, sex, number …: a new value means that the old one was wrong all along (`rules.survivorship`).
CORRECTED = tuple(name for name, rule in FIELDS.items() if rule.nature is Nature.CORRECTED)


@dataclass
class Recorded:
    """Rows written per table."""

    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)

    def nothing(self) -> bool:
        return not (sum(self.new.values()) or sum(self.changed.values()) or sum(self.ended.values()))


def record_many(
    engine: DuckEngine,
    wanted: Path,
    *,
    basis: str,
    at: datetime,
    on: date,
    folder: Path,
    step: Callable[[str], None] = lambda name: None,
) -> Recorded:
    """Bring every register table to the Parquet of the same name in `wanted`; call inside a transaction.

    basis: the act that justifies it (art. 19); on: when a person or enrolment that is gone from the sources ended.
    """
    done = Recorded()
    _register_kept(engine)
    fresh = _is_empty("person")
    loaded = [table.name for table in TABLES] + list(PLAIN)
    if fresh:
        _call("indexes_aside", loaded)
    for table in TABLES:
        step(table.name)
        source = f"read_parquet('{quoted(wanted / f'{table.name}.parquet')}')"
        if fresh:
            done.new[table.name] = copy_in(
                engine, _as_new(table, source, basis, at), table=table.name, columns=_written(table)
            )
        else:
            _write_difference(engine, table, source, done, basis=basis, at=at, on=on, folder=folder)
    step("plain")
    declaring.follow(basis=basis, at=at, on=on)
    replace_plain(engine, wanted, folder=folder)
    if fresh:
        step("index")
        _call("indexes_back", loaded)
    return done


def replace_plain(engine: DuckEngine | None, wanted: Path | None, *, folder: Path | None = None) -> None:
    """Write employers, households and cards as they stand in `wanted`; without it they are emptied."""
    for name, columns in PLAIN.items():
        if engine is None or wanted is None or folder is None:
            with connection.cursor() as cursor:
                cursor.execute(f"delete from {name}")
        else:
            _replace(engine, name, columns, f"read_parquet('{quoted(wanted / f'{name}.parquet')}')", folder)


def _register_kept(engine: DuckEngine) -> None:
    """Table kept(id): people registered by decision; that no list has them is no reason to end them."""
    engine.run("create or replace table kept (id bigint)")
    people = FactDecision.objects.filter(field=REGISTERED).values_list("person_id", flat=True)
    table = pa.table({"id": pa.array(list(people), pa.int64())})
    engine.register("kept_arrow", table)
    engine.run("insert into kept select id from kept_arrow")
    engine.unregister("kept_arrow")


def _is_empty(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"select not exists (select 1 from {table})")
        return bool((cursor.fetchone() or (False,))[0])


def _call(function: str, relations: list[str]) -> None:
    """Build the indexes after the load instead of row by row (7 times faster; see store/roles.sql)."""
    with connection.cursor() as cursor:
        cursor.execute("set local maintenance_work_mem = '1GB'")
        cursor.execute(f"select {function}(%s)", [relations])


def _written(table: Table) -> tuple[str, ...]:
    return (*table.columns, "version", "valid_from", "recorded_at", "basis")


def _as_new(table: Table, source: str, basis: str, at: datetime) -> str:
    columns = ", ".join(table.columns)
    return f"select {columns}, 1, first_as_of, '{at.isoformat()}', '{basis}' from {source}"


def _write_difference(
    engine: DuckEngine, table: Table, source: str, done: Recorded, *, basis: str, at: datetime, on: date, folder: Path
) -> None:
    types = {**table.types, "valid_from": "date"}
    copy_out(engine, table.name, (*table.columns, "valid_from"), name="have", types=types, folder=folder)
    key = ", ".join(table.key)
    changed = " or ".join(f"w.{name} is distinct from h.{name}" for name in table.facts)
    really = " or ".join(f"w.{n} is distinct from h.{n}" for n in table.facts if n not in CORRECTED)
    engine.run(f"create or replace view want as select * from {source}")
    new = f"select w.* from want w anti join have h using ({key})"
    different = f"""select {", ".join(f"w.{name}" for name in table.columns)},
        case when {really} then greatest(w.last_as_of, h.valid_from) else h.valid_from end as starts_on
        from want w join have h using ({key}) where {changed}"""
    gone = f"select {key} from have anti join want using ({key}) where {table.key[0]} not in (select id from kept)"
    done.new[table.name] = copy_in(
        engine, _as_new(table, f"({new})", basis, at), table=table.name, columns=_written(table)
    )
    history.stage(table, "changed")
    done.changed[table.name] = copy_in(engine, different, table="changed", columns=(*table.columns, "valid_from"))
    history.apply_changes(table, corrected=[n for n in table.facts if n in CORRECTED], basis=basis, at=at)
    history.stage(table, "gone")
    done.ended[table.name] = copy_in(engine, gone, table="gone", columns=table.key)
    history.apply_ends(table, basis=basis, at=at, on=on)


def _replace(engine: DuckEngine, name: str, columns: tuple[str, ...], source: str, folder: Path) -> None:
    """Employers, households and cards have no history: written whole where they differ."""
    listed = ", ".join(columns)
    if _is_empty(name):
        copy_in(engine, f"select {listed} from {source}", table=name, columns=columns)
        return
    copy_out(engine, name, columns, name="have", types={"person_id": "bigint", "members": "bigint"}, folder=folder)
    engine.run(f"create or replace view want as select {listed} from {source}")
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.gone")
        cursor.execute(f"create temp table gone on commit drop as select {listed} from {name} limit 0")
        if copy_in(engine, "select * from have except all select * from want", table="gone", columns=columns):
            same = " and ".join(f"t.{column} is not distinct from g.{column}" for column in columns)
            first = columns[0]
            cursor.execute(f"create index on gone ({first})")
            cursor.execute(f"delete from {name} t using gone g where t.{first} = g.{first} and {same}")
    copy_in(engine, "select * from want except all select * from have", table=name, columns=columns)
