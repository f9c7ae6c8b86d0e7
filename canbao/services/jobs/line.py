"""A connection of its own, on which progress is seen at once and whose end, if we are killed, lets go of the job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from django.db import connections

from canbao.bulk.sqltext import SQL, checked, sql

_SPACE = 4_207  # of the advisory locks of jobs


class Line:
    """Open for as long as a job runs."""

    def __enter__(self) -> Self:
        self._own = connections.create_connection("default")
        self._own.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._own.close()

    def hold(self, job_id: int) -> bool:
        """Whether nobody else is at work on it; nobody will be while this line is open."""
        return bool(self._ask(sql("select pg_try_advisory_lock(%s, %s::int)"), [_SPACE, job_id]))

    def let_go(self, job_id: int) -> None:
        self._ask(sql("select pg_advisory_unlock(%s, %s::int)"), [_SPACE, job_id])

    def begin(self, job_id: int, *, at: datetime) -> bool:
        """Note the start; not for what has ended."""
        return bool(
            self._ask(
                sql(
                    "update job set state = 'RUNNING', started_at = coalesce(started_at, %s), attempts = attempts + 1,"
                    " heartbeat_at = %s, message = '', stage = '', done = 0, total = null"
                    " where id = %s and finished_at is null returning id"
                ),
                [at, at, job_id],
            )
        )

    def tell(self, job_id: int, *, stage: str, done: int, total: int | None) -> bool:
        """Write the progress; says whether the job is asked to stop."""
        return bool(
            self._ask(
                sql(
                    "update job set stage = %s, done = %s, total = %s, heartbeat_at = clock_timestamp()"
                    " where id = %s returning cancel_asked_at is not null"
                ),
                [stage[:100], done, total, job_id],
            )
        )

    def end(self, job_id: int, *, state: str, message: str, result: Mapping[str, Any], at: datetime) -> None:
        self._ask(
            sql("update job set state = %s, message = %s, result = %s, finished_at = %s where id = %s returning id"),
            [str(state), message, json.dumps(dict(result), ensure_ascii=False), at, job_id],
        )

    def unfinished(self) -> list[int]:
        with self._own.cursor() as cursor:
            cursor.execute("select id from job where finished_at is null order by id")
            return [row[0] for row in cursor.fetchall()]

    def _ask(self, query: SQL, values: list[Any]) -> Any:
        with self._own.cursor() as cursor:
            cursor.execute(checked(query), values)
            row = cursor.fetchone()
        return row[0] if row else None
