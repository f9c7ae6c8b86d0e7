"""A register of its own served by `canbao serve` on a port of the loopback, spoken to byte by byte."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from canbao.config import database
from tests.ports import free_port
from tests.worlds import town_offices, village_office

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "canbao.config.entry"]
TOKEN = "a" * 32
TOWN = town_offices()[0]
VILLAGE = village_office(TOWN)


def environment(home: Path, **more: str) -> dict[str, str]:
    outside = ("DATABASE_URL", "CANBAO_DEMO", "CANBAO_LOGIN", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    return kept | {"CANBAO_HOME": str(home)} | more


def until(found: Callable[[], Any], *, seconds: float = 60) -> Any:
    """What it finds, asked again and again; errors of what is not there yet are waited out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answer := found():
                return answer
        except (OSError, psycopg.Error):
            pass
        time.sleep(0.05)
    raise AssertionError("waited in vain")


@dataclass
class Answer:
    """What came back on a connection; empty where it was only closed."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Served:
    """A running `canbao serve`."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    cookies: dict[tuple[str, str], str] = field(default_factory=dict)

    def cookie(self, role: str, office: str = "50", name: str = "") -> str:
        """The Cookie header of a session that has passed the second factor."""
        key = (name or f"f-{role.lower()}", role)
        if key not in self.cookies:
            asked = {"accounts": [{"name": key[0], "role": role, "office": office}]}
            env = environment(self.home, DJANGO_SETTINGS_MODULE="canbao.config.settings")
            script = str(ROOT / "tests" / "browser" / "make_account.py")
            made = subprocess.run(
                [sys.executable, script, json.dumps(asked)], env=env, capture_output=True, text=True, check=True
            )
            self.cookies[key] = json.loads(made.stdout)[0]["value"]
        return f"canbao_session={self.cookies[key]}; canbao_csrf={TOKEN}"

    def head(self, method: str, path: str, *, size: int | None = None, cookie: str = "", **more: str) -> bytes:
        """Request line and headers of a request with a body of `size` bytes."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", f"X-CSRFToken: {TOKEN}"]
        lines += [f"Cookie: {cookie}"] if cookie else []
        lines += [f"Content-Length: {size}"] if size is not None else []
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin1")

    @contextmanager
    def sending(self, data: bytes, *, port: int = 0) -> Iterator[socket.socket]:
        """A connection on which some bytes have been sent and which is held open."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=60) as line:
            line.sendall(data)
            yield line

    def ask(self, data: bytes) -> Answer:
        """Send all of a request; what comes back until the server closes."""
        with self.sending(data) as line:
            return received(line)

    def get(self, path: str, *, cookie: str = "") -> Answer:
        return self.ask(self.head("GET", path, cookie=cookie))

    def query(self, sql: str) -> Any:
        """One value from the database, asked as its superuser."""
        with psycopg.connect(database.admin_dsn(self.home, dbname="canbao"), connect_timeout=5) as connection:
            row = connection.execute(sql.encode()).fetchone()
        return row[0] if row else None

    def open_uploads(self) -> list[Path]:
        return [path for path in (self.home / "uploads" / "open").glob("*") if path.name != "lock"]


def received(line: socket.socket) -> Answer:
    """All of an answer, or nothing where the server closed without one."""
    came = b""
    try:
        while part := line.recv(65536):
            came += part
    except ConnectionResetError:
        pass
    if not came:
        return Answer()
    head, _, body = came.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
    return Answer(int(first.split()[1]), headers, body)


@contextmanager
def serve(home: Path, *, threads: int = 4, **more: str) -> Iterator[Served]:
    """Two processes of the web for as long as the block lasts."""
    port = free_port()
    command = [*COMMAND, "serve", "--port", str(port), "--workers", "2", "--threads", str(threads), "--no-worker"]
    with (home.parent / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment(home, **more), stdout=log, stderr=log)
    served = Served(home, port, process)
    try:
        until(lambda: served.get("/sign-in/").status in (200, 301), seconds=90)
        yield served
    finally:
        process.terminate()
        process.wait(timeout=60)


def children(process: int, word: str) -> list[int]:
    """The child processes with this word in their command."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == process and word in (stat.parent / "cmdline").read_text():
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found
