"""SQL macros that turn what departments type into values: blanks, width, dates, check digits."""

from __future__ import annotations

from typing import Final

from canbao.bulk.cells import sent
from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, joined, literal, sql
from canbao.rules.spreadsheets import BLANKS

_FULL: Final = literal("".join(chr(0xFEE0 + code) for code in range(0x21, 0x7F)) + "\u3000")
_HALF: Final = literal("".join(chr(code) for code in range(0x21, 0x7F)) + " ")
_NOTHING: Final = literal("|无|-|--|—|/|NULL|null|Null|None|")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_SUM: Final = joined(
    " + ", [sql("v // {place} % 10 * {weight}", place=10 ** (16 - i), weight=w) for i, w in enumerate(_WEIGHTS)]
)
_DAY: Final = literal(r"^([0-9]{4})[-/.年]?([0-9]{1,2})(?:[-/.月]?([0-9]{1,2})日?)?月?(?:[ T][0-9:.]+)?$")


def _inked(code: SQL) -> SQL:
    """A character that is no blank; much cheaper than a pattern, and asked of every value."""
    return sql("{code} > 32 and {code} not in (160, 8203, 12288, 65279)", code=code)


MACROS: Final = (
    # Most values are plain and take the short way; the second half of each `case` is for the odd ones.
    sql(
        "tidy(t) as case when {first} and ascii(t) <> 39 and {last} then t else nullif(trim({sent}, {blanks}), '') end",
        first=_inked(sql("ascii(t)")), last=_inked(sql("ascii(right(t, 1))")), sent=sent(sql("t")), blanks=literal(BLANKS),
    ),
    # Not `t in (...)`: DuckDB makes a join of a long list, one for every column.
    sql(
        "filled(t) as case when strlen(t) > 4 then t when contains({nothing}, '|' || t || '|') then null else t end",
        nothing=_NOTHING,
    ),
    sql(
        "folded(t) as case when regexp_full_match(t, '[\\x20-\\x7e]*') then t else trim(translate(t, {full}, {half})) end",
        full=_FULL, half=_HALF,
    ),
    sql(
        "number_text(t) as case when regexp_full_match(t, '[0-9A-Z]+') then t"
        " else upper(regexp_replace(translate(t, {full}, {half}), '[\\s\\pZ\\pC''\"=]', '', 'g')) end",
        full=_FULL, half=_HALF,
    ),
    sql("number_of(t) as case when regexp_full_match(number_text(t), '0*') then null else filled(number_text(t)) end"),
    sql("date_text(t) as case when regexp_full_match(t, '[0 /.:-]*') then null else filled(t) end"),
    sql(
        "end_text(t) as case when regexp_full_match(t, '9999[-/.年]?12([-/.月]?31日?)?月?([ T].*)?') then null"
        " else date_text(t) end"
    ),
    sql("day_of(y, m, d) as try_cast(y || '-' || m || '-' || d as date)"),
    sql(
        "odd_day(t) as day_of(regexp_extract(t, {day}, 1), regexp_extract(t, {day}, 2),"
        " coalesce(nullif(regexp_extract(t, {day}, 3), ''), '1'))",
        day=_DAY,
    ),
    sql(
        "date_of(t) as case"
        " when t is null then null"
        " when regexp_full_match(t, '[0-9]{{8}}') then try_strptime(t, '%Y%m%d')::date"
        " when regexp_full_match(t, '[0-9]{{6}}') then try_strptime(t || '01', '%Y%m%d')::date"
        " when regexp_full_match(t, '[1-9][0-9]{{4}}') then date '1899-12-30' + t::integer"
        " else odd_day(ltrim(folded(t), '''')) end"
    ),
    sql("is_citizen(n) as regexp_full_match(n, '[0-9]{{17}}[0-9X]')"),
    sql("check_sum(v) as ({sum}) % 11", sum=_CHECK_SUM),
    sql("check_holds(n) as '10X98765432'[check_sum(try_cast(n[1:17] as bigint)) + 1] = n[18]"),
    sql("born(n) as case length(n) when 18 then n[7:14] else '19' || n[7:12] end"),
    sql("is_male(n) as case length(n) when 18 then n[17] else n[15] end in ('1', '3', '5', '7', '9')"),
)  # fmt: skip


def define(engine: DuckEngine) -> None:
    """Make the macros known to a session."""
    for macro in MACROS:
        engine.run(sql("create or replace macro {macro}", macro=macro))
