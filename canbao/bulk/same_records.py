"""Rows that come under another key than their record: a list that left out the department's number, or has it for the first time."""

from __future__ import annotations

from pathlib import Path

from canbao.bulk import macros
from canbao.bulk.comparison import Folder
from canbao.bulk.engine import DuckEngine, mark_of
from canbao.bulk.sources import SourceMap
from canbao.bulk.sqltext import SQL, parquet, path_literal, sql


def keep_keys(engine: DuckEngine, folder: Folder, *, source: SourceMap, base: Path) -> int:
    """Give sound rows the key of the record with their number; returns how many. Else the record would end and begin anew.

    Only of sources with several ways to make a key, where either side lacks the department's own number, and where number, record
    and row belong together one to one: a valid identity number, the same name or birth date (the number of a third person may have been
    mistyped), no other row under the record's key. base: the accepted state.
    """
    if len(source.key) < 2:
        return 0
    macros.define(engine)
    engine.run(sql("create or replace temp table same_records as {claims}", claims=_claims(folder, base)))
    files = [file for (file,) in engine.rows(sql("select distinct file from same_records"))]
    for file in files:
        _rewrite(engine, folder.path / "mapped" / f"{file:04d}.parquet")
    return int(engine.value(sql("select count(*) from same_records")))


def _claims(folder: Folder, base: Path) -> SQL:
    return sql(
        """
        with known as (
            select record_key, doc_number, person_no, name, birth_date from {base}
            where length(doc_number) = 18 and is_citizen(doc_number) and check_holds(doc_number)),
        foreign_keys as (
            select file, position, record_key, doc_number, person_no, name, birth_date from {mapped} sent
            where verdict = 'sound' and doc_number is not null
                and not exists (select 1 from {base} base where base.record_key = sent.record_key))
        select sent.file, sent.position, known.record_key
        from foreign_keys sent join known using (doc_number)
        where (sent.name = known.name or sent.birth_date = known.birth_date)
            and not exists (select 1 from {mapped} own where own.record_key = known.record_key)
        qualify count(*) over (partition by sent.doc_number) = 1
            and bool_and(sent.person_no is null or known.person_no is null) over (partition by sent.doc_number)
        """,
        base=parquet(base),
        mapped=folder.mapped,
    )


def _rewrite(engine: DuckEngine, mapped: Path) -> None:
    query = sql(
        "select mapped.* replace (coalesce(same.record_key, mapped.record_key) as record_key)"
        " from read_parquet({mapped}) mapped"
        " left join same_records same on same.file = mapped.file and same.position = mapped.position",
        mapped=path_literal(mapped),
    )
    engine.to_parquet(query, mapped, mark=mark_of(mapped))
