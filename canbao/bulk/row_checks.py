"""What is wrong with a row as it was understood: conditions in SQL, each with the code that `sources.reasons` has words for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from canbao.bulk.readings import Spellings
from canbao.bulk.sources import Column, SourceMap
from canbao.bulk.sources.headers import OP
from canbao.bulk.sqltext import SQL, identifier, joined, literal, sql
from canbao.rules.columns import COLUMNS

EARLIEST: Final = date(1850, 1, 1)
YEARS_AHEAD: Final = 80
# What has happened when it is reported, and what it is called where it has not.
_PAST: Final = {
    "birth_date": "BIRTH_IN_FUTURE", "death_on": "DEATH_IN_FUTURE", "status_on": "IN_FUTURE", "moved_in_on": "IN_FUTURE",
}  # fmt: skip


def value_name(column: Column) -> SQL:
    """The column with the value that was understood of it."""
    return identifier(f"value {column.code}")


def _told(problems: Iterable[tuple[SQL, str]]) -> list[SQL]:
    """A code where its condition holds, each to go into a list."""
    return [sql("case when {condition} then {code} end", condition=c, code=literal(code)) for c, code in problems]


def _semicolons(texts: Sequence[SQL]) -> SQL:
    return sql("concat_ws(';', {texts})", texts=joined(", ", texts)) if texts else sql("''")


def held_cells(spellings: Sequence[Spellings]) -> SQL:
    """What the cells of a row are held for: codes with semicolons between them."""
    return _of_cells([(spelling, spelling.held) for spelling in spellings])


def told_cells(spellings: Sequence[Spellings]) -> SQL:
    """What is told of the cells of a row."""
    return _of_cells([(spelling, spelling.told) for spelling in spellings])


def _of_cells(said: Sequence[tuple[Spellings, SQL | None]]) -> SQL:
    return _semicolons(
        [
            sql("{column} || {code}", column=literal(f"{spelling.column.code}:"), code=code)
            for spelling, code in said
            if code is not None
        ]
    )


def reasons(known: Sequence[Column], *, as_of: date) -> SQL:
    """Why a row is not taken: codes with semicolons between them, "" for a sound one."""
    found = [
        (condition, f"{column.code}:{problem}") for column in known for condition, problem in _problems(column, as_of)
    ] + _of_two(known)
    return _semicolons([sql("nullif(held, '')"), *_told(found)])


def _problems(column: Column, as_of: date) -> list[tuple[SQL, str]]:
    found = []
    if column.filled:
        none = sql(
            "{value} is null and not contains(held, {code})", value=value_name(column), code=literal(f"{column.code}:")
        )
        found.append((none, "EMPTY"))
    if column.is_date:
        found += _date_problems(column, as_of)
    return found


def _of_two(known: Sequence[Column]) -> list[tuple[SQL, str]]:
    """What two cells of a row say against each other: an end before its beginning, a death before the birth."""
    by_name = {column.to: column for column in known}
    found = []
    for first, last, problem in (
        ("from_on", "until_on", "ENDS_BEFORE_BEGIN"),
        ("birth_date", "death_on", "DEATH_BEFORE_BIRTH"),
    ):
        if first in by_name and last in by_name:
            earlier = sql("{last} < {first}", last=value_name(by_name[last]), first=value_name(by_name[first]))
            found.append((earlier, f"{by_name[last].code}:{problem}"))
    if "death_on" in by_name and "doc_number" in by_name:
        number, death = value_name(by_name["doc_number"]), by_name["death_on"]
        unborn = sql(
            "{day} is not null and length({number}) = 18 and is_citizen({number}) and check_holds({number})"
            " and strftime({day}, '%Y%m%d') < born({number})",
            day=value_name(death), number=number,
        )  # fmt: skip
        found.append((unborn, f"{death.code}:DEATH_BEFORE_NUMBER"))
    return found


def _date_problems(column: Column, as_of: date) -> list[tuple[SQL, str]]:
    value = value_name(column)
    latest = sql("{day} + interval {years} year", day=literal(as_of), years=YEARS_AHEAD)
    outside = sql("{value} < {first} or {value} > {last}", value=value, first=literal(EARLIEST), last=latest)
    found = [(outside, "DATE_OUT_OF_RANGE")]
    if column.to in _PAST:
        future = sql("{value} > {day} and not {value} > {last}", value=value, day=literal(as_of), last=latest)
        found.append((future, _PAST[column.to]))
    return found


_NO_KEY: Final = sql("coalesce(nullif(held, ''), 'KEY:EMPTY_KEY')")


def judgement(kind: str) -> SQL:
    """A row without key says why it has none; a deletion needs its key only. A wrong mark of change hides no other fault."""
    whole = sql(
        "concat_ws(';', case when lost then 'ROW:UNREADABLE' end,"
        " case when length(record_key) > {longest} then 'KEY:KEY_TOO_LONG' end, nullif(faults, ''))",
        longest=COLUMNS["record_key"].longest,
    )
    none = _NO_KEY
    if kind == "delta":
        unknown = sql("case when op is null then {code} end", code=literal(f"{OP}:UNKNOWN_OP"))
        whole = sql(
            "case when op = 'D' then '' else concat_ws(';', {unknown}, nullif({whole}, '')) end",
            unknown=unknown, whole=whole,
        )  # fmt: skip
        none = sql("concat_ws(';', {unknown}, {none})", unknown=unknown, none=_NO_KEY)
    return sql("case when record_key is null then {none} else {whole} end", none=none, whole=whole)


def number_forms() -> SQL:
    """What a number looks like, told once per row; only identity cards are looked at."""
    return sql(
        """
        {own} as own, length(doc_number) as digits,
        {own} and length(doc_number) = 18 and is_citizen(doc_number) as citizen,
        {own} and length(doc_number) = 15 and regexp_full_match(doc_number, '[0-9]{{15}}') as old
    """,
        own=sql("coalesce(doc_type, '01') = '01'"),
    )


_BIRTH_DIFFERS: Final = sql("(citizen or old) and born(doc_number) <> strftime(birth_date, '%Y%m%d')")
_SEX_DIFFERS: Final = sql("(citizen or old) and sex in ('1', '2') and is_male(doc_number) <> (sex = '1')")
_NAME_DAMAGED: Final = sql(r"regexp_matches(name, '[?？\x{{FFFD}}\x{{E000}}-\x{{F8FF}}]')")


def warnings(source: SourceMap, tree: bool) -> SQL:
    """What is odd about a row that is taken all the same; tree: whether the codes of divisions are known."""
    number_wanted = any(column.to == "doc_number" and column.mandatory for column in source.columns)
    missing = sql("doc_number is null") if number_wanted else sql("doc_number is null and birth_certificate is null")
    found = [
        (missing, "NUMBER_MISSING"),
        (sql("own and digits not in (15, 18)"), "NUMBER_LENGTH"),
        (sql("own and digits in (15, 18) and not citizen and not old"), "NUMBER_FORM"),
        (sql("old"), "NUMBER_15"),
        (sql("citizen and not check_holds(doc_number)"), "CHECK_DIGIT"),
        (_BIRTH_DIFFERS, "BIRTH_DIFFERS"),
        (_SEX_DIFFERS, "SEX_DIFFERS"),
        (_NAME_DAMAGED, "NAME_DAMAGED"),
    ]
    if end := next((column for column in source.columns if column.to == "spell_to"), None):
        found.append((sql("spell_to < spell_from"), f"{end.code}:ENDS_BEFORE_BEGIN"))
    if any(column.to == "division" for column in source.columns):
        found.append((sql("division is null"), "DIVISION_MISSING"))
        if tree:
            found.append((sql("division is not null and known.code is null"), "DIVISION_UNKNOWN"))
    hints = sql("case when op is not distinct from 'D' then null else nullif(told, '') end")
    return _semicolons([hints, *_told(found)])
