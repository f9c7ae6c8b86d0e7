"""The register as it should be: each person's facts by survivorship, from the accepted states and the links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.entries import check_char, weighing
from canbao.bulk.matching.units import WEAK_FROM
from canbao.bulk.registry import covering, related, sounding
from canbao.bulk.registry.tables import NAME_KEY_MOST, PERSON, PLAIN, TABLES
from canbao.bulk.sqltext import SQL, identifier, literal, literals, parquet, parquet_union, sql
from canbao.rules.duty import Gap
from canbao.rules.match_labels import Outcome
from canbao.rules.matching import EXPLAINING, Rule
from canbao.rules.names import name_key
from canbao.rules.offices import office_table
from canbao.rules.survivorship import FIELDS, whole_name
from canbao.rules.text_tables import LOST_MARKS, PRIVATE_USE

INSURANCE = ("employee", "public_pension", "resident_pension", "resident_medical")

_FULL_NUMBER = sql("(r.cluster::varchar || {check})", check=check_char(sql("r.cluster")))


_NOBODY_PLACED = sql(
    "create table if not exists placed_by_address (person_id bigint, base_path varchar, village_path varchar)"
)

Fact = tuple[int, str, str | None, date]
PLACED_BY_ADDRESS = "placed_by_address"
"""Table (person_id, base_path, village_path): villages worked out from addresses, for as long as the codes give base_path."""


def build(engine: DuckEngine, states: Sequence[Path], folder: Path, *, on: date, facts: Sequence[Fact] = ()) -> None:
    """Write one Parquet per register table into `folder`, from the states and the views of a matching run.

    on: the day whose offices and duties apply; facts: (person, field, value, since), decided by people, in order.
    """
    engine.run(sql("create or replace view full_state as select * from {files}", files=parquet_union(states)))
    engine.run(_LISTED)
    _register_offices(engine, on)
    engine.run(_EXPLAINED)
    engine.run(_pick("police_row", ("police",), sql("hukou_status = 'NORMAL' desc, as_of desc, record_key")))
    engine.run(_pick("health_row", ("health",), sql("residence = 'RESIDENT' desc, as_of desc, record_key")))
    engine.run(_INSURANCE_ROW)
    engine.run(_OFFICE_ROW)
    engine.run(_DISPUTED)
    engine.run(_ROOT)
    _whole_names(engine)
    engine.run(_NOBODY_PLACED)
    covering.build(engine, on=on)
    folder.mkdir(parents=True, exist_ok=True)
    renamed = [str(value) for _, field, value, _ in facts if field == "name"]
    sounding.build(engine, sql("select name from listed"), renamed)
    person = folder / "person.parquet"
    engine.to_parquet(sounding.with_sounds(_with_decisions(engine, facts)), person)
    engine.run(sql("create or replace view wanted_person as select * from {person}", person=parquet(person)))
    for name, query in {**related.DEPENDENT, **related.PLAIN}.items():
        engine.to_parquet(query, folder / f"{name}.parquet")
    assert {table.name for table in TABLES} | set(PLAIN) == {"person", *related.DEPENDENT, *related.PLAIN}


_NAMES = sql(
    "concat_ws(chr(31), coalesce(p.name, ''), coalesce(h.name, ''), coalesce(i.name, ''), coalesce(f.name, ''))"
)


def _whole_names(engine: DuckEngine) -> None:
    """Table mended_name(names, name): where the best source lost a character, the name that `survivorship.whole_name` takes."""
    query = sql(
        "select distinct p.name, h.name, i.name, f.name from root r left join police_row p using (person_id)"
        " left join health_row h using (person_id) left join insurance_row i using (person_id)"
        " left join office_row f using (person_id)"
        " where regexp_matches(coalesce(p.name, h.name, i.name, f.name), {lost})",
        lost=literal(f"[{LOST_MARKS}{PRIVATE_USE}]"),
    )
    found = engine.rows(query)
    names = ["\x1f".join(name or "" for name in offered) for offered in found]
    whole = [whole_name(name for name in offered if name) for offered in found]
    engine.load("mended_name", pa.table({"names": pa.array(names, pa.string()), "name": pa.array(whole, pa.string())}))


_LISTED = sql(
    "create or replace view listed as select * from full_state where source not in ({lists})",
    lists=literals(EXPLAINING),
)


def _with_decisions(engine: DuckEngine, facts: Sequence[Fact]) -> SQL:
    """A decided fact stands until the field's authority reports anew (`rules.survivorship.choose`)."""
    last = {(person, field): (value, since) for person, field, value, since in facts}
    for (person, field), (value, since) in list(last.items()):
        if field == "name":  # the key follows the name
            last[person, "name_key"] = (name_key(value or "")[:NAME_KEY_MOST], since)
    rows = [(person, field, value, since) for (person, field), (value, since) in last.items()]
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    kinds = (pa.int64(), pa.string(), pa.string(), pa.date32())
    names = ("person_id", "field", "value", "since")
    table = pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
    engine.load("decided", table)
    query = sql("select * from ({person})", person=_PERSON)
    for field in sorted({field for _, field, _, _ in rows}):
        query = _with_decided(query, field)
    return query


