"""Which person each cluster is: a record keeps the person it was first given, so that runs and reversals agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from canbao.bulk.engine import DuckEngine, quoted

# A person belongs to the cluster that holds most of the records once given to it.
_PERSON = """
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
"""

_LINKS = """
select m.source, m.record_key, p.person_id, m.rule, m.band, m.cluster,
    case when h.home is null or q.cluster is distinct from m.cluster and p.person_id >= {next_id} then p.person_id
         else h.home end as home
from member m join person_of p using (cluster)
left join home h using (source, record_key)
left join person_of q on q.person_id = h.home
"""


def assign(engine: DuckEngine, *, homes: Sequence[Path], next_id: int, links: Path, departed: Path) -> int:
    """Write links (source, record_key, person_id, rule, band, cluster, home) and the homes of absent records.

    homes: earlier files with source, record_key, home. Returns the next free person id.
    """
    if homes:
        files = ", ".join(f"'{quoted(path)}'" for path in homes)
        engine.run(f"create or replace view home as select source, record_key, home from read_parquet([{files}])")
    else:
        engine.run("create or replace view home as select '' source, '' record_key, 0::bigint home where false")
    member = links.with_name("member.parquet")
    engine.to_parquet("select * from link_all", member, compression="snappy")
    engine.run(f"create or replace view member as select * from read_parquet('{quoted(member)}')")
    engine.run(_PERSON.format(next_id=next_id))
    engine.to_parquet(_LINKS.format(next_id=next_id), links)
    engine.to_parquet("select source, record_key, home from home anti join member using (source, record_key)", departed)
    engine.run(f"create or replace view link as select * from read_parquet('{quoted(links)}')")
    member.unlink()
    return max(next_id, 1 + int(engine.value("select coalesce(max(person_id), 0) from person_of")))
