"""Which record each row is of: rows that come under another key than their record has, and keys that lost the zeros in front.

What was read stays as it was read. The keys that rows are given here lie beside the mapped rows (`Folder.kept_keys`) and are made anew
for every state that the delivery is compared with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from canbao.bulk import keys_anew, macros
from canbao.bulk.comparison import Folder, is_examined
from canbao.bulk.engine import DuckEngine
from canbao.bulk.returned import REASON_OF_ZEROLESS, lost_zeros
from canbao.bulk.sources import SourceMap
from canbao.bulk.sqltext import SQL, joined, literal, parquet, sql

# A row and a record under two keys are of one person: two of number, name and birth date are the same, or the name is and nothing is
# against it.
AGREE: Final = sql("""coalesce(
    (sent.doc_number = known.doc_number and (sent.name = known.name or sent.birth_date = known.birth_date))
    or (sent.name = known.name and sent.birth_date = known.birth_date)
    or (sent.name = known.name and coalesce(sent.doc_number = known.doc_number, true)
        and coalesce(sent.birth_date = known.birth_date, true)), false)""")


def keep_keys(engine: DuckEngine, folder: Folder, *, source: SourceMap, base: Path | None) -> int:
    """Give sound rows the key of the record they are of; returns how many. Else the record would end and begin anew.

    A row is of a record whose key no row has, one to one, where the rule of keys of today makes the row's key of what the record says
    and that of its day made another; where only zeros in front, which the record's key had lost, divide the two; or by its number.
    base: the accepted state, which `engine` may read.
    """
    folder.kept_keys.unlink(missing_ok=True)
    if base is None:
        return 0
    macros.define(engine)
    engine.run(sql("create or replace temp view known_record as select * from {base}", base=parquet(base)))
    engine.run(sql("create or replace temp table foreign_row as {rows}", rows=_foreign(folder)))
    if not engine.value(sql("select count(*) from foreign_row")):
        return 0
    ways = [_by_zeros()]
    if keys_anew.is_other_rule(folder, base):
        _make_anew(engine, folder, base, source)
        ways.insert(0, _BY_RULE)
    if len(source.key) > 1:
        ways.append(_BY_NUMBER)
    engine.run(sql("create or replace temp table same_record as {claims}", claims=_claims(ways, folder)))
    count = int(engine.value(sql("select count(*) from same_record")))
    if count:
        engine.to_parquet(sql("select file, position, record_key from same_record"), folder.kept_keys)
    return count


def zeroless(folder: Folder, *, base: Path | None) -> SQL:
    """Rows (file, row, verdict, reasons) that only the zeros in front of their key keep from their record, which no row has: to be held.

    Spreadsheets take 000123457 for a number. Such a row would be somebody new, and its record would end.
    """
    if base is None:
        return sql("select null::integer as file, null::bigint as row, '' as verdict, '' as reasons where false")
    return sql(
        """
        select distinct sent.file, sent.row, 'quarantined' as verdict, {reason} as reasons
        {lost}
            and sent.verdict = 'sound' and {agree}
            and not exists (select 1 from {mapped} own where own.record_key = known.record_key)
        """,
        lost=lost_zeros(folder.mapped, parquet(base)), mapped=folder.mapped, agree=AGREE, reason=literal(REASON_OF_ZEROLESS),
    )  # fmt: skip


def _foreign(folder: Folder) -> SQL:
    return sql(
        "select file, position, record_key, doc_number, person_no, name, birth_date, scheme from {sent} sent"
        " where verdict = 'sound'"
        " and not exists (select 1 from known_record where known_record.record_key = sent.record_key)",
        sent=folder.sent,
    )


def _make_anew(engine: DuckEngine, folder: Folder, base: Path, source: SourceMap) -> None:
    """Views known_anew and foreign_anew: the keys by today's rule, as they stand where they were made by it."""
    for rows, to, kept, is_today in (
        (sql("known_record"), sql("known_anew"), sql("record_key"), is_examined(base)),
        (sql("foreign_row"), sql("foreign_anew"), sql("file, position"), keys_anew.is_read_today(folder)),
    ):
        if is_today:
            query = sql("select {kept}, record_key as anew from {rows}", kept=kept, rows=rows)
            engine.run(sql("create or replace temp view {to} as {query}", to=to, query=query))
        else:
            keys_anew.build(engine, rows, to=to, kept=kept, source=source)


# Each way: file and position of a row, the key of a record, and whether it says so of one row and one record only.
_BY_RULE: Final = sql("""
select 1 as way, sent.file, sent.position, known.record_key
from foreign_anew sent join known_anew known using (anew)
""")
_BY_NUMBER: Final = sql("""
select 3 as way, sent.file, sent.position, known.record_key
from foreign_row sent join (
    select record_key, doc_number, person_no, name, birth_date from known_record
    where length(doc_number) = 18 and is_citizen(doc_number) and check_holds(doc_number)) known using (doc_number)
where (sent.name = known.name or sent.birth_date = known.birth_date)
qualify count(*) over (partition by sent.doc_number) = 1
    and bool_and(sent.person_no is null or known.person_no is null or sent.person_no = known.person_no)
        over (partition by sent.doc_number)
""")


def _by_zeros() -> SQL:
    """The record was taken without them; the list is right now."""
    return sql(
        "select 2 as way, sent.file, sent.position, known.record_key from foreign_row sent"
        " join known_record known on known.record_key = ltrim(sent.record_key, '0')"
        " where starts_with(sent.record_key, '0') and {agree}",
        agree=AGREE,
    )


def _claims(ways: list[SQL], folder: Folder) -> SQL:
    """The best way of each row and of each record; where two of one way are left, nobody knows which."""
    return sql(
        """
        with claim as ({ways}),
        free as (
            select distinct claim.* from claim
            where not exists (select 1 from {sent} own where own.record_key = claim.record_key)),
        best as (
            select * from free
            qualify way = min(way) over (partition by file, position) and way = min(way) over (partition by record_key))
        select file, position, record_key from best
        qualify count(*) over (partition by file, position) = 1 and count(*) over (partition by record_key) = 1
        """,
        ways=joined(" union all ", [sql("select * from ({way})", way=way) for way in ways]), sent=folder.sent,
    )  # fmt: skip
