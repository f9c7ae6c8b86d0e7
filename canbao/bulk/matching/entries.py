"""One narrow row per source record: number, name key, birth, sex, place and what people of one home share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, identifier, joined, literal, literals, parquet, parquet_union, sql
from canbao.rules.documents import identifies
from canbao.rules.fillers import NO_BIRTH, crowded_births, crowded_limit
from canbao.rules.homes import ADDRESS_END
from canbao.rules.matching import DEATHS, EXPLAINING
from canbao.rules.names import changed_characters, name_key
from canbao.rules.near_numbers import BIRTH_CERTIFICATE, ISSUE_MARK
from canbao.rules.shared_values import SHARED, evidence, is_near

FIRST_BIRTH, LAST_BIRTH = date(1880, 1, 1), date(2099, 12, 31)  # in the numbers of people who may be in a list
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

INPUT_COLUMNS = (
    "source", "record_key", "doc_type", "doc_number", "name", "former_name", "sex", "birth_date", "division", "phone",
    "address", "person_no", "card_no", "household_no", "birth_certificate", "mother_number",
)  # fmt: skip


# `rules.near_numbers.document_keys` in SQL; nearly all numbers are citizen numbers and pass the first test.
_DOCUMENT = {
    "doc_number": sql(
        """case when regexp_full_match(doc_number, '[0-9]{{17}}[0-9X]') then doc_number
        when regexp_full_match(doc_number, {certificate}) then null
        else regexp_replace(doc_number, {issue_mark}, '\\1\\2') end as doc_number""",
        certificate=literal(BIRTH_CERTIFICATE), issue_mark=literal(ISSUE_MARK),
    ),
    "birth_certificate": sql(
        """coalesce(birth_certificate,
        case when regexp_full_match(doc_number, {certificate}) then doc_number end) as birth_certificate""",
        certificate=literal(BIRTH_CERTIFICATE),
    ),
}  # fmt: skip


def build(engine: DuckEngine, states: Sequence[Path], entries: Path) -> int:
    """Read accepted states and write `entries` (Parquet, one row per record that adds a person). Returns the rows.

    Table list_row has the same of the rows of the explaining lists, with a number of their own, table list_death the days of deaths.
    """
    columns = joined(", ", [_DOCUMENT.get(name) or identifier(name) for name in INPUT_COLUMNS])
    every = sql("select {columns} from {files}", columns=columns, files=parquet_union(states))
    lists = literals(EXPLAINING)
    engine.run(sql("create or replace view state as {every}", every=every))
    engine.run(HOME_MACRO)
    _key_special_names(engine)
    _judge_lesser_numbers(engine)
    engine.run(sql("create or replace view state as {every} where source in ({lists})", every=every, lists=lists))
    engine.run(
        sql(
            "create or replace table list_row as select row_number() over (order by source, record_key) as row, * from ({rows})",
            rows=_ENTRY_SQL,
        )
    )
    engine.run(
        sql(
            "create or replace table list_death as select row, death_on from list_row"
            " join (select source, record_key, death_on from {files} where death_on is not null) using (source, record_key)"
            " where source = {deaths}",
            files=parquet_union(states), deaths=literal(DEATHS),
        )
    )  # fmt: skip
    engine.run(sql("create or replace view state as {every} where source not in ({lists})", every=every, lists=lists))
    rows = engine.to_parquet(_ENTRY_SQL, entries, compression="snappy")
    engine.run(sql("create or replace view entry as select * from {entries}", entries=parquet(entries)))
    _leave_out_crowded(engine, entries)
    return rows


def _leave_out_crowded(engine: DuckEngine, entries: Path) -> None:
    """What many have is filled in and says nothing: birth dates, and numbers under many names.

    The birth date of a valid number still does. Rows of the explaining lists count for numbers: there they are used as well.
    """
    births = crowded_births(
        dict(engine.rows(sql("select told_birth, count(*) from entry where told_birth is not null group by all")))
    )
    names = sql(
        "select loose_number, count(distinct key) as names from (select loose_number, key from entry union all"
        " select loose_number, key from list_row) where loose_number is not null group by all having names > {most}",
        most=crowded_limit("doc_number", 0),
    )
    numbers = [number for number, _ in engine.rows(names)]
    if not (births or numbers):
        return
    engine.load("crowded_birth", pa.table({"day": pa.array(sorted(births), pa.date32())}))
    engine.load("crowded_number", pa.table({"number": pa.array(sorted(numbers), pa.string())}))
    engine.run(sql("create or replace view entry as {rows}", rows=_without_crowded(parquet(entries))))
    engine.run(sql("create or replace table list_row as {rows}", rows=_without_crowded(sql("list_row"))))


def _without_crowded(rows: SQL) -> SQL:
    return sql(
        "select e.* replace (case when day is null then birth"
        " else try_strptime((n17 // 1000 % 100000000)::varchar, '%Y%m%d')::date end as birth,"
        " case when day is null then told_birth end as told_birth,"
        " case when number is null then loose_number end as loose_number, sure and number is null as sure)"
        " from {rows} e left join crowded_birth on day = told_birth left join crowded_number on number = loose_number",
        rows=rows,
    )


def _key_special_names(engine: DuckEngine) -> None:
    """Most names are their own key; only the others go through `rules.names`, each spelling once."""
    listed = "".join(c for c in changed_characters() if "\u4e00" <= c <= "\u9fff")
    query = sql(
        "select distinct n from (select name n from state union all"
        " select former_name from state where former_name is not null) where regexp_matches(n, {special})",
        special=literal(rf"[^\x{{4e00}}-\x{{9fff}}]|[{listed}]"),
    )
    names = engine.arrow(query)["n"].to_pylist()
    table = pa.table(
        {"spelt": pa.array(names, pa.string()), "as_key": pa.array([name_key(n) for n in names], pa.string())}
    )
    engine.load("special_name", table)


def _judge_lesser_numbers(engine: DuckEngine) -> None:
    """Numbers that are no valid citizen numbers are few: `rules.documents` says of each whether it identifies."""
    query = sql(
        "select distinct coalesce(doc_type, '') as doc_type, doc_number from state where doc_number is not null"
        " and not coalesce({valid}, false)",
        valid=_valid(sql("doc_number"), first=FIRST_BIRTH),
    )
    found = engine.arrow(query).to_pylist()
    kinds, numbers = ([row[name] for row in found] for name in ("doc_type", "doc_number"))
    pairs = list(zip(kinds, numbers, strict=True))
    table = pa.table(
        {
            "doc_type": pa.array(kinds, pa.string()),
            "doc_number": pa.array(numbers, pa.string()),
            "sure": pa.array([identifies(*pair) for pair in pairs], pa.bool_()),
            "near": pa.array([is_near(*pair) for pair in pairs], pa.bool_()),
        }
    )
    engine.load("lesser_number", table)


def weighing(column: str, value: SQL) -> SQL:
    """`rules.shared_values.weighs` as SQL: the value, or null where it says nothing."""
    patterns = evidence(column)
    tests = [
        sql("regexp_full_match({value}, {shape})", value=value, shape=literal(patterns.shape)),
        sql("not regexp_full_match({value}, {never})", value=value, never=literal(patterns.never)),
    ]
    if patterns.rounded:
        tests.append(
            sql(
                "(not regexp_full_match({value}, {rounded}) or coalesce({valid}, false))",
                value=value, rounded=literal(patterns.rounded), valid=_valid(value),
            )
        )  # fmt: skip
    return sql("case when {tests} then {value} end", tests=joined(" and ", tests), value=value)


def _valid(value: SQL, *, first: date = date(1850, 1, 1)) -> SQL:
    """Whether a value is a valid citizen number (`rules.identity.is_valid_citizen`) of somebody born from `first` on."""
    return sql(
        "regexp_full_match({value}, '[1-8][0-9]{{16}}[0-9X]') and {value}[18] = {check}"
        " and try_strptime({value}[7:14], '%Y%m%d') between {first} and date '2099-12-31'",
        value=value, check=check_char(sql("try_cast({value}[1:17] as bigint)", value=value)), first=literal(first),
    )  # fmt: skip


def weighted_sum(n17: SQL) -> SQL:
    """SQL for the weighted digit sum of GB 11643 over a 17-digit number."""
    digits = [
        sql("{weight} * (({n17} // {place}) % 10)", weight=weight, n17=n17, place=10 ** (16 - i))
        for i, weight in enumerate(_WEIGHTS)
    ]
    return joined(" + ", digits)


def check_char(n17: SQL) -> SQL:
    """SQL for the check character of a 17-digit number."""
    return sql("substr('10X98765432', (({sum}) % 11 + 1)::int, 1)", sum=weighted_sum(n17))


_BIRTH_OF = sql(
    "try_cast(concat_ws('-', b // 10000, lpad((b // 100 % 100)::varchar, 2, '0'), lpad((b % 100)::varchar, 2, '0'))"
    " as date)"
)
# `rules.homes` in SQL, of values in their normal form. Most phones are digits: the dear functions see the rest.
_PHONE = sql(
    "case when regexp_full_match(phone, '[0-9]+') then {phone}"
    " else case when {phone} is not null then nullif(regexp_replace(phone, '[^0-9]', '', 'g'), '') end end",
    phone=weighing("phone", sql("phone")),
)
# `rules.homes.home_key`, worked out only where an address can matter: it is the dearest of all columns.
HOME_MACRO = sql(
    """
