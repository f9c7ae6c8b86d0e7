"""Who the rows of the explaining lists are about: applied to a person, a case for a clerk, or nobody of the register.

These rows add nobody and join nobody: they are weighed against the finished units with the weights and thresholds of
`rules.matching`, and nothing of the matching itself depends on them. A row is given to a person as a whole, through whichever of the
person's units it agrees with best. A valid number speaks for its holder only: people of another valid number are never proposed,
but one of them that agrees better keeps the row from being applied (a twin listed under the other's number).
Tables made: list_outcome(row, source, record_key, outcome, cluster, rule, band), list_doubt(row, unit, …, bits).
"""

from __future__ import annotations

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching import weights
from canbao.bulk.matching.candidates import odd_slips, slips_of
from canbao.bulk.matching.entries import check_char
from canbao.bulk.matching.numbers import citizen_like, equal_numbers, number_link
from canbao.bulk.matching.resolving import RULE, enough
from canbao.bulk.matching.units import WEAK_FROM
from canbao.bulk.matching.weighing import NEAR
from canbao.bulk.sqltext import literal, literals, sql
from canbao.rules import matching as m
from canbao.rules.match_labels import Outcome
from canbao.rules.names import PLACEHOLDER, NameLevel, compare, is_placeholder

_VERY = literals(sorted(m.VERY_NUMBER))
_NUMBERED = sql(
    """
create or replace table list_number as
select row, number, {citizen_like} as citizen_like
from (select row, case when n17 is null then loose_number else n17::varchar || {check_of_n17} end as number from list_row)
""",
    citizen_like=citizen_like(sql("number")), check_of_n17=check_char(sql("n17")),
)  # fmt: skip

_DAMAGED = sql("""
create or replace view list_damaged as
select row as unit, number, citizen_like from list_number semi join (select row from list_row where n17 is null) using (row)
""")

# People who have the number, a number one slip away, or the name with the birth date.
_PAIRS = sql(
    """
create or replace table list_pair as
with under as (
    select n17, unit from (select distinct n17, unit from weak_entry where n17 is not null)
    qualify count(*) over (partition by n17) <= {limit}
), loosely as (
    select loose_number, unit, sure from (
        select loose_number, unit, bool_or(sure) as sure from weak_entry where loose_number is not null group by loose_number, unit)
    qualify count(*) over (partition by loose_number) <= {limit}
), slipped as (
    select n17, unit from (select distinct n17, unit from slip) qualify count(*) over (partition by n17) <= {limit}
), named as (
    select key, birth, unit from (
        select k.key, s.birth, s.n17 as unit from strong_name k join strong s using (n17) semi join list_row r
            on r.key = k.key and r.birth = s.birth
        union all select k.key, w.birth, w.unit from weak_name k join weak w using (unit) semi join list_row r
            on r.key = k.key and r.birth = w.birth)
    qualify count(*) over (partition by key, birth) <= {limit}
)
select row, unit, bool_or(has_number) as has_number, bool_or(has_document) as has_document, bool_or(repaired) as repaired from (
    select r.row, s.n17 as unit, true as has_number, false as has_document, false as repaired from list_row r join strong s using (n17)
    union all select r.row, w.unit, true, false, false from list_row r join under w using (n17)
    union all select r.row, w.unit, false, r.sure and w.sure, false from list_row r join loosely w using (loose_number)
    union all select l.unit, s.n17, false, false, true from list_slip l join strong s using (n17)
    union all select l.unit, w.unit, false, false, true from list_slip l join under w using (n17)
    union all select r.row, s.unit, false, false, true from list_row r join slipped s using (n17)
    union all select r.row, n.unit, false, false, false from list_row r join named n on n.key = r.key and n.birth = r.birth
) group by row, unit
""",
    limit=m.BLOCK_LIMIT,
)

_NAMES = sql("""
create or replace table list_name as
select distinct r.key as a, o.key as b from list_pair p join list_row r using (row) join unit_name o using (unit)
where r.key <> o.key
""")

_UNIT_NAME = sql("""
create or replace view unit_name as select n17 as unit, key from strong_name union all select unit, key from weak_name
""")

_LEVELS = sql(
    """
create or replace table list_level as
select row, unit, [{order}][coalesce(min(place) filter (not unnamed), min(place))] as name, bool_and(unnamed) as unnamed
from (
    select p.row, p.unit, coalesce(c.unnamed, regexp_matches(r.key, {placeholder})) as unnamed,
        list_position([{order}], coalesce(c.level, {same})) as place
    from list_pair p join list_row r using (row) join unit_name o using (unit)
    left join list_compared c on c.a = r.key and c.b = o.key)
group by row, unit
""",
    order=literals(NameLevel),
    placeholder=literal(PLACEHOLDER),
    same=literal(NameLevel.SAME),
)

