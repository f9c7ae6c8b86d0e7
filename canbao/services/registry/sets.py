"""The set-based writer: makes the register equal to what the sources say, writing only what differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from django.db import connection

from canbao.bulk.engine import DuckEngine
from canbao.bulk.registry.tables import PLAIN, TABLES, Table
from canbao.bulk.sqltext import SQL, checked, columns, each, identifier, literal, parquet, sql
from canbao.rules.survivorship import FIELDS, Nature
from canbao.services.registry import declaring, history, offices
from canbao.services.registry.copying import copy_in, copy_out

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
    untouched: Sequence[tuple[str, str]] = (),
) -> Recorded:
    """Bring every register table to the Parquet of the same name in `wanted`; call inside a transaction.

    Needs view link and table office_told of the run. basis: the act that justifies it (art. 19);
    on: when a person or enrolment that is gone from the sources ended.
    untouched: records (source, record_key) of people of whom nothing is written and nothing ended.
    """
    done = Recorded()
    offices.register_kept(engine, folder)
    _register_untouched(engine, untouched)
    fresh = _is_empty("person")
    loaded = [table.name for table in TABLES] + list(PLAIN)
    if fresh:
        _call("indexes_aside", loaded)
    for table in TABLES:
        step(table.name)
        source = _touched(wanted / f"{table.name}.parquet", table.key[0])
        if fresh:
            done.new[table.name] = copy_in(
                engine, _as_new(table, source, basis, at), table=table.name, names=_written(table)
            )
        else:
            _write_difference(engine, table, source, done, basis=basis, at=at, on=on, folder=folder)
    step("plain")
    offices.join_registered(engine, basis=basis, at=at)
    declaring.follow(basis=basis, at=at, on=on)
    replace_plain(engine, wanted, folder=folder)
    if fresh:
        step("index")
        _call("indexes_back", loaded)
    return done


def _register_untouched(engine: DuckEngine, records: Sequence[tuple[str, str]]) -> None:
    """Table untouched(id): the people of these records."""
    names = ("source", "record_key")
    table = pa.table({name: pa.array([row[i] for row in records], pa.string()) for i, name in enumerate(names)})
    engine.load("untouched_record", table)
    engine.run(
        sql(
            "create or replace table untouched as"
            " select distinct person_id as id from link semi join untouched_record using (source, record_key)"
        )
    )


def _touched(wanted: Path, person: str) -> SQL:
    return sql(
        "(select * from {wanted} where {person} not in (select id from untouched))",
        wanted=parquet(wanted), person=identifier(person),
    )  # fmt: skip


def replace_plain(engine: DuckEngine | None, wanted: Path | None, *, folder: Path | None = None) -> None:
    """Write employers, households and cards as they stand in `wanted`; without it they are emptied."""
    for name, names in PLAIN.items():
        if engine is None or wanted is None or folder is None:
            with connection.cursor() as cursor:
                cursor.execute(sql("delete from {name}", name=identifier(name)))
        else:
            engine.run(sql("create table if not exists untouched (id bigint)"))
            path = wanted / f"{name}.parquet"
            _replace(
                engine, name, names, _touched(path, "person_id") if "person_id" in names else parquet(path), folder
            )


def _is_empty(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql("select not exists (select 1 from {table})", table=identifier(table)))
        return bool((cursor.fetchone() or (False,))[0])


def _call(function: str, relations: list[str]) -> None:
    """Build the indexes after the load instead of row by row (7 times faster; see store/roles.sql)."""
    with connection.cursor() as cursor:
        cursor.execute("set local maintenance_work_mem = '1GB'")
        cursor.execute(sql("select {function}(%s)", function=identifier(function)), [relations])


def _written(table: Table) -> tuple[str, ...]:
    return (*table.columns, "version", "valid_from", "recorded_at", "basis")


def _as_new(table: Table, source: SQL, basis: str, at: datetime) -> SQL:
    return sql(
        "select {columns}, 1, first_as_of, {at}, {basis} from {source}",
        columns=columns(table.columns),
        at=literal(at.isoformat()),
        basis=literal(basis),
        source=source,
    )


def _write_difference(
    engine: DuckEngine, table: Table, source: SQL, done: Recorded, *, basis: str, at: datetime, on: date, folder: Path
) -> None:
    types = {**table.types, "valid_from": sql("date")}
    copy_out(engine, table.name, (*table.columns, "valid_from"), to="have", types=types, folder=folder)
    key = columns(table.key)
    engine.run(sql("create or replace view want as select * from {source}", source=source))
    new = sql("(select w.* from want w anti join have h using ({key}))", key=key)
    gone = sql(
        "select {key} from have anti join want using ({key})"
        " where {first} not in (select id from kept union all select id from untouched)",
        key=key,
        first=identifier(table.key[0]),
    )
    done.new[table.name] = copy_in(engine, _as_new(table, new, basis, at), table=table.name, names=_written(table))
    history.stage(table, "changed")
    changed = _changed(table)
    done.changed[table.name] = copy_in(engine, changed, table="changed", names=(*table.columns, "valid_from"))
    history.apply_changes(table, corrected=[n for n in table.facts if n in CORRECTED], basis=basis, at=at)
    history.stage(table, "gone")
    done.ended[table.name] = copy_in(engine, gone, table="gone", names=table.key)
    history.apply_ends(table, basis=basis, at=at, on=on)


def _changed(table: Table) -> SQL:
    """The rows whose facts are others, from the day on which they are: a mistake from the beginning, a change from the list's day."""
    return sql(
        """select {columns},
        case when {really} then greatest(w.last_as_of, h.valid_from) else h.valid_from end as starts_on
        from want w join have h using ({key}) where {changed}""",
        columns=columns(table.columns, "w"),
        really=each(
            "w.{name} is distinct from h.{name}",
            [name for name in table.facts if name not in CORRECTED],
            separator=" or ",
        ),
        key=columns(table.key),
        changed=each("w.{name} is distinct from h.{name}", table.facts, separator=" or "),
    )


def _replace(engine: DuckEngine, name: str, names: tuple[str, ...], source: SQL, folder: Path) -> None:
    """Employers, households and cards have no history: written whole where they differ."""
    want = sql("select {columns} from {source}", columns=columns(names), source=source)
    if _is_empty(name):
        copy_in(engine, want, table=name, names=names)
        return
    types = {"person_id": sql("bigint"), "members": sql("bigint")}
    copy_out(engine, name, names, to="have", types=types, folder=folder)
    if "person_id" in names:
        engine.run(sql("delete from have where person_id in (select id from untouched)"))
    engine.run(sql("create or replace view want as {want}", want=want))
    _drop_gone(engine, name, names)
    copy_in(engine, sql("select * from want except all select * from have"), table=name, names=names)


def _drop_gone(engine: DuckEngine, name: str, names: tuple[str, ...]) -> None:
    table, first = identifier(name), identifier(names[0])
    stage = sql(
        "create temp table gone on commit drop as select {columns} from {table} limit 0",
        columns=columns(names),
        table=table,
    )
    delete = sql(
        "delete from {table} t using gone g where t.{first} = g.{first} and {same}",
        table=table,
        first=first,
        same=each("t.{name} is not distinct from g.{name}", names, separator=" and "),
    )
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.gone")
        cursor.execute(checked(stage))
        if copy_in(engine, sql("select * from have except all select * from want"), table="gone", names=names):
            cursor.execute(sql("create index on gone ({first})", first=first))
            cursor.execute(checked(delete))
