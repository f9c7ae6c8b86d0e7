"""What the machine can do at best with the same data: the limits the ratios are taken against."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psycopg

from bench.statements import statement
from canbao.bulk.engine import DuckEngine
from canbao.bulk.registry.tables import PLAIN, TABLES
from canbao.bulk.sqltext import parquet_union, sql
from canbao.config import database
from canbao.config.home import DATABASE

# Every accepted row read once, the three kinds of list joined on the bare number, all columns of the three written.
_JOIN = """
with police as (select * from state where source = 'police'), health as (select * from state where source = 'health'),
insured as (select * from state where scheme is not null)
select p.*, h.*, i.* from insured i
full join police p on p.doc_number = i.doc_number full join health h on h.doc_number = coalesce(i.doc_number, p.doc_number)
"""
_COLUMNS = statement(
    "source, record_key, doc_number, name, sex, birth_date, division, address, phone, person_no, scheme, household_no"
)


def read_and_join(home: Path) -> float:
    """Seconds for a bare DuckDB read, join and write of the accepted states."""
    states = newest_states(home)
    with (
        tempfile.TemporaryDirectory(dir=home) as folder,
        DuckEngine(Path(folder), reads=states, memory_limit="8GB") as engine,
    ):
        engine.run(
            sql(
                "create view state as select {columns} from {files}"
                " where source not in ('deaths', 'elsewhere', 'students', 'prison', 'soldiers')",
                columns=_COLUMNS,
                files=parquet_union(states),
            )
        )
        begun = time.perf_counter()
        engine.to_parquet(statement(_JOIN), Path(folder) / "joined.parquet", compression="snappy")
        return time.perf_counter() - begun


def newest_states(home: Path) -> list[Path]:
    """The last state of each source."""
    return [max(source.glob("*.parquet"), key=lambda p: int(p.stem)) for source in sorted((home / "states").iterdir())]


def copy_and_index(home: Path) -> float:
    """Seconds for a bare COPY of the register's rows into tables without history, then the same indexes."""
    names = [table.name for table in TABLES] + list(PLAIN)
    server = database.start(home)
    try:
        with (
            tempfile.TemporaryDirectory(dir=home) as folder,
            psycopg.connect(database.admin_dsn(home, dbname=DATABASE), autocommit=True) as con,
        ):
            con.execute("drop schema if exists bench cascade; create schema bench")
            for name in names:
                _export(con, name, Path(folder) / name)
                con.execute(f"create table bench.{name} (like public.{name})")
            con.execute("checkpoint")
            begun = time.perf_counter()
            with con.transaction():
                con.execute("set local maintenance_work_mem = '1GB'")
                for name in names:
                    _load(con, name, Path(folder) / name)
                for name in names:
                    _index(con, name)
            spent = time.perf_counter() - begun
            con.execute("drop schema bench cascade")
            return spent
    finally:
        if server:
            server.stop()


def _export(con: psycopg.Connection, name: str, path: Path) -> None:
    with path.open("wb") as file, con.cursor().copy(f"copy public.{name} to stdout (format csv)") as copy:
        for block in copy:
            file.write(block)


def _load(con: psycopg.Connection, name: str, path: Path) -> None:
    with path.open("rb") as file, con.cursor().copy(f"copy bench.{name} from stdin (format csv)") as copy:
        while block := file.read(1 << 20):
            copy.write(block)


def _index(con: psycopg.Connection, name: str) -> None:
    definitions = con.execute("select indexdef from pg_indexes where schemaname = 'public' and tablename = %s", [name])
    for (definition,) in definitions.fetchall():
        con.execute(definition.replace(" ON public.", " ON bench."))
