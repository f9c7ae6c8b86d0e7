"""What signs stand for: learnt from records that carry an address and a village, and how well each kind of evidence proves.

Tables this makes, for the people of table `resident` (id, household_no, office_path: without a village that was assigned here, scope,
hukou_division, hukou_address, home_division, home_address), their insurances in `insured` and what clerks told in `confirmed` (id, village):
`record`, a person's two addresses; `parsed`, `sign`; `learnt` (town, sign, text, village, people); `piece`, what points to a village.
A record is never judged by what its own household brought in, so that what is counted is what would be found for others.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, joined, literal, sql
from canbao.bulk.villages import signs
from canbao.rules.division import DivisionTree, Level
from canbao.rules.offices import AGENCY_PATH, TOWN_PATH
from canbao.rules.village_address import Sign, core
from canbao.rules.village_choice import PEOPLE_FROM, SHARES_FROM, Evidence


def load_villages(engine: DuckEngine, tree: DivisionTree, towns: Iterable[str]) -> None:
    """Table official(town, text, village), text "" where several villages of a town share it; and `town_names`."""
    wanted = set(towns)
    rows = [
        (version.code[:9], core(version.name), version.code)
        for version in tree.all_versions()
        if version.level is Level.VILLAGE and version.code[:9] in wanted
    ]
    columns: list[tuple[str, ...]] = list(zip(*dict.fromkeys(rows), strict=True)) if rows else [(), (), ()]
    names = ("town", "text", "village")
    engine.load("village", pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)}))
    engine.run(
        sql("create or replace table official as select town, text, min(village) village from village group by all"
            " having count(distinct village) = 1")
    )  # fmt: skip
    signs.load_names(engine, tree, wanted)


# rid: twice the person's number, one more for the second address. responsible: the address whose division decides the office.
_RECORD = sql(
    """
create or replace table record as
select r.*, coalesce(r.household_no, 'p' || r.id) as unit, v.village
from (
    select id * 2 as rid, id, household_no, 'H' as which, hukou_division as division, hukou_address as address,
        scope is not distinct from 'LOCAL_HUKOU' as responsible, office_path from resident
    union all
    select id * 2 + 1, id, household_no, 'R', home_division, home_address,
        scope is distinct from 'LOCAL_HUKOU', office_path from resident
) r left join (select distinct village from village) v on v.village = r.division
where r.address is not null or r.responsible
"""
)

# The town: of the code, else the one whose name stands behind the district in the address.
_TOWN = sql(
    """
create or replace table placed as
select r.rid, r.id, r.household_no, r.unit, r.which, r.responsible, r.address, r.village,
    r.responsible and length(r.office_path) in ({agency_path}, {town_path}) as is_target,
    coalesce(
        case when r.responsible and length(r.office_path) >= {town_path} then r.office_path[7:{town_path}] end,
        case when length(r.division) >= 9 then r.division[1:9] end,
        t.town) as town
from record r left join (
    select w.rid, case when count(distinct n.town) = 1 then min(n.town) end as town
    from (select rid, office_path, {alike} as alike from record r
        where responsible and length(office_path) = {agency_path}) w
    join town_names n on w.office_path in (n.town[1:6], n.agency)
        and (len(list_filter(n.towns, lambda t: starts_with(w.alike, t))) > 0
            or len(list_filter(n.districts, lambda d: list_bool_or(list_transform(n.towns, lambda t: starts_with(w.alike, d || t))))) > 0)
    group by w.rid) t using (rid)
""",
    agency_path=AGENCY_PATH,
    town_path=TOWN_PATH,
    alike=signs.written_alike(sql("r.address")),
)

_PARSED = sql(
    "create or replace table parsed as {parts}",
    parts=signs.parts(
        sql(
            "select * from ({rows})",
            rows=signs.below_town(
                sql("select * from placed where town is not null"),
                sql("rid, id, household_no, unit, which, responsible, village, is_target, town"),
            ),
        )
    ),
)

# A clerk's word holds for the responsible address, before any code.
_KNOWN = sql(
    """
create or replace table known as
select p.rid, p.id, p.household_no, p.unit, p.which, p.town, p.door, p.responsible, p.is_target,
    coalesce(c.village, p.village) as village
from parsed p left join confirmed c on c.id = p.id and p.responsible
where coalesce(c.village, p.village)[1:9] = p.town
"""
)

_LEARNT = sql(
    """
create or replace table learnt as
select s.town, s.sign, s.text, k.village, count(distinct k.id) as people
from sign s join known k using (rid) group by all
"""
)

# What each unit brought in itself.
_OWN = sql(
    """
create or replace table own_share as
select k.unit, s.town, s.sign, s.text, k.village, count(distinct k.id) as people
from sign s join known k using (rid) group by all
"""
)

_BY_SIGNS = sql(
    """
