"""Errors inside a run: where it was, and which records a row that the database refuses was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import psycopg
from django.db import DataError, IntegrityError

from canbao.bulk.canonical import FACTS
from canbao.bulk.engine import CELL_ERRORS, DuckEngine
from canbao.bulk.matching.unfit import NEEDED, Reason, Unfit
from canbao.bulk.sqltext import SQL, identifier, literal, parquet, parquet_union, sql
from canbao.rules.labels import RECORD_FIELDS
from canbao.rules.stages import STEPS
from canbao.services.registry import RowFaultError


class RunFaultError(Exception):
    """A value that neither intake nor the run could foresee stopped the run; nothing was written.

    stage: what was being done; table, column: where it was to be written, "" where the engine does not say. Says nothing of the value.
    row: the row that the database refuses, where it could be found.
    """

    def __init__(self, stage: str, table: str = "", column: str = "", row: RowFaultError | None = None) -> None:
        super().__init__(stage, table, column)
        self.stage, self.table, self.column, self.row = stage, table, column, row

    @property
    def where(self) -> str:
        """In the words of the screens."""
        column = RECORD_FIELDS.get(self.column, self.column)
        return STEPS.get(self.stage, self.stage) + (f"，项目“{column}”" if column else "")


class _Watch(Protocol):
    stage: str


@contextmanager
def named_faults(watch: _Watch) -> Iterator[None]:
    """An error of an engine becomes one that says where; the cell that the engine quotes stays out of it."""
    try:
        yield
    except RowFaultError as error:
        raise RunFaultError(watch.stage, error.table, error.column, error) from None
    except (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError, *CELL_ERRORS):
        raise RunFaultError(watch.stage) from None


# What a column of the register is called in the rows of its source, where the names differ.
_IN_STATES: Final = {
    "hukou_address": ("address",), "home_address": ("address",), "hukou_division": ("division",), "home_division": ("division",),
    "enrolment_division": ("division",), "number": ("doc_number", "person_no"), "uscc": ("employer_uscc",),
    "name": ("name", "employer_name"), "name_key": ("name",), "name_sound": ("name",), "remark": ("extra",),
}  # fmt: skip


def records_of(engine: DuckEngine, fault: RowFaultError, *, states: Sequence[Path], links: Path) -> list[Unfit]:
    """The records that a refused row was made of, each with the column that can be left out.

    Where no such column tells, the whole person is refused: he stays as the register has him.
    """
    engine.run(sql("create or replace view faulty_state as select * from {states}", states=parquet_union(states)))
    own = _own(fault, links)
    if own is None:
        return []
    for column in _IN_STATES.get(fault.column, (fault.column,)):
        if column in FACTS and column not in NEEDED:
            query = sql(
                "select source, record_key from ({own}) where {column}::varchar = ?", own=own, column=identifier(column)
            )
            if found := engine.rows(query, [str(fault.row[fault.column])]):
                return [Unfit(source, key, column, Reason.REFUSED, False) for source, key in found]
    return refused_whole(engine, fault, links=links)


def refused_whole(engine: DuckEngine, fault: RowFaultError, *, links: Path) -> list[Unfit]:
    """All records of the person that a refused row is about; none for a row about nobody."""
    person = _person(fault)
    if person is None:
        return []
    found = engine.rows(
        sql(
            "select source, record_key from {links} where person_id = {person} order by all",
            links=parquet(links), person=person,
        )
    )  # fmt: skip
    return [Unfit(source, key, "record_key", Reason.PERSON_REFUSED, True) for source, key in found]


def _own(fault: RowFaultError, links: Path) -> SQL | None:
    """The rows of the states that belong to whatever a refused row is about."""
    person = _person(fault)
    if person is not None:
        return sql(
            "select s.* from faulty_state s join {links} l using (source, record_key) where l.person_id = {person}",
            links=parquet(links), person=person,
        )  # fmt: skip
    if fault.table == "employer":
        return sql("select * from faulty_state where source = {source}", source=literal(str(fault.row["source"])))
    return None


def _person(fault: RowFaultError) -> int | None:
    person = fault.row.get("person_id", fault.row.get("id"))
    return None if person is None else int(person)
