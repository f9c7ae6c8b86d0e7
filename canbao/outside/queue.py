"""The queue in PostgreSQL: what is put in it commits, or is forgotten, with the transaction that put it there."""

from __future__ import annotations

from typing import Any, LiteralString

from procrastinate.contrib.django import app
from procrastinate.contrib.django.db_cleanup import DjangoApp
from procrastinate.contrib.django.django_connector import DjangoConnector

CONCURRENCY = 2  # a long job does not keep the timetable waiting


def defer(task: str, **arguments: int) -> int:
    """Put a task in the queue by its name, on the connection and in the transaction of the caller; returns its number."""
    return int(app.configure_task(task).defer(**arguments))


def waits(number: int | None) -> bool:
    """Whether this place in the queue is still to be taken up."""
    return bool(
        _ask("select exists (select from procrastinate_jobs where id = %(number)s and status = 'todo') as a", number)
    )


def give_up(number: int | None) -> None:
    """Close a place in the queue whose worker is gone; another takes its stead."""
    _ask("select procrastinate_finish_job_v1(id, 'failed', false) is null as a from procrastinate_jobs"
         " where id = %(number)s and status = 'doing'", number)  # fmt: skip


def _ask(query: LiteralString, number: int | None) -> Any:
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    rows = connector.execute_query_all(query, number=number)
    return rows[0]["a"] if rows else None


def task_names() -> set[str]:
    """The names of all tasks there are."""
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    return set(app.tasks)


def work() -> None:
    """Carry out tasks until SIGTERM or SIGINT.

    A second app with the same tasks: inside them `defer` stays on Django's connection.
    """
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    worker = DjangoApp(connector=connector.get_worker_connector())
    worker.tasks, worker.periodic_registry = app.tasks, app.periodic_registry
    worker.run_worker(
        concurrency=CONCURRENCY, name="canbao", fetch_job_polling_interval=2.0, shutdown_graceful_timeout=20.0,
        delete_jobs="successful",
    )  # fmt: skip
