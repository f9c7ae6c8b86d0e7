"""The conflicts a run found, one row each: kind, subject, the people and records concerned, the reason in words (A5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.numbers import births_near
from canbao.bulk.matching.units import WEAK_FROM
from canbao.bulk.sqltext import SQL, each, joined, literal, sql
from canbao.rules.division import CITY
from canbao.rules.match_labels import CaseKind, sentences
from canbao.rules.matching import Agreement, Near, NumberLink
from canbao.rules.names import NameLevel

NOBODY: Final = 0  # the person of a row of an explaining list, as long as nobody has said who it is about
_RECORDS = sql("list(l.source || ':' || l.record_key order by l.source, l.record_key)")

_SHARED_NUMBER = sql(
    """
select {kind} kind, holder as about,
    list(distinct l.person_id order by l.person_id) person_ids, {records} record_keys,
    '同一证件号码下有' || count(distinct e.key) || '种不能互相解释的姓名，' || count(distinct l.person_id)
        || '人分别保留，号码标为有争议' as reason
from (
    select 'N' || n17 as holder, e.key, e.source, e.record_key
    from entry e semi join (select n17 from holder where part > 0 and n17 is not null) h using (n17)
    union all
    select 'L' || loose_number, e.key, e.source, e.record_key
    from entry e semi join (select loose_number from holder where part > 0) h using (loose_number)
) e
join link l on l.source = e.source and l.record_key = e.record_key
group by holder
""",
    kind=literal(CaseKind.SHARED_NUMBER),
    records=_RECORDS,
)

_INVALID_NUMBER = sql(
    """
select {kind}, 'L' || w.number, list(distinct l.person_id order by l.person_id), {records},
    '证件号码校验不通过，也没有其他记录可以印证'
from weak w join weak_entry k using (unit) join link l on l.source = k.source and l.record_key = k.record_key
where w.kind = 'L' and w.citizen_like and l.band in ('alone', 'exact') and l.rule in ('NO_PARTNER', 'SAME_DOCUMENT')
group by w.number
""",
    kind=literal(CaseKind.INVALID_NUMBER),
    records=_RECORDS,
)

_MANY_NUMBERS = sql(
    """
select {kind}, l.source || ':' || l.person_id, [l.person_id], {records},
    '同一人在同一系统有' || count(distinct s.person_no) || '个有效的个人编号'
from listed s join link l using (source, record_key)
where s.scheme is not null and s.person_no is not null and s.enrol_status = '1'
group by l.source, l.person_id having count(distinct s.person_no) > 1
""",
    kind=literal(CaseKind.MANY_NUMBERS),
    records=_RECORDS,
)

_SHARED_PERSON_NO = sql(
    """
select {kind}, e.person_no, list(distinct l.person_id order by l.person_id), {records},
    '一个个人编号下有' || count(distinct l.person_id) || '个不同的人'
from entry e join link l using (source, record_key)
where e.person_no is not null and e.source not in ('police', 'health')
group by e.person_no having count(distinct l.person_id) > 1
""",
    kind=literal(CaseKind.SHARED_PERSON_NO),
    records=_RECORDS,
)

_DEAD_BUT_ACTIVE = sql(
    """
select {kind}, 'P' || w.id, [w.id], {records},
    '已登记死亡，仍有' || count(*) || '条正常参保记录'
from wanted_person w join link l on l.person_id = w.id join listed s on s.source = l.source and s.record_key = l.record_key
where (w.death_on is not null or w.hukou_status = 'DECEASED') and s.scheme is not null and s.enrol_status = '1'
group by w.id
""",
    kind=literal(CaseKind.DEAD_BUT_ACTIVE),
    records=_RECORDS,
)


# `rules.matching.names_holder`: a valid number stands against a birth date or a sex that is wrong, not against both. Of one number under one
# name the records stay one person's, and a clerk sees them.
_OTHER_FACTS = sql(
    """
select {kind}, 'C' || n17, list(distinct l.person_id order by l.person_id),
    list(l.source || ':' || l.record_key order by a.n17 is null, l.source, l.record_key),
    '证件号码有效，姓名相符，但有' || count(a.n17) || '条记录的出生日期和性别都与号码不符，可能是另一人用了这个号码'
from (select source, record_key, n17 from entry semi join against using (n17) anti join weak_entry k using (source, record_key)) e
left join against a using (source, record_key, n17) join link l using (source, record_key)
group by n17
""",
    kind=literal(CaseKind.OTHER_FACTS),
)
_AGAINST = sql(
    """
