"""People the offices registered themselves: what a run reads of them, and what follows when it finds them in the lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import connection

from canbao.bulk.canonical import COLUMNS, FACTS
from canbao.bulk.engine import DuckEngine
from canbao.bulk.registry.tables import DECLARATION, PERSON
from canbao.bulk.sqltext import SQL, checked, columns, identifier, joined, literal, parquet_union, sql
from canbao.services.registry.copying import copy_in, copy_out
from canbao.services.registry.single import OFFICE
from canbao.store.models import OfficeRecord

JOINED_BY = "canbao-match"  # in the place of an account: the run said so

_TOLD = (*PERSON.facts, "valid_from")
# How a canonical row of the source says what stands in the columns of a person: where somebody lives comes before his hukou.
_AS_CANONICAL: dict[str, SQL] = {
    "division": sql("coalesce(home_division, hukou_division, nullif(office_path[7:], ''))"),
    "address": sql("coalesce(home_address, hukou_address)"),
}
_SAID = (
    "name", "former_name", "sex", "ethnicity", "birth_date", "doc_type", "doc_number", "phone", "birth_certificate",
    "mother_number", "household_no",
)  # fmt: skip
Decided = tuple[int, str, str | None, date]


def counts() -> dict[str, int]:
    """How many there are and how many of them were ended; the rows themselves are never rewritten."""
    rows = OfficeRecord.objects.all()
    return {"records": rows.count(), "ended": rows.filter(ended_at__isnull=False).count()}


def write_state(
    engine: DuckEngine, *, facts: Sequence[Decided], homes: Sequence[Path], state: Path, own: Path, folder: Path
) -> None:
    """Write the records as an accepted state, and to `own` the home of those that earlier runs have not seen.

    facts: what was decided since, in order; it counts in the place of what was registered, also where somebody of the lists is meant.
    Makes table office_told(record_key, person_id, the facts of a person, valid_from). folder: for the time between.
    """
    types = {**PERSON.types, "person_id": sql("bigint"), "valid_from": sql("date"), "ended_at": sql("timestamptz")}
    copy_out(engine, "office_record", ("person_id", *_TOLD, "ended_at"), to="office_copied", types=types, folder=folder)
    engine.run(sql("create or replace table office_told as {records}", records=_as_decided(engine, facts)))
    engine.to_parquet(_state(sql("select * from office_told")), state)
    engine.to_parquet(_homes(homes), own)


def _as_decided(engine: DuckEngine, facts: Sequence[Decided]) -> SQL:
    """The records with what was decided of the compared facts since."""
    last = {
        (person, field): value
        for person, field, value, _ in facts
        if field in (*_SAID, "home_address", "home_division")
    }
    names = (("person_id", pa.int64()), ("field", pa.string()), ("value", pa.string()))
    rows = [(person, field, value) for (person, field), value in last.items()]
    engine.load(
        "office_decided", pa.table({n: pa.array([row[i] for row in rows], k) for i, (n, k) in enumerate(names)})
    )
    query = sql(
        "select person_id::varchar as record_key, person_id, {told} from office_copied where ended_at is null",
        told=columns(_TOLD),
    )
    for field in sorted({field for _, field in last}):
        query = sql(
            "select x.* replace (case when d.person_id is not null then d.value::{kind} else x.{field} end as {field})"
            " from ({query}) x left join office_decided d on d.person_id = x.person_id and d.field = {name}",
            kind=PERSON.types.get(field) or sql("varchar"), field=identifier(field), name=literal(field), query=query,
        )  # fmt: skip
    return query


def _state(records: SQL) -> SQL:
    def fact(name: str) -> SQL:
        value = _AS_CANONICAL.get(name) or (identifier(name) if name in _SAID else sql("null"))
        return sql("{value}::{kind} as {name}", value=value, kind=FACTS[name], name=identifier(name))

    head = sql("record_key, {office} as source, 0::ubigint as content, valid_from as as_of", office=literal(OFFICE))
    assert COLUMNS[:4] == ("record_key", "source", "content", "as_of")
    return sql(
        "select {head}, {facts} from ({records}) order by record_key",
        head=head, facts=joined(", ", [fact(name) for name in FACTS]), records=records,
    )  # fmt: skip


def _homes(homes: Sequence[Path]) -> SQL:
    earlier = parquet_union(homes) if homes else sql("(select '' as source, '' as record_key)")
    return sql(
        "select {office} as source, record_key, person_id as home from office_told"
        " anti join (select record_key from {earlier} where source = {office}) e using (record_key)",
        office=literal(OFFICE), earlier=earlier,
    )  # fmt: skip


def register_kept(engine: DuckEngine, folder: Path) -> None:
    """View kept(id): people registered after the run had read the records; that it does not have them is no reason to end them."""
    types = {"person_id": sql("bigint"), "ended_at": sql("timestamptz")}
    copy_out(engine, "office_record", ("person_id", "ended_at"), to="office_now", types=types, folder=folder)
    engine.run(
        sql(
            "create or replace view kept as select person_id as id from office_now"
            " anti join (select person_id from office_told) t using (person_id) where ended_at is null"
        )
    )


def join_registered(engine: DuckEngine, *, basis: str, at: datetime) -> None:
    """Whom the run found to be somebody of the lists: his entry leads there, with what he declared; call inside a transaction.

    A later run that finds otherwise takes it back.
    """
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.office_link")
        cursor.execute("create temp table office_link (home bigint, person_id bigint) on commit drop")
        found = sql(
            "select record_key::bigint as home, person_id from link where source = {office}", office=literal(OFFICE)
        )
        if copy_in(engine, found, table="office_link", names=("home", "person_id")):
            cursor.execute("analyze office_link")
        values: dict[str, Any] = {"basis": basis, "at": at, "by": JOINED_BY}
        for statement in (_APART, _JOINED, _declared()):
            cursor.execute(checked(statement), values)


_APART = sql("""
update person_merge m set unmerged_by = %(by)s, unmerged_at = %(at)s
where m.unmerged_at is null and m.merged_by = %(by)s
and not exists (select from office_link l where l.home = m.from_person_id and l.person_id = m.into_person_id)
""")
_JOINED = sql("""
insert into person_merge (from_person_id, into_person_id, basis, merged_by, merged_at, unmerged_by, office_path)
select l.home, l.person_id, %(basis)s, %(by)s, %(at)s, '', p.office_path
from office_link l join person p on p.id = l.person_id
where l.home <> l.person_id
and not exists (select from person_merge m where m.from_person_id = l.home and m.unmerged_at is null)
order by l.home
""")


def _declared() -> SQL:
    facts = columns(name for name in DECLARATION.facts if name != "office_path")
    return sql(
        "insert into declaration (person_id, office_path, {facts}, version, valid_from, recorded_at, basis)"
        " select distinct on (l.person_id) l.person_id, p.office_path, {facts}, 1, d.valid_from, %(at)s, %(basis)s"
        " from office_link l join declaration d on d.person_id = l.home join person p on p.id = l.person_id"
        " where l.home <> l.person_id order by l.person_id, l.home desc on conflict do nothing",
        facts=facts,
    )
