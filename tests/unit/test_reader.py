"""Files of others are read by a process that has nothing and may do nothing; what it answers is believed no more than the file."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from threading import Event, Thread

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from canbao.outside.reader import client, limits
from canbao.outside.reader.client import protections, reading
from canbao.outside.reader.columns import pack, unpack
from canbao.outside.reader.failures import Failure, ReaderBusyError, ReaderError
from canbao.outside.reader.formats.text import as_text
from canbao.outside.reader.frames import FrameReader, FrameWriter, PipeClosedError
from canbao.outside.reader.limits import MIB, Group, Limits, Operation
from canbao.outside.reader.lock import Protection, Trial
from canbao.outside.reader.memory import in_memory
from tests import hostile
from tests.integration.evidence.files import locked_pdf, pdf, picture

MOST_MEMORY = 512 * MIB


def heads(operation: Operation, content: bytes) -> dict[str, object]:
    """The head of the answer, once the whole answer was read."""
    if operation is Operation.GUNZIP:
        return {"bytes": len(unzipped(content))}
    with in_memory(content) as file, reading(operation, file) as answer:
        head = answer.head()
        for _ in answer.batches(head["header"]) if "header" in head else answer.data():
            pass
        return head


def unzipped(content: bytes) -> bytes:
    with in_memory(content) as file, reading(Operation.GUNZIP, file) as answer:
        return b"".join(answer.data())


def table(operation: Operation, content: bytes) -> list[dict[str, str | None]]:
    with in_memory(content) as file, reading(operation, file) as answer:
        head = answer.head()
        return [row for batch in answer.batches(head["header"]) for row in batch.to_pylist()]


def parquet(columns: dict[str, object]) -> bytes:
    out = BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def children(pid: int) -> list[int]:
    """Of a process and of its threads."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(text) for text in task.read_text().split()]
        except OSError:
            continue
    return found


def readers() -> list[int]:
    return [reader for server in servers() for reader in children(server)]


def servers() -> list[int]:
    def is_server(pid: int) -> bool:
        try:
            return b"outside.reader.server" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    return [pid for pid in children(os.getpid()) if is_server(pid)]


