"""Links and cases as files for others: stable interfaces (columns and order do not change)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from canbao.bulk.cells import safe
from canbao.bulk.engine import DuckEngine, quoted
from canbao.rules.masking import mask
from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.store.models import UNDECIDED, MatchCase, MatchRun, RunState

_TEXTS = ("source", "record_key", "rule", "band")
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


def engine() -> DuckEngine:
    return DuckEngine(Path(settings.CANBAO_HOME) / "tmp" / "read", memory_limit=settings.CANBAO_MEMORY)


def write_links(target: Path, *, form: str) -> int:
    """One row per accepted record: source, record_key, person_id, rule, band. form: csv or parquet. Raises NoRun."""
    kind = "format parquet" if form == "parquet" else "format csv, header true"
    columns = ", ".join(
        f"{safe(name)} as {name}" if name in _TEXTS and form == "csv" else name for name in link_columns
    )
    with engine() as duck:
        query = f"select {columns} from read_parquet('{quoted(links_path())}') order by source, record_key"
        return int(duck.value(f"copy ({query}) to '{quoted(target)}' ({kind})"))


@transaction.atomic
def export_links(target: Path, *, form: str, actor: Actor, at: datetime) -> int:
    """`write_links`, on record. Raises NoRun."""
    rows = write_links(target, form=form)
    audit.record(
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
    with transaction.atomic():
        audit.record(
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
