"""Where intake keeps its files below CANBAO_HOME, and the locks that keep two processes apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, checked, sql
from canbao.outside import work
from canbao.services.intake.errors import DeliveryBusy
from canbao.store.models import Delivery

_WORK = "intake"
Watch = Callable[..., AbstractContextManager[Callable[[float], None]]]
"""Makes a progress bar: `with watch(label, total=bytes) as step: step(n)`."""


@contextmanager
def unwatched(label: str, *, total: float | None = None) -> Iterator[Callable[[float], None]]:
    """For callers without a screen."""
    yield lambda step: None


def home() -> Path:
    return Path(settings.CANBAO_HOME)


def folder_of(delivery: Delivery) -> Folder:
    return Folder(home() / "deliveries" / str(delivery.pk))


def state_path(source: str, batch_id: int) -> str:
    """Relative to the home folder, so that the folder can be moved."""
    return f"states/{source}/{batch_id}.parquet"


@contextmanager
def work_folder() -> Iterator[Path]:
    """Where files lie in the clear while they are worked on; what killed processes left goes away first."""
    sweep()
    with work.work_folder(home() / "tmp", name=_WORK) as folder:
        yield folder


def sweep() -> int:
    """Remove what killed processes left in the clear; returns how many folders."""
    return work.sweep(home() / "tmp", name=_WORK)


@contextmanager
def engine(
    folder: Path | None = None, *, writes: Sequence[Path] = (), reads: Sequence[Path] = ()
) -> Iterator[DuckEngine]:
    """A session for these folders and files; it spills to a work folder of its own unless one is given."""
    with ExitStack() as stack:
        spill = folder or stack.enter_context(work_folder())
        memory = settings.CANBAO_MEMORY
        yield stack.enter_context(DuckEngine(spill, writes=writes, reads=reads, memory_limit=memory))


@contextmanager
def receiving(digest: str) -> Iterator[None]:
    """One process per delivery; the database lets go of the lock when the process dies.

    Raises DeliveryBusy.
    """
    if not _ask(sql("select pg_try_advisory_lock(hashtext('canbao.intake.receive'), hashtext(%s))"), digest):
        raise DeliveryBusy(digest)
    try:
        yield
    finally:
        _ask(sql("select pg_advisory_unlock(hashtext('canbao.intake.receive'), hashtext(%s))"), digest)


@contextmanager
def committing() -> Iterator[None]:
    """One commit or reversal at a time."""
    _ask(sql("select pg_advisory_lock(hashtext('canbao.intake.commit'), 0)"))
    try:
        yield
    finally:
        _ask(sql("select pg_advisory_unlock(hashtext('canbao.intake.commit'), 0)"))


def _ask(query: SQL, *params: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(checked(query), params)
        row = cursor.fetchone()
    return row[0] if row else None
