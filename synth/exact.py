"""The yardstick: everything with the same cleaned number is one person."""

import tempfile
from pathlib import Path

from canbao.bulk.engine import DuckEngine
from canbao.bulk.sqltext import SQL, identifier, joined, literal, path_literal, sql
from synth.score import score
from synth.shape import MAIN_SOURCES

NUMBER_COLUMN = {"police": "公民身份号码", "health": "证件号码"}
KEY_COLUMN = {"police": "户籍人员编号", "health": "居民编号"}
WIDE = "".join(chr(code) for code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)])
NARROW = "".join(chr(ord(char) - 0xFEE0) for char in WIDE)
BLANKS = "[\\s\\x{00a0}\\x{3000}']"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _lengthened(number: SQL) -> SQL:
    """SQL for the 18 digits of a 15-digit number."""
    body = sql("left({number}, 6) || '19' || right({number}, 9)", number=number)
    terms = [
        sql("{weight} * substr({body}, {at}, 1)::int", weight=weight, body=body, at=at)
        for at, weight in enumerate(WEIGHTS, 1)
    ]
    return sql(
        "case when regexp_full_match({number}, '[0-9]{{15}}')"
        " then {body} || substr('10X98765432', 1 + ({terms}) % 11, 1) else {number} end",
        number=number,
        body=body,
        terms=joined(" + ", terms),
    )


def _clean(column: SQL) -> SQL:
    return sql(
        "nullif(regexp_replace(upper(translate({column}, {wide}, {narrow})), {blanks}, '', 'g'), '')",
        column=column,
        wide=literal(WIDE),
        narrow=literal(NARROW),
        blanks=literal(BLANKS),
    )


def _extract(folder: Path, source: str) -> SQL:
    files = sorted((folder / source).glob(f"{source}_*"))
    listed = joined(", ", [path_literal(path) for path in files])
    rows = (
        sql("read_parquet([{files}])", files=listed)
        if files[0].suffix == ".parquet"
        else sql(
            "read_csv([{files}], all_varchar = true, header = true, delim = ',', quote = '', escape = '')", files=listed
        )
    )
    return sql(
        "select {source} as source, {key} as record_key, {number} as number from {rows}",
        source=literal(source),
        key=identifier(KEY_COLUMN[source]) if source in KEY_COLUMN else sql("AAC001 || AAE140"),
        number=_clean(identifier(NUMBER_COLUMN.get(source, "AAC147"))),
        rows=rows,
    )


def exact_join(folder: Path, *, lengthen: bool = False) -> dict[str, object]:
    """Score of joining the main sources on the cleaned number; `lengthen` also turns 15 digits into 18."""
    present = [source for source in MAIN_SOURCES if (folder / source).exists()]
    number = sql("number")
    query = sql(
        "select source, record_key, coalesce({number}, source || record_key) as person_id,"
        " 'number' as rule, 'exact' as band from ({rows})",
        number=_lengthened(number) if lengthen else number,
        rows=joined(" union all ", [_extract(folder, source) for source in present]),
    )
    with tempfile.TemporaryDirectory() as work:
        links = Path(work) / "links.parquet"
        with DuckEngine(Path(work), reads=[folder], memory_limit="4GB") as engine:
            engine.to_parquet(query, links)
        return score(links, folder / "truth.parquet")
