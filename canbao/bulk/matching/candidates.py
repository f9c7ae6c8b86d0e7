"""Which pairs are worth weighing: blocking keys, each a join of the weak units with everything else.

Every block yields (unit, other): `other` is a strong unit's 17 digits or another weak unit. A key met more than
BLOCK_LIMIT times is passed over: it explains nothing and would explode.
"""

from __future__ import annotations

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.entries import check_char, weighted_sum
from canbao.bulk.matching.units import WEAK_FROM, crowded_values
from canbao.bulk.sqltext import SQL, joined, literal, literals, sql
from canbao.rules.identity import repairs
from canbao.rules.matching import BLOCK_LIMIT, LISTS_ONCE


def slips_of(weak: SQL, *, to: SQL) -> SQL:
    """Table `to` (unit, n17): every number that one slip may have turned into that of a unit of `weak`."""
    return sql(
        """
create or replace table {to} as
with damaged as (
    select unit, number[1:17]::bigint n, case when number[18] = 'X' then 10 else number[18]::bigint end c
    from {weak} where citizen_like and regexp_full_match(number, '[0-9]{{17}}[0-9X]')
), summed as (
    select unit, n, c, ({sum_of_n} + c) % 11 s, {check_of_n} as check_of_n from damaged
), digit as (
    select unit, n, c, s, p::bigint p, n // (10 ** (17 - p))::bigint % 10 d, [7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2][p] w
    from summed, range(1, 18) r(p)
), substituted as (
    -- the one digit at this place that makes the weighted sum 1 modulo 11
    select unit, n + (((d + (1 + 11 - s) * [1,6,4,3,9,2,8,7,5,10][w]) % 11) - d) * (10 ** (17 - p))::bigint as n17,
        (d + (1 + 11 - s) * [1,6,4,3,9,2,8,7,5,10][w]) % 11 as digit
    from digit
), swapped as (
    select unit, n + (b.d - a.d) * ((10 ** (17 - p))::bigint - (10 ** (16 - p))::bigint) as n17, c
    from (select unit, n, c, p, d from digit) a join (select unit, p - 1 as p, d from digit) b using (unit, p)
)
select distinct unit, n17 from (
    select unit, n17 from substituted where digit < 10
    union all select unit, n from summed
    union all select unit, n17 from swapped where c = strpos('0123456789X', {check_of_n17}) - 1
    union all select unit, n - n % 10 + c from summed where c < 10
        and {check_of_last} = (n % 10)::varchar
)
""",
        sum_of_n=weighted_sum(sql("n")), check_of_n=check_char(sql("n")), check_of_n17=check_char(sql("n17")),
        check_of_last=check_char(sql("(n - n % 10 + c)")), weak=weak, to=to,
    )  # fmt: skip


_STRONG_NAMES = sql("""
create or replace table strong_name as
select n17, key from strong
union select n17, key from holder where part = 0 and n17 is not null
union select n17, former_key from (select * from entry where former_key is not null and n17 is not null) e
anti join weak_entry k on k.source = e.source and k.record_key = e.record_key
""")

_EVIDENCE = sql(
    """
create or replace table weak_evidence as
with own as (
    select w.unit, e.* from entry e join (select unit, source, record_key from weak_entry) w using (source, record_key)
), mother as (
    select distinct o.unit, p.household_no from own o
    join entry p on p.source = 'police' and p.household_no is not null
        and p.n17 = try_cast(left(o.mother_number, 17) as bigint)
    where length(o.mother_number) = 18 and ('m' || o.mother_number) not in (select value from crowded where kind = 'M')
)
select distinct unit, kind, value from (
    select unit, 'T' kind, town value from own union all select unit, 'D', district from own
    union all select unit, 'P', phone from own union all select unit, 'A', home_of(address, district) from own
    union all select unit, 'N', person_no from own union all select unit, 'C', card_no from own
    union all select unit, 'B', birth_certificate from own
    union all select unit, 'M', 'm' || mother_number from own union all select unit, 'M', 'h' || household_no from mother
    union all select unit, 'M', 'h' || household_no from own where source = 'police'
    union all select unit, 'S', own.source from own
    union all select unit, 'L', own.source from own where source in ({lists_once})
) where value is not null
""",
    lists_once=literals(LISTS_ONCE),
)

# The values of more people than share one for good reasons: an office's telephone, a card or a household that many fill in.
_CROWDED = joined(
    " union all ",
    [
        crowded_values(
            kind,
            column,
            value,
            within=sql("semi join (select value from weak_evidence where kind = {k}) using (value)", k=literal(kind)),
        )
        for kind, column, value in (
            ("P", "phone", sql("phone")),
            ("C", "card_no", sql("card_no")),
            ("N", "person_no", sql("person_no")),
            ("M", "household_no", sql("'h' || household_no")),
        )
    ],
)

