"""How many lines of a text do not fit its header, told before the set engine reads it.

The engine keeps each of them with a reason for every column that is missing: kilobytes and a tenth of a millisecond a line. A file of
some MB that is all such lines would take the memory of the machine and hours; one pass over its lines as they are costs seconds.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, joined, literal, path_literal, sql

FEWEST: Final = 50_000  # so many are read one by one, however few rows fit
SHARE: Final = 0.02  # of all lines; a batch of which more is refused is held anyway (sources/breakers.toml)
_NOT_IN_A_TEXT: Final = "\x02\x1d\x03\x1e"  # lines that have it are not counted as fitting
_BLANK: Final = r"""^[ \t\v\f"\x{a0}\x{3000}]*$"""


def too_many(engine: DuckEngine, text: Path, *, columns: int, delimiter: str, quotes: bool, lines: int) -> int:
    """The lines that do not fit (at least), where they are more than are read one by one; else 0. lines: how many the text has."""
    most = max(FEWEST, int(lines * SHARE))
    if lines <= most:
        return 0
    fitting, strays = _counted(engine, text, columns, delimiter, quotes)
    misfits = lines - fitting
    if not quotes or misfits <= most:
        return misfits if misfits > most else 0
    # A cell in quotation marks may hold line ends: its lines do not fit by themselves.
    misfits = strays + _records_of_other_width(text, columns, delimiter, most)
    return misfits if misfits > most else 0


def _counted(engine: DuckEngine, text: Path, columns: int, delimiter: str, quotes: bool) -> tuple[int, int]:
    """Lines that fit or are blank, and those of another form because of a quotation mark that ends no cell."""
    sign = literal(delimiter)
    bare = _bare(delimiter) if quotes else sql("line")
    has_width = sql(  # a delimiter at the end of the line says nothing
        "length({bare}) - length(replace({bare}, {sign}, '')) - (suffix({bare}, {sign}) and length({bare})"
        " - length(replace({bare}, {sign}, '')) = {columns})::int = {columns} - 1", sign=sign, columns=columns, bare=bare,
    )  # fmt: skip
    is_blank = sql("regexp_matches(replace(line, {sign}, ''), {blank})", sign=sign, blank=literal(_BLANK))
    row = engine.rows(
        sql(
            "select count(*) filter (where ({width} or {blank}) and not {stray}), count(*) filter (where {stray})"
            " from read_csv({text}, auto_detect = false, header = false, delim = {apart}, quote = '', escape = '',"
            " new_line = '\\n', encoding = 'utf-8', max_line_size = 1000000, columns = {{{column}}}, ignore_errors = true)",
            width=has_width, blank=is_blank, stray=_stray(delimiter) if quotes else sql("false"), text=path_literal(text),
            apart=literal(_NOT_IN_A_TEXT), column=joined(", ", [sql("line: 'VARCHAR'")]),
        )
    )[0]  # fmt: skip
    return int(row[0]), int(row[1])


def _bare(delimiter: str) -> SQL:
    """The line without its cells in quotation marks, which may hold delimiters; what has no end on the line stays."""
    return sql(
        """case when contains(line, '"') then regexp_replace(line, {pattern}, '\\1', 'g') else line end""",
        pattern=literal(rf'(^|\x{{{ord(delimiter):x}}})(?:"[^"]*")+'),
    )


def _stray(delimiter: str) -> SQL:
    pattern = rf'(^|\x{{{ord(delimiter):x}}})"[^"]*"[^"\x{{{ord(delimiter):x}}}]'
    return sql("""(contains(line, '"') and regexp_matches(line, {pattern}))""", pattern=literal(pattern))


def _records_of_other_width(text: Path, columns: int, delimiter: str, most: int) -> int:
    """Counted as far as is needed. A cell without end is as bad as all the lines it swallows."""
    found = 0
    with text.open(encoding="utf-8", newline="") as handle:
        try:
            for cells in csv.reader(handle, delimiter=delimiter):
                found += bool(cells) and len(cells) - (len(cells) > columns and not cells[-1]) != columns
                if found > most:
                    break
        except csv.Error:
            found += sum(1 for _ in handle)
    return found