def _with_decided(query: SQL, field: str) -> SQL:
    rule = FIELDS["name" if field == "name_key" else field]
    authority = {"police": "police_row", "health": "health_row"}.get(rule.sources[0], "insurance_row")
    return sql(
        """
        select x.* replace (case when d.person_id is not null then d.value::{kind} else x.{field} end as {field})
        from ({query}) x
        left join (select c.* from decided c left join {authority} a using (person_id)
                   where c.field = {name} and (a.as_of is null or a.as_of <= c.since or a.{said} is null)) d on d.person_id = x.id""",
        kind=PERSON.types.get(field) or sql("varchar"),
        field=identifier(field),
        name=literal(field),
        query=query,
        authority=identifier(authority),
        said=identifier(_IN_STATES.get(field, field)),  # an authority that says nothing overtakes nothing
    )


# What a fact of a person is called in the rows of its source.
_IN_STATES = {
    "name_key": "name", "hukou_division": "division", "hukou_address": "address", "home_division": "division",
    "home_address": "address",
}  # fmt: skip


def _register_offices(engine: DuckEngine, on: date) -> None:
    rows = office_table(on)
    table = pa.table({"code": pa.array([c for c, _ in rows]), "path": pa.array([p for _, p in rows])})
    engine.load("office_of", table)


def _pick(name: str, sources: tuple[str, ...], order: SQL) -> SQL:
    """One row per person of these sources; the window runs only over the few who have several."""
    return sql(
        """
    create or replace table {name} as
    with linked as (
        select l.person_id, s.* from listed s join link l using (source, record_key) where s.source in ({sources})
    ), several as (select person_id from link where source in ({sources}) group by person_id having count(*) > 1)
    select * from linked anti join several using (person_id)
    union all
    select * from linked semi join several using (person_id)
    qualify row_number() over (partition by person_id order by {order}) = 1
    """,
        name=identifier(name), sources=literals(sources), order=order,
    )  # fmt: skip


_INSURANCE_ROW = sql(
    """
create or replace table insurance_row as
with first as (
    select person_id, min(list_position([{insurance}], source) || record_key) as pick
    from link where source in ({insurance}) group by person_id
)
select f.person_id, s.* from first f
join link l on l.person_id = f.person_id and l.record_key = f.pick[2:] and l.source = [{insurance}][f.pick[1]::int]
join listed s on s.source = l.source and s.record_key = l.record_key
""",
    insurance=literals(INSURANCE),
)

# What an office registered itself, of each person the newest; its words count where no list has any.
_OFFICE_ROW = sql("""
create or replace table office_row as
select l.person_id, t.* exclude (person_id) from office_told t
join link l on l.source = 'office' and l.record_key = t.record_key
qualify row_number() over (partition by l.person_id order by t.valid_from desc, t.record_key desc) = 1
""")

_DISPUTED = sql("""
create or replace table disputed as
select distinct l.person_id from link l
semi join (
    select source, record_key from entry semi join (select n17 from holder where part > 0 and n17 is not null) h using (n17)
    union all
    select source, record_key from entry semi join (select loose_number from holder where part > 0) h using (loose_number)
) d on d.source = l.source and d.record_key = l.record_key
""")

_ROOT = sql("""
create or replace table root as
select l.person_id, any_value(l.cluster) cluster, min(s.as_of) first_as_of, max(s.as_of) last_as_of
from link l join listed s using (source, record_key) group by l.person_id
""")


# The rows of the explaining lists that are about a person of the register, with what they say.
_EXPLAINED = sql(
    """
create or replace table explained as
select p.person_id, o.source, o.record_key, s.death_on, s.from_on, s.until_on, s.extra, s.as_of, o.rule = {decided} as is_decided
from list_outcome o join person_of p using (cluster)
join full_state s on s.source = o.source and s.record_key = o.record_key
where o.outcome = {applied}
""",
    applied=literal(Outcome.APPLIED),
    decided=literal(Rule.DECIDED),
)

_CANON = sql(
    "case when {c}[7:] in ('', '000', '000000') then {c}[1:6] when {c}[10:] in ('', '000') then {c}[1:9] else {c} end",
    c=sql("office_division"),
)

