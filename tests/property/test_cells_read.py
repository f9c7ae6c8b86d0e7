"""A cell is read the same by the rule and by the set engine, and what is taken can be written and weighs only what it says."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from canbao.bulk import profiling
from canbao.bulk.engine import DuckEngine
from canbao.bulk.matching.engines import DuckMatcher
from canbao.bulk.matching.entries import weighing
from canbao.bulk.matching.plain.entries import build
from canbao.bulk.matching.record import Record
from canbao.bulk.profiling import RawFile, Target
from canbao.bulk.raw import raw_columns
from canbao.bulk.readings import read_column
from canbao.bulk.sources import source_map, sources
from canbao.bulk.sources.headers import Resolved
from canbao.bulk.sqltext import parquet, sql
from canbao.rules import identity
from canbao.rules.cells import Cell, Held, Reading
from canbao.rules.columns import COLUMNS, Type
from canbao.rules.damage import number_damage
from canbao.rules.fillers import WORDS, Filler, filler, is_filler
from canbao.rules.identity import check_digit
from canbao.rules.plain_cells import surely
from canbao.rules.shared_values import SHARED, weighs
from canbao.rules.text import FORMS

COLUMN_NAMES = [name for name, column in COLUMNS.items() if column.type is not Type.CODE]
each_column = pytest.mark.parametrize("name", COLUMN_NAMES)
ODD = (
    "".join(char for form in FORMS for char in (*form.replaced[0][::90], *form.removed[::200]))
    + "\0\ufffd\ue863\n\t\r'\"="
)
PIECES = (
    *sorted(WORDS), "5.00113E+11", "500901199001017000", "1990111", "2015.1", "19900101", "1990-01-01", "19900230", "33000",
    "01/02/1990", "05-MAR-1987", "05-3月 -87", "99991231", "00000000", "500113.0", "500,113", "13512340001", "13800000000", "500112001", "张建国", "欧阳修远",
    "锟斤拷", "&#24352;", '="P001"', "'P002", "x" * 400, "张" * 130, "9" * 70, "𠮷" * 90, "重庆市渝北区某某路5号3-2", "Ｐ００１", "NaN",
    "2026-03-01", "1-Mar", "3月1日", "1:30", "500901199003050115/500901199003050123", "张三500901199003050115", "户主", "女儿", "李四等人", "〃",
    "&nbsp;中山路一段一号院<br/>", "真",
)  # fmt: skip


def cells(seed: int, count: int) -> list[str]:
    """Texts of every kind: what departments send, pieces of it put together, single odd characters, what surely needs no reading."""
    draw = random.Random(seed)
    found = [*PIECES, *ODD[:60]]
    while len(found) < count:
        kind = draw.randrange(5)
        if kind == 0:
            found.append("".join(draw.choice(ODD + string.printable) for _ in range(draw.randrange(1, 30))))
        elif kind == 1:
            found.append(
                draw.choice(PIECES) + draw.choice(["", " ", "　", "\u200b", draw.choice(ODD), draw.choice(PIECES)])
            )
        elif kind == 2:
            digits = "".join(draw.choice("0123456789") for _ in range(draw.choice([5, 6, 8, 11, 12, 15, 17, 18])))
            found.append(draw.choice(["", "P", "-"]) + digits + draw.choice(["", "X", "x", "000", "0000000"]))
        elif kind == 3:
            first17 = f"500901{draw.randrange(1930, 2026)}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}{draw.randrange(1000):03}"
            found.append(first17 + check_digit(first17))
        else:
            found.append(
                "".join(
                    chr(draw.choice([draw.randrange(0x4E00, 0xA000), draw.randrange(0x20, 0xD800)]))
                    for _ in range(draw.randrange(1, 14))
                )
            )
    return [text for text in dict.fromkeys(found) if text]


@each_column
@given(data=st.data())
def test_what_surely_needs_no_reading_is_what_it_says(name: str, data: st.DataObject) -> None:
    sure = surely(name)
    assert sure is not None
    sent = data.draw(st.one_of(st.from_regex(re.compile(sure.whole), fullmatch=True), st.sampled_from(PIECES)))
    long_enough = not sure.longest or sure.shortest <= len(sent) <= sure.longest
    if long_enough and re.fullmatch(sure.whole, sent) and not (sure.but and re.fullmatch(sure.but, sent)):
        check_own_reading(name, sent)


def check_own_reading(name: str, sent: str) -> None:
    read = Reading(name).read(sent)
    if COLUMNS[name].type is Type.DATE:
        day = sent.replace("-", "")
        assert read in (Cell(f"{day[:4]}-{day[4:6]}-{day[6:]}"), Cell(held=Held.IMPOSSIBLE_DATE)), sent
    else:
        assert read == Cell(sent), sent
        assert COLUMNS[name].type not in (Type.KEY, Type.NUMBER, Type.NAME) or Reading(name).key_part(sent) == sent


@pytest.mark.parametrize(
    "sent", ["05-MAR-1987", "5-Mar-1987", "05-3月 -1987", "05-3月-1987 00:00:00", "05/MAR/1987 12.00.00 AM"]
)
def test_a_day_with_the_name_of_its_month_is_read(sent: str) -> None:
    assert Reading("birth_date").read(sent) == Cell("1987-03-05")


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ("05-MAR-87", "ORDER"),
        ("05-3月 -87", "ORDER"),
        ("31-FEB-1987", "IMPOSSIBLE_DATE"),
        ("05-13月-1987", "IMPOSSIBLE_DATE"),
    ],
)
def test_two_digits_of_a_year_are_never_guessed(sent: str, held: str) -> None:
    assert Reading("birth_date").read(sent) == Cell(held=held)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckEngine]:
    with DuckEngine(tmp_path / "work", writes=[tmp_path], memory_limit="500MB", threads=1) as session:
        yield session


def test_the_set_engine_reads_every_cell_as_the_rule(engine: DuckEngine, tmp_path: Path) -> None:
    """Of every column of every source, with codes too."""
    sent = cells(1, 700)
    pq.write_table(pa.table({"a": pa.array(sent)}), tmp_path / "raw.parquet")
    seen = set()
    for source in sorted(sources()):
        for column in source_map(source).columns:
            if (column.canonical, column.kind, column.filled, column.table) in seen:
                continue
            seen.add((column.canonical, column.kind, column.filled, column.table))
            spellings = read_column(
                engine, tmp_path / "raw.parquet", 1, column=column, position=0, source=source_map(source), folder=tmp_path
            )  # fmt: skip
            found = engine.rows(
                sql(
                    "select {sent}, ({value})::varchar, {held} from (select a as {sent} from {raw}) {join}",
                    sent=spellings.sent, value=spellings.value, held=spellings.held or sql("null"),
                    raw=parquet(tmp_path / "raw.parquet"), join=spellings.join,
                )
            )  # fmt: skip
            reading = column.reading(source)
            assert len(found) == len(sent)
            for text, value, held in found:
                read = reading.read(text)
                assert (value, held) == (read.value, read.held), (column.code, text)


@pytest.mark.parametrize("source", ["police", "employee", "health", "deaths", "students"])
def test_what_is_taken_can_be_written(engine: DuckEngine, tmp_path: Path, source: str) -> None:
    """Every column of a sound row holds what the store can hold, whatever stood in the cells."""
    columns, draw = source_map(source), random.Random(source)
    good = cells(2, 900)
    width = len(columns.columns)
    rows = [[draw.choice([*good, None]) for _ in range(width)] for _ in range(600)]
    for row in rows[::2]:  # half of them sound in most of their columns, so that rows are taken
        for place, column in enumerate(columns.columns):
            if draw.random() < 0.97:
                row[place] = _sound(column.canonical, column.reading(source), draw)
    names = raw_columns(width)
    table = pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)})
    for folder in ("raw", "broken", "mapped"):
        (tmp_path / folder).mkdir()
    pq.write_table(table, tmp_path / "raw" / "0.parquet")
    file = RawFile(0, tmp_path / "raw" / "0.parquet", tmp_path / "broken" / "0.parquet", names, 2, len(rows))
    resolved = Resolved({column.code: n for n, column in enumerate(columns.columns)}, None, ())
    target = Target(columns, "full", date(2026, 10, 31))
    profiling.map_file(
        engine, file, resolved=resolved, target=target, divisions=(), mapped=tmp_path / "mapped" / "0.parquet"
    )
    taken = [row for row in pq.read_table(tmp_path / "mapped" / "0.parquet").to_pylist() if row["verdict"] == "sound"]
    assert len(taken) > 30
    for row in taken:
        for name, column in COLUMNS.items():
            value = row[name]
            if isinstance(value, str):
                assert value and "\0" not in value and value.encode()
                assert len(value) <= column.longest or name == "extra", (name, value)
                assert column.form is None or name in ("extra", "record_key") or column.written(value) == value


def _sound(name: str, reading: Reading, draw: random.Random) -> str | None:
    column = COLUMNS[name]
    if reading.codes is not None:
        return draw.choice(list(reading.codes))
    return {
        Type.NAME: "张建国", Type.DATE: "19900305", Type.DIVISION: "500112001", Type.PHONE: "13512340001",
        Type.KEY: f"P{draw.randrange(10**6)}1", Type.NUMBER: "500901199003050115", Type.TEXT: "重庆市渝北区某某路5号3-2",
    }[column.type]  # fmt: skip


SHARED_VALUES = st.one_of(
    st.sampled_from(cells(3, 800)),
    st.text(st.sampled_from("0123456789.E+-X,"), max_size=20),
    st.text(max_size=20),
)


@pytest.mark.parametrize("name", SHARED)
@given(value=SHARED_VALUES)
@example(value="5.00113E+11")
@example(value="500901199001017000")
def test_a_filler_a_rounded_and_a_malformed_value_weigh_nothing(name: str, value: str) -> None:
    column = COLUMNS[name]
    written = column.written(value)
    if is_filler(name, written) or number_damage(name, written) or column.problem(written):
        assert not weighs(name, written) or len(written) > column.longest


LINKING = [name for name, column in COLUMNS.items() if column.links or column.identifies]


def weighed(name: str, value: str) -> bool:
    """Whether matching takes anything from a record that says only this."""
    told: Any = date.fromisoformat(value) if COLUMNS[name].type is Type.DATE else value
    bare = {"source": "health", "record_key": "1", "name": "张三"}
    (without, _), (found, _) = build([Record(**bare)]), build([Record(**bare | {name: told})])
    return [replace(entry, loose_number=None) for entry in found] != without


@pytest.mark.parametrize("name", LINKING)
@given(value=SHARED_VALUES)
@example(value="5.00113E+11")
@example(value="500901190001010016")
@example(value="500901000101001")
@example(value="500901199001017000")
@example(value="不详")
@example(value="未知")
@example(value="19000101")
def test_what_intake_keeps_of_nothing_links_nobody(name: str, value: str) -> None:
    """In every column that identifies or links: a filler, a rounded and a malformed value. Of a birth date, frequency decides."""
    codes = source_map("health").column("性别").mapping("health") if name == "sex" else None
    column, kept = COLUMNS[name], Reading(name, codes).read(value).value
    if kept is None or kept in ("1", "2"):
        return
    says_nothing = filler(name, kept) is Filler.NOTHING or number_damage(name, kept) or column.problem(kept)
    if says_nothing or name == "sex" or (column.type is not Type.DATE and is_filler(name, kept)):
        assert not weighed(name, kept), kept


def test_a_number_without_a_birth_links_nobody_in_the_set_engine_either() -> None:
    first17 = "50090119000101001"
    number = first17 + check_digit(first17)
    assert identity.is_valid_citizen(number) and not weighed("doc_number", number)
    records = [Record(source, "1", "张三", doc_number=number) for source in ("health", "employee")]
    assert len({link.cluster for link in DuckMatcher(threads=1).match(records).links}) == 2


def test_the_set_engine_weighs_what_the_rule_weighs(engine: DuckEngine) -> None:
    values = cells(4, 1500)
    engine.load("shared", pa.table({"v": pa.array(values)}))
    for name in SHARED:
        query = sql("select v, {weighed} is not null from shared", weighed=weighing(name, sql("v")))
        for value, counts in engine.rows(query):
            assert counts == weighs(name, value), (name, value)
