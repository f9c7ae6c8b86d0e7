"""Why a record belongs to its person: the rule in words, and the person's other records beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from canbao.bulk.engine import quoted
from canbao.services.matching.listing import engine, last_run, links_path
from canbao.store.models import SourceState

_SHOWN = (
    "name",
    "former_name",
    "doc_type",
    "doc_number",
    "sex",
    "birth_date",
    "division",
    "address",
    "phone",
    "person_no",
)


class NoSuchRecord(LookupError):
    """No accepted record has this key."""


@dataclass(frozen=True)
class Explanation:
    """The record's own link, and all records of the person (dicts: source, record_key, rule, band and shown fields)."""

    run_id: int
    person_id: int
    own: list[dict[str, Any]]
    records: list[dict[str, Any]]


def explain(record: str) -> Explanation:
    """`record` is source:record_key or a bare record_key. Raises NoSuchRecord, NoRun."""
    source, _, key = record.partition(":")
    known = set(SourceState.objects.values_list("source", flat=True))
    wanted, values = (
        ("source = ? and record_key = ?", [source, key]) if source in known and key else ("record_key = ?", [record])
    )
    links = f"read_parquet('{quoted(links_path())}')"
    with engine() as duck:
        own = duck.rows(f"select source, record_key, person_id from {links} where {wanted} order by source", values)
        if not own:
            raise NoSuchRecord(record)
        person_id = own[0][2]
        linked = duck.rows(f"select source, record_key, rule, band from {links} where person_id = ?", [person_id])
        records = []
        for link_source, link_key, rule, band in sorted(linked):
            state = Path(settings.CANBAO_HOME) / SourceState.objects.get(source=link_source).path
            rows = duck.rows(
                f"select {', '.join(_SHOWN)} from read_parquet('{quoted(state)}') where record_key = ?", [link_key]
            )
            facts = dict(zip(_SHOWN, rows[0], strict=True)) if rows else {}
            records.append({"source": link_source, "record_key": link_key, "rule": rule, "band": band, **facts})
    keys = {(s, k) for s, k, _ in own}
    return Explanation(
        run_id=last_run().pk,
        person_id=person_id,
        own=[r for r in records if (r["source"], r["record_key"]) in keys],
        records=records,
    )
