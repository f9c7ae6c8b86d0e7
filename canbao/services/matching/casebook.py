"""Keep the cases: the same conflict stays the same case over all runs; one that no longer shows is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection

from canbao.bulk.engine import DuckEngine, quoted
from canbao.services.registry.copying import copy_in
from canbao.store.models import CaseState

_COLUMNS = ("kind", "subject", "person_ids", "record_keys", "reason", "office_path")


def load_cases(engine: DuckEngine, path: Path, *, run_id: int, folder: Path) -> dict[str, int]:
    """Write the run's conflicts into the register inside the caller's transaction. Returns the open cases by kind."""
    query = (
        "select kind, subject, '{' || array_to_string(person_ids, ',') || '}',"
        " '{' || array_to_string(list_transform(record_keys, lambda k: '\"' || replace(replace(k, '\\', '\\\\'), '\"', '\\\"') || '\"'), ',') || '}',"
        f" reason, office_path from read_parquet('{quoted(path)}') order by kind, subject"
    )
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.found_case")
        cursor.execute(
            f"create temp table found_case on commit drop as select {', '.join(_COLUMNS)} from match_case limit 0"
        )
        copy_in(engine, query, table="found_case", columns=_COLUMNS)
        cursor.execute("create index on found_case (subject)")
        cursor.execute("analyze found_case")
        values: dict[str, Any] = {"run": run_id, "open": CaseState.OPEN, "gone": CaseState.GONE}
        cursor.execute(
            "update match_case c set state = %(gone)s where state = %(open)s"
            " and not exists (select 1 from found_case f where f.subject = c.subject)",
            values,
        )
        cursor.execute(
            "update match_case c set person_ids = f.person_ids, record_keys = f.record_keys, reason = f.reason,"
            " office_path = f.office_path, last_run_id = %(run)s,"
            " state = case when c.state = %(gone)s then %(open)s else c.state end"
            " from found_case f where f.subject = c.subject",
            values,
        )
        cursor.execute(
            "insert into match_case (kind, subject, state, person_ids, record_keys, reason, office_path, first_run_id, last_run_id)"
            " select f.kind, f.subject, %(open)s, f.person_ids, f.record_keys, f.reason, f.office_path, %(run)s, %(run)s"
            " from found_case f where not exists (select 1 from match_case c where c.subject = f.subject)"
            " order by f.kind, f.subject",
            values,
        )
        cursor.execute(
            "select kind, count(*) from match_case where state = %(open)s group by kind order by kind", values
        )
        return {kind: int(count) for kind, count in cursor.fetchall()}
