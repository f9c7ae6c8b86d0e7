"""`canbao serve` as processes: worker, web and database are killed; the job in hand ends, once, and the pages come back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from canbao.config import database
from canbao.outside.postgres import EmbeddedServer
from tests.integration.intake.builders import Desk, people
from tests.ports import free_port

ROWS = 60_000
ASK = """
import django; django.setup()
from datetime import datetime, timezone
from canbao.rules.roles import Actor, Role
from canbao.services import jobs
jobs.start(jobs.Kind.RECEIVE, label='x', arguments={'inbox': 'police'}, actor=Actor('zhang', Role.MUNICIPAL_OPERATOR),
           at=datetime.now(timezone.utc))
"""


@pytest.fixture
def register() -> Iterator[Path]:
    """A practice home of its own, with its own server."""
    with TemporaryDirectory(prefix="canbao-test-") as folder:
        command = [sys.executable, "-m", "canbao.config.entry", "init", "--practice"]
        subprocess.run(command, env=environment(Path(folder)), check=True, capture_output=True)
        yield Path(folder)
        server = EmbeddedServer(Path(folder), password="")
        if pid := server.pid():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(server.socket_dir, ignore_errors=True)


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"CANBAO_HOME": str(home)}


def until(found: Callable[[], Any], *, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answer := found():
                return answer
        except (OSError, psycopg.Error):
            pass
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def child(parent: int, word: str) -> int:
    """The newest child process of `parent` with this word in its command."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            ppid = int(stat.read_text().rpartition(")")[2].split()[1])
            if ppid == parent and word in (stat.parent / "cmdline").read_text().replace("\0", " "):
                return int(stat.parent.name)
        except OSError:
            continue
    return 0


@pytest.mark.timeout(240)
def test_killed_worker_web_and_database_come_back_and_the_job_ends_once(desk: Desk, register: Path) -> None:
    home = register
    shutil.copytree(desk.deliver(people(ROWS)), home / "inbox" / "police")
    port = free_port()
    command = [sys.executable, "-m", "canbao.config.entry", "serve", "--port", str(port), "--workers", "1"]
    serving = subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port), seconds=90)
        settings = {"DJANGO_SETTINGS_MODULE": "canbao.config.settings"}
        subprocess.run([sys.executable, "-c", ASK], env=environment(home) | settings, check=True)
        until(lambda: ask(home, "select state = 'RUNNING' and stage like '读取%' from job"))
        os.kill(child(serving.pid, "entry worker"), signal.SIGKILL)
        os.kill(child(serving.pid, "gunicorn"), signal.SIGKILL)
        until(lambda: ask(home, "select state = 'DONE' from job"))
        assert ask(home, "select attempts from job") == 2
        assert ask(home, "select count(*) from journal where event = 'DELIVERY_RECEIVED'") == 1
        assert ask(home, "select counts ->> 'new' from batch") == str(ROWS)
        os.kill(int((home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        until(lambda: ask(home, "select true"))
        until(lambda: answers(port))
    finally:
        serving.terminate()
        assert serving.wait(timeout=60) in (143, -signal.SIGTERM)
    assert not EmbeddedServer(home, password="").pid()


def answers(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5) as answer:
        return bool(answer.status == 200)


def ask(home: Path, query: str) -> Any:
    with psycopg.connect(database.admin_dsn(home, dbname="canbao"), connect_timeout=5) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