select rid, town, sign as evidence, arg_max(village, (people, village)) as village, max(people) as in_village, sum(people) as people
from (
    select s.rid, s.town, s.sign, s.text, l.village, l.people - coalesce(o.people, 0) as people
    from sign s join parsed p using (rid) join learnt l on (l.town, l.sign, l.text) = (s.town, s.sign, s.text)
    left join own_share o on (o.unit, o.town, o.sign, o.text, o.village) = (p.unit, s.town, s.sign, s.text, l.village)
    where p.responsible
) where people > 0
group by rid, town, sign, text
"""
)

_BY_NAME = sql(
    """
select s.rid, s.town, case s.sign when {name} then {official} else {start} end, f.village, 0, 0
from sign s join parsed p using (rid) join official f on (f.town, f.text) = (s.town, s.text)
where p.responsible and s.sign in ({name}, {phrase})
""",
    name=literal(Sign.NAME),
    phrase=literal(Sign.PHRASE),
    official=literal(Evidence.OFFICIAL),
    start=literal(Evidence.OFFICIAL_START),
)

_BY_OWN = sql(
    """
select p.rid, p.town, case when p.door = '' or k.door = '' then {unknown} when p.door = k.door then {same} else {other} end,
    k.village, 0, 0
from parsed p join known k on k.id = p.id and k.rid <> p.rid and k.town = p.town where p.responsible
""",
    unknown=literal(Evidence.OWN_UNKNOWN),
    same=literal(Evidence.OWN_SAME),
    other=literal(Evidence.OWN_OTHER),
)

# Of the household the records of the other kind: where one member's address of this kind has a village, all of them have.
_BY_HOUSE = sql(
    """
select rid, town, case when same then {same} else {house} end, arg_max(village, (people, village)), max(people), sum(people)
from (
    select p.rid, p.town, p.door <> '' and p.door = k.door as same, k.village, count(distinct k.id) as people
    from parsed p join known k on k.household_no = p.household_no and k.id <> p.id and k.which <> p.which and k.town = p.town
    where p.responsible group by all)
group by rid, town, same
""",
    same=literal(Evidence.HOUSE_SAME),
    house=literal(Evidence.HOUSE),
)


# insured(person_id, village, rows): in which villages the insurances of each person are registered.
_INSURED = sql(
    """
select p.rid, p.town, {own}, arg_max(i.village, (i.rows, i.village)), max(i.rows), sum(i.rows)
from parsed p join insured i on i.person_id = p.id and i.village[1:9] = p.town where p.responsible group by p.rid, p.town
union all
select rid, town, {house}, arg_max(village, (people, village)), max(people), sum(people)
from (
    select p.rid, p.town, i.village, count(distinct i.person_id) as people
    from parsed p join (select distinct id, household_no, town from placed) k
        on k.household_no = p.household_no and k.town = p.town and k.id <> p.id
    join insured i on i.person_id = k.id and i.village[1:9] = p.town where p.responsible group by all)
group by rid, town
""",
    own=literal(Evidence.OWN_INSURED),
    house=literal(Evidence.HOUSE_INSURED),
)


def band_sql(people: SQL, in_village: SQL) -> SQL:
    """`rules.village_choice.band`."""
    many = [sql("when {people} >= {least} then {place}", people=people, least=least, place=place)
            for place, least in reversed(list(enumerate(PEOPLE_FROM)))]  # fmt: skip
    share = [sql("when {part} / {people} >= {least} then {place}", part=in_village, people=people, least=least, place=place)
             for place, least in enumerate(SHARES_FROM)]  # fmt: skip
    return sql(
        "case when {people} = 0 then '' else (case {many} end) || '-' || (case {share} end) end",
        people=people, many=joined(" ", many), share=joined(" ", share),
    )  # fmt: skip


_PIECE = sql(
    """
create or replace table piece as
select *, {band} as band from (
    select rid, town, evidence, village, in_village::bigint as in_village, people::bigint as people
    from ({signs} union all {name} union all {own} union all {house} union all {insured}))
""",
    band=band_sql(sql("people"), sql("in_village")),
    signs=_BY_SIGNS,
    name=_BY_NAME,
    own=_BY_OWN,
    house=_BY_HOUSE,
    insured=_INSURED,
)


def learn(engine: DuckEngine) -> None:
    """Make the tables from `resident`, `confirmed`, `village` and `official`."""
    for statement in (_RECORD, _TOWN, _PARSED):
        engine.run(statement)
    engine.run(
        sql(
            "create or replace table sign as select distinct rid, town, sign, text from ({s})",
            s=signs.signs(sql("parsed")),
        )
    )
    for statement in (_KNOWN, _LEARNT, _OWN, _PIECE):
        engine.run(statement)
