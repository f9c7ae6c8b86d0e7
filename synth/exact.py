"""The yardstick: everything with the same cleaned number is one person."""

import tempfile
from pathlib import Path

import duckdb

from synth.score import score
from synth.shape import MAIN_SOURCES

NUMBER_COLUMN = {"police": "公民身份号码", "health": "证件号码"}
KEY_COLUMN = {"police": "户籍人员编号", "health": "居民编号"}
WIDE = "".join(chr(code) for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)])
NARROW = "".join(chr(ord(char) - 0xFEE0) for char in WIDE)
BLANKS = "[\\s\\x{00a0}\\x{3000}'']"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _lengthened(number: str) -> str:
    """SQL for the 18 digits of a 15-digit number."""
    body = f"left({number}, 6) || '19' || right({number}, 9)"
    terms = " + ".join(f"{weight} * substr({body}, {at}, 1)::int" for at, weight in enumerate(WEIGHTS, 1))
    check = f"substr('10X98765432', 1 + ({terms}) % 11, 1)"
    return f"case when regexp_full_match({number}, '[0-9]{{15}}') then {body} || {check} else {number} end"


def _clean(column: str) -> str:
    return f"nullif(regexp_replace(upper(translate({column}, '{WIDE}', '{NARROW}')), '{BLANKS}', '', 'g'), '')"


def _extract(folder: Path, source: str) -> str:
    files = sorted(str(path) for path in (folder / source).glob(f"{source}_*"))
    reader = "read_parquet" if files[0].endswith("parquet") else "read_csv"
    options = (
        "" if reader == "read_parquet" else ", all_varchar = true, header = true, delim = ',', quote = '', escape = ''"
    )
    listed = ", ".join(f"'{name}'" for name in files)
    key = KEY_COLUMN.get(source, "AAC001 || AAE140")
    number = _clean(f'"{NUMBER_COLUMN.get(source, "AAC147")}"')
    columns = f"'{source}' as source, {key} as record_key, {number} as number"
    return f"select {columns} from {reader}([{listed}]{options})"


def exact_join(folder: Path, *, lengthen: bool = False) -> dict[str, object]:
    """Score of joining the main sources on the cleaned number; `lengthen` also turns 15 digits into 18."""
    present = [source for source in MAIN_SOURCES if (folder / source).exists()]
    rows = " union all ".join(_extract(folder, source) for source in present)
    number = _lengthened("number") if lengthen else "number"
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect(config={"memory_limit": "4GB"}) as base:
        links = Path(scratch) / "links.parquet"
        base.execute(
            f"copy (select source, record_key, coalesce({number}, source || record_key) as person_id, "
            f"'number' as rule, 'exact' as band from ({rows})) to '{links}' (format parquet)"
        ).fetchall()
        return score(links, folder / "truth.parquet")
