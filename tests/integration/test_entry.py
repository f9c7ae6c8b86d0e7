"""`canbao` as a process: a home of its own, made at first use, left without anything running."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.outside.postgres import EmbeddedServer

COMMAND = [sys.executable, "-m", "canbao.config.entry"]


@pytest.fixture(scope="module")
def register() -> Iterator[Path]:
    """A home folder of its own, not the test session's."""
    with tempfile.TemporaryDirectory(prefix="canbao-test-") as top:
        yield Path(top) / "register"


def canbao(register: Path, *args: str) -> subprocess.Popen[str]:
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    env["CANBAO_HOME"] = str(register)
    return subprocess.Popen([*COMMAND, *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_interrupted_in_its_first_use_it_leaves_quietly_with_130(register: Path) -> None:
    register.mkdir(mode=0o700)
    with (register / "initialise.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = canbao(register, "audit", "verify")
        assert waiting.stderr
        assert "首次使用" in waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert "Traceback" not in said
    assert EmbeddedServer(register, password="").pid() is None


def test_the_first_command_makes_the_register_and_the_next_finds_it(register: Path) -> None:
    first = canbao(register, "audit", "verify", "--json")
    answer, said = first.communicate(timeout=120)
    assert (first.returncode, "首次使用" in said) == (0, True)
    assert json.loads(answer)["intact"] is True
    second = canbao(register, "audit", "verify")
    _, said = second.communicate(timeout=60)
    assert (second.returncode, "首次使用" in said) == (0, False)
    assert EmbeddedServer(register, password="").pid() is None


def test_secrets_are_for_their_owner_only(register: Path) -> None:
    for name in ("secret_key", "credentials.json", "postgres.log"):
        assert (register / name).stat().st_mode & 0o777 == 0o600
    assert (register / "postgres").stat().st_mode & 0o777 == 0o700
