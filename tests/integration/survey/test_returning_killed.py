"""The web is killed in the middle of a stack: what was acknowledged is there, what is sent again is told as taken back."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from canbao.config import database
from tests.integration.intake.test_serve_killed import answers, ask, environment, free_port, register, until

__all__ = ["register"]

SHEETS, HANDS = 400, 4
SETTINGS = {"DJANGO_SETTINGS_MODULE": "canbao.config.settings"}
TOKEN = "a" * 32


@contextmanager
def web(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """gunicorn in a process group of its own, killed at the end."""
    command = [sys.executable, "-m", "gunicorn", "canbao.config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    more = ["--workers", "2", "--threads", "4", "--worker-class", "gthread"]
    env = environment(home) | SETTINGS | {"CANBAO_LOGIN": "web"}
    quiet = subprocess.DEVNULL
    running = subprocess.Popen([*command, *more], env=env, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        until(lambda: answers(port), seconds=90)
        yield running
    finally:
        kill(running)


def kill(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait(30)


class Hand:
    """Somebody at a scanner: sends numbers one after the other and remembers what was answered."""

    def __init__(self, port: int, made: dict[str, Any]) -> None:
        self.port, self.path = port, f"/survey/{made['round']}/return/"
        self.headers = {
            "Cookie": f"canbao_session={made['session']}; canbao_csrf={TOKEN}", "X-CSRFToken": TOKEN,
            "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        self.answered: dict[str, dict[str, Any]] = {}

    def send(self, numbers: Sequence[str], *, told: threading.Semaphore | None = None) -> None:
        """Until all are answered or the web is gone."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            for number in numbers:
                connection.request("POST", self.path, urlencode({"number": f"{number}-1"}), self.headers)
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, body[:300]
                self.answered[number] = json.loads(body)
                if told:
                    told.release()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


@pytest.mark.timeout(240)
def test_no_acknowledged_sheet_is_lost_when_the_web_is_killed_and_none_counts_twice(register: Path) -> None:
    server = database.start(register)
    assert server
    try:
        made = json.loads(run(register, str(Path(__file__).with_name("make_stack.py")), str(SHEETS)))
        numbers, port = made["numbers"], free_port()
        hands = [Hand(port, made) for _ in range(HANDS)]
        with web(register, port) as running:
            told = threading.Semaphore(0)
            at_work = [
                threading.Thread(target=hand.send, args=(numbers[n::HANDS],), kwargs={"told": told})
                for n, hand in enumerate(hands)
            ]
            for one in at_work:
                one.start()
            for _ in range(SHEETS // 4):
                assert told.acquire(timeout=60)
            kill(running)
            for one in at_work:
                one.join(60)
        acknowledged = {number for hand in hands for number, said in hand.answered.items() if said["is_back"]}
        assert SHEETS // 4 <= len(acknowledged) < SHEETS  # in the middle
        assert acknowledged <= set(ask(register, "select array_agg(form_number::text) from form_return"))

        again = Hand(port, made)
        with web(register, port):
            again.send(numbers)
        kinds = {number: said["kind"] for number, said in again.answered.items()}
        assert {kinds[number] for number in acknowledged} == {"ALREADY"}
        assert all(again.answered[number]["mine"] for number in acknowledged)
        assert set(kinds.values()) == {"ALREADY", "BACK"} and len(kinds) == SHEETS
        assert ask(register, "select count(*) from form_return") == SHEETS
        assert ask(register, "select count(*) from survey_task where state = 'RETURNED'") == SHEETS
        assert ask(register, "select count(*) from journal where event = 'FORM_RETURNED'") == SHEETS
    finally:
        server.stop()


def run(home: Path, *command: str) -> str:
    env = environment(home) | SETTINGS | {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, *command], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
