"""Weigh every pair: the SQL twin of `rules.matching.score`, its names compared by `rules.names.compare`."""

from __future__ import annotations

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.entries import check_char
from canbao.bulk.matching.units import WEAK_FROM
from canbao.rules import matching as m
from canbao.rules.names import NameLevel, compare, is_placeholder

# What the other side of each pair shows: a strong unit's entries, or a weak unit's evidence.
_OTHER_EVIDENCE = f"""
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
    union all select other, 'L', own.source from own where source in {m.LISTS_ONCE!r}
) where value is not null
union all
select unit, kind, value from weak_evidence semi join wanted on wanted.other = weak_evidence.unit
"""

_SHARED = """
create or replace table shared as
select p.unit, p.other,
    bool_or(v.kind = 'T') town, bool_or(v.kind = 'D') district,
    (bool_or(v.kind = 'P'))::int + (bool_or(v.kind = 'A'))::int homes,
    bool_or(v.kind = 'N') person_no, bool_or(v.kind = 'C') card, bool_or(v.kind = 'B') certificate,
    bool_or(v.kind = 'M') mother, bool_or(v.kind = 'L') same_list,
    bool_or(v.kind = 'S') same_source
from pair p join weak_evidence v using (unit) join other_evidence o on o.other = p.other and o.kind = v.kind and o.value = v.value
group by p.unit, p.other
"""

_HAS_AREA = """
create or replace table has_area as
select distinct unit as id from weak_evidence where kind = 'D' union select distinct other from other_evidence where kind = 'D'
"""

_CERTIFIED = """
create or replace table certified as
select distinct unit as id from weak_evidence where kind = 'B' union select distinct other from other_evidence where kind = 'B'
"""

# Several certificates for one mother and day: twins.
_MULTIPLE = """
create or replace table multiple as
with born as (
    select w.unit, e.mother_number, e.birth, e.birth_certificate from entry e join weak_entry w using (source, record_key)
    where e.mother_number is not null and e.birth is not null and e.birth_certificate is not null
)
select distinct unit as id from born join (
    select mother_number, birth from born group by all having count(distinct birth_certificate) > 1) using (mother_number, birth)
"""

_NAME_PAIRS = f"""
create or replace table name_pair as
select distinct p.unit, p.other, n.key a, o.key b from pair p join weak_name n using (unit)
join strong_name o on o.n17 = p.other where p.other < {WEAK_FROM}
union
select distinct p.unit, p.other, n.key a, o.key b from pair p join weak_name n using (unit)
join weak_name o on o.unit = p.other where p.other >= {WEAK_FROM}
"""

# Rarity counts the strong holders of the name, as `rules.matching.rarity` wants it.
_RARITY = f"""
create or replace table rarity as
select key, least({m.NAME_BITS_MAX}, greatest({m.NAME_BITS_MIN}, log2(greatest(people, 2) / greatest(holders, 1)))) bits
from (select key, count(s.n17) holders from (select distinct key from weak_name) left join strong s using (key) group by key),
    (select (select count(*) from strong) + (select count(*) from weak) people)
"""

_NEAR = (
    "case when w.birth = o.birth then 'SAME'"
    " when (year(w.birth) = year(o.birth))::int + (month(w.birth) = month(o.birth))::int + (day(w.birth) = day(o.birth))::int = 2"
    " or (year(w.birth) = year(o.birth) and month(w.birth) = day(o.birth) and day(w.birth) = month(o.birth)) then 'NEAR'"
    " when w.birth is null or o.birth is null then 'UNKNOWN' else 'OTHER' end"
)
_FULL = f"(p.other::varchar || {check_char('p.other')})"


def _slips(a: str, b: str) -> str:
    """`rules.matching.numbers_near` in SQL: the slips between two numbers, the shorter perhaps in the old form."""

    def as_old(short: str, long: str) -> str:
        old_form = f"({long}[1:6] || {long}[9:17])"
        return (
            f"case when length({short}) <= {m.OLD_FORM_MOST} and length({long}) = 18"
            f" then damerau_levenshtein({short}, {old_form}) else 99 end"
        )

    return f"least(damerau_levenshtein({a}, {b}), {as_old(a, b)}, {as_old(b, a)})"