_BLOCKS = {
    "number": sql("select unit, n17 as other from slip semi join strong using (n17)"),
    "same_number": sql(
        "select w.unit, o.unit from weak w join weak o on o.number = w.number and o.unit <> w.unit"
        " where w.citizen_like and w.kind in ({kinds}) and o.kind in ({kinds}) and w.number in (select number from weak"
        " where kind in ({kinds}) group by number having count(*) between 2 and {limit})",
        kinds=literals("LBPR"),
        limit=BLOCK_LIMIT,
    ),
    "name_birth": sql(
        "select n.unit, s.n17 from weak_name n join weak w using (unit) join strong_name s on s.key = n.key"
        " where w.birth = try_strptime((s.n17 // 1000 % 100000000)::varchar, '%Y%m%d')::date"
        " union all select n.unit, o.unit from weak_name n join weak w using (unit)"
        " join weak_name m on m.key = n.key join weak o on o.unit = m.unit and o.birth = w.birth and o.unit <> n.unit"
    ),
}

# One pass over all entries each: each unit that shares this value with a weak unit, under the condition given.
_ALWAYS = sql("true")
_ONE_HOME = sql("(w.birth = x.birth or w.key = x.key)")
_SAME_BIRTH = sql("w.birth = x.birth")
_VALUE = sql("value")
_WITH_BIRTH = sql("concat_ws('|', value, birth)")
_SHARED = {
    "person_no": ("N", sql("person_no"), _VALUE, _ALWAYS),
    "card": ("C", sql("card_no"), _VALUE, _ALWAYS),
    "certificate": ("B", sql("birth_certificate"), _VALUE, _ALWAYS),
    "phone": ("P", sql("phone"), _VALUE, _ONE_HOME),
    "household": ("M", sql("'h' || household_no"), _WITH_BIRTH, _SAME_BIRTH),
    "town_birth": ("T", sql("town"), _WITH_BIRTH, _SAME_BIRTH),
    "town_name": ("T", sql("town"), sql("concat_ws('|', value, key)"), sql("w.key = x.key")),
}


def build(engine: DuckEngine) -> None:
    """Make table pair(unit, other, repaired): every pair to be weighed, once."""
    engine.run(slips_of(sql("weak"), to=sql("slip")))
    odd_slips(engine, sql("weak"), to=sql("slip"))
    engine.run(_STRONG_NAMES)
    engine.run(_EVIDENCE)
    engine.run(sql("insert into crowded {values}", values=_CROWDED))
    engine.run(sql("delete from weak_evidence where (kind, value) in (select (kind, value) from crowded)"))
    engine.run(sql("create or replace table found (unit bigint, other bigint, via varchar)"))
    for name, block in _BLOCKS.items():
        engine.run(sql("insert into found select *, {name} from ({block})", name=literal(name), block=block))
    for name, (kind, column, together, condition) in _SHARED.items():
        engine.run(_shared_value(name, kind, column, together, condition))
    engine.run(_PAIRS)


def _shared_value(name: str, kind: str, column: SQL, together: SQL, condition: SQL) -> SQL:
    """SQL adding to `found` the pairs that agree on `together` (the shared value, with birth or name)."""
    return sql(
        """
    insert into found
    with wanted as (
        select {together} as met, unit, birth, key
        from (select v.value, w.unit, w.birth, w.key from weak_evidence v join weak w using (unit) where v.kind = {kind})
    ), usable as (
        select met from wanted group by met having count(*) <= {limit}
    ), x as (
        select coalesce(o.unit, e.n17) as other, e.birth, e.key, e.met
        from (select source, record_key, n17, birth, key, {together} as met
              from (select *, {column} as value from entry where {column} is not null)) e
        semi join usable u on u.met = e.met
        left join weak_entry o on o.source = e.source and o.record_key = e.record_key
    )
    select distinct w.unit, x.other, {name} from wanted w join usable using (met) join x on x.met = w.met
    where w.unit <> x.other and {condition}
    """,
        name=literal(name), kind=literal(kind), column=column, together=together, condition=condition, limit=BLOCK_LIMIT,
    )  # fmt: skip


# A second holder never joins the first holder of the same number.
_PAIRS = sql(
    """
create or replace table pair as
select f.unit, f.other, bool_or(f.via = 'number') as repaired
from found f
anti join (select distinct unit, n17 from weak_entry where grouping[2:2] = 'S') s on s.unit = f.unit and s.n17 = f.other
where f.other >= {weak_from} or f.other in (select n17 from strong)
group by f.unit, f.other
""",
    weak_from=WEAK_FROM,
)


def odd_slips(engine: DuckEngine, weak: SQL, *, to: SQL) -> None:
    """Into `to`, numbers with a lost or added character, or a letter in them: few, so `rules.identity` lists their repairs."""
    query = sql(
        "select unit, number from {weak} where citizen_like and length(number) between 17 and 19"
        " and not regexp_full_match(number, '[0-9]{{17}}[0-9X]')",
        weak=weak,
    )
    found = [(unit, int(number[:17])) for unit, damaged in engine.rows(query) for number in sorted(repairs(damaged))]
    table = pa.table(
        {"unit": pa.array([u for u, _ in found], pa.int64()), "n17": pa.array([n for _, n in found], pa.int64())}
    )
    engine.register("odd_slip", table)
    engine.run(sql("insert into {to} select distinct unit, n17 from odd_slip", to=to))
    engine.unregister("odd_slip")