_PERSON = sql(
    """
with drafted as (
select
    r.person_id as id, r.cluster, r.first_as_of, r.last_as_of,
    coalesce(m.name, p.name, h.name, i.name, f.name) as name,
    coalesce(p.former_name, f.former_name) as former_name, coalesce({household_no}, f.household_no) as household_no,
    coalesce(p.relation_to_head, f.relation_to_head) as relation_to_head, coalesce(p.moved_in_on, f.moved_in_on) as moved_in_on,
    coalesce(p.moved_in_from, f.moved_in_from) as moved_in_from,
    coalesce(p.sex, h.sex, i.sex, f.sex) as sex,
    coalesce(p.birth_date, try_strptime((case when r.cluster < {weak_from} then r.cluster // 1000 % 100000000 end)::varchar,
        '%Y%m%d')::date, h.birth_date, i.birth_date, f.birth_date) as birth_date,
    coalesce(p.ethnicity, h.ethnicity, i.ethnicity, f.ethnicity) as ethnicity,
    case when {only_office} then f.doc_type when r.cluster < {weak_from} then '01' when p.doc_number is not null then p.doc_type
         when h.doc_number is not null then h.doc_type
         when i.doc_number is not null then i.doc_type else coalesce(f.doc_type, i.doc_type) end as doc_type,
    case when r.cluster < {weak_from} then {full_number} else coalesce(p.doc_number, h.doc_number, i.doc_number, f.doc_number) end as doc_number,
    d.person_id is not null as number_disputed,
    coalesce(p.hukou_type, f.hukou_type) as hukou_type, coalesce(p.division, f.hukou_division) as hukou_division,
    coalesce(p.address, f.hukou_address) as hukou_address, coalesce(p.hukou_status, f.hukou_status) as hukou_status,
    coalesce(h.division, i.division, f.home_division) as home_division,
    coalesce(h.address, i.address, f.home_address) as home_address,
    coalesce(h.phone, i.phone, f.phone) as phone, coalesce(h.residence, f.residence) as residence,
    coalesce(h.birth_certificate, f.birth_certificate) as birth_certificate, coalesce(h.mother_number, f.mother_number) as mother_number,
    coalesce(x.death_on, case when p.hukou_status = 'DECEASED' then p.status_on end, h.death_on, f.death_on) as death_on,
    i.division as enrolment_division,
    coalesce(x.dead or p.hukou_status = 'DECEASED' or h.death_on is not null or f.death_on is not null, false) as dead,
    coalesce(c.insured_here, false) as insured_here, coalesce(c.gap, {none_at_all}) as gap,
    p.person_id is null and h.birth_certificate is not null and r.cluster >= {weak_from} as newborn,
    case when p.person_id is null and h.person_id is null then f.scope end as told_scope, f.office_path as told_office
from root r
left join police_row p using (person_id) left join health_row h using (person_id) left join insurance_row i using (person_id)
left join office_row f using (person_id)
left join disputed d using (person_id) left join covered c using (person_id)
left join mended_name m on m.names = {names}
left join (select person_id, arg_max(death_on, (is_decided, death_on)) death_on, bool_or(source = 'deaths') dead from explained
           where source = 'deaths' group by person_id) x using (person_id)
), scoped as (
select *, coalesce(in_lists, case when not dead then told_scope end) as scope from (select *, {scope} as in_lists from drafted)
), placed as (
select *, coalesce(case scope when 'LOCAL_HUKOU' then hukou_division when 'INSURED_HERE' then enrolment_division
        else home_division end, hukou_division, home_division, enrolment_division) as office_division from scoped
), canonical as (
select *, {canon} as code from placed
)
select y.* replace (coalesce(v.village_path, y.office_path) as office_path) from (
select c.id, c.name, left(coalesce(k.as_key, c.name), {key_most}) as name_key, c.* exclude (id, name, cluster, dead, insured_here, newborn,
    enrolment_division, office_division, code, in_lists, told_scope, told_office),
    coalesce(case when in_lists is null and told_scope is not null then told_office end, a.path, b.path, d.path, told_office, '50') as office_path
from canonical c
left join special_name k on k.spelt = c.name
left join office_of a on a.code = c.code
left join office_of b on b.code = c.code[1:9]
left join office_of d on d.code = c.code[1:6]
) y left join placed_by_address v on v.person_id = y.id and v.base_path = y.office_path
""",
    # A placeholder or a rounded number would make one household, and one home on the walk, of strangers.
    household_no=weighing("household_no", sql("p.household_no")),
    weak_from=WEAK_FROM,
    full_number=_FULL_NUMBER,
    none_at_all=literal(Gap.NONE_AT_ALL),
    names=_NAMES,
    scope=covering.SCOPE,
    canon=_CANON,
    key_most=NAME_KEY_MOST,
    only_office=sql("f.person_id is not null and p.person_id is null and h.person_id is null and i.person_id is null"),
)
