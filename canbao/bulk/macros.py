"""SQL macros that turn what departments type into values: blanks, width, dates, check digits."""

from __future__ import annotations

from typing import Final

from canbao.bulk.cells import sent
from canbao.bulk.engine import DuckEngine
from canbao.rules.spreadsheets import BLANKS

_FULL: Final = "".join(chr(0xFEE0 + code) for code in range(0x21, 0x7F)) + "\u3000"
_HALF: Final = "".join(chr(code) for code in range(0x21, 0x7F)) + " "
_NOTHING: Final = "|无|-|--|—|/|NULL|null|Null|None|"
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_SUM: Final = " + ".join(f"v // {10 ** (16 - i)} % 10 * {weight}" for i, weight in enumerate(_WEIGHTS))
_DAY: Final = r"^([0-9]{4})[-/.年]?([0-9]{1,2})(?:[-/.月]?([0-9]{1,2})日?)?月?(?:[ T][0-9:.]+)?$"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _inked(code: str) -> str:
    """A character that is no blank; much cheaper than a pattern, and asked of every value."""
    return f"{code} > 32 and {code} not in (160, 8203, 12288, 65279)"


MACROS: Final = (
    # Most values are plain and take the short way; the second half of each `case` is for the odd ones.
    f"tidy(t) as case when {_inked('ascii(t)')} and ascii(t) <> 39 and {_inked('ascii(right(t, 1))')} then t"
    f" else nullif(trim({sent('t')}, {_literal(BLANKS)}), '') end",
    # Not `t in (...)`: DuckDB makes a join of a long list, one for every column.
    f"filled(t) as case when strlen(t) > 4 then t when contains('{_NOTHING}', '|' || t || '|') then null else t end",
    f"folded(t) as case when regexp_full_match(t, '[\\x20-\\x7e]*') then t"
    f" else trim(translate(t, {_literal(_FULL)}, {_literal(_HALF)})) end",
    f"number_text(t) as case when regexp_full_match(t, '[0-9A-Z]+') then t"
    f" else upper(regexp_replace(translate(t, {_literal(_FULL)}, {_literal(_HALF)}), '[\\s\\pZ\\pC''\"=]', '', 'g')) end",
    "number_of(t) as case when regexp_full_match(number_text(t), '0*') then null else filled(number_text(t)) end",
    "date_text(t) as case when regexp_full_match(t, '[0 /.:-]*') then null else filled(t) end",
    "end_text(t) as case when regexp_full_match(t, '9999[-/.年]?12([-/.月]?31日?)?月?([ T].*)?') then null else date_text(t) end",
    "day_of(y, m, d) as try_cast(y || '-' || m || '-' || d as date)",
    f"odd_day(t) as day_of(regexp_extract(t, '{_DAY}', 1), regexp_extract(t, '{_DAY}', 2),"
    f" coalesce(nullif(regexp_extract(t, '{_DAY}', 3), ''), '1'))",
    "date_of(t) as case"
    " when t is null then null"
    " when regexp_full_match(t, '[0-9]{8}') then try_strptime(t, '%Y%m%d')::date"
    " when regexp_full_match(t, '[0-9]{6}') then try_strptime(t || '01', '%Y%m%d')::date"
    " when regexp_full_match(t, '[1-9][0-9]{4}') then date '1899-12-30' + t::integer"
    " else odd_day(ltrim(folded(t), '''')) end",
    "is_citizen(n) as regexp_full_match(n, '[0-9]{17}[0-9X]')",
    f"check_sum(v) as ({_CHECK_SUM}) % 11",
    "check_holds(n) as '10X98765432'[check_sum(try_cast(n[1:17] as bigint)) + 1] = n[18]",
    "born(n) as case length(n) when 18 then n[7:14] else '19' || n[7:12] end",
    "is_male(n) as case length(n) when 18 then n[17] else n[15] end in ('1', '3', '5', '7', '9')",
)


def define(engine: DuckEngine) -> None:
    """Make the macros known to a session."""
    for macro in MACROS:
        engine.run(f"create or replace macro {macro}")
