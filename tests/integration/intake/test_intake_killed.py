"""A command that is killed leaves nothing that counts; started again, it ends where an undisturbed one does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.outside.postgres import EmbeddedServer
from tests.integration.intake.builders import Desk, people

ROWS = 60_000


@pytest.fixture
def register() -> Iterator[Path]:
    """A practice home of its own, with its own server."""
    with tempfile.TemporaryDirectory(prefix="canbao-test-") as folder:
        run(Path(folder), "init", "--practice")
        yield Path(folder)
        server = EmbeddedServer(Path(folder), password="")
        if pid := server.pid():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(server.socket_dir, ignore_errors=True)


def start(home: Path, *args: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "canbao.config.entry", *args],
        env=environment | {"CANBAO_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, *args: str) -> str:
    command = start(home, *args)
    out, err = command.communicate(timeout=120)
    assert command.returncode == 0, err
    return out


def kill_when(home: Path, pattern: str, *args: str) -> None:
    """Start a command and kill it as soon as a file appears."""
    command = start(home, *args)
    while command.poll() is None and not list(home.glob(pattern)):
        pass
    command.send_signal(signal.SIGKILL)
    command.communicate()


def listed(home: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(run(home, "intake", "list", "--json"))
    return rows


@pytest.mark.timeout(300)
def test_killed_anywhere_and_started_again_the_result_is_the_same(desk: Desk, register: Path) -> None:
    home = register
    path = desk.deliver(people(ROWS))
    undisturbed = desk.accept(path)
    receive = ("intake", "receive", str(path), "--as", "zhang")
    for pattern in ("tmp/intake-*/text.csv", "deliveries/1/raw/0000.parquet", "deliveries/1/mapped/0000.parquet.part"):
        kill_when(home, pattern, *receive)
        assert [row["status"] for row in listed(home)] == ["RECEIVING"]
    kill_when(home, "deliveries/1/outcome.parquet", *receive)
    run(home, *receive)
    (line,) = listed(home)
    assert line["status"] == "PREPARED" and line["counts"] == undisturbed.counts
    commit = ("intake", "commit", "--all", "--as", "li")
    for pattern in ("states/police/*.part", "states/police/*.parquet"):
        kill_when(home, pattern, *commit)
        (line,) = listed(home)
        assert (line["status"] == "COMMITTED") == (line["committed_by"] == "li")
    run(home, *commit)
    assert not list(home.rglob("*.part")) and not list((home / "tmp").iterdir())
    batch = json.loads(run(home, "intake", "preview", "1", "--json"))
    assert batch["status"] == "COMMITTED" and batch["state_digest"] == undisturbed.state_digest
