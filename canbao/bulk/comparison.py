"""A delivery against the last accepted state of its source: new, changed, ended, unchanged; by set."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from canbao.bulk.canonical import COLUMNS, FACTS
from canbao.bulk.engine import DuckEngine, quoted

VERDICTS: Final = ("accepted", "unchanged", "quarantined", "rejected")
CHANGES: Final = ("new", "changed", "ended")


@dataclass(frozen=True)
class Folder:
    """Where the pieces of a delivery lie."""

    path: Path

    @property
    def mapped(self) -> str:
        return str(self.path / "mapped" / "*.parquet")

    @property
    def doubles(self) -> Path:
        return self.path / "doubles.parquet"

    @property
    def broken(self) -> str:
        return str(self.path / "broken" / "*.parquet")

    @property
    def outcome(self) -> Path:
        """Every row with its final verdict, and the records that ended."""
        return self.path / "outcome.parquet"


@dataclass(frozen=True)
class Comparison:
    """The figures of a preview."""

    counts: dict[str, int]
    by_file: dict[int, dict[str, int]]
    changed_fields: dict[str, int]
    by_district: dict[str, dict[str, int]]
    inserted_again: int = 0


def compare(engine: DuckEngine, folder: Folder, *, kind: str, base: Path | None) -> Comparison:
    """Write the outcome of every row and add it up."""
    engine.run(f"create or replace temp view base as {_base(base)}")
    query = _full(folder) if kind == "full" else _delta(folder)
    engine.to_parquet(query, folder.outcome)
    return Comparison(
        counts=_counts(engine, folder),
        by_file=_by_file(engine, folder),
        changed_fields=_changed_fields(engine, folder),
        by_district=_by_district(engine, folder),
        inserted_again=_inserted_again(engine, folder) if kind == "delta" else 0,
    )


def write_state(engine: DuckEngine, folder: Folder, *, base: Path | None, state: Path) -> tuple[int, str]:
    """Write the state after the delivery; returns its rows and content digest."""
    engine.run(f"create or replace temp view base as {_base(base)}")
    columns = ", ".join(COLUMNS)
    engine.to_parquet(
        f"""
        select {columns} from base
        where not exists (select 1 from '{quoted(folder.outcome)}' gone
            where gone.change in ('changed', 'ended') and gone.record_key = base.record_key)
        union all
        select {columns} from '{quoted(folder.mapped)}' sent
        where exists (select 1 from '{quoted(folder.outcome)}' come
            where come.change in ('new', 'changed') and come.file = sent.file and come.row = sent.row)
        """,
        state,
    )
    return state_digest_parts(engine, state)


def state_digest_parts(engine: DuckEngine, state: Path) -> tuple[int, str]:
    """Rows, and a text that is the same for the same records in whatever order and files they came."""
    row = "md5_number_lower(record_key || chr(31) || content::varchar)"
    rows, total, parity = engine.rows(
        f"select count(*), coalesce(sum({row}::hugeint), 0)::varchar, coalesce(bit_xor({row}), 0)::varchar"
        f" from '{quoted(state)}'"
    )[0]
    return int(rows), f"{rows}:{total}:{parity}"


def _base(base: Path | None) -> str:
    if base:
        return f"select * from '{quoted(base)}'"
    empty = ", ".join(f"null::{kind} as {name}" for name, kind in FACTS.items())
    return (
        "select null::varchar as record_key, null::varchar as source, null::ubigint as content, null::date as as_of,"
        f" {empty} where false"
    )


def _rows(folder: Folder) -> str:
    """Mapped rows with what their doubles make of them."""
    return f"""
        select m.file, m.row, m.record_key, m.content, m.op, left(m.division, 6) as district,
            coalesce(d.verdict, m.verdict) as verdict,
            concat_ws(';', nullif(m.reasons, ''), d.reasons) as reasons
        from '{quoted(folder.mapped)}' m left join '{quoted(folder.doubles)}' d on d.file = m.file and d.row = m.row
    """


def _full(folder: Folder) -> str:
    """Who is missing has ended, except those whose row came but could not be taken."""
    return f"""
        with rows as ({_rows(folder)}),
        judged as (
            select rows.*, base.record_key is not null as known, base.content = rows.content as same
            from rows left join base on base.record_key = rows.record_key and rows.verdict = 'sound'),
        damaged as (
            select distinct unnest(regexp_extract_all(text, '[^,;|\\s"]+')) as word from '{quoted(folder.broken)}')
        select file, row, record_key, district, reasons,
            case when verdict <> 'sound' then verdict when same then 'unchanged' else 'accepted' end as verdict,
            case when verdict <> 'sound' or same then null when known then 'changed' else 'new' end as change
        from judged
        union all
        select null, null, record_key, left(division, 6), '', null, 'ended'
        from base
        where not exists (select 1 from rows where rows.record_key = base.record_key)
            and not exists (select 1 from damaged where word = base.record_key)
            and not exists (select 1 from damaged where word = base.person_no)
            and not exists (select 1 from damaged where word = base.doc_number)
    """


def _delta(folder: Folder) -> str:
    """Insert, update, delete; what contradicts the state is told, never guessed."""
    return f"""
        with rows as ({_rows(folder)}),
        judged as (
            select rows.* exclude (verdict, reasons, district), coalesce(left(base.division, 6), district) as district,
                base.record_key is not null as known, base.content = rows.content as same,
                case when verdict <> 'sound' then verdict
                    when op = 'U' and base.record_key is null then 'quarantined'
                    when op = 'D' and base.record_key is null then 'rejected' else 'sound' end as verdict,
                case when verdict <> 'sound' then reasons
                    when op = 'U' and base.record_key is null then 'op:UPDATE_OF_UNKNOWN'
                    when op = 'D' and base.record_key is null then 'op:DELETE_OF_UNKNOWN' else reasons end as reasons
            from rows left join base on base.record_key = rows.record_key)
        select file, row, record_key, district, reasons,
            case when verdict <> 'sound' then verdict when op <> 'D' and same then 'unchanged' else 'accepted' end
                as verdict,
            case when verdict <> 'sound' then null when op = 'D' then 'ended' when same then null
                when known then 'changed' else 'new' end as change,
            verdict = 'sound' and op = 'I' and known and not same as inserted_again
        from judged
    """


def _counts(engine: DuckEngine, folder: Folder) -> dict[str, int]:
    counts = dict.fromkeys((*VERDICTS, *CHANGES), 0)
    for word, rows in engine.rows(
        f"select verdict, count(*) from '{quoted(folder.outcome)}' where verdict is not null group by 1 union all"
        f" select change, count(*) from '{quoted(folder.outcome)}' where change is not null group by 1"
    ):
        counts[word] += rows
    counts["rejected"] += engine.value(f"select count(*) from '{quoted(folder.broken)}'")
    return counts


def _by_file(engine: DuckEngine, folder: Folder) -> dict[int, dict[str, int]]:
    files: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(VERDICTS, 0))
    for file, verdict, rows in engine.rows(
        f"select file, verdict, count(*) from '{quoted(folder.outcome)}' where file is not null group by all union all"
        f" select file, 'rejected', count(*) from '{quoted(folder.broken)}' group by all"
    ):
        files[file][verdict] += rows
    return dict(files)


def _changed_fields(engine: DuckEngine, folder: Folder) -> dict[str, int]:
    """In how many records each field is another."""
    sums = ", ".join(f"count(*) filter (where sent.{name} is distinct from base.{name})" for name in FACTS)
    row = engine.rows(
        f"select {sums} from '{quoted(folder.outcome)}' outcome"
        f" join '{quoted(folder.mapped)}' sent on sent.file = outcome.file and sent.row = outcome.row"
        " join base on base.record_key = outcome.record_key where outcome.change = 'changed'"
    )[0]
    return {name: count for name, count in zip(FACTS, row, strict=True) if count}


def _inserted_again(engine: DuckEngine, folder: Folder) -> int:
    return int(engine.value(f"select count(*) from '{quoted(folder.outcome)}' where inserted_again"))


def _by_district(engine: DuckEngine, folder: Folder) -> dict[str, dict[str, int]]:
    districts: dict[str, dict[str, int]] = {}
    words = (*CHANGES, "unchanged", "quarantined", "rejected")
    sums = ", ".join(f"count(*) filter (where coalesce(change, verdict) = '{word}')" for word in words)
    for district, *counts in engine.rows(
        f"select coalesce(district, ''), {sums} from '{quoted(folder.outcome)}' group by 1 order by 1"
    ):
        districts[district] = dict(zip(words, counts, strict=True))
    return districts
