"""A delivery against the last accepted state of its source: new, changed, ended, unchanged; by set."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from canbao.bulk.canonical import COLUMNS, FACTS
from canbao.bulk.engine import DuckEngine, mark_of
from canbao.bulk.sqltext import SQL, columns, each, identifier, joined, literal, parquet, parquet_folder, sql
from canbao.rules.columns import VERSION

VERDICTS: Final = ("accepted", "unchanged", "quarantined", "rejected")
CHANGES: Final = ("new", "changed", "ended")


@dataclass(frozen=True)
class Folder:
    """Where the pieces of a delivery lie."""

    path: Path

    @property
    def sent(self) -> SQL:
        """The rows of all files as they were understood, each under the key that was made of it, to be read from."""
        return parquet_folder(self.path / "mapped")

    @property
    def kept_keys(self) -> Path:
        """The rows that come under another key than their record: file, position, record_key; no file where there are none."""
        return self.path / "kept_keys.parquet"

    @property
    def mapped(self) -> SQL:
        """The rows of all files as they were understood, each under the key of its record, to be read from."""
        if not self.kept_keys.exists():
            return self.sent
        return sql(
            "(select sent.* replace (coalesce(kept.record_key, sent.record_key) as record_key) from {sent} sent"
            " left join {kept} kept on kept.file = sent.file and kept.position = sent.position)",
            sent=self.sent, kept=parquet(self.kept_keys),
        )  # fmt: skip

    @property
    def doubles(self) -> Path:
        return self.path / "doubles.parquet"

    @property
    def broken(self) -> SQL:
        """The lines that did not fit their header, to be read from."""
        return parquet_folder(self.path / "broken")

    @property
    def outcome(self) -> Path:
        """Every row with its final verdict, and the records that ended."""
        return self.path / "outcome.parquet"

    def is_compared_with(self, base: Path | None) -> bool:
        """Whether the outcome is that of this state: a killed commit may have left the files of another."""
        return self.outcome.exists() and mark_of(self.outcome) == _mark(base)


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
    engine.run(sql("create or replace temp view base as {base}", base=_base(base)))
    query = _full(folder) if kind == "full" else _delta(folder)
    engine.to_parquet(query, folder.outcome, mark=_mark(base))
    return Comparison(
        counts=_counts(engine, folder),
        by_file=_by_file(engine, folder),
        changed_fields=_changed_fields(engine, folder),
        by_district=_by_district(engine, folder),
        inserted_again=_inserted_again(engine, folder) if kind == "delta" else 0,
    )


def write_state(engine: DuckEngine, folder: Folder, *, base: Path | None, state: Path) -> tuple[int, str]:
    """Write the state after the delivery; returns its rows and content digest.

    It is marked as examined where all that it is made of was read with the table of columns of today.
    """
    engine.run(sql("create or replace temp view base as {base}", base=_base(base)))
    query = sql(
        """
        select {columns} from base
        where not exists (select 1 from {outcome} gone
            where gone.change in ('changed', 'ended') and gone.record_key = base.record_key)
        union all
        select {columns} from {mapped} sent
        where exists (select 1 from {outcome} come
            where come.change in ('new', 'changed') and come.file = sent.file and come.row = sent.row)
        """,
        columns=columns(COLUMNS),
        outcome=parquet(folder.outcome),
        mapped=folder.mapped,
    )
    parts = [*(folder.path / "mapped").glob("*.parquet"), *([base] if base else [])]
    engine.to_parquet(query, state, mark=VERSION if all(map(is_examined, parts)) else "")
    return state_digest_parts(engine, state)


def _mark(base: Path | None) -> str:
    return f"compared with {base.name}" if base else "compared with nothing"


def is_examined(rows: Path) -> bool:
    """Whether the cells of a file were read with the table of columns of today: they can be written."""
    return mark_of(rows) == VERSION


def state_digest_parts(engine: DuckEngine, state: Path) -> tuple[int, str]:
    """Rows, and a text that is the same for the same records in whatever order and files they came."""
    rows, total, parity = engine.rows(
        sql(
            "select count(*), coalesce(sum({row}::hugeint), 0)::varchar, coalesce(bit_xor({row}), 0)::varchar from {state}",
            row=sql("md5_number_lower(record_key || chr(31) || content::varchar)"),
            state=parquet(state),
        )
    )[0]
    return int(rows), f"{rows}:{total}:{parity}"


def _base(base: Path | None) -> SQL:
    if base:
        return sql("select * from {base}", base=parquet(base))
    empty = [sql("null::{kind} as {name}", kind=kind, name=identifier(name)) for name, kind in FACTS.items()]
    return sql(
        "select null::varchar as record_key, null::varchar as source, null::ubigint as content, null::date as as_of,"
        " {empty} where false",
        empty=joined(", ", empty),
    )


def _rows(folder: Folder) -> SQL:
    """Mapped rows with what their doubles make of them."""
    return sql(
        """
        select m.file, m.row, m.record_key, m.content, m.op, left(m.division, 6) as district,
            coalesce(d.verdict, m.verdict) as verdict,
            concat_ws(';', nullif(m.reasons, ''), d.reasons) as reasons
        from {mapped} m left join {doubles} d on d.file = m.file and d.row = m.row
    """,
        mapped=folder.mapped,
        doubles=parquet(folder.doubles),
    )


# Facts that stay or change seldom: what a row shares of them with a record says which of several of one name it is.
_TELLING: Final = (
    "former_name", "sex", "ethnicity", "scheme", "first_enrolled_on", "employer_no", "division", "phone", "address", "card_no",
    "household_no", "relation_to_head", "birth_certificate", "mother_number", "death_on", "from_on",
)  # fmt: skip
MOST_PAIRS: Final = 1_000_000  # rows by records that are compared one by one; so many take seconds


def _perhaps() -> SQL:
    """The keys of the records that rows without a number may be of.

    Such a row can be any record of its name that no row came for, with the same birth date if it tells one, not of the other sex or of
    another insurance; of several it is one of those it has most in common with. Rows that tell the same are compared once. The most
    frequent names, with which the pairs would be more than MOST_PAIRS, keep all their records.
    """
    return sql(
        """
        with told as (
            select distinct name, birth_date, {telling} from keyless
            where person_no is null and doc_number is null and name is not null),
        missed as (
            select base.* from base
            where base.name in (select name from told)
                and not exists (select 1 from rows where rows.record_key = base.record_key)),
        few as (
            select name from (select name, count(*) as n from told group by name)
                join (select name, count(*) as records from missed group by name) using (name)
            qualify sum(n * records) over (order by n * records, name rows unbounded preceding) <= {most}),
        alike as (
            select missed.record_key, {alike} as points, max(points) over (partition by told.row) as most
            from (select row_number() over () as row, told.* from told join few using (name)) told join missed using (name)
            where coalesce(told.birth_date = missed.birth_date, told.birth_date is null)
                and coalesce(told.sex = missed.sex, true) and coalesce(told.scheme = missed.scheme, true))
        select record_key from alike where points = most
        union all
        select record_key from missed where name not in (select name from few)
        """,
        telling=columns(_TELLING),
        most=MOST_PAIRS,
        alike=joined(" + ", [
            sql("coalesce((told.{name} = missed.{name})::int, 0)", name=identifier(name)) for name in _TELLING
        ]),
    )  # fmt: skip


def _full(folder: Folder) -> SQL:
    """What is missing has ended, except records whose row came but could not be taken, even where its key is damaged."""
    return sql(
        """
        with rows as ({rows}),
        judged as (
            select rows.*, base.record_key is not null as known, base.content = rows.content as same
            from rows left join base on base.record_key = rows.record_key and rows.verdict = 'sound'),
        damaged as (
            select distinct unnest(regexp_extract_all(text, '[^,;|\\s"]+')) as word from {broken}),
        keyless as (
            select sent.*
            from {mapped} sent join rows on rows.file = sent.file and rows.row = sent.row
            where rows.verdict <> 'sound' and not exists (select 1 from base where base.record_key = sent.record_key)),
        perhaps as ({perhaps})
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
            and not exists (select 1 from keyless where keyless.person_no = base.person_no)
            and not exists (select 1 from keyless where keyless.doc_number = base.doc_number)
            and not exists (select 1 from keyless where ltrim(keyless.record_key, '0') = ltrim(base.record_key, '0'))
            and not exists (select 1 from perhaps where perhaps.record_key = base.record_key)
    """,
        rows=_rows(folder),
        perhaps=_perhaps(),
        mapped=folder.mapped,
        broken=folder.broken,
    )


def _delta(folder: Folder) -> SQL:
    """Insert, update, delete; what contradicts the state is told, never guessed."""
    return sql(
        """
        with rows as ({rows}),
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
    """,
        rows=_rows(folder),
    )


def _counts(engine: DuckEngine, folder: Folder) -> dict[str, int]:
    counts = dict.fromkeys((*VERDICTS, *CHANGES), 0)
    query = sql(
        "select verdict, count(*) from {outcome} where verdict is not null group by 1 union all"
        " select change, count(*) from {outcome} where change is not null group by 1",
        outcome=parquet(folder.outcome),
    )
    for word, rows in engine.rows(query):
        counts[word] += rows
    counts["rejected"] += _broken_lines(engine, folder)
    return counts


def _by_file(engine: DuckEngine, folder: Folder) -> dict[int, dict[str, int]]:
    files: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(VERDICTS, 0))
    query = sql(
        "select file, verdict, count(*) from {outcome} where file is not null group by all union all"
        " select file, 'rejected', count(*) from {broken} group by all",
        outcome=parquet(folder.outcome),
        broken=folder.broken,
    )
    for file, verdict, rows in engine.rows(query):
        files[file][verdict] += rows
    return dict(files)


def _changed_fields(engine: DuckEngine, folder: Folder) -> dict[str, int]:
    """In how many records each field is another."""
    query = sql(
        "select {sums} from {outcome} outcome"
        " join {mapped} sent on sent.file = outcome.file and sent.row = outcome.row"
        " join base on base.record_key = outcome.record_key where outcome.change = 'changed'",
        sums=each("count(*) filter (where sent.{name} is distinct from base.{name})", FACTS),
        outcome=parquet(folder.outcome),
        mapped=folder.mapped,
    )
    row = engine.rows(query)[0]
    return {name: count for name, count in zip(FACTS, row, strict=True) if count}


def _inserted_again(engine: DuckEngine, folder: Folder) -> int:
    query = sql("select count(*) from {outcome} where inserted_again", outcome=parquet(folder.outcome))
    return int(engine.value(query))


def _by_district(engine: DuckEngine, folder: Folder) -> dict[str, dict[str, int]]:
    districts: dict[str, dict[str, int]] = {}
    words = (*CHANGES, "unchanged", "quarantined", "rejected")
    sums = [sql("count(*) filter (where coalesce(change, verdict) = {word})", word=literal(word)) for word in words]
    query = sql(
        "select coalesce(district, ''), {sums} from {outcome} group by 1 order by 1",
        sums=joined(", ", sums),
        outcome=parquet(folder.outcome),
    )
    for district, *counts in engine.rows(query):
        districts[district] = dict(zip(words, counts, strict=True))
    if broken := _broken_lines(engine, folder):
        districts.setdefault("", dict.fromkeys(words, 0))["rejected"] += broken
    return districts


def _broken_lines(engine: DuckEngine, folder: Folder) -> int:
    return int(engine.value(sql("select count(*) from {broken}", broken=folder.broken)))
