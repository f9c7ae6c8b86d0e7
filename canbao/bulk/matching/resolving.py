"""From weighed pairs to persons: attach weak units to strong ones, join the rest among themselves, name the doubtful.

Two strong units are never joined here: two valid numbers are two people until a clerk decides otherwise.
Tables made: cluster(unit, cluster, rule), doubt(unit, other, …), link(source, record_key, cluster, rule, band).
"""

from __future__ import annotations

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching import decided
from canbao.bulk.matching.components import components
from canbao.bulk.matching.units import WEAK_FROM
from canbao.bulk.sqltext import SQL, cases, literal, literals, sql
from canbao.rules import matching as m

_PEOPLE = sql("(select log2(greatest((select count(*) from strong) + (select count(*) from weak), 2)))")


def enough(bits: SQL, least: float) -> SQL:
    """`rules.matching.links` and `.doubtful` in SQL."""
    return sql(
        "round({bits} - {people}, {digits}) >= {least}", bits=bits, people=_PEOPLE, digits=m.BITS_DIGITS, least=least
    )


# `rules.matching.rule_for`
RULE = sql(
    """case when number = 'REPAIRED' then {damaged} when certificate or mother then {newborn}
    when person_no then {person_no} else {traits} end""",
    damaged=literal(m.Rule.DAMAGED_NUMBER),
    newborn=literal(m.Rule.NEWBORN_MOTHER),
    person_no=literal(m.Rule.SAME_PERSON_NO),
    traits=literal(m.Rule.SAME_TRAITS),
)


def _attached(via: SQL) -> SQL:
    """Table attached(unit, n17, rule, bits, second, sure): the best strong unit of each weak one; via: candidates to be added."""
    return sql(
        """
create or replace table attached as
with candidate as (
    select unit, other as n17, bits, may_link, {rule} as rule from weighed where other < {weak_from}
    {via}
), best as (
    select unit, n17, arg_min(rule, (-bits, rule)) as rule, max(bits) as bits, bool_or(may_link) as may_link
    from candidate group by unit, n17
), ranked as (
    select *, row_number() over (partition by unit order by bits desc, n17) as place,
        lead(bits) over (partition by unit order by bits desc, n17) as second
    from best
)
select unit, n17, rule, bits, second,
    may_link and {enough}
        and (second is null or round(bits - second, {digits}) >= {margin}) as sure
from ranked where place = 1
""",
        rule=RULE, weak_from=WEAK_FROM, via=via, enough=enough(sql("bits"), m.LINK_BITS), digits=m.BITS_DIGITS,
        margin=m.MARGIN_BITS,
    )  # fmt: skip


# A weak unit may know its person only through another weak unit that has already found it;
# but what forbids the direct link forbids this one (李国? is no bridge from 李国庆 to 李国强).
_VIA = sql(
    """
    union all
    select w.unit, a.n17, w.bits, w.may_link, {traits} from weighed w
    join first_attached a on a.unit = w.other anti join forbidden p on p.unit = w.unit and p.other = a.n17
    where a.sure and w.other >= {weak_from} and not w.unnamed
""",
    traits=literal(m.Rule.SAME_TRAITS),
    weak_from=WEAK_FROM,
)

# A nameless child with another possible self in the same home may be a twin: nobody is linked on that.
_UNSURE_TWINS = sql(
    """
update attached set sure = false where exists (
    select 1 from weighed b join weighed o on o.unit = b.unit and o.other <> b.other
    left join attached f on f.unit = o.other and f.sure
    where b.unit = attached.unit and b.other = attached.n17 and b.unnamed
      and o.birth = 'SAME' and (o.homes > 0 or o.mother) and {enough}
      and (coalesce(f.n17, o.other) <> attached.n17 or (o.same_list and not o.certificate)))
""",
    enough=enough(sql("o.bits"), m.CLERICAL_BITS),
)

# Of two that a clerk held apart neither is given to the person both would join.
_RIVALS = sql("""
update attached set sure = false where unit in (
    select a.unit from attached a join apart p on p.unit = a.unit join attached b on b.unit = p.other and b.n17 = a.n17
    where a.sure and b.sure)
""")

# Weak units in whose home somebody with a number was born on the same day.
_PEOPLED_HOME = sql(
    """
create or replace table peopled_home as
select distinct unit from weighed where other < {weak_from} and birth = 'SAME' and (homes > 0 or mother)
""",
    weak_from=WEAK_FROM,
)

_EDGES = sql(
    """
select unit, other from weighed
where other >= {weak_from} and unit < other and {enough} and may_link
  and (not same_list or certificate or person_no or number = 'REPAIRED')
  and (not unnamed or unit not in (select unit from peopled_home) and other not in (select unit from peopled_home))
  and unit not in (select unit from attached where sure) and other not in (select unit from attached where sure)
order by unit, other
""",
    weak_from=WEAK_FROM,
    enough=enough(sql("bits"), m.LINK_BITS),
)

_CLUSTER = sql(
    """
create or replace table cluster as
select w.unit, coalesce(a.n17, g.root, w.unit) as cluster, coalesce(a.rule, case when g.root is not null then j.rule end) as rule
from weak w
left join attached a on a.unit = w.unit and a.sure
left join joined g on g.unit = w.unit
left join (select unit, arg_min({rule}, (-bits, {rule})) rule from (
        select unit, bits, number, certificate, mother, person_no from weighed where other >= {weak}
        union all select other, bits, number, certificate, mother, person_no from weighed where other >= {weak})
    group by unit) j on j.unit = w.unit
""",
    rule=RULE,
    weak=WEAK_FROM,
)

