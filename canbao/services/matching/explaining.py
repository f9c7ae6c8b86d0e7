"""Why a record belongs to its person: its link and the person's other source records, the look on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.cases import SHOWN
from canbao.bulk.sqltext import columns, parquet, sql
from canbao.rules.masking import mask
from canbao.rules.roles import Actor
from canbao.services import audit, registry
from canbao.services.matching.inputs import OFFICE_STATE
from canbao.services.matching.listing import engine, last_run, links_path
from canbao.store.models import SourceState


class NoSuchRecord(LookupError):
    """No accepted record has this key."""


@dataclass(frozen=True)
class Explanation:
    """The record's own link, and all records of the person (dicts: source, record_key, rule, band and shown fields)."""

    run_id: int
    person_id: int
    own: list[dict[str, Any]]
    records: list[dict[str, Any]]


@transaction.atomic
def explain(record: str, *, actor: Actor, at: datetime, full: bool = False) -> Explanation:
    """`record` is source:record_key or a bare record_key. Raises NoSuchRecord, NoRun."""
    source, _, key = record.partition(":")
    known = {*SourceState.objects.values_list("source", flat=True), registry.OFFICE}
    wanted, values = (
        (sql("source = ? and record_key = ?"), [source, key])
        if source in known and key
        else (sql("record_key = ?"), [record])
    )
    links = parquet(links_path())
    asked = sql(
        "select source, record_key, person_id from {links} where {wanted} order by source", links=links, wanted=wanted
    )
    with engine() as duck:
        own = duck.rows(asked, values)
        if not own:
            raise NoSuchRecord(record)
        person_id = own[0][2]
        linked = linked_to(duck, person_id)
        facts = facts_of(duck, [(source, key) for source, key, *_ in linked])
    keys = {(s, k) for s, k, _ in own}
    run = last_run()
    _note(person_id, basis=f"run:{run.pk}", actor=actor, at=at, full=full)
    rows = [
        {"source": source, "record_key": key, "rule": rule, "band": band} | facts.get((source, key), {})
        for source, key, rule, band in sorted(linked)
    ]
    shown = rows if full else [masked(row) for row in rows]
    mine = [new for row, new in zip(rows, shown, strict=True) if (row["source"], row["record_key"]) in keys]
    return Explanation(run_id=run.pk, person_id=person_id, own=mine, records=shown)


def linked_to(duck: DuckEngine, person_id: int) -> list[tuple[str, str, str, str]]:
    """The records of a person by the last run: source, record_key, rule, band."""
    query = sql("select source, record_key, rule, band from {links} where person_id = ?", links=parquet(links_path()))
    return [(source, key, rule, band) for source, key, rule, band in duck.rows(query, [person_id])]


def facts_of(duck: DuckEngine, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the accepted states say of some records: one look at each source's file."""
    wanted: dict[str, list[str]] = {}
    for source, key in keys:
        wanted.setdefault(source, []).append(key)
    found = {}
    states = {s.source: s.path for s in SourceState.objects.filter(source__in=wanted, batch__isnull=False)}
    if registry.OFFICE in wanted:
        states[registry.OFFICE] = f"{last_run().folder}/{OFFICE_STATE}"
    for name, place in states.items():
        path = Path(settings.CANBAO_HOME) / place
        query = sql(
            "select record_key, {shown} from {state} where list_contains(?, record_key)",
            shown=columns(SHOWN),
            state=parquet(path),
        )
        for key, *values in duck.rows(query, [wanted[name]]):
            found[name, key] = dict(zip(SHOWN, values, strict=True))
    return found


def masked(row: dict[str, Any], *, clear: Collection[str] = ()) -> dict[str, Any]:
    """A source without record numbers keys its rows by the document, which is hidden there too. clear: fields left as they are."""
    hidden = {name: value if name in clear else mask(name, value) for name, value in row.items()}
    if number := row.get("doc_number"):
        hidden["record_key"] = row["record_key"].replace(number, hidden["doc_number"])
    return hidden


def _note(person_id: int, *, basis: str, actor: Actor, at: datetime, full: bool) -> None:
    audit.record_look(
        audit.Event.PERSON_VIEWED,
        actor=actor,
        at=at,
        target_kind="person",
        target_id=str(person_id),
        basis=basis,
        detail={"records": True, "full": full},
    )
