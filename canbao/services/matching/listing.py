"""Links and cases as files for others: stable interfaces (columns and order do not change)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from canbao.bulk.cells import safe
from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, columns, identifier, joined, parquet, sql
from canbao.outside import work
from canbao.rules.masking import mask
from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.matching.inputs import OFFICE_STATE
from canbao.store.models import UNDECIDED, MatchCase, MatchRun, RunState, SourceState

_TEXTS = ("source", "record_key", "rule", "band")
_WORK = "read"  # folders below tmp
link_columns = ("source", "record_key", "person_id", "rule", "band")


class NoRun(LookupError):
    """No run has been applied yet."""


def last_run() -> MatchRun:
    """The run the register stands on. Raises NoRun."""
    run = MatchRun.objects.filter(state=RunState.APPLIED).order_by("-id").first()
    if run is None:
        raise NoRun
    return run


def links_path() -> Path:
    return Path(settings.CANBAO_HOME) / last_run().folder / "links.parquet"


@contextmanager
def engine(folder: Path | None = None) -> Iterator[DuckEngine]:
    """For questions to the last run's links and the accepted states.

    folder: a work folder of the caller, where it writes something; otherwise it has one of its own. Raises NoRun.
    """
    home = Path(settings.CANBAO_HOME)
    states = SourceState.objects.filter(batch__isnull=False).exclude(path="").values_list("path", flat=True)
    office = home / last_run().folder / OFFICE_STATE
    reads = [links_path(), *(home / path for path in states), *([office] if office.is_file() else [])]
    with ExitStack() as stack:
        own = folder or stack.enter_context(_work_folder())
        yield stack.enter_context(DuckEngine(own, reads=reads, memory_limit=settings.CANBAO_MEMORY))


@contextmanager
def _work_folder() -> Iterator[Path]:
    """What killed processes left goes away first."""
    root = Path(settings.CANBAO_HOME) / "tmp"
    work.sweep(root, name=_WORK)
    with work.work_folder(root, name=_WORK) as folder:
        yield folder


def write_links(target: Path, *, form: str) -> int:
    """One row per accepted record: source, record_key, person_id, rule, band. form: csv or parquet. Raises NoRun."""
    query = sql(
        "select {columns} from {links} order by source, record_key",
        columns=columns(link_columns) if form == "parquet" else _as_cells(),
        links=parquet(links_path()),
    )
    with _work_folder() as folder, engine(folder) as duck:
        written = folder / f"links.{form}"
        rows = duck.to_parquet(query, written) if form == "parquet" else duck.to_csv(query, written, header=True)
        shutil.move(written, target)
    return rows


def _as_cells() -> SQL:
    """The columns as a spreadsheet may open them."""
    return joined(", ", [_cell(name) if name in _TEXTS else identifier(name) for name in link_columns])


def _cell(name: str) -> SQL:
    return sql("{cell} as {name}", cell=safe(identifier(name)), name=identifier(name))


@transaction.atomic
def export_links(target: Path, *, form: str, actor: Actor, at: datetime) -> int:
    """`write_links`, on record. Raises NoRun."""
    rows = write_links(target, form=form)
    audit.record_look(
        audit.Event.LINKS_EXPORTED,
        actor=actor,
        at=at,
        target_kind="run",
        target_id=str(last_run().pk),
        detail={"rows": rows},
    )
    return rows


def export_cases(
    *, kind: str | None, everything: bool, actor: Actor, at: datetime, office: str = ""
) -> Iterator[dict[str, Any]]:
    """`case_rows` of the actor's area, on record. Raises access.NotAllowed."""
    access.require(actor, Permission.CASE_VIEW)
    audit.record_look(
        audit.Event.CASES_EXPORTED,
        actor=actor,
        at=at,
        target_kind="case",
        detail={"kind": kind or "", "all": everything, "office": office},
    )
    return case_rows(actor, kind=kind, everything=everything, office=office)


def case_rows(
    actor: Actor, *, kind: str | None = None, everything: bool = False, office: str = ""
) -> Iterator[dict[str, Any]]:
    """Cases of the actor's area, or of an office in it and all below, in the order of their ids, streamed."""
    found = access.within(MatchCase.objects.order_by("id"), actor)
    if kind:
        found = found.filter(kind=kind)
    if not everything:
        found = found.filter(state__in=UNDECIDED)
    if office:
        lowest, highest = scope_range(office)
        found = found.filter(office_path__gte=lowest, office_path__lte=highest)
    for case in found.iterator(chunk_size=5000):
        yield {
            "case_id": case.pk,
            "kind": case.kind,
            "person_ids": case.person_ids,
            "record_keys": [mask("record_keys", key) for key in case.record_keys],
            "reason": case.reason,
            "office": case.office_path,
        }