create or replace table against as
select source, record_key, n17 from (
    select source, record_key, n17, told_birth, sex, try_strptime((n17 // 1000 % 100000000)::varchar, '%Y%m%d')::date as number_birth
    from entry where n17 is not null and told_birth is not null and sex <> (2 - n17 % 2)::varchar)
anti join weak_entry k using (source, record_key)
where {near} = 'OTHER'
""",
    near=births_near(sql("told_birth"), sql("number_birth")),
)


def build(engine: DuckEngine, path: Path, records: Path) -> int:
    """Write every conflict to `path` and their source records to `records` (Parquet). Returns how many conflicts.

    Needs the tables of a finished run.
    """
    _explain_doubts(engine)
    engine.run(_AGAINST)
    engine.run(_CONFLICT)
    count = engine.to_parquet(_WITH_OFFICE, path)
    engine.to_parquet(_CASE_RECORDS, records)
    return count


# `rules.offices.common_office` on sets: the smallest and the largest path have in common what all have.
_OFFICE = sql(
    """
select subject, case when low = high then low
    when low[1:15] = high[1:15] then low[1:15]
    when low[1:6] = high[1:6] then low[1:6] else {city} end as office_path
from (
    select c.subject, min(coalesce(w.office_path, {city})) as low, max(coalesce(w.office_path, {city})) as high
    from (select subject, unnest(person_ids) as person_id from conflict) c
    left join wanted_person w on w.id = c.person_id
    group by c.subject
)
""",
    city=literal(CITY),
)

_WITH_OFFICE = sql(
    "select c.*, coalesce(o.office_path, {city}) as office_path from conflict c left join ({office}) o using (subject)",
    city=literal(CITY),
    office=_OFFICE,
)

SHOWN = (
    "name", "former_name", "doc_type", "doc_number", "sex", "birth_date", "division", "address", "phone", "person_no",
    "mother_number", "birth_certificate", "death_on", "from_on", "until_on", "extra",
)  # fmt: skip

_CASE_RECORDS = sql(
    """
with k as (
    select subject, unnest(record_keys) as record, unnest(range(1, len(record_keys) + 1)) as place from conflict
), parted as (
    select subject, place, split_part(record, ':', 1) as source, record[strpos(record, ':') + 1:] as record_key from k
)
select k.subject, k.place, coalesce(l.person_id, {nobody}) as person_id, k.source, k.record_key, to_json(struct_pack({facts}))::varchar as facts
from parted k left join link l using (source, record_key) join full_state s using (source, record_key)
""",
    nobody=NOBODY,
    facts=each("{name} := s.{name}", SHOWN),
)

_POSSIBLE_SAME = sql(
    """
select {kind}, list_aggregate(list_sort([a.first, b.first]), 'string_agg', '|'),
    list_sort([a.person_id, b.person_id]), list_concat(a.records, b.records), t.reason
from doubt_reason t
join side a on a.id = t.unit join side b on b.id = t.other
where a.person_id <> b.person_id
""",
    kind=literal(CaseKind.POSSIBLE_SAME),
)

_LISTED_PERSON = sql(
    """
select {kind}, r.source || ':' || r.record_key || '|' || s.first, [s.person_id],
    list_concat([r.source || ':' || r.record_key], s.records), t.reason
from list_reason t join list_row r using (row) join side s on s.id = t.unit
""",
    kind=literal(CaseKind.LISTED_PERSON),
)

_CONFLICTS = (
    _SHARED_NUMBER, _INVALID_NUMBER, _MANY_NUMBERS, _SHARED_PERSON_NO, _DEAD_BUT_ACTIVE, _OTHER_FACTS, _POSSIBLE_SAME, _LISTED_PERSON,
)  # fmt: skip
_CONFLICT = sql(
    "create or replace table conflict as select c.kind, md5(c.kind || '|' || c.about) as subject, c.person_ids,"
    " c.record_keys[1:40] as record_keys, c.reason from ({union}) c",
    union=joined(" union all ", [sql("({query})", query=query) for query in _CONFLICTS]),
)

_SIDE = sql(
    """
create or replace table side as
with wanted as (select unit as id from doubt union select other from doubt union select unit from list_doubt), record as (
    select k.unit as id, k.source, k.record_key from weak_entry k semi join wanted w on w.id = k.unit
    union all
    select e.n17, e.source, e.record_key from entry e semi join (select id from wanted where id < {weak_from}) w on w.id = e.n17
    anti join weak_entry k on k.source = e.source and k.record_key = e.record_key
)
select r.id, min(l.person_id) person_id, min(l.source || ':' || l.record_key) as first,
    list(l.source || ':' || l.record_key order by l.source, l.record_key)[1:20] as records
from record r join link l using (source, record_key) group by r.id
""",
    weak_from=WEAK_FROM,
)

_SEEN = sql(
    "name, name_bits, number, birth, sex, area, homes, person_no, card, mother, certificate,"
    " same_list, same_source, other_certificate, multiple_birth, disputed, unnamed"
)


_UNSURE: Final = "证据不足以自动认定名单所说就是此人"
_DIED_TWICE: Final = "名单中另一行已用于此人，死亡日期不同：认定是此人的，以这一行的日期为准"


def _explain_doubts(engine: DuckEngine) -> None:
    engine.run(_SIDE)
    doubts = sql("select unit, other, {seen} from doubt", seen=_SEEN)
    _load_reasons(engine, "doubt_reason", ("unit", "other"), _reasons(engine, doubts, "证据不足以自动合并"))
    rows = sql("select row, unit, {seen} from list_doubt", seen=_SEEN)
    unsure = sql("{rows} anti join died_twice using (row)", rows=rows)
    twice = sql("{rows} semi join died_twice using (row)", rows=rows)
    reasons = chain(_reasons(engine, unsure, _UNSURE), _reasons(engine, twice, _DIED_TWICE))
    _load_reasons(engine, "list_reason", ("row", "unit"), reasons)


def _load_reasons(engine: DuckEngine, name: str, ids: tuple[str, str], rows: Iterable[tuple[int, int, str]]) -> None:
    found = list(rows)
    kinds = ((ids[0], pa.int64()), (ids[1], pa.int64()), ("reason", pa.string()))
    columns = {column: pa.array([row[i] for row in found], kind) for i, (column, kind) in enumerate(kinds)}
    engine.load(name, pa.table(columns))


def _reasons(engine: DuckEngine, query: SQL, conclusion: str) -> Iterator[tuple[int, int, str]]:
    for one, other, name, bits, number, birth, sex, area, *rest in engine.rows(query):
        seen = Agreement(NameLevel(name), bits, NumberLink(number), Near(birth), Near(sex), Near(area), *rest)
        for_, against = sentences(seen)
        yield one, other, f"支持：{'、'.join(for_) or '无'}；反对：{'、'.join(against) or '无'}；{conclusion}"