_RARITY = sql(
    """
create or replace table list_rarity as
select key, least({most}, greatest({least}, log2(greatest(people, 2) / greatest(holders, 1)))) bits
from (select key, count(s.n17) holders from (select distinct key from list_row) left join strong s using (key) group by key),
    (select (select count(*) from strong) + (select count(*) from weak) people)
""",
    most=m.NAME_BITS_MAX,
    least=m.NAME_BITS_MIN,
)

# What a list row never has: a place, a home, a card.
_AGREEMENT = sql(
    """
create or replace table list_agreement as
select p.row, p.unit, l.name, r.bits as name_bits,
    case when p.has_number then 'SAME' when p.has_document then 'DOCUMENT' else {number} end as number, {near} as birth,
    case when w.sex = o.sex then 'SAME' when w.sex <> o.sex then 'OTHER' else 'UNKNOWN' end as sex,
    'UNKNOWN' as area, 0 as homes, false as person_no, false as card, false as mother, false as certificate,
    false as same_list, false as same_source, false as other_certificate, false as multiple_birth,
    coalesce(o.kind = 'S', false) as disputed, l.unnamed
from list_pair p
join (select row, key, birth, sex, number, citizen_like from list_row join list_number using (row)) w using (row)
join (select n17 id, birth, sex, null::varchar number, false citizen_like, null::varchar kind from strong
      union all select unit, birth, sex, number, citizen_like, kind from weak) o on o.id = p.unit
join list_rarity r on r.key = w.key
join list_level l on l.row = p.row and l.unit = p.unit
""",
    number=number_link(sql("p.unit"), same=equal_numbers(), weak_from=WEAK_FROM),
    near=NEAR,
)

_WEIGHED = sql(
    "create or replace table list_weighed as select *, round({bits}, 6) as bits, {may_link} as may_link from list_agreement",
    bits=weights.bits(),
    may_link=weights.MAY_LINK,
)

_DECIDED = sql("""
create or replace table list_decided as
with said as (
    select a_source as source, a_key as record_key, b_source as other_source, b_key as other_key, same from decision
    union all select b_source, b_key, a_source, a_key, same from decision
), named as (
    select r.row, s.other_source as source, s.other_key as record_key, s.same from said s
    join list_row r on r.source = s.source and r.record_key = s.record_key
), found as (
    select n.row, n.same, coalesce(k.unit, e.n17) as unit from named n join entry e using (source, record_key)
    left join weak_entry k using (source, record_key)
)
select distinct f.row, f.same, coalesce(g.root, c.cluster, f.unit) as cluster
from found f left join cluster c on c.unit = f.unit left join merged g on g.cluster = coalesce(c.cluster, f.unit)
""")

# One line per row and person, with the unit that says most; people a clerk has ruled out are left out.
_PEOPLE = sql(
    """
create or replace table list_person as
with placed as (
    select w.*, coalesce(g.root, c.cluster, w.unit) as cluster from list_weighed w
    left join cluster c on c.unit = w.unit left join merged g on g.cluster = coalesce(c.cluster, w.unit)
), told as (
    select *, bool_or(number in ({very})) over (partition by row, cluster) as is_number_known from placed
    anti join (select row, cluster from list_decided where not same) d using (row, cluster)
    qualify row_number() over (partition by row, cluster order by number in ({very}) desc, bits desc, unit) = 1
)
select t.*, r.n17 is not null and t.cluster < {weak_from} and t.cluster <> r.n17 and not is_number_known as is_rival
from told t join list_row r using (row)
""",
    weak_from=WEAK_FROM,
    very=_VERY,
)

_FOUND = sql(
    """
create or replace table list_found as
with ranked as (
    select *, row_number() over (partition by row order by bits desc, cluster) as place,
        lead(bits) over (partition by row order by bits desc, cluster) as second
    from list_person
)
select *, {rule} as link_rule from ranked
where place = 1 and not is_rival and may_link and (number in ({very}) or {enough})
    and (second is null or round(bits - second, {digits}) >= {margin})
""",
    rule=RULE,
    very=_VERY,
    enough=enough(sql("bits"), m.LINK_BITS),
    digits=m.BITS_DIGITS,
    margin=m.MARGIN_BITS,
)

