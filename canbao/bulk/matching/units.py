"""From entries to units: one strong unit per valid number in use, one weak unit per lesser clue.

Weak units (damaged, old, foreign or no number, or the second holder of a shared one) look for a strong unit to join.
Tables made: strong(n17, key, birth, sex), weak(unit, …), weak_entry(source, record_key, unit), unit_name(unit, key).
"""

from __future__ import annotations

from itertools import groupby

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.entries import check_char
from canbao.bulk.matching.numbers import citizen_like, may_be_one
from canbao.bulk.sqltext import SQL, literal, literals, sql
from canbao.rules.fillers import crowded_from
from canbao.rules.holders import NameUse, partition
from canbao.rules.matching import LISTS_ONCE
from canbao.rules.names import PLACEHOLDER

WEAK_FROM = 10**17  # strong units carry their 17 digits as key, weak ones a number above all of these

_NUMBERS = sql("""
create or replace table number_use as
select n17, count(*) filter (not old) full_rows, min(key) k1, max(key) k2
from entry where n17 is not null group by n17
""")

# Every spelling under a number or document that has more than one.
_SPELLINGS = sql("""
create or replace table spelling as
with crowded as (
    select 'N' || n17 as holder, n17, e.key, source, told_birth, former_key, phone, card_no, home_of(address, district) as home, person_no, record_key
    from entry e join (select n17 from number_use where k1 <> k2) using (n17)
    union all
    select 'L' || loose_number, null, e.key, source, told_birth, former_key, phone, card_no, home_of(address, district) as home, person_no, record_key
    from entry e join (
        select loose_number from entry where loose_number is not null
        group by loose_number having min(key) <> max(key)) using (loose_number)
), token as (
    select holder, key, unnest(['p' || phone, 'c' || card_no, 'h' || home, 'n' || person_no]) as token from crowded
), kindred as (
    select holder, unnest(list(distinct key)) as key from token where token is not null
    group by holder, token having count(distinct key) > 1
)
select holder, any_value(n17) n17, key, count(distinct coalesce(person_no, source || ':' || record_key)) rows,
    bool_or(source = 'police') official,
    bool_or(told_birth = try_strptime((n17 // 1000 % 100000000)::varchar, '%Y%m%d')::date)
        filter (told_birth is not null) birth_fits,
    list(distinct former_key) filter (former_key is not null) former,
    list(distinct person_no) filter (person_no is not null) person_nos,
    (holder, key) in (select (holder, key) from kindred) kin
from crowded group by holder, key
""")

_TWINS = sql("""
create or replace table twin as
select s.holder, s.key from spelling s
join (select n17, k1 from number_use where k1 = k2 and full_rows > 0) o
  on o.k1 = s.key and o.n17 // 1000 = s.n17 // 1000 and o.n17 <> s.n17
group by s.holder, s.key
""")

_STRONG = sql("""
create or replace table strong as
select n.n17, coalesce(h.key, n.k1) as key,
    try_strptime((n.n17 // 1000 % 100000000)::varchar, '%Y%m%d')::date as birth,
    (2 - n.n17 % 2)::varchar as sex
from number_use n
left join holder h on h.n17 = n.n17 and h.part = 0 and h.head
where n.full_rows > 0
""")


def crowded_values(kind: str, column: str, value: SQL, *, within: SQL | None = None) -> SQL:
    """Rows (kind, value) of the values that too many people have (`rules.fillers.crowded_from`). within: a join that leaves few."""
    return sql(
        "select {kind} as kind, value from (select {value} as value, n17, key from entry where {value} is not null) {within}"
        " group by value having count(distinct coalesce(n17::varchar, key)) > {most}",
        kind=literal(kind), value=value, within=within or sql(""), most=crowded_from(column),
    )  # fmt: skip


# A certificate or a mother that many newborns have joins none of them; other values follow where they are compared (candidates).
_CROWDED = sql(
    "create or replace table crowded as {certificates} union all {mothers}",
    certificates=crowded_values("B", "birth_certificate", sql("birth_certificate")),
    mothers=crowded_values("M", "mother_number", sql("'m' || mother_number")),
)

# Documents and birth certificates under which all that is told may be one person's.
_DOCUMENTS = sql(
    """
create or replace table document_agrees as
select loose_number, coalesce(l.part, 0) as part from entry e left join holder l using (loose_number, key)
where e.loose_number is not null and e.sure group by all having {may_be_one}
""",
    may_be_one=may_be_one(),
)
_CERTIFICATES = sql(
    """
create or replace table certificate_agrees as
select birth_certificate from entry where birth_certificate is not null and n17 is null group by all
having {may_be_one} and count(distinct key) filter (not regexp_matches(key, {placeholder})) < 2
""",
    may_be_one=may_be_one(),
    placeholder=literal(PLACEHOLDER),
)

