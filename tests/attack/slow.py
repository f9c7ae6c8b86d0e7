"""Requests that never end, and a database that was started again (entries 19, 21)."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from getpass import getuser
from pathlib import Path
from secrets import token_hex
from statistics import median

from tests.attack.clients import Client
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.running import Product, free_port
from tests.attack.sockets import unfinished

# Pages that are asked for meanwhile are in a transaction for a moment.
IDLE = (
    "select count(*) from pg_stat_activity where usename = 'canbao_web' and state like 'idle in transaction%'"
    " and state_change < now() - interval '1 second'"
)
ROOT = Path(__file__).parents[2]


@attack("19", order=57)
def unfinished_requests(product: Product) -> Outcome:
    """Two requests whose body never ends, signed in and not: no transaction stays open for them."""
    clerk = product.client("TOWN_CLERK", product.place["town"])
    holes, ends = [], []
    for what, client, path in (("signed in", clerk, "/search/"), ("anybody", Client(product.port), "/sign-in/"),
                               ("device", clerk, "/api/v1/field/found")):  # fmt: skip
        with unfinished(client, path, count=2):
            idle = max(_idle(product) for _ in range(5))
            pages = [Client(product.port, timeout=20).get("/sign-in/").seconds for _ in range(5)]
        ends.append(f"{what}: {idle} transactions held, page {median(pages) * 1000:.0f} ms")
        holes += [f"{what}: {idle} transactions held open"] if idle else []
    return judged(holes, "; ".join(ends), was_refused=False)


def _idle(product: Product) -> int:
    time.sleep(0.5)
    return int(product.database.value(IDLE))


@attack("19", order=57)
def unfinished_behind_proxy(product: Product) -> Outcome:
    """As many unfinished requests as there are threads, behind the proxy that the product ships as an example."""
    example = next((path for path in [*ROOT.glob("docs/**/*nginx*"), *ROOT.glob("deploy/**/*nginx*"), *ROOT.glob("examples/**/*nginx*")]
                    if path.is_file() and path.suffix != ".md"), None)  # fmt: skip
    if example is None:
        seconds = _without_proxy(product)
        return judged([f"no proxy is shipped; thirty-two unfinished requests stop the pages for {seconds:.0f} s"] if seconds > 5 else [],
                      f"no proxy is shipped; the page took {seconds:.1f} s")  # fmt: skip
    if not shutil.which("nginx"):
        return not_tried(f"{example.name} is shipped; nginx is not installed here")
    folder = product.folder / f"nginx-{token_hex(3)}"
    port, config = free_port(), folder / "nginx.conf"
    _adapted(example, folder, port=port, upstream=product.port)
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(config), "-g", "daemon off;"])
    try:
        time.sleep(1.5)
        client = Client(port, timeout=30)
        with unfinished(client, "/sign-in/", count=16):
            pages = [Client(port, timeout=20).get("/sign-in/") for _ in range(5)]
    finally:
        process.terminate()
        process.wait(20)
    slow = max(page.seconds for page in pages)
    return judged([f"the page took {slow:.0f} s"] if slow > 5 else [], f"16 unfinished requests, page at most {slow * 1000:.0f} ms",
                  was_refused=False)  # fmt: skip


def _without_proxy(product: Product) -> float:
    with unfinished(Client(product.port), "/sign-in/", count=32):
        began = time.monotonic()
        try:
            Client(product.port, timeout=20).get("/sign-in/")
        except OSError:
            return 20.0
        return time.monotonic() - began


def _adapted(example: Path, folder: Path, *, port: int, upstream: int) -> None:
    """The shipped file with our ports and folders, and without TLS, whose certificates are the city's."""
    folder.mkdir()
    text = example.read_text("utf-8")
    text = re.sub(r"^(user|pid|error_log)\s[^;]*;", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*ssl_\w+\s[^;]*;", "", text, flags=re.MULTILINE)
    text = re.sub(r"listen\s+80\s[^;]*;", f"listen 127.0.0.1:{free_port()};", text)
    text = re.sub(r"listen\s+443\s[^;]*;", f"listen 127.0.0.1:{port};", text)
    text = re.sub(r"/var/l(og|ib)/nginx/", f"{folder}/", text)
    text = re.sub(r"127\.0\.0\.1:8\d\d\d", f"127.0.0.1:{upstream}", text)
    text = re.sub(r"proxy_set_header\s+Host\s[^;]*;", f"proxy_set_header Host 127.0.0.1:{upstream};", text)
    head = f"user {getuser()};\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
    (folder / "nginx.conf").write_text(head + text)


@attack("19", order=57)
def slow_senders(product: Product) -> Outcome:
    """Thirty connections that send one byte of a request's head a second do not stop the pages."""
    over = threading.Event()

    def drip() -> None:
        import contextlib
        import socket

        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", product.port), timeout=20) as opened:
            for sign in b"GET /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\n":
                if over.wait(0.5):
                    return
                opened.sendall(bytes([sign]))

    threads = [threading.Thread(target=drip) for _ in range(30)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    taken = []
    for _ in range(10):
        try:
            taken.append(Client(product.port, timeout=20).get("/sign-in/").seconds)
        except OSError:
            taken.append(20.0)
    over.set()
    for thread in threads:
        thread.join()
    slow = max(taken)
    return judged(
        [f"the page took {slow:.0f} s"] if slow > 5 else [], f"page at most {slow * 1000:.0f} ms", was_refused=False
    )


@attack("21", may_fault=True, order=58)
def stale_connections(product: Product) -> Outcome:
    """Every connection of the web is ended, as a restart of the database ends them: no page fails for it."""
    clerk = product.client("TOWN_CLERK", product.place["town"])
    holes, statuses = [], Counter[int]()
    for _ in range(3):
        for _ in range(20):
            Client(product.port).get("/sign-in/")
        product.database.value(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'canbao_web'"
        )
        statuses.update(Client(product.port).get("/sign-in/").status for _ in range(20))
        statuses.update(clerk.get("/search/").status for _ in range(10))
    wrong = sum(count for status, count in statuses.items() if status >= 500)
    holes += [f"{wrong} pages of {sum(statuses.values())} answered 500"] if wrong else []
    return judged(holes, f"answers {dict(statuses)}", was_refused=False)


@attack("21", may_fault=True, order=90)
def worker_after_restart(product: Product) -> Outcome:
    """After the same, the worker still takes jobs and the timetable still seals."""
    from tests.attack.deliveries import csv_of, people, upload

    product.database.value(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'canbao_worker'"
    )
    _, job = upload(product, {f"{token_hex(4)}.csv": csv_of(people(5))}, wait=120)
    return judged([] if job.state == "DONE" else [job.says], job.says, was_refused=False)
