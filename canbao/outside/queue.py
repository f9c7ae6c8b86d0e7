"""The queue in PostgreSQL: what is put in it commits, or is forgotten, with the transaction that put it there."""

from __future__ import annotations

from procrastinate.contrib.django import app
from procrastinate.contrib.django.db_cleanup import DjangoApp
from procrastinate.contrib.django.django_connector import DjangoConnector

CONCURRENCY = 2  # a long job does not keep the timetable waiting


def defer(task: str, **arguments: int) -> int:
    """Put a task in the queue by its name, on the connection and in the transaction of the caller; returns its number."""
    return int(app.configure_task(task).defer(**arguments))


def waits(number: int | None) -> bool:
    """Whether this place in the queue is still to be taken up."""
    rows = _connector().execute_query_all(
        "select exists (select from procrastinate_jobs where id = %(number)s and status = 'todo') as a", number=number
    )
    return bool(rows[0]["a"])


def give_up(number: int | None) -> None:
    """Close a place in the queue whose worker is gone; another takes its stead."""
    _connector().execute_query_all(
        "select procrastinate_finish_job_v1(id, 'failed', false) is null as a from procrastinate_jobs"
        " where id = %(number)s and status = 'doing'",
        number=number,
    )


def _connector() -> DjangoConnector:
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    return connector


def task_names() -> set[str]:
    """The names of all tasks there are."""
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    return set(app.tasks)


def work() -> None:
    """Carry out tasks until SIGTERM or SIGINT.

    A second app with the same tasks: inside them `defer` stays on Django's connection.
    """
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    worker = DjangoApp(connector=_connector().get_worker_connector())
    worker.tasks, worker.periodic_registry = app.tasks, app.periodic_registry
    worker.run_worker(
        concurrency=CONCURRENCY, name="canbao", fetch_job_polling_interval=2.0, shutdown_graceful_timeout=20.0,
        delete_jobs="successful",
    )  # fmt: skip
