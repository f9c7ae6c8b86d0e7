"""One interface for the engines of the matching, so that every spec runs on each (Spark may follow).

An engine takes records, or the Parquet files of accepted states, and gives links and doubts; nothing is kept between calls.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching import candidates, entries, explaining, plain, resolving, units, weighing
from canbao.bulk.matching.record import Decision, Doubt, Link, ListedRow, Record, Verdicts, latest
from canbao.bulk.sqltext import SQL, sql
from canbao.rules.match_labels import Outcome
from canbao.rules.matching import Agreement, Band, Near, NumberLink, Rule
from canbao.rules.names import NameLevel

PHASES = (units.build, candidates.build, weighing.build, resolving.build, explaining.build)
_COLUMNS = [field.name for field in fields(Record)]
_DECISION = pa.schema([(f.name, pa.bool_() if f.name == "same" else pa.string()) for f in fields(Decision)])
_DATES = ("birth_date", "death_on")
_RECORD = pa.schema([(name, pa.date32() if name in _DATES else pa.string()) for name in _COLUMNS])

Source = Path | Sequence[Record]  # an accepted state, or records at hand


class Matcher(Protocol):
    """An engine."""

    def match(self, *sources: Source, decisions: Sequence[Decision] = ()) -> Verdicts:
        """Who each record is, and which pairs a clerk must look at."""


class PlainMatcher:
    """The reference: plain lists, a few thousand records."""

    def match(self, *sources: Source, decisions: Sequence[Decision] = ()) -> Verdicts:
        return plain.match((r for source in sources for r in _records(source)), decisions=decisions)


class DuckMatcher:
    """The one that runs: sets of any size."""

    def __init__(self, *, memory_limit: str = "1GB", threads: int | None = None) -> None:
        self._memory_limit, self._threads = memory_limit, threads

    def match(self, *sources: Source, decisions: Sequence[Decision] = ()) -> Verdicts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            states = [_state(source, folder / f"{i}.parquet") for i, source in enumerate(sources)]
            with DuckEngine(folder, reads=states, memory_limit=self._memory_limit, threads=self._threads) as engine:
                _register(engine, decisions)
                entries.build(engine, states, folder / "entry.parquet")
                for phase in PHASES:
                    phase(engine)
                list_doubts = sorted(_doubts(engine, _LIST_DOUBTS), key=lambda d: (d.one, d.other))
                return Verdicts(_links(engine), _doubts(engine, _DOUBTS), _listed(engine), list_doubts)


def write_records(records: Sequence[Record], path: Path) -> Path:
    """Records as an accepted state of the columns that matching reads."""
    rows = [dict(zip(_COLUMNS, astuple(record), strict=True)) for record in records]
    pq.write_table(pa.Table.from_pylist(rows, schema=_RECORD), path)
    return path


def _records(source: Source) -> Iterable[Record]:
    if not isinstance(source, Path):
        return source
    return (Record(**row) for row in pq.read_table(source, columns=_COLUMNS).to_pylist())


def _state(source: Source, path: Path) -> Path:
    return source if isinstance(source, Path) else write_records(source, path)


def _register(engine: DuckEngine, decisions: Sequence[Decision]) -> None:
    names = [field.name for field in fields(Decision)]
    rows = [dict(zip(names, astuple(d), strict=True)) for d in latest(decisions)]
    engine.load("decision", pa.Table.from_pylist(rows, schema=_DECISION))


def _links(engine: DuckEngine) -> list[Link]:
    rows = engine.rows(sql("select source, record_key, cluster, rule, band from link_all order by source, record_key"))
    return [Link(source, key, cluster, Rule(rule), Band(band)) for source, key, cluster, rule, band in rows]


_DOUBTS = sql("""
with first as (
    select coalesce(k.unit, e.n17) as id, min(e.source || ':' || e.record_key) as record
    from entry e left join weak_entry k using (source, record_key) group by all
)
select a.record, b.record, d.bits, name, name_bits, number, birth, sex, area, homes, person_no, card, mother, certificate,
    same_list, same_source, other_certificate, multiple_birth, disputed, unnamed
from doubt d join first a on a.id = d.unit join first b on b.id = d.other order by d.unit, d.other
""")


# The person's side is named like that of any doubt.
_LIST_DOUBTS = sql("""
with first as (
    select coalesce(k.unit, e.n17) as id, min(e.source || ':' || e.record_key) as record
    from entry e left join weak_entry k using (source, record_key) group by all
)
select r.source || ':' || r.record_key, b.record, d.bits, name, name_bits, number, d.birth, d.sex, area, homes, d.person_no, card,
    mother, certificate, same_list, same_source, other_certificate, multiple_birth, disputed, unnamed
from list_doubt d join list_row r using (row) join first b on b.id = d.unit
""")


def _listed(engine: DuckEngine) -> list[ListedRow]:
    query = sql("select source, record_key, outcome, cluster, rule, band from list_outcome order by source, record_key")
    return [
        ListedRow(source, key, Outcome(outcome), cluster, rule and Rule(rule), band and Band(band))
        for source, key, outcome, cluster, rule, band in engine.rows(query)
    ]


def _doubts(engine: DuckEngine, query: SQL) -> list[Doubt]:
    return [
        Doubt(
            one,
            other,
            Agreement(NameLevel(name), name_bits, NumberLink(number), Near(birth), Near(sex), Near(area), *rest),
            bits,
        )
        for one, other, bits, name, name_bits, number, birth, sex, area, *rest in engine.rows(query)
    ]
