"""What is counted over a whole column is counted alike by the set engine and by the rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from canbao.bulk.engine import DuckEngine
from canbao.bulk.findings import name_counts
from canbao.bulk.readings import read_column
from canbao.bulk.sources import source_map
from canbao.bulk.sqltext import sql
from canbao.rules.damage import is_rounded_column
from canbao.rules.name_checks import has_surname

WHOLE = [f"500901{1950 + n}0{n % 9 + 1}1{n % 9}{n * 37 % 1000:03}{n % 10}" for n in range(60)]
COLUMNS = {
    "whole": WHOLE,
    "decimal": [number[:15] + "000" for number in WHOLE],
    "binary": [str(int(float(number))) for number in WHOLE],
    "a tenth": [number[:15] + "000" if n % 10 == 0 else number for n, number in enumerate(WHOLE)],
    "one": [WHOLE[0][:15] + "000", *WHOLE[1:]],
    "few": [number[:15] + "000" for number in WHOLE[:10]],
    "keys": [f"P{n:06}000" for n in range(60)],
}
NAMES = (
    "张三", "欧阳修远", "□三", "〓三", "?三", "\ufffd三", "【张三】", "（张三）", "买买提·艾力", "GARCIA MARIA", "龘三", "鑫鑫",
    "王小花之子", "張三", "⻓三", "锟斤拷", "*三", "\ue000三",
)  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckEngine]:
    with DuckEngine(tmp_path) as session:
        yield session


def raw(folder: Path, cells: Sequence[str]) -> Path:
    path = folder / "raw.parquet"
    pq.write_table(pa.table({"c1": pa.array(cells, pa.string())}), path)
    return path


@pytest.mark.parametrize("numbers", COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("code", ["证件号码", "母亲证件号码"])
def test_a_rounded_column_is_one_for_both(engine: DuckEngine, tmp_path: Path, code: str, numbers: list[str]) -> None:
    source = source_map("health")
    read = read_column(
        engine, raw(tmp_path, numbers), 1, column=source.column(code), position=0, source=source, folder=tmp_path
    )
    assert read.rounded == is_rounded_column(numbers)


def test_both_know_the_same_surnames(engine: DuckEngine) -> None:
    for name in NAMES:
        engine.load("people", pa.table({"name": [name], "reasons": [""]}))
        assert name_counts(engine, sql("people")).without_surname == (not has_surname(name)), name
