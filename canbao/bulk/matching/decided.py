"""Clerks' decisions on records, as pairs of units: held apart, found to be one, not to be weighed again."""

from __future__ import annotations

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.units import WEAK_FROM
from canbao.bulk.sqltext import sql


def build(engine: DuckEngine) -> None:
    """Make decided(unit, other, same), apart and forbidden (unit, other) from table decision; takes pairs out of weighed."""
    for step in (_DECIDED, _APART, _FORBIDDEN, _NOT_AGAIN):
        engine.run(step)


_DECIDED = sql("""
create or replace table decided as
with named as (
    select a_source as source, a_key as record_key from decision union select b_source, b_key from decision
), found as (
    select e.source, e.record_key, coalesce(k.unit, e.n17) as unit from entry e semi join named using (source, record_key)
    left join weak_entry k using (source, record_key)
)
select a.unit as unit, b.unit as other, d.same from decision d
join found a on a.source = d.a_source and a.record_key = d.a_key
join found b on b.source = d.b_source and b.record_key = d.b_key
""")

_APART = sql("""
create or replace table apart as
select unit, other from decided where not same union select other, unit from decided where not same
""")

_FORBIDDEN = sql(
    """
create or replace table forbidden as
select unit, other from apart union select unit, other from weighed where other < {weak_from} and (same_list or not may_link)
""",
    weak_from=WEAK_FROM,
)

# What a clerk held apart is not weighed again.
_NOT_AGAIN = sql("delete from weighed where (unit, other) in (select (unit, other) from apart)")
