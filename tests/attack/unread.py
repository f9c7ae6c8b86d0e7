"""Requests that are announced and never come, and answers that nobody reads: more than there are threads (entry 19)."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from tests.attack.clients import Client
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product
from tests.attack.slow import IDLE
from tests.attack.sockets import head, line, unfinished

COUNT = 40  # the product has eight threads
MOST_SECONDS = 5.0
GIVEN_UP = 13.0  # seconds after which who reads nothing has lost the connection


def _slowest(product: Product, seconds: float) -> float:
    """Of the sign-in pages that are asked for in this time, one after the other."""
    until, slowest = time.monotonic() + seconds, 0.0
    while time.monotonic() < until:
        try:
            slowest = max(slowest, Client(product.port, timeout=40).get("/sign-in/").seconds)
        except OSError:
            return 40.0
        time.sleep(0.2)
    return slowest


def _judged(taken: dict[str, float], held: list[str]) -> Outcome:
    holes = [f"{what}: the page took {seconds:.0f} s" for what, seconds in taken.items() if seconds > MOST_SECONDS]
    says = "; ".join(f"{what}: page at most {seconds * 1000:.0f} ms" for what, seconds in taken.items())
    return judged(holes + held, says, was_refused=False)


@attack("19", order=57)
def announced_bodies(product: Product) -> Outcome:
    """Forty requests of one account, and of several, that announce a long form, and of anybody one of 60 kB: none ever comes."""
    town, taken, held = product.place["town"], {}, []
    clerk = product.client("TOWN_CLERK", town)
    for what, client, size in (("one account", clerk, 2_000_000), ("anybody", Client(product.port), 60_000)):
        with unfinished(client, "/search/", count=COUNT, size=size):
            taken[what] = _slowest(product, 6)
            if idle := int(product.database.value(IDLE)):
                held.append(f"{what}: {idle} transactions held open")
    return _judged(taken, held)


@attack("19", order=57)
def odd_beginnings(product: Product) -> Outcome:
    """Forty connections each that send nothing, an empty line, half a head with other ends of line, and a body in pieces."""
    taken = {}
    for what, first in (
        ("nothing", b""),
        ("an empty line", b"\r\n\r\n"),
        ("bare ends of line", b"GET /sign-in/ HTTP/1.1\nHost: x\n\n"),
        ("pieces", b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        (
            "asked to go on",
            b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 900\r\n\r\n",
        ),
    ):
        with contextlib.ExitStack() as held:
            for _ in range(COUNT):
                opened = held.enter_context(socket.create_connection(("127.0.0.1", product.port), timeout=10))
                with contextlib.suppress(OSError):
                    opened.sendall(first)
            taken[what] = _slowest(product, 4)
    return _judged(taken, [])


@contextlib.contextmanager
def _unread(product: Product, client: Client, path: str) -> Iterator[None]:
    """Requests whose answers are not read, on connections with the smallest window there is."""
    with contextlib.ExitStack() as held:
        for _ in range(COUNT):
            opened = held.enter_context(socket.socket())
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # else the kernel takes the whole file
            opened.settimeout(10)
            opened.connect(("127.0.0.1", product.port))
            opened.sendall(head(client, "GET", path, {}))
        yield


@attack("19", order=57)
def unread_answers(product: Product) -> Outcome:
    """Forty connections ask for the largest file of the pages, and for a page, and read nothing of the answer."""
    clerk, taken = product.client("TOWN_CLERK", product.place["town"]), {}
    styles = Client(product.port).get("/sign-in/").text.split('href="')
    files = [part.split('"')[0] for part in styles if ".css" in part.split('"')[0]]
    largest = max(files, key=lambda path: len(Client(product.port).get(path).body))
    for what, client, path in (("a file", Client(product.port), largest), ("a page", clerk, "/search/")):
        with _unread(product, client, path):
            time.sleep(GIVEN_UP)
            taken[what] = _slowest(product, 8)
    return _judged(taken, [])


@attack("19", events=("UPLOAD_REFUSED",), order=57)
def uploads_of_several(product: Product) -> Outcome:
    """Six accounts announce two papers of 90 MB each and send the first line: as many as there are threads, and more."""
    path = f"/survey/tasks/{product.place['task']}/evidence/add/"
    clerks = [product.fresh("TOWN_CLERK", product.place["town"])[1] for _ in range(6)]
    with contextlib.ExitStack() as held:
        for client in clerks * 2:
            opened = held.enter_context(line(client))
            headers = {"Content-Type": "multipart/form-data; boundary=xyz", "Content-Length": "90000000"}
            opened.sendall(head(client, "POST", path, headers) + b"--xyz\r\n")
        time.sleep(1)
        taken = {"six accounts": _slowest(product, 8)}
    return _judged(taken, [])