_NUMBER = f"""case
    when p.repaired then 'REPAIRED'
    when regexp_full_match(w.number, '{m.HOME_RETURN_PERMIT}') and p.other < {WEAK_FROM // 10 * 7} then 'FAR'
    when not w.citizen_like then 'NONE'
    when p.other < {WEAK_FROM} then case when {_slips("w.number", _FULL)} <= 2 then 'CLOSE' else 'FAR' end
    when not o.citizen_like then 'NONE'
    when w.number = o.number then case when w.kind = 'S' then 'NONE' else 'REPAIRED' end
    when {_slips("w.number", "o.number")} <= 2 then 'CLOSE'
    else 'FAR' end"""

_AGREEMENT = f"""
create or replace table agreement as
select p.unit, p.other, l.level as name, l.unnamed, r.bits as name_bits, {_NUMBER} as number, {_NEAR} as birth,
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
"""


_MAY_LINK = (
    "certificate or person_no or card or case when number = 'REPAIRED' then name <> 'DIFFERENT'"
    " else name not in ('PART', 'DIFFERENT') and birth <> 'OTHER' and sex <> 'OTHER' and not other_certificate"
    " and not (disputed and (homes = 0 or same_list)) and not (multiple_birth and (unnamed or name <> 'SAME'))"
    " and not (unnamed and same_source) and (not same_list or name = 'SAME') end"
)


def build(engine: DuckEngine) -> None:
    """Make table weighed(unit, other, …, bits) from table pair."""
    for step in (_OTHER_EVIDENCE, _SHARED, _HAS_AREA, _CERTIFIED, _MULTIPLE, _NAME_PAIRS, _RARITY):
        engine.run(step)
    _compare_names(engine)
    engine.run(_AGREEMENT)
    engine.run(
        f"create or replace table weighed as select *, round({_bits()}, 6) as bits, {_MAY_LINK} as may_link from agreement"
    )


def _compare_names(engine: DuckEngine) -> None:
    """Table name_level(unit, other, level): the best level over all spellings of both sides, real names first."""
    pairs = engine.rows("select distinct a, b from name_pair order by a, b")
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
    order = ", ".join(f"'{level}'" for level in NameLevel)
    engine.run(
        "create or replace table name_level as select unit, other, [" + order + "][coalesce("
        f"min(list_position([{order}], level)) filter (not unnamed), min(list_position([{order}], level)))] as level,"
        " bool_and(unnamed) as unnamed from name_pair join compared using (a, b) group by unit, other"
    )
    engine.unregister("compared")


def _choose(column: str, values: dict[str, float]) -> str:
    cases = " ".join(f"when '{key}' then {value}" for key, value in values.items())
    return f"case {column} {cases} else 0.0 end"


def _bits() -> str:
    """`rules.matching.score` as one SQL expression."""
    level = _choose("name", {str(k): v for k, v in m.NAME_BITS.items()})
    name = f"case when name in ('SAME', 'HOMOPHONE') then name_bits + {level} else {level} end"
    near = {"SAME": m.BIRTH_SAME, "NEAR": m.BIRTH_NEAR, "OTHER": m.BIRTH_OTHER}
    given = {"SAME": m.BIRTH_SAME_GIVEN_NUMBER, "NEAR": m.BIRTH_NEAR_GIVEN_NUMBER, "OTHER": m.BIRTH_OTHER_GIVEN_NUMBER}
    repaired = f"{m.NUMBER_REPAIRED} + {_choose('birth', given)} + " + _choose(
        "sex", {"SAME": m.SEX_SAME_GIVEN_NUMBER, "OTHER": m.SEX_OTHER}
    )
    plain = (
        f"{_choose('birth', near)} + {_choose('sex', {'SAME': m.SEX_SAME, 'OTHER': m.SEX_OTHER})}"
        f" + {_choose('number', {'CLOSE': m.NUMBER_CLOSE, 'FAR': m.NUMBER_FAR})}"
    )
    return (
        f"{name} + case when number = 'REPAIRED' then {repaired} else {plain} end"
        f" + {_choose('area', {'SAME': m.TOWN_SAME, 'NEAR': m.DISTRICT_SAME, 'OTHER': m.AREA_OTHER})}"
        f" + [0.0, {m.HOME_SAME}, {m.HOME_SAME_TWICE}][least(homes, 2) + 1]"
        f" + {m.PERSON_NO_SAME} * person_no::int + {m.CARD_SAME} * card::int + {m.MOTHER_SAME} * mother::int"
        f" + {m.CERTIFICATE_SAME} * certificate::int + {m.SAME_LIST} * same_list::int"
        f" + {m.SAME_SOURCE} * (same_source and not same_list and not person_no)::int"
    )
