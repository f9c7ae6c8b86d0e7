"""Deliveries that unpack to more than the machine holds, and what a killed run leaves behind (entries 8, 9)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from tests.attack import hostile
from tests.attack.deliveries import COLUMNS, RECEIVED, Job, csv_of, leftovers, people, rows_of, upload
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product

MOST_MB = 512  # of any process of the product
MOST_SECONDS = 30.0  # until a bad file is refused
MOST_DISK = 1 << 30  # bytes that a file may cost before it is refused; past twice that we stop the worker ourselves
MOST_LATENCY = 5000  # ms of the sign-in page: far above a busy machine, far below a stopped web


@dataclass
class Cost:
    """What an upload did to the product."""

    job: Job = field(default_factory=Job)
    disk: int = 0
    was_stopped: bool = False
    workers: set[int] = field(default_factory=set)

    def holes(self, product: Product, before: set[int]) -> list[str]:
        assert product.watch
        found = []
        if self.job.state == "DONE":
            found.append(f"it was received: {self.job.result}")
        if not self.job.was_refused and self.job.state != "DONE":
            found.append(f"no clear refusal: {self.job.says}")
        if (highest := product.watch.highest_of("web", "worker", "reader")) > MOST_MB:
            found.append(f"a process grew to {highest:.0f} MB")
        if self.disk > MOST_DISK:
            found.append(f"{self.disk >> 20} MB of disk" + (", stopped by us" if self.was_stopped else ""))
        if self.job.seconds > MOST_SECONDS:
            found.append(f"{self.job.seconds:.0f} s until it ended")
        if lost := before - set(product.watch.pids("worker")):
            found.append(f"the worker was lost ({len(self.workers | lost)} times)")
        return found + [f"left behind: {name}" for name in leftovers(product)]


@contextlib.contextmanager
def measured(product: Product) -> Iterator[Cost]:
    """Watches disk and worker; stops the worker before the disk is full."""
    cost, over = Cost(), threading.Event()
    before = _used(product)
    at_first = set(product.watch.pids("worker")) if product.watch else set()

    def look() -> None:
        while not over.wait(0.2):
            cost.disk = max(cost.disk, _used(product) - before)
            now = set(product.watch.pids("worker")) if product.watch else set()
            cost.workers |= at_first - now
            if cost.disk > 2 * MOST_DISK:
                cost.was_stopped = True
                give_up(product)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield cost
    finally:
        over.set()
        thread.join()


def _used(product: Product) -> int:
    """Bytes below the folders where foreign files are worked on."""
    total = 0
    for name in ("deliveries", "tmp", "uploads"):
        with contextlib.suppress(OSError):  # a folder that goes while it is walked through
            for path in (product.home / name).rglob("*"):
                with contextlib.suppress(OSError):
                    total += path.stat().st_blocks * 512
    return total


def give_up(product: Product) -> None:
    """End every job that has not ended and kill the worker, which `serve` starts again."""
    product.database.run(
        "update job set state = 'FAILED', message = 'stopped by the attack', finished_at = now() where finished_at is null"
    )
    for pid in product.watch.pids("worker") if product.watch else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _sent(product: Product, files: Mapping[str, bytes], *, wait: float = 90) -> Outcome:
    assert product.watch
    before = set(product.watch.pids("worker"))
    with measured(product) as cost:
        answer, cost.job = upload(product, files, wait=wait)
    holes = cost.holes(product, before) if cost.job.number else []
    if cost.job.state in ("RUNNING", "QUEUED"):
        give_up(product)
    if answer.status >= 500:
        holes.append(f"the page answered {answer.status}")
    _tidy(product)
    return judged(holes, f"page {answer.status}; {cost.job.says}; {cost.disk >> 20} MB of disk at most")


def _tidy(product: Product) -> None:
    """What this attack left must not count for the next."""
    for name in leftovers(product):
        (product.home / name).unlink(missing_ok=True)


@attack("8", events=RECEIVED, is_heavy=True, order=60)
def sparse_spreadsheet(product: Product) -> Outcome:
    """An XLSX of 1.4 kB with one cell in its last corner asks for hundreds of GB."""
    return _sent(product, {f"{token_hex(4)}.xlsx": hostile.sparse_xlsx()})


@attack("8", events=RECEIVED, is_heavy=True, order=61)
def parquet_that_repeats(product: Product) -> Outcome:
    """A Parquet file of 1 kB holds a milliard rows."""
    return _sent(product, {f"{token_hex(4)}.parquet": hostile.parquet_bomb(COLUMNS)})


@attack("9", events=RECEIVED, is_heavy=True, order=62)
def gzip_bomb(product: Product) -> Outcome:
    """A gzip file of 10 MB holds 10 GB of rows."""
    header, row = csv_of(people(1)).decode().splitlines(keepends=True)
    return _sent(product, {f"{token_hex(4)}.csv.gz": hostile.gzip_bomb(header.encode(), row.encode(), size=10 << 30)})


@attack("9", events=RECEIVED, is_heavy=True, order=62)
def gzip_of_nothing(product: Product) -> Outcome:
    """A gzip file of 10 MB holds 10 GB of zeros after a good header."""
    first = csv_of(people(3))
    return _sent(product, {f"{token_hex(4)}.csv.gz": hostile.gzip_bomb(first, b"\0" * 1024, size=10 << 30)})


@attack("9", events=RECEIVED, is_heavy=True, order=63)
def spreadsheet_bomb(product: Product) -> Outcome:
    """An XLSX of 3 MB holds 600 MB of cells."""
    return _sent(product, {f"{token_hex(4)}.xlsx": hostile.xlsx_bomb(COLUMNS, size=600 << 20)}, wait=120)


@attack("9", events=RECEIVED, is_heavy=True, order=63)
def lines_of_one_letter(product: Product) -> Outcome:
    """A list of 4 MB that is two million lines of one letter after three good ones."""
    return _sent(product, {f"{token_hex(4)}.csv": csv_of(people(3)) + b"a\n" * 2_000_000})


@attack("8", events=RECEIVED, is_heavy=True, order=64)
def jobs_beside(product: Product) -> Outcome:
    """A good delivery waits in the queue behind bad ones: it is received, at the first attempt."""
    bad = {"a.xlsx": hostile.sparse_xlsx()}
    for _ in range(2):
        upload(product, bad | {"b.csv": csv_of(people(3))}, wait=0)
    _, good = upload(product, {f"{token_hex(4)}.csv": csv_of(people(40))}, wait=120)
    holes = [] if good.state == "DONE" and rows_of(product, good) == 40 else [f"the good one: {good.says}"]
    if good.attempts > 1:
        holes.append(f"the good one took {good.attempts} attempts")
    give_up(product)
    _tidy(product)
    return judged(holes, good.says, was_refused=False)


@attack("9", order=65)
def killed_while_unpacking(product: Product) -> Outcome:
    """A run is killed with -9 while a big list is being decoded: nothing of it stays in clear once the product runs again."""
    mark = f"留下{token_hex(6)}"
    rows = [row | {"户籍地址": mark} for row in people(200)]
    header, body = csv_of(rows).split(b"\n", 1)
    folder = product.folder / f"big-{token_hex(3)}"
    folder.mkdir()
    (folder / "police.csv.gz").write_bytes(hostile.gzip_bomb(header + b"\n", body, size=256 << 20))
    words = (
        "intake",
        "receive",
        str(folder),
        "--source",
        "police",
        "--kind",
        "full",
        "--as-of",
        "2026-10-31",
        "--as",
        "zhang",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "canbao.config.entry", *words], env=product.environment(CANBAO_DEMO="1"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    seen, until = [], time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until and not seen:
        seen = leftovers(product)
        time.sleep(0.02)
    modes = [name for name in seen if (path := product.home / name).exists() and path.stat().st_mode & 0o077]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    product.canbao("status", CANBAO_DEMO="1", check=False)
    for pid in product.watch.pids("worker") if product.watch else ():
        os.kill(pid, signal.SIGKILL)
    time.sleep(8)
    left = leftovers(product, mark.encode())
    _tidy(product)
    holes = [f"in clear afterwards: {', '.join(left)}"] if left else []
    holes += [f"readable by others meanwhile: {', '.join(modes)}"] if modes else []
    return judged(holes, f"seen while it ran: {', '.join(seen) or 'nothing'}; nothing left", was_refused=False)