_DOUBT = sql(
    """
create or replace table doubt as
with final as (
    select w.*, coalesce(mo.root, c.cluster, w.other) as other_cluster, coalesce(mw.root, o.cluster) as own_cluster
    from weighed w join cluster o using (unit) left join cluster c on c.unit = w.other
    left join merged mw on mw.cluster = o.cluster left join merged mo on mo.cluster = coalesce(c.cluster, w.other)
    where certificate or {enough}
)
select * from final where own_cluster <> other_cluster
  and own_cluster >= {weak_from} and (other < {weak_from} or unit < other)
qualify row_number() over (partition by unit order by bits desc, other) <= {shown}
""",
    enough=enough(sql("bits"), m.CLERICAL_BITS),
    weak_from=WEAK_FROM,
    shown=m.DOUBTS_SHOWN,
)

_WITHIN = cases(
    sql("k.grouping[2:2]"),
    {
        "L": literal(m.Rule.SAME_DOCUMENT),
        "O": literal(m.Rule.OLD_NUMBER),
        "B": literal(m.Rule.NEWBORN_MOTHER),
        "P": literal(m.Rule.SAME_PERSON_NO),
    },
    otherwise=literal(m.Rule.SAME_NUMBER),
)

_LINK = sql(
    """
create or replace view link_all as
with sized as (
    select cluster, count(*) n from (
        select c.cluster from weak_entry k join cluster c using (unit)
        union all select n17 from entry e join strong using (n17)
            anti join weak_entry k on k.source = e.source and k.record_key = e.record_key) group by cluster
), doubtful as (select distinct own_cluster as cluster from doubt)
select e.source, e.record_key, coalesce(m.root, z.cluster) as cluster,
    case when z.n = 1 and m.root is null then {no_partner}
         when m.root <> z.cluster or m.root is not null and z.n = 1 then {decided}
         when c.cluster is not null then coalesce(c.rule, {within})
         when e.old then {old_number}
         when e.key <> s.key then {other_name}
         else {same_number} end as rule,
    case when d.cluster is not null then 'clerical'
         when z.n = 1 and m.root is null then 'alone'
         when m.root <> z.cluster or m.root is not null and z.n = 1 then 'strong'
         when c.cluster is not null then case when c.rule is null and k.grouping[2:2] = 'L' then 'exact' else 'strong' end
         when e.old or e.key <> s.key or x.n17 is not null then 'strong'
         else 'exact' end as band
from entry e
left join weak_entry k on k.source = e.source and k.record_key = e.record_key
left join cluster c on c.unit = k.unit
left join strong s on s.n17 = e.n17
left join (select distinct n17 from holder where part > 0 and n17 is not null) x on x.n17 = e.n17
join sized z on z.cluster = coalesce(c.cluster, e.n17)
left join merged m on m.cluster = z.cluster
left join doubtful d on c.cluster is not null and d.cluster = coalesce(m.root, c.cluster)
""",
    no_partner=literal(m.Rule.NO_PARTNER), decided=literal(m.Rule.DECIDED), old_number=literal(m.Rule.OLD_NUMBER),
    other_name=literal(m.Rule.SAME_NUMBER_OTHER_NAME), same_number=literal(m.Rule.SAME_NUMBER), within=_WITHIN,
)  # fmt: skip


def build(engine: DuckEngine) -> None:
    """Make cluster, doubt and the view link_all from weighed pairs and clerks' decisions (table decision)."""
    decided.build(engine)
    engine.run(_attached(via=sql("")))
    engine.run(sql("create or replace table first_attached as select * from attached"))
    engine.run(_attached(via=_VIA))
    sure = -1
    while sure != (sure := engine.value(sql("select count(*) from attached where sure"))):
        engine.run(_UNSURE_TWINS)  # one doubtful twin makes the other doubtful
    engine.run(_RIVALS)
    _join_rest(engine)
    engine.run(_CLUSTER)
    _apply_decisions(engine)
    engine.run(_DOUBT)
    engine.run(_LINK)


_DISSOLVE = sql(
    "delete from joined where root in (select root from joined join weak_entry using (unit)"
    " where source in ({lists_once}) group by root, source having count(distinct unit) > 1"
    " union select a.root from joined a join apart p using (unit) join joined b on b.unit = p.other and b.root = a.root)",
    lists_once=literals(m.LISTS_ONCE),
)


def _join_rest(engine: DuckEngine) -> None:
    """Table joined(unit, root): weak units that found no strong one, joined among themselves.

    A group in which one list names two people is dissolved, twins and look-alikes; so is one that a clerk held apart.
    """
    engine.run(_PEOPLED_HOME)
    roots = components(engine.rows(_EDGES))
    _load(engine, "joined", ("unit", "root"), list(roots.items()))
    engine.run(_DISSOLVE)


def _apply_decisions(engine: DuckEngine) -> None:
    """Table merged(cluster, root): clusters that a clerk found to be one person, the strong one giving the name."""
    query = sql(
        "select coalesce(p.cluster, d.unit), coalesce(q.cluster, d.other) from decided d"
        " left join cluster p on p.unit = d.unit left join cluster q on q.unit = d.other where d.same"
    )
    _load(engine, "merged", ("cluster", "root"), list(components(engine.rows(query)).items()))


def _load(engine: DuckEngine, name: str, columns: tuple[str, str], rows: list[tuple[int, int]]) -> None:
    table = pa.table({column: pa.array([row[i] for row in rows], pa.int64()) for i, column in enumerate(columns)})
    engine.load(name, table)
