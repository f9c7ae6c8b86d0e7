"""The state of a register on one page: counts, dates and digests, no persons."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, models
from django.db.models import Count

from canbao.services import registry, safeguards
from canbao.services.safeguards import Safeguard
from canbao.store.models import (
    Batch,
    Delivery,
    Enrolment,
    JournalEntry,
    MatchCase,
    MatchRun,
    Person,
    RunState,
    SourceState,
)


@dataclass(frozen=True)
class Overview:
    """unmatched: sources whose state no applied run has read yet; digest: equal for two registers with the same people and
    enrolments, however they came about."""

    home: str
    deliveries: dict[str, int]
    batches: dict[str, int]
    states: list[dict[str, object]]
    counts: dict[str, int]
    last_run: dict[str, object] | None
    unmatched: list[str]
    last_act_at: datetime | None
    digest: str | None
    bytes_on_disk: dict[str, int]
    safeguards: list[Safeguard]


def look() -> Overview:
    """Read it all; the digest makes this take seconds on a large register."""
    return Overview(
        home=str(settings.CANBAO_HOME),
        deliveries=_by(Delivery, "state"),
        batches=_by(Batch, "status"),
        states=[
            {"source": state.source, "rows": state.rows, "as_of": state.as_of, "batch": state.batch_id}
            for state in SourceState.objects.order_by("source")
        ],
        counts={
            "persons": Person.objects.count(),
            "enrolments": Enrolment.objects.count(),
            "cases": MatchCase.objects.filter(state="OPEN").count(),
        },
        last_run=_last_run(),
        unmatched=unmatched(),
        last_act_at=JournalEntry.objects.aggregate(last=models.Max("at"))["last"],
        digest=registry.digest(),
        bytes_on_disk=_bytes_on_disk(settings.CANBAO_HOME),
        safeguards=safeguards.look(every_file=True),
    )


def _by(model: type[models.Model], field: str) -> dict[str, int]:
    rows = model._default_manager.values_list(field).annotate(n=Count("pk")).order_by(field)
    return dict(rows)


def _last_run() -> dict[str, object] | None:
    run = MatchRun.objects.order_by("-pk").first()
    if not run:
        return None
    return {
        "id": run.pk,
        "state": run.state,
        "rule_version": run.rule_version,
        "started_at": run.started_at,
        "applied_at": run.applied_at,
        "counts": run.counts,
    }


def unmatched() -> list[str]:
    """Sources whose state no applied run has read yet: the register says less than the accepted states as long as these have not been matched."""
    run = MatchRun.objects.filter(state=RunState.APPLIED).order_by("-pk").first()
    read = {source: state["batch"] for source, state in run.inputs["sources"].items()} if run else {}
    now = dict(SourceState.objects.filter(batch__isnull=False).order_by("source").values_list("source", "batch_id"))
    return sorted(source for source in {*read, *now} if read.get(source) != now.get(source))


def _bytes_on_disk(home: Path) -> dict[str, int]:
    """Per folder of the home; files may vanish while they are counted."""
    sizes = {}
    for folder in sorted(path.name for path in home.iterdir() if path.is_dir()):
        sizes[folder] = 0
        for root, _, names in os.walk(home / folder):
            for name in names:
                with suppress(FileNotFoundError):
                    sizes[folder] += (Path(root) / name).stat().st_size
    return sizes


def busiest_village() -> str:
    """The path of a village with most people in the town with most open cases; "" in an empty register."""
    with connection.cursor() as cursor:
        cursor.execute(
            "with town as (select left(office_path, 15) as path, count(*) as cases from match_case"
            " where length(office_path) >= 15 and state = 'OPEN' group by 1),"
            " village as (select office_path as path, count(*) as people from person"
            " where length(office_path) = 18 group by 1)"
            " select village.path from village left join town on town.path = left(village.path, 15)"
            " order by coalesce(town.cases, 0) desc, village.people desc, village.path limit 1"
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""