_DOUBT = sql(
    """
create or replace table list_doubt as
select * from list_person
anti join list_found using (row) anti join (select row from list_decided where same) d using (row)
where not is_rival and (number in ({very}) or {enough})
qualify row_number() over (partition by row order by bits desc, cluster) <= {shown}
""",
    very=_VERY,
    enough=enough(sql("bits"), m.CLERICAL_BITS),
    shown=m.DOUBTS_SHOWN,
)

_OUTCOME = sql(
    """
create or replace table list_outcome as
select r.row, r.source, r.record_key,
    case when coalesce(d.cluster, f.cluster) is not null then {applied} when q.row is not null then {case_}
         else {nobody} end as outcome,
    coalesce(d.cluster, f.cluster) as cluster,
    case when d.cluster is not null then {decided}
         when f.number in ({very}) then case when r.n17 is null then {document} when r.old then {old}
             when f.name = 'SAME' then {same_number} else {other_name} end
         else f.link_rule end as rule,
    case when d.cluster is not null then 'strong'
         when f.number in ({very}) and f.name = 'SAME' and not r.old then 'exact'
         when f.row is not null then 'strong' end as band
from list_row r
left join (select row, min(cluster) as cluster from list_decided where same group by row) d using (row)
left join list_found f using (row)
left join (select distinct row from list_doubt) q using (row)
""",
    applied=literal(Outcome.APPLIED), case_=literal(Outcome.CASE), nobody=literal(Outcome.NOBODY),
    decided=literal(m.Rule.DECIDED), document=literal(m.Rule.SAME_DOCUMENT), old=literal(m.Rule.OLD_NUMBER),
    very=_VERY, same_number=literal(m.Rule.SAME_NUMBER), other_name=literal(m.Rule.SAME_NUMBER_OTHER_NAME),
)  # fmt: skip

# A person dies once. Of rows that are about one person and tell different days the surest is applied (of equal ones the latest day); the
# others are for a clerk, unless one has said already which of them is about the person.
_DIED_TWICE = sql(
    """
create or replace table died_twice as
with died as (
    select o.row, o.cluster, d.death_on, o.rule = {decided} as is_decided,
        first_value(d.death_on) over (partition by o.cluster order by o.band = 'exact' desc, coalesce(f.bits, 0) desc, d.death_on desc) as kept
    from list_outcome o join list_death d using (row) left join list_found f using (row) where o.outcome = {applied})
select row, cluster from died where death_on <> kept
    and cluster not in (select cluster from died where is_decided)
""",
    decided=literal(m.Rule.DECIDED), applied=literal(Outcome.APPLIED),
)  # fmt: skip
_ONE_DEATH = (
    sql(
        "update list_outcome set outcome = {case_}, cluster = null, rule = null, band = null"
        " where row in (select row from died_twice)",
        case_=literal(Outcome.CASE),
    ),
    sql("insert into list_doubt select p.* from list_person p semi join died_twice using (row, cluster)"),
)

# Once the clusters have their people: what is kept of a run.
OUTCOMES = sql("""
select o.source, o.record_key, o.outcome, p.person_id, o.rule, o.band
from list_outcome o left join person_of p using (cluster) order by o.source, o.record_key
""")


def build(engine: DuckEngine) -> None:
    """Make list_outcome, list_doubt and died_twice from tables list_row and list_death and those of a finished matching."""
    for step in (_NUMBERED, _DAMAGED, slips_of(sql("list_damaged"), to=sql("list_slip"))):
        engine.run(step)
    odd_slips(engine, sql("list_damaged"), to=sql("list_slip"))
    for step in (_PAIRS, _UNIT_NAME, _NAMES):
        engine.run(step)
    _compare_names(engine)
    for step in (
        _LEVELS,
        _RARITY,
        _AGREEMENT,
        _WEIGHED,
        _DECIDED,
        _PEOPLE,
        _FOUND,
        _DOUBT,
        _OUTCOME,
        _DIED_TWICE,
        *_ONE_DEATH,
    ):
        engine.run(step)


def _compare_names(engine: DuckEngine) -> None:
    """Table list_compared(a, b, level, unnamed): equal spellings need no comparison, and they are nearly all."""
    pairs = engine.rows(sql("select a, b from list_name order by a, b"))
    levels = [str(compare(a, b)) for a, b in pairs]
    table = pa.table(
        {
            "a": pa.array([a for a, _ in pairs], pa.string()),
            "b": pa.array([b for _, b in pairs], pa.string()),
            "level": pa.array(levels, pa.string()),
            "unnamed": pa.array([is_placeholder(a) or is_placeholder(b) for a, b in pairs], pa.bool_()),
        }
    )
    engine.load("list_compared", table)
