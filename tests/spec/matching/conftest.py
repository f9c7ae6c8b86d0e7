"""`match`: a table of records with the answer beside them, run on every engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from canbao.bulk.matching.engines import DuckMatcher, PlainMatcher, write_records
from canbao.bulk.matching.record import Decision, Link, Record, Verdicts
from canbao.rules.identity import check_digit, clean

Row = dict[str, str]
OFFICES = {
    "公安": "police", "卫健": "health", "职工": "employee", "养老": "resident_pension", "医保": "resident_medical",
    "机关": "public_pension", "死亡": "deaths",
}  # fmt: skip
# Held by 64 strangers each: such a name alone says little, here as in the whole city.
COMMON_NAMES = ("张伟", "王芳", "李娜", "刘洋", "陈静", "杨秀英")
STRANGERS = 4000
_COLUMNS = {
    "key": "record_key", "name": "name", "former": "former_name", "sex": "sex", "place": "division", "phone": "phone",
    "address": "address", "person no": "person_no", "card": "card_no", "house": "household_no",
    "cert": "birth_certificate", "type": "doc_type",
}  # fmt: skip


def _strangers() -> list[Record]:
    """Other people, so that names are as rare or common as in a city: one record each, born before 1976."""
    draw = random.Random(7)
    signs = [chr(0x5000 + 7 * i) for i in range(300)]
    names = [f"{draw.choice(signs)}{draw.choice(signs)}{draw.choice(signs)}" for _ in range(STRANGERS)]
    names[: 64 * len(COMMON_NAMES)] = COMMON_NAMES * 64
    return [_stranger(i, name, date(1930, 1, 1) + timedelta(days=4 * i)) for i, name in enumerate(names)]


def _stranger(i: int, name: str, birth: date) -> Record:
    first17 = f"500998{birth:%Y%m%d}{100 + i % 800:03}"
    return Record(
        source="resident_medical",
        record_key=f"X{i}",
        name=name,
        doc_number=first17 + check_digit(first17),
        birth_date=birth,
        division=f"500998{100 + i % 40:03}",
    )


@pytest.fixture(scope="session")
def strangers() -> list[Record]:
    return _strangers()


@pytest.fixture(scope="session")
def strangers_file(strangers: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(strangers, tmp_path_factory.mktemp("city") / "strangers.parquet")


@pytest.fixture
def match(table: Callable[[str], list[Row]], strangers: list[Record], strangers_file: Path) -> Callable[..., None]:
    """Match the records of a table, among strangers, on each engine.

    Columns: office, key, number, name, born and others of _COLUMNS; then `who` (equal letters are one person) and, if
    drawn, `rule` and `band`. doubts: the pairs shown to a clerk, such as "1-2"; apart and same: pairs a clerk decided.
    """

    def check(text: str, *, doubts: str = "", apart: str = "", same: str = "") -> None:
        rows = table(text)
        records = [_record(row) for row in rows]
        decided = _decisions(records, apart, same=False) + _decisions(records, same, same=True)
        for name, verdicts in {
            "plain": PlainMatcher().match(strangers, records, decisions=decided),
            "duckdb": DuckMatcher().match(strangers_file, records, decisions=decided),
        }.items():
            assert _drawn(rows, verdicts) == _expected(rows), name
            assert _pairs(verdicts, strangers) == sorted(doubts.split()), name

    return check


def _record(row: Row) -> Record:
    cells = {field: row.get(column) or None for column, field in _COLUMNS.items()}
    return Record(
        source=OFFICES[row["office"]],
        doc_number=clean(row.get("number", "")) or None,
        mother_number=clean(row.get("mother", "")) or None,
        birth_date=date.fromisoformat(row["born"]) if row.get("born") else None,
        death_on=date.fromisoformat(row["died"]) if row.get("died") else None,
        **{**cells, "name": row["name"]},
    )


def _decisions(records: Sequence[Record], pairs: str, *, same: bool) -> list[Decision]:
    by_key = {record.record_key: record for record in records}
    found = [(by_key[a], by_key[b]) for a, b in (pair.split("-") for pair in pairs.split())]
    return [Decision(a.source, a.record_key, b.source, b.record_key, same) for a, b in found]


def _expected(rows: list[Row]) -> list[Row]:
    return [{name: row[name] for name in ("key", "who", "rule", "band") if name in row} for row in rows]


def _drawn(rows: list[Row], verdicts: Verdicts) -> list[Row]:
    """The answer in the letters of the table: a cluster takes the letter of its first record not yet given away."""
    links = {(link.source, link.record_key): link for link in verdicts.links}
    letters: dict[int, str] = {}
    drawn = []
    for row in rows:
        link: Link = links[OFFICES[row["office"]], row["key"]]
        letter = row["who"] if row["who"] not in letters.values() else f"not {row['who']}"
        letters.setdefault(link.cluster, letter)
        answer = {"key": row["key"], "who": letters[link.cluster], "rule": str(link.rule), "band": str(link.band)}
        drawn.append({name: answer[name] for name in _expected([row])[0]})
    return drawn


def _pairs(verdicts: Verdicts, strangers: list[Record]) -> list[str]:
    known = {f"{r.source}:{r.record_key}" for r in strangers}
    keys = [sorted((d.one, d.other)) for d in verdicts.doubts]
    assert not any(set(pair) & known for pair in keys), "a stranger was drawn in"
    return sorted("-".join(sorted(key.partition(":")[2] for key in pair)) for pair in keys)
