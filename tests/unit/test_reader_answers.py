"""What a reader answers is believed no more than the file, and rows arrive as they were."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canbao.outside.reader.client import reading
from canbao.outside.reader.columns import pack, unpack
from canbao.outside.reader.failures import Failure, ReaderError
from canbao.outside.reader.formats.text import as_text
from canbao.outside.reader.frames import FrameReader, FrameWriter, PipeClosedError
from canbao.outside.reader.limits import MIB, Limits, Operation
from canbao.outside.reader.memory import in_memory
from tests.readers import parquet, table, watched


@pytest.mark.parametrize(
    "sent",
    [b"X\0\0\0\0", b"D\xff\xff\xff\xff", b"D\x05\0\0\0abc", b"", b"D\0", b"F\x04\0\0\0nope"],
    ids=["unknown kind", "too long", "breaks off", "nothing", "half a header", "unknown failure"],
)
def test_a_reader_that_was_taken_over_can_only_fail(sent: bytes) -> None:
    reading_end, writing_end = os.pipe()
    os.write(writing_end, sent)
    os.close(writing_end)
    with pytest.raises((ReaderError, PipeClosedError)):
        list(FrameReader(reading_end, limits=Limits(), size=1).frames())
    os.close(reading_end)


def test_a_reader_that_says_nothing_is_given_up_and_the_file_not_blamed() -> None:
    reading_end, writing_end = os.pipe()
    with pytest.raises(ReaderError) as lost:
        list(FrameReader(reading_end, limits=Limits(stall=0), size=1).frames())
    assert lost.value.failure is Failure.LOST
    os.close(reading_end)
    os.close(writing_end)


def test_a_reader_that_drips_is_given_up_in_the_end() -> None:
    reading_end, writing_end = os.pipe()
    os.write(writing_end, b"D\x01\0\0\0a" * 3)
    frames = FrameReader(reading_end, limits=Limits(seconds=0), size=1).frames()
    with pytest.raises(ReaderError) as ended:
        next(frames)  # there is always something to read, and the time is over
    assert ended.value.failure is Failure.TIME
    os.close(reading_end)
    os.close(writing_end)


def test_both_ends_count_what_is_answered() -> None:
    few = Limits(output=100)
    reading_end, writing_end = os.pipe()
    with pytest.raises(ReaderError) as here:
        FrameWriter(writing_end, limits=few, size=1).data(b"x" * 101)
    FrameWriter(writing_end, limits=Limits(), size=1).data(b"x" * 101)
    with pytest.raises(ReaderError) as there:
        list(FrameReader(reading_end, limits=few, size=1).frames())
    assert here.value.failure is there.value.failure is Failure.TOO_LARGE
    os.close(reading_end)
    os.close(writing_end)


ROWS = st.lists(st.lists(st.none() | st.text(max_size=5), min_size=3, max_size=3), min_size=0, max_size=9)


@given(rows=ROWS, start=st.integers(0, 3))
def test_rows_arrive_as_they_were(rows: list[list[str | None]], start: int) -> None:
    columns = [pa.array([row[place] for row in rows], pa.string()).slice(start) for place in range(3)]
    batch = unpack(bytearray(b"".join(pack(columns))), names=["c1", "c2", "c3"])
    assert batch.schema == pa.schema([(name, pa.string()) for name in ("c1", "c2", "c3")])
    assert [list(row.values()) for row in batch.to_pylist()] == rows[start:]


def test_wide_rows_travel_in_parts_and_too_long_a_value_does_not() -> None:
    wide = {str(n): [f"{row:>5000}" for row in range(900)] for n in range(20)}  # 90 MB of text, more than a frame holds
    assert [row["7"].strip() for row in table(Operation.PARQUET, parquet(wide)) if row["7"]] == list(
        map(str, range(900))
    )
    with pytest.raises(ReaderError) as refused:
        table(Operation.PARQUET, parquet({"a": ["x" * 1_000_001]}))
    assert refused.value.failure is Failure.LONG_VALUE


def test_a_million_rows_in_one_group_are_streamed() -> None:
    content = parquet({"a": [f"{n:018d}" for n in range(1_000_000)], "b": ["某某街道"] * 1_000_000})
    with watched() as peak, in_memory(content) as file, reading(Operation.PARQUET, file) as answer:
        rows = sum(batch.num_rows for batch in answer.batches(answer.head()["header"]))
    assert rows == 1_000_000 and peak[0] < 256 * MIB


@given(rows=ROWS, place=st.integers(0, 10_000), value=st.integers(0, 255), cut=st.integers(0, 40))
def test_no_bytes_of_a_batch_do_harm(rows: list[list[str | None]], place: int, value: int, cut: int) -> None:
    content = bytearray(b"".join(pack([pa.array([row[n] for row in rows], pa.string()) for n in range(3)])))
    content[place % len(content)] = value
    del content[len(content) - cut :]
    try:
        batch = unpack(content, names=["c1", "c2", "c3"])
    except ReaderError:
        return
    assert all(value is None or value.encode() is not None for row in batch.to_pylist() for value in row.values())


def text(values: list[object], kind: pa.DataType) -> list[str | None]:
    found: list[str | None] = as_text(pa.array(values, kind)).to_pylist()
    return found


def test_columns_of_every_type_are_text_as_it_would_be_typed() -> None:
    assert text([1.0, -2.5, None, float("nan"), float("inf"), 0.0], pa.float64()) == [
        "1",
        "-2.5",
        None,
        None,
        None,
        "0",
    ]
    assert text([500901199001010014.0, 1e15, 12345.0], pa.float64()) == [
        "5.00901199001010E+17", "1.00000000000000E+15", "12345",
    ]  # fmt: skip
    assert text([1.5, 3.0], pa.float32()) == ["1.5", "3"]
    assert text(["1.00", "2.50", None], pa.string()) == ["1.00", "2.50", None]
    decimals = pa.array(["500901199001010014.00", "2.50"], pa.string()).cast(pa.decimal128(20, 2))
    assert as_text(decimals).to_pylist() == ["500901199001010014", "2.50"]
    assert text([True, None], pa.bool_()) == ["true", None]
    assert text([0], pa.timestamp("us")) == ["1970-01-01"]
    assert text([16 * 3600 * 1000], pa.timestamp("ms", "UTC")) == ["1970-01-02"]  # midnight in China
    assert text([3], pa.date32()) == ["1970-01-04"]
    assert text(["张三".encode(), b"\xff"], pa.binary()) == ["张三", "\ufffd"]
    wrong = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\3\0\0\0"), pa.py_buffer(b"a\xffb"))
    assert as_text(wrong).to_pylist() == ["a\ufffdb"]
    assert text([[1, 2], None], pa.list_(pa.int8())) == ["[1, 2]", None]
    assert text(["\ue81e", "a\0b"], pa.string()) == ["龴", "ab"]
    assert as_text(pa.array(["a", "a"]).dictionary_encode()).to_pylist() == ["a", "a"]
    assert as_text(pa.nulls(2)).to_pylist() == [None, None]
