"""`rules.village_choice.choose` over all people: the best village of each, how far it is ahead, and what that proved to be worth."""

from __future__ import annotations

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import cases, literal, sql
from canbao.rules.village_choice import FAMILY, MOST_BITS, STEPS_OF_A_BIT, Evidence

_FAMILY = cases(sql("p.evidence"), {evidence: literal(family) for evidence, family in FAMILY.items()})
_ORDER = cases(sql("p.evidence"), {evidence: place for place, evidence in enumerate(Evidence)})

# worth(evidence, band, right_share): from the last learning of the whole city.
_CHOSEN = sql(
    """
create or replace table chosen as
with best as (
    select p.rid, p.town, p.village, p.evidence, p.in_village, p.people, w.right_share, {order} as place,
        greatest(0, least({most}, log2(w.right_share / (1 - w.right_share)))) as bits
    from piece p join worth w using (evidence, band)
    qualify row_number() over (partition by p.rid, p.village, {family} order by w.right_share desc, {order}, p.people desc) = 1
), scored as (
    select rid, town, village, sum(bits) as score,
        arg_min(struct_pack(e := evidence, i := in_village, n := people), (evidence = {phrase}, -right_share, place)) as strongest
    from best group by all
), ranked as (
    select *, row_number() over (partition by rid order by score desc, village) as rank,
        lead(score, 1, 0) over (partition by rid order by score desc, village) as rest
    from scored
)
select rid, town, village, least(trunc(({steps}) * (score - rest)), {most} * 2 * {steps})::integer as ahead,
    strongest.e as evidence, strongest.i as in_village, strongest.n as people
from ranked where rank = 1
""",
    order=_ORDER,
    phrase=literal(Evidence.PHRASE),
    family=_FAMILY,
    most=MOST_BITS,
    steps=STEPS_OF_A_BIT,
)

PROVED = sql(
    """
select c.town, c.ahead, count(*) as people, count(*) filter (c.village = k.village) as was_right
from chosen c join judged k using (rid) group by all order by all
"""
)
"""By town and lead: answers about records whose village is known, and how many were right."""


def choose(engine: DuckEngine) -> None:
    """Make table chosen from `piece` and `worth`."""
    engine.run(_CHOSEN)
