"""Which person each cluster is: a record keeps the person it was first given, so that runs and reversals agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, joined, parquet, path_literal, sql

# Ids of people recorded one by one come from a sequence that begins here, out of the way of the runs: a run and a clerk who work at
# the same time never give the same one, and nobody need know how many people there are beyond its area.
BY_HAND: Final = 10_000_000_000


def _person(next_id: int) -> SQL:
    """Table person_of(cluster, person_id): a person belongs to the cluster that holds most of the records once given to it."""
    return sql(
        """
create or replace table person_of as
with claim as (
    select m.cluster, h.home, count(*) n, min(m.source || '|' || m.record_key) as first
    from member m join home h using (source, record_key) group by m.cluster, h.home
), won as (
    select cluster, min(home) as person_id from (
        select *, row_number() over (partition by home order by n desc, first) as place from claim)
    where place = 1 group by cluster
)
select c.cluster, coalesce(w.person_id, {next_id} - 1 + row_number() over (partition by w.person_id is null order by c.cluster))
    as person_id
from (select distinct cluster from member) c left join won w using (cluster)
""",
        next_id=next_id,
    )


def _links(next_id: int) -> SQL:
    """Each record with its person, rule, band, cluster and home."""
    return sql(
        """
select m.source, m.record_key, p.person_id, m.rule, m.band, m.cluster,
    case when h.home is null or q.cluster is distinct from m.cluster and p.person_id between {next_id} and {last} then p.person_id
         else h.home end as home
from member m join person_of p using (cluster)
left join home h using (source, record_key)
left join person_of q on q.person_id = h.home
""",
        next_id=next_id,
        last=BY_HAND - 1,
    )


def assign(engine: DuckEngine, *, homes: Sequence[Path], next_id: int, links: Path, departed: Path) -> int:
    """Write links (source, record_key, person_id, rule, band, cluster, home) and the homes of absent records.

    homes: earlier files with source, record_key, home. Returns the next free person id.
    """
    engine.run(sql("create or replace view home as {homes}", homes=_earlier(homes)))
    member = links.with_name("member.parquet")
    engine.to_parquet(sql("select * from link_all"), member, compression="snappy")
    engine.run(sql("create or replace view member as select * from {member}", member=parquet(member)))
    engine.run(_person(next_id))
    engine.to_parquet(_links(next_id), links)
    absent = sql("select source, record_key, home from home anti join member using (source, record_key)")
    engine.to_parquet(absent, departed)
    engine.run(sql("create or replace view link as select * from {links}", links=parquet(links)))
    member.unlink()
    return max(
        next_id,
        1
        + int(
            engine.value(
                sql("select coalesce(max(person_id), 0) from person_of where person_id < {first}", first=BY_HAND)
            )
        ),
    )


def _earlier(homes: Sequence[Path]) -> SQL:
    if not homes:
        return sql("select '' source, '' record_key, 0::bigint home where false")
    paths = joined(", ", map(path_literal, homes))
    return sql("select source, record_key, home from read_parquet([{paths}])", paths=paths)