create or replace macro home_of(address, district) as (
    select case when length(place.s) >= 2 then concat_ws('-', coalesce(district, ''), place.s, place.a, place.b, place.c) end
    from (select regexp_extract(replace(address, ' ', ''), {address_end}, ['s', 'a', 'b', 'c']) as place))
""",
    address_end=literal(ADDRESS_END),
)

_ENTRY_SQL = sql(
    """
with numbered as (
    select *,
        case when regexp_full_match(doc_number, '[1-9][0-9]{{16}}[0-9X]') then doc_number[1:17]::bigint
             when regexp_full_match(doc_number, '[1-9][0-9]{{14}}') then (doc_number[1:6] || '19' || doc_number[7:15])::bigint
        end num,
        coalesce(length(doc_number) = 15, false) is_old
    from state
), examined as (
    select *, num // 1000 % 100000000 as b,
        num is not null and (is_old or doc_number[18] = {check_of_num}) as checks
    from numbered
), dated as (
    select *, case when num is not null then {birth_of} end as number_birth from examined
)
select
    source, record_key,
    case when valid then num end as n17,
    valid and is_old as old,
    case when not valid and l.near then state_row.doc_number end as loose_number,
    not valid and coalesce(l.sure, false) as sure,
    coalesce(k.as_key, name) as key,
    coalesce(f.as_key, former_name) as former_key,
    coalesce(birth_date, case when plausible and (checks or not ends_with(state_row.doc_number, '000')) then number_birth end) as birth,
    birth_date as told_birth,
    coalesce(nullif(nullif(sex, '0'), '9'), case when valid then (2 - num % 2)::varchar end) as sex,
    case when length(division) >= 9 and division[7:9] <> '000' then division[1:9] end as town,
    division[1:6] as district,
    {phone} as phone,
    address,
    case when {person_no} is not null then source || ':' || person_no end as person_no,
    {card_no} as card_no, {household_no} as household_no, {birth_certificate} as birth_certificate, {mother_number} as mother_number
from (
    select *, plausible and checks as valid
    from (select *, coalesce(number_birth between {first_birth} and {last_birth}, false) and number_birth <> {no_birth} as plausible
        from dated)
) state_row
left join lesser_number l on l.doc_number = state_row.doc_number and l.doc_type = coalesce(state_row.doc_type, '')
left join special_name k on k.spelt = name
left join special_name f on f.spelt = former_name
""",
    check_of_num=check_char(sql("num")), birth_of=_BIRTH_OF, phone=_PHONE, first_birth=literal(FIRST_BIRTH), last_birth=literal(LAST_BIRTH),
    no_birth=literal(NO_BIRTH),
    **{name: weighing(name, sql("{name}", name=identifier(name))) for name in SHARED if name != "phone"},
)  # fmt: skip