@contextmanager
def watched() -> Iterator[list[int]]:
    """The largest resident size that a reader had meanwhile, in bytes."""
    peak, over = [0], Event()

    def look() -> None:
        while not over.wait(0.005):
            for pid in readers():
                try:
                    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                except (OSError, IndexError):
                    continue
                peak[0] = max(peak[0], pages * os.sysconf("SC_PAGE_SIZE"))

    thread = Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def soon(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


WORKBOOK = hostile.workbook(
    f'<row r="1">{hostile.cell("A1", "a")}{hostile.cell("B1", "b")}</row><row r="2">{hostile.cell("B2", "x")}</row>'
)
GOOD: dict[Operation, bytes] = {
    Operation.LOOK_PICTURE: picture(),
    Operation.LOOK_PDF: pdf(2),
    Operation.WORKBOOK: WORKBOOK,
    Operation.PARQUET: parquet({"a": ["1"]}),
}
HARMFUL: dict[str, tuple[Operation, Callable[[], bytes], set[Failure]]] = {
    "a page of millions of lines": (Operation.LOOK_PDF, hostile.heavy_pdf, {Failure.MEMORY, Failure.TIME}),
    "forms within forms": (Operation.LOOK_PDF, hostile.nested_pdf, {Failure.MEMORY, Failure.TIME}),
    "51 pages": (Operation.LOOK_PDF, lambda: pdf(51), {Failure.TOO_MANY_PAGES}),
    "a password": (Operation.LOOK_PDF, locked_pdf, {Failure.ENCRYPTED}),
    "60000 x 60000": (Operation.LOOK_PICTURE, hostile.huge_png, {Failure.TOO_MANY_PIXELS}),
    "a little more than allowed": (
        Operation.LOOK_PICTURE, lambda: hostile.huge_png(10_000, 6_001), {Failure.TOO_MANY_PIXELS},
    ),
    "two cells far apart": (Operation.WORKBOOK, hostile.sparse_workbook, {Failure.MEMORY}),
    "a bomb in a workbook": (Operation.WORKBOOK, hostile.workbook_bomb, {Failure.RATIO}),
    "an archive that lies": (Operation.WORKBOOK, hostile.lying_workbook, {Failure.DAMAGED}),
    "a zip that is no workbook": (Operation.WORKBOOK, lambda: hostile.archive({"a.csv": b"a"}), {Failure.OTHER_FORMAT}),
    "3000 members": (
        Operation.WORKBOOK, lambda: hostile.archive({str(n): b"" for n in range(3000)}), {Failure.TOO_MANY_MEMBERS},
    ),
    "zeros without end": (Operation.GUNZIP, hostile.gzip_bomb, {Failure.RATIO}),
    "one value often": (Operation.PARQUET, hostile.parquet_bomb, {Failure.MEMORY, Failure.LONG_VALUE}),
    "1001 columns": (
        Operation.PARQUET, lambda: parquet({str(n): ["1"] for n in range(1001)}), {Failure.TOO_MANY_COLUMNS},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HARMFUL)
def test_a_harmful_file_is_refused_within_the_limits_and_the_next_file_is_read(case: str) -> None:
    operation, make, failures = HARMFUL[case]
    content = make()
    with watched() as peak, pytest.raises(ReaderError) as refused:
        heads(operation, content)
    assert refused.value.failure in failures
    assert peak[0] < MOST_MEMORY
    assert all(heads(good, file) for good, file in GOOD.items())
    assert soon(lambda: not readers())


@pytest.mark.parametrize("operation", GOOD)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_what_breaks_off_is_damaged(operation: Operation, part: float) -> None:
    content = GOOD[operation]
    with pytest.raises(ReaderError) as refused:
        heads(operation, content[: int(len(content) * part)])
    assert refused.value.failure is Failure.DAMAGED


@pytest.mark.parametrize("cut", [slice(0, 15), slice(0, -9), slice(0, -1)])
def test_a_gzip_that_breaks_off_is_damaged(cut: slice) -> None:
    whole = gzip.compress(b"some text\n" * 99, mtime=0)
    assert unzipped(whole + whole) == b"some text\n" * 198
    with pytest.raises(ReaderError) as refused:
        unzipped(whole[cut])
    assert refused.value.failure is Failure.DAMAGED


def test_large_content_comes_out_as_it_went_in() -> None:
    content = os.urandom(3 * MIB + 17)
    assert unzipped(gzip.compress(content)) == content


def test_this_system_protects_and_the_server_has_no_environment() -> None:
    for group in Group:
        found = protections(group)
        assert found.essential and found.watched and not found.unreadable
        assert found.refused == frozenset(Trial) and Protection.LIMITS in found.used
    for server in servers():
        assert Path(f"/proc/{server}/environ").read_bytes() == b""
        assert soon(lambda server=server: not other_descriptors(server))  # type: ignore[misc]


def other_descriptors(server: int) -> list[str]:
    """Beside its socket; while it watches a reader it has a pipe and looks at /proc."""
    with suppress(OSError):
        names = [str(link.readlink()) for link in Path(f"/proc/{server}/fd").iterdir()]
        return [name for name in names if not name.startswith(("socket:", "/dev/null"))]
    return ["gone"]


LOCKED = """
import os, socket, sys
from canbao.outside.reader import lock
from canbao.outside.reader.limits import Limits
secret, which = sys.argv[1], frozenset(map(lock.Protection, sys.argv[2:]))
null = os.open("/dev/null", os.O_RDWR)
told = os.dup(1)
if os.fork() == 0:
    lock.keep_only(null, told)
    held = lock.lock(Limits(), use=which)
    def fails(act):
        try:
            act()
        except OSError:
            return True
        return False
    acts = {
        "open": lambda: os.open(secret, os.O_RDONLY), "list": lambda: os.listdir("/"),
        "write": lambda: os.open(secret + ".new", os.O_WRONLY | os.O_CREAT), "unlink": lambda: os.unlink(secret),
        "socket": lambda: socket.socket(), "pair": lambda: socket.socketpair(), "kill": lambda: os.kill(os.getppid(), 0),
        "chmod": lambda: os.chmod(secret, 0o777), "stat": lambda: os.stat(secret), "memory": lambda: os.memfd_create("x"),
    }
    if which & {lock.Protection.LANDLOCK, lock.Protection.SECCOMP}:
        acts["exec"] = lambda: os.execv("/bin/true", ["true"])
    held_names = ",".join(sorted(held))
    refused = ",".join(sorted(name for name, act in acts.items() if fails(act)))
    os.write(lock.ANSWER, f"{held_names} {refused} {os.getuid()}".encode())
    os._exit(0)
os.wait()
"""
EVERYTHING = {"open", "list", "write", "unlink", "socket", "pair", "kill", "chmod", "stat", "memory", "exec"}


def locked(tmp_path: Path, *use: Protection) -> tuple[set[str], set[str], int]:
    """What held and what failed in a child that was locked with these protections, and its account."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    tmp_path.chmod(0o777)
    command = [sys.executable, "-c", LOCKED, str(secret), *use]
    held, refused, account = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(" ")
    return set(held.split(",")), set(refused.split(",")), int(account)


def test_a_locked_process_reaches_nothing(tmp_path: Path) -> None:
    held, refused, account = locked(tmp_path, *Protection)
    assert held == set(Protection) and refused == EVERYTHING
    assert account != 0
    assert (tmp_path / "secret").read_text() == "x" and not (tmp_path / "secret.new").exists()


@pytest.mark.parametrize(
    ("alone", "least"),
    [
        (Protection.SECCOMP, EVERYTHING),
        (Protection.LANDLOCK, {"open", "list", "write", "unlink", "exec"}),
        (Protection.LIMITS, {"open", "list", "write", "socket", "pair", "memory"}),
    ],
)
def test_each_wall_stands_alone(tmp_path: Path, alone: Protection, least: set[str]) -> None:
    assert locked(tmp_path, Protection.PRIVILEGES, alone)[1] >= least


def test_whoever_stops_reading_ends_the_reader() -> None:
    with in_memory(hostile.gzip_bomb(400_000_000)) as file, reading(Operation.GUNZIP, file) as answer:
        next(iter(answer.data()))
        assert readers()
    assert soon(lambda: not readers())


def test_an_answer_ends_with_its_block() -> None:
    with in_memory(gzip.compress(b"x" * MIB * 3)) as file, reading(Operation.GUNZIP, file) as answer:
        pieces = answer.data()
        next(pieces)
    with pytest.raises(ValueError):
        list(pieces)


def test_a_server_that_was_killed_is_started_again() -> None:
    assert unzipped(gzip.compress(b"x")) == b"x"
    for server in servers():
        os.kill(server, signal.SIGKILL)
    assert soon(lambda: not servers())
    assert unzipped(gzip.compress(b"x")) == b"x"


def test_a_reader_killed_from_outside_is_lost_and_not_the_files_fault() -> None:
    with in_memory(gzip.compress(os.urandom(8 * MIB))) as file, reading(Operation.GUNZIP, file) as answer:
        pieces = answer.data()
        next(pieces)
        for reader in readers():
            os.kill(reader, signal.SIGKILL)
        with pytest.raises(ReaderError) as lost:
            list(pieces)
    assert lost.value.failure is Failure.LOST


def test_more_than_two_at_a_time_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(client.WAIT_SECONDS, Group.TABLES, 0.05)
    packed = gzip.compress(b"x")
    with in_memory(packed) as a, in_memory(packed) as b, reading(Operation.GUNZIP, a), reading(Operation.GUNZIP, b):
        with pytest.raises(ReaderBusyError):
            unzipped(packed)
        assert heads(Operation.LOOK_PICTURE, picture()) == {"pages": 1}  # another group has turns of its own
    assert unzipped(packed) == b"x"


ALONE = """
import gzip, os, sys, time
from canbao.outside.reader.client import reading
from canbao.outside.reader.limits import Operation
from canbao.outside.reader.memory import in_memory
def read():
    with in_memory(gzip.compress(b"good")) as file, reading(Operation.GUNZIP, file) as answer:
        return b"".join(answer.data()).decode()
print(read())
if sys.argv[1] == "fork":
    if os.fork() == 0:
        print(read(), flush=True)
        os._exit(0)
    os.wait()
    print(read())
else:
    print(open("/proc/self/task/%d/children" % os.getpid()).read(), end="")
    for task in os.listdir("/proc/self/task"):
        print(open(f"/proc/self/task/{task}/children").read(), end=" ")
    print(flush=True)
    time.sleep(60)
"""


def test_a_forked_process_has_a_server_of_its_own() -> None:
    run = subprocess.run([sys.executable, "-c", ALONE, "fork"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["good"] * 3


def test_the_server_ends_with_its_process() -> None:
    with subprocess.Popen([sys.executable, "-c", ALONE, "wait"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "good\n"
        started = {int(text) for text in process.stdout.readline().split()}
        assert started
        process.kill()
    assert soon(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))


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


def drawn(operation: Operation, content: bytes) -> Image.Image:
    with in_memory(content) as file, reading(operation, file, page=1) as answer:
        return Image.open(BytesIO(b"".join(answer.data()))).convert("L")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("size", [(60, 40), (3000, 4600)])
def test_transparent_paper_is_white(mode: str, size: tuple[int, int]) -> None:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    image.convert(mode).save(
        out, "PNG", **({"transparency": image.convert("P").getpixel((size[0] - 1, 0))} if mode == "P" else {})
    )
    seen = drawn(Operation.DRAW_PICTURE, out.getvalue())
    assert max(seen.size) <= 2200
    assert seen.getpixel((seen.width // 4, 5)) == 0 and seen.getpixel((seen.width - 5, 5)) == 255


@pytest.mark.parametrize("size", [(60, 40), (3000, 4600)])
def test_grey_of_sixteen_bits_stays_grey(size: tuple[int, int]) -> None:
    out = BytesIO()
    Image.new("I;16", size, 32_768).save(out, "PNG")
    assert drawn(Operation.DRAW_PICTURE, out.getvalue()).getpixel((5, 5)) in (127, 128)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_the_largest_picture_that_is_taken_can_be_drawn(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (10_000, 6_000)).save(out, "PNG", compress_level=1)
    with watched() as peak:
        assert drawn(Operation.DRAW_PICTURE, out.getvalue()).size == (1400, 840)
    assert peak[0] < MOST_MEMORY


def test_what_was_filled_into_a_form_is_drawn() -> None:
    assert drawn(Operation.DRAW_PDF, hostile.filled_form_pdf()).getextrema() == (0, 255)


def test_limits_grow_with_the_file_and_never_beyond() -> None:
    small, large = (limits.limits_for(Operation.WORKBOOK, size) for size in (1500, 10**9))
    assert small.memory + limits.RESIDENT_ABOVE <= MOST_MEMORY < large.memory == large.most_memory
