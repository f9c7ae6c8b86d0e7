"""Keep the cases: the same conflict stays the same case over all runs; one that no longer shows is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import columns, parquet, sql
from canbao.services.registry.copying import copy_in
from canbao.store.models import UNDECIDED, CaseState

_COLUMNS = ("kind", "subject", "person_ids", "record_keys", "reason", "office_path")


_RECORDS = ("subject", "place", "person_id", "source", "record_key", "facts")


def load_cases(engine: DuckEngine, folder: Path, *, run_id: int) -> dict[str, int]:
    """Write a run's conflicts into the register inside the caller's transaction. Returns the undecided cases by kind.

    A case that was decided keeps the records it was decided on.
    """
    _copy_found(engine, folder)
    values: dict[str, Any] = {
        "run": run_id, "open": CaseState.OPEN, "gone": CaseState.GONE, "undecided": list(UNDECIDED),
        "ours": [*UNDECIDED, CaseState.NOTED],
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in (_FORGET_OPINIONS, _GONE, _AGAIN, _NEW, _DROP_RECORDS, _ADD_RECORDS):
            cursor.execute(statement, values)
        cursor.execute(
            "select kind, count(*) from match_case where state = any(%(undecided)s) group by kind order by kind", values
        )
        return {kind: int(count) for kind, count in cursor.fetchall()}


def _copy_found(engine: DuckEngine, folder: Path) -> None:
    """The run's files as temporary tables."""
    query = sql(
        "select kind, subject, '{{' || array_to_string(person_ids, ',') || '}}',"
        " '{{' || array_to_string(list_transform(record_keys,"
        " lambda k: '\"' || replace(replace(k, '\\', '\\\\'), '\"', '\\\"') || '\"'), ',') || '}}',"
        " reason, office_path from {found} order by kind, subject",
        found=parquet(folder / "cases.parquet"),
    )
    chosen = sql(
        "select {columns} from {found} order by subject, place",
        columns=columns(_RECORDS),
        found=parquet(folder / "case_records.parquet"),
    )
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.found_case, pg_temp.found_record")
        cursor.execute(
            sql(
                "create temp table found_case on commit drop as select {columns} from match_case limit 0",
                columns=columns(_COLUMNS),
            )
        )
        cursor.execute(
            "create temp table found_record on commit drop as select subject, place, person_id, source, record_key, facts"
            " from match_case_record, match_case limit 0"
        )
        copy_in(engine, query, table="found_case", names=_COLUMNS)
        copy_in(engine, chosen, table="found_record", names=_RECORDS)
        cursor.execute("create index on found_case (subject)")
        cursor.execute("create index on found_record (subject)")
        cursor.execute("analyze found_case")
        cursor.execute("analyze found_record")


_GONE = """
update match_case c set state = %(gone)s, turn = 0, claimed_by = '', claimed_at = null where state = any(%(ours)s)
and not exists (select 1 from found_case f where f.subject = c.subject)
"""
# A case that comes back is decided anew; one opinion given before would not be blind to the new facts.
_FORGET_OPINIONS = """
delete from match_case_opinion o using match_case c where c.id = o.case_id and c.state = any(%(undecided)s)
and not exists (select 1 from found_case f where f.subject = c.subject)
"""
_AGAIN = """
update match_case c set person_ids = f.person_ids, record_keys = f.record_keys, reason = f.reason,
    office_path = f.office_path, last_run_id = %(run)s, state = case when c.state = %(gone)s then %(open)s else c.state end
from found_case f where f.subject = c.subject
"""
_NEW = """
insert into match_case (kind, subject, state, person_ids, record_keys, reason, office_path, first_run_id, last_run_id,
    turn, note, claimed_by)
select f.kind, f.subject, %(open)s, f.person_ids, f.record_keys, f.reason, f.office_path, %(run)s, %(run)s, 0, '', ''
from found_case f where not exists (select 1 from match_case c where c.subject = f.subject)
order by f.kind, f.subject
"""
_DROP_RECORDS = """
delete from match_case_record r using match_case c, found_case f
where c.id = r.case_id and f.subject = c.subject and c.state = any(%(ours)s)
"""
_ADD_RECORDS = """
insert into match_case_record (case_id, place, person_id, source, record_key, facts, office_path)
select c.id, r.place, r.person_id, r.source, r.record_key, r.facts, c.office_path
from found_record r join match_case c using (subject) where c.state = any(%(ours)s) order by c.id, r.place
"""
