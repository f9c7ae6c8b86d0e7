"""Weigh every pair: the SQL twin of `rules.matching.score`, its names compared by `rules.names.compare`."""

from __future__ import annotations

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching import weights
from canbao.bulk.matching.numbers import births_near, equal_numbers, number_link
from canbao.bulk.matching.units import WEAK_FROM
from canbao.bulk.sqltext import literals, sql
from canbao.rules import matching as m
from canbao.rules.names import NameLevel, compare, is_placeholder

# What the other side of each pair shows: a strong unit's entries, or a weak unit's evidence.
_OTHER_EVIDENCE = sql(
    """
create or replace table other_evidence as
with wanted as (select distinct other from pair), own as (
    select e.n17 as other, e.* exclude (n17) from entry e
    semi join wanted w on w.other = e.n17
    anti join weak_entry k on k.source = e.source and k.record_key = e.record_key
)
select distinct other, kind, value from (
    select other, 'T' kind, town value from own union all select other, 'D', district from own
    union all select other, 'P', phone from own union all select other, 'A', home_of(address, district) from own
    union all select other, 'N', person_no from own union all select other, 'C', card_no from own
    union all select other, 'B', birth_certificate from own
    union all select other, 'M', 'm' || mother_number from own
    union all select other, 'M', 'h' || household_no from own where source = 'police'
    union all select other, 'S', own.source from own
    union all select other, 'L', own.source from own where source in ({lists_once})
) where value is not null
union all
select unit, kind, value from weak_evidence semi join wanted on wanted.other = weak_evidence.unit
""",
    lists_once=literals(m.LISTS_ONCE),
)

_SHARED = sql("""
create or replace table shared as
select p.unit, p.other,
    bool_or(v.kind = 'T') town, bool_or(v.kind = 'D') district,
    (bool_or(v.kind = 'P'))::int + (bool_or(v.kind = 'A'))::int homes,
    bool_or(v.kind = 'N') person_no, bool_or(v.kind = 'C') card, bool_or(v.kind = 'B') certificate,
    bool_or(v.kind = 'M') mother, bool_or(v.kind = 'L') same_list,
    bool_or(v.kind = 'S') same_source
from pair p join weak_evidence v using (unit) join other_evidence o on o.other = p.other and o.kind = v.kind and o.value = v.value
group by p.unit, p.other
""")

_HAS_AREA = sql("""
create or replace table has_area as
select distinct unit as id from weak_evidence where kind = 'D' union select distinct other from other_evidence where kind = 'D'
""")

_CERTIFIED = sql("""
create or replace table certified as
select distinct unit as id from weak_evidence where kind = 'B' union select distinct other from other_evidence where kind = 'B'
""")

# Several certificates for one mother and day: twins.
_MULTIPLE = sql("""
create or replace table multiple as
with born as (
    select w.unit, e.mother_number, e.birth, e.birth_certificate from entry e join weak_entry w using (source, record_key)
    where e.mother_number is not null and e.birth is not null and e.birth_certificate is not null
)
select distinct unit as id from born join (
    select mother_number, birth from born group by all having count(distinct birth_certificate) > 1) using (mother_number, birth)
""")

_NAME_PAIRS = sql(
    """
create or replace table name_pair as
select distinct p.unit, p.other, n.key a, o.key b from pair p join weak_name n using (unit)
join strong_name o on o.n17 = p.other where p.other < {weak_from}
union
select distinct p.unit, p.other, n.key a, o.key b from pair p join weak_name n using (unit)
join weak_name o on o.unit = p.other where p.other >= {weak_from}
""",
    weak_from=WEAK_FROM,
)

# Rarity counts the strong holders of the name, as `rules.matching.rarity` wants it.
_RARITY = sql(
    """
create or replace table rarity as
select key, least({most}, greatest({least}, log2(greatest(people, 2) / greatest(holders, 1)))) bits
from (select key, count(s.n17) holders from (select distinct key from weak_name) left join strong s using (key) group by key),
    (select (select count(*) from strong) + (select count(*) from weak) people)
""",
    most=m.NAME_BITS_MAX,
    least=m.NAME_BITS_MIN,
)

NEAR = births_near(sql("w.birth"), sql("o.birth"))
_AGREEMENT = sql(
    """
create or replace table agreement as
select p.unit, p.other, l.level as name, l.unnamed, r.bits as name_bits, {number} as number, {near} as birth,
    case when w.sex = o.sex then 'SAME' when w.sex <> o.sex then 'OTHER' else 'UNKNOWN' end as sex,
    case when s.town then 'SAME' when s.district then 'NEAR'
        when p.unit in (select id from has_area) and p.other in (select id from has_area) then 'OTHER' else 'UNKNOWN' end as area,
    coalesce(s.homes, 0) homes, coalesce(s.person_no, false) person_no, coalesce(s.card, false) card,
    coalesce(s.mother, false) mother, coalesce(s.certificate, false) certificate, coalesce(s.same_list, false) same_list,
    coalesce(s.same_source, false) same_source,
    not coalesce(s.certificate, false) and p.unit in (select id from certified) and p.other in (select id from certified)
        as other_certificate,
    p.unit in (select id from multiple) or p.other in (select id from multiple) as multiple_birth,
    w.kind = 'S' or coalesce(o.kind = 'S', false) as disputed
from pair p
join weak w using (unit)
join (select n17 id, birth, sex, null::varchar number, false citizen_like, null::varchar kind from strong
      union all select unit, birth, sex, number, citizen_like, kind from weak) o on o.id = p.other
join rarity r on r.key = w.key
join name_level l on l.unit = p.unit and l.other = p.other
left join shared s on s.unit = p.unit and s.other = p.other
""",
    number=number_link(
        sql("p.other"),
        same=sql("case when w.kind = 'S' then 'NONE' else {equal} end", equal=equal_numbers()),
        weak_from=WEAK_FROM,
    ),
    near=NEAR,
)


def build(engine: DuckEngine) -> None:
    """Make table weighed(unit, other, …, bits) from table pair."""
    for step in (_OTHER_EVIDENCE, _SHARED, _HAS_AREA, _CERTIFIED, _MULTIPLE, _NAME_PAIRS, _RARITY):
        engine.run(step)
    _compare_names(engine)
    engine.run(_AGREEMENT)
    engine.run(
        sql(
            "create or replace table weighed as select *, round({bits}, 6) as bits, {may_link} as may_link from agreement",
            bits=weights.bits(),
            may_link=weights.MAY_LINK,
        )
    )


def _compare_names(engine: DuckEngine) -> None:
    """Table name_level(unit, other, level): the best level over all spellings of both sides, real names first."""
    pairs = engine.rows(sql("select distinct a, b from name_pair order by a, b"))
    levels = [str(compare(a, b)) for a, b in pairs]
    table = pa.table(
        {
            "a": pa.array([a for a, _ in pairs], pa.string()),
            "b": pa.array([b for _, b in pairs], pa.string()),
            "level": pa.array(levels, pa.string()),
            "unnamed": pa.array([is_placeholder(a) or is_placeholder(b) for a, b in pairs], pa.bool_()),
        }
    )
    engine.register("compared", table)
    engine.run(
        sql(
            "create or replace table name_level as select unit, other, [{order}][coalesce("
            "min(list_position([{order}], level)) filter (not unnamed), min(list_position([{order}], level)))] as level,"
            " bool_and(unnamed) as unnamed from name_pair join compared using (a, b) group by unit, other",
            order=literals(NameLevel),
        )
    )
    engine.unregister("compared")