# How each remaining entry is grouped: by shared number's second holder, old number, other number, certificate, or alone.
_GROUPED = sql(
    """
create or replace table weak_grouped as
select e.source, e.record_key, e.key, e.former_key, e.birth, e.told_birth, e.sex, e.n17, e.old, e.loose_number, e.sure,
    case
        when e.n17 is not null and coalesce(h.part, 0) > 0 then concat_ws('|', '1S', e.n17, h.part)
        when e.n17 is not null then concat_ws('|', '2O', e.n17, coalesce(h.part, 0))
        when d.loose_number is not null then concat_ws('|', '3L', e.loose_number, coalesce(l.part, 0))
        when e.loose_number is not null and e.birth is not null and e.sex is not null
            then concat_ws('|', '3L', e.loose_number, coalesce(l.part, 0), e.birth::varchar, e.sex)
        when c.birth_certificate is not null and e.birth_certificate not in (select value from crowded where kind = 'B')
            then concat_ws('|', '4B', e.birth_certificate)
        when e.birth_certificate is not null and e.birth_certificate not in (select value from crowded where kind = 'B')
            then concat_ws('|', '4B', e.birth_certificate, e.key, coalesce(e.birth::varchar, ''), coalesce(e.sex, ''))
        when e.person_no is not null and e.source not in ({lists_once})
            then concat_ws('|', '5P', e.person_no, e.key, e.birth)
        else concat_ws('|', '6R', e.source, e.record_key)
    end as grouping,
    coalesce(h.twin, false) as twin
from entry e
left join strong s on s.n17 = e.n17
left join holder h on h.n17 = e.n17 and h.key = e.key
left join holder l on l.loose_number = e.loose_number and l.key = e.key
left join document_agrees d on e.sure and d.loose_number = e.loose_number and d.part = coalesce(l.part, 0)
left join certificate_agrees c on e.n17 is null and c.birth_certificate = e.birth_certificate
where s.n17 is null or coalesce(h.part, 0) > 0
""",
    lists_once=literals(LISTS_ONCE),
)

_WEAK_ENTRY = sql(
    """
create or replace table weak_entry as
select w.*, u.unit from weak_grouped w
join (select grouping, {weak_from} + row_number() over (order by grouping) as unit
      from (select distinct grouping from weak_grouped)) u using (grouping)
""",
    weak_from=WEAK_FROM,
)

# A second holder born on the number's own day may well be its owner: other numbers then speak against being him.
_OWN_NUMBER = sql(
    """case when bool_or(told_birth = try_strptime((n17 // 1000 % 100000000)::varchar, '%Y%m%d')::date)
                then min(n17::varchar || {check_of_n17}) end""",
    check_of_n17=check_char(sql("n17")),
)

_WEAK = sql(
    """
create or replace table weak as
select unit, any_value(grouping[2:2]) as kind,
    arg_min(key, (is_placeholder, -n, key)) as key,
    coalesce(mode_birth, mode_any_birth) as birth, mode_sex as sex,
    number,
    {citizen_like} as citizen_like
from (
    select unit, grouping, key, count(*) n,
        regexp_matches(key, {placeholder}) is_placeholder
    from weak_entry group by unit, grouping, key)
join (
    select unit,
        min(told_birth) filter (told_birth is not null) mode_birth,
        min(birth) filter (grouping[2:2] <> 'S' or twin) mode_any_birth,
        case when count(distinct sex) = 1 then min(sex) end mode_sex,
        case when any_value(grouping[2:2]) = 'S' then {own_number}
             else coalesce(min(loose_number), min(case when n17 is not null then left(n17::varchar, 6) || right(n17::varchar, 9) end)) end number
    from weak_entry group by unit) using (unit)
group by unit, mode_birth, mode_any_birth, mode_sex, number
""",
    citizen_like=citizen_like(sql("number")),
    placeholder=literal(PLACEHOLDER), own_number=_OWN_NUMBER,
)  # fmt: skip

_UNIT_NAME = sql("""
create or replace table weak_name as
select distinct unit, key from weak_entry
union select distinct unit, former_key from weak_entry where former_key is not null
""")


def build(engine: DuckEngine) -> None:
    """Make the unit tables from the view `entry`."""
    engine.run(_NUMBERS)
    engine.run(_SPELLINGS)
    engine.run(_TWINS)
    _part_spellings(engine)
    for step in (_STRONG, _CROWDED, _DOCUMENTS, _CERTIFICATES, _GROUPED, _WEAK_ENTRY, _WEAK, _UNIT_NAME):
        engine.run(step)


def _part_spellings(engine: DuckEngine) -> None:
    """Decide with `rules.matching.partition` which spellings under one number are one person."""
    query = sql(
        "select holder, n17, key, rows, official, birth_fits, kin, t.key is not null, coalesce(former, []),"
        " coalesce(person_nos, [])"
        " from spelling s left join twin t using (holder, key) order by holder, key"
    )
    rows = engine.rows(query)
    out: list[tuple[int | None, str | None, str, int, bool, bool]] = []
    for holder, group in groupby(rows, key=lambda row: row[0]):
        spellings = list(group)
        uses = [
            NameUse(key, rows, official, fits, kin, twin, frozenset(former), frozenset(nos))
            for _, _, key, rows, official, fits, kin, twin, former, nos in spellings
        ]
        parts = partition(uses)
        head = min((i for i, part in enumerate(parts) if part == 0), key=lambda i: uses[i].rank)
        for i, (row, part) in enumerate(zip(spellings, parts, strict=True)):
            loose = holder[1:] if row[1] is None else None
            out.append((row[1], loose, row[2], part, i == head, uses[i].held_elsewhere))
    names = ("n17", "loose_number", "key", "part", "head", "twin")
    kinds = (pa.int64(), pa.string(), pa.string(), pa.int32(), pa.bool_(), pa.bool_())
    columns = list(zip(*out, strict=True)) if out else [()] * len(names)
    table = pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
    engine.load("holder", table)
