"""Why a record belongs to its person, and the two sides of a case: source records beside each other, the look on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from canbao.bulk.engine import DuckEngine, quoted
from canbao.rules.masking import NUMBERS, mask
from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.matching.listing import engine, last_run, links_path, persons_of
from canbao.store.models import CaseState, MatchCase, SourceState

SHOWN = (
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
    "mother_number",
    "birth_certificate",
)


class NoSuchRecord(LookupError):
    """No accepted record has this key."""


class NoSuchCase(LookupError):
    """No case has this number."""


@dataclass(frozen=True)
class Explanation:
    """The record's own link, and all records of the person (dicts: source, record_key, rule, band and shown fields)."""

    run_id: int
    person_id: int
    own: list[dict[str, Any]]
    records: list[dict[str, Any]]


@dataclass(frozen=True)
class CaseView:
    """A case and its records with the person each belongs to. differing: fields in which two of the people contradict."""

    case: MatchCase
    records: list[dict[str, Any]]
    differing: dict[str, list[int]]

    @property
    def decidable(self) -> bool:
        return self.case.state == CaseState.OPEN and len(self.case.person_ids) == 2


@transaction.atomic
def explain(record: str, *, actor: Actor, at: datetime, full: bool = False) -> Explanation:
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
        facts = _facts(duck, [(source, key) for source, key, *_ in linked])
    keys = {(s, k) for s, k, _ in own}
    run = last_run()
    _note(person_id, basis=f"run:{run.pk}", actor=actor, at=at, full=full)
    rows = [
        {"source": source, "record_key": key, "rule": rule, "band": band} | facts.get((source, key), {})
        for source, key, rule, band in sorted(linked)
    ]
    shown = rows if full else [_masked(row) for row in rows]
    mine = [new for row, new in zip(rows, shown, strict=True) if (row["source"], row["record_key"]) in keys]
    return Explanation(run_id=run.pk, person_id=person_id, own=mine, records=shown)


@transaction.atomic
def view_case(case_id: int, *, actor: Actor, at: datetime, full: bool = False) -> CaseView:
    """A case with the records of each side. Raises NoSuchCase, NoRun."""
    case = MatchCase.objects.filter(pk=case_id).first()
    if case is None:
        raise NoSuchCase(case_id)
    people = persons_of(case.record_keys)
    with engine() as duck:
        facts = _facts(duck, [_pair(key) for key in case.record_keys])
    rows = [
        {"person_id": people.get(key), "source": _pair(key)[0], "record_key": _pair(key)[1]} | facts.get(_pair(key), {})
        for key in case.record_keys
    ]
    for person_id in case.person_ids:
        _note(person_id, basis=f"case:{case_id}", actor=actor, at=at, full=full)
    shown = rows if full else [_masked(row) for row in rows]
    return CaseView(case, shown, _differing(rows))


def _pair(key: str) -> tuple[str, str]:
    source, _, rest = key.partition(":")
    return source, rest


def _facts(duck: DuckEngine, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the accepted states say of some records: one look at each source's file."""
    wanted: dict[str, list[str]] = {}
    for source, key in keys:
        wanted.setdefault(source, []).append(key)
    found = {}
    for state in SourceState.objects.filter(source__in=wanted, batch__isnull=False):
        path = Path(settings.CANBAO_HOME) / state.path
        query = f"select record_key, {', '.join(SHOWN)} from read_parquet('{quoted(path)}') where list_contains(?, record_key)"
        for key, *values in duck.rows(query, [wanted[state.source]]):
            found[state.source, key] = dict(zip(SHOWN, values, strict=True))
    return found


def _masked(row: dict[str, Any]) -> dict[str, Any]:
    """A source without record numbers keys its rows by the document, which is hidden there too."""
    hidden = {name: mask(name, value) for name, value in row.items()}
    if number := row.get("doc_number"):
        hidden["record_key"] = row["record_key"].replace(number, hidden["doc_number"])
    return hidden


def _differing(rows: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """Fields of which no value is shared by all sides that have one; for numbers of one length the places that differ."""
    found = {}
    for name in SHOWN:
        sides: dict[Any, set[Any]] = {}
        for row in rows:
            if (value := row.get(name)) is not None:
                sides.setdefault(row["person_id"], set()).add(value)
        if len(sides) > 1 and not set.intersection(*sides.values()):
            found[name] = _places([value for values in sides.values() for value in values]) if name in NUMBERS else []
    return found


def _places(values: Sequence[Any]) -> list[int]:
    if len(values) != 2 or len({len(str(value)) for value in values}) != 1:
        return []
    return [place for place, (a, b) in enumerate(zip(*map(str, values), strict=True), 1) if a != b]


def _note(person_id: int, *, basis: str, actor: Actor, at: datetime, full: bool) -> None:
    audit.record(
        audit.Event.PERSON_VIEWED,
        actor=actor,
        at=at,
        target_kind="person",
        target_id=str(person_id),
        basis=basis,
        detail={"records": True, "full": full},
    )
