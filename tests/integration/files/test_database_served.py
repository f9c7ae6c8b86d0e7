"""The database restarts, is waited for, or loses a connection: pages say so and come back, and never fail as a bug would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from canbao.config import database
from canbao.config.time_limits import LIMITS
from tests.integration.files.serving import Served, environment, until

AT_ONCE = 8  # more than the threads of all processes: each of them has a connection


@pytest.fixture
def cookie(served: Served) -> str:
    return served.cookie("SYSTEM_ADMINISTRATOR")


def many(served: Served, cookie: str) -> set[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {answer.status for answer in pool.map(lambda _: served.get("/", cookie=cookie), range(3 * AT_ONCE))}


@contextmanager
def asking(served: Served, cookie: str) -> Iterator[set[int]]:
    """Somebody who asks all the time, and what was answered."""
    seen: set[int] = set()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            seen.add(served.get("/", cookie=cookie).status)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(ask)
        try:
            yield seen
        finally:
            over.set()


def postmaster(served: Served) -> int:
    return int((served.home / "postgres" / "postmaster.pid").read_text().split()[0])


def test_a_restart_of_the_database_gives_no_error(served: Served, cookie: str) -> None:
    assert many(served, cookie) == {200}
    with asking(served, cookie) as seen:
        before = postmaster(served)
        os.kill(before, signal.SIGINT)
        until(lambda: postmaster(served) != before and served.query("select true"))
        assert until(lambda: served.get("/", cookie=cookie).status == 200)
    assert seen <= {200, 503}
    assert many(served, cookie) == {200}


def test_connections_that_died_while_nobody_asked_are_made_anew(served: Served, cookie: str) -> None:
    assert many(served, cookie) == {200}
    served.query("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'canbao_web'")
    assert many(served, cookie) == {200}


def test_a_lock_that_is_not_had_is_said_and_holds_no_thread(served: Served, cookie: str) -> None:
    with psycopg.connect(database.admin_dsn(served.home, dbname="canbao")) as holder:
        holder.execute("lock table session in access exclusive mode")
        answer = served.get("/", cookie=cookie)
        assert answer.status == 503 and "正忙" in answer.body.decode() and answer.headers["retry-after"]
        api = served.ask(served.head("POST", "/api/v1/field/visits", size=2, cookie=cookie) + b"{}")
        assert api.status == 503 and '"code": "BUSY"' in api.body.decode()
        holder.rollback()
    assert served.get("/", cookie=cookie).status == 200


@pytest.mark.parametrize("role", ["web", "worker"])
def test_the_limits_are_in_force_for_each_login_of_a_process(served: Served, role: str) -> None:
    """Asked of the settings that the process itself reads, through its own connection."""
    asks = (
        "import django; django.setup()\nfrom django.db import connection\nwith connection.cursor() as cursor:\n"
        '    cursor.execute("select name, current_setting(name) from pg_settings where name = any(%s)",'
        f" [{[*LIMITS[role], 'client_connection_check_interval']!r}])\n    import json; print(json.dumps(dict(cursor.fetchall())))"
    )
    env = environment(served.home, CANBAO_LOGIN=role, DJANGO_SETTINGS_MODULE="canbao.config.settings")
    done = subprocess.run([sys.executable, "-c", asks], env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {**LIMITS[role], "client_connection_check_interval": "10s"}
