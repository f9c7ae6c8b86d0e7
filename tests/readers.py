"""Files read by a locked process, as tests ask for them, and the processes that do it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Event, Thread

import pyarrow as pa
import pyarrow.parquet as pq

from canbao.outside.reader.client import reading
from canbao.outside.reader.limits import MIB, Operation
from canbao.outside.reader.memory import in_memory

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
