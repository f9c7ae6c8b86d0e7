"""`canbao` as a process: homes are made by `init` only, of one kind for ever, and left without anything running."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.config.home import is_practice
from canbao.outside.postgres import EmbeddedServer

COMMAND = [sys.executable, "-m", "canbao.config.entry"]


@pytest.fixture(scope="module")
def top() -> Iterator[Path]:
    """Where the homes of these tests lie, not the test session's."""
    with tempfile.TemporaryDirectory(prefix="canbao-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def register(top: Path) -> Path:
    """A practice home."""
    home = top / "practice"
    done(home, "init", "--practice")
    return home


def canbao(home: Path, *args: str) -> subprocess.Popen[str]:
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    env["CANBAO_HOME"] = str(home)
    return subprocess.Popen([*COMMAND, *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(home: Path, *args: str) -> tuple[int, str, str]:
    """(exit code, output, sentences)."""
    command = canbao(home, *args)
    answer, said = command.communicate(timeout=240)
    return command.returncode, answer, said


def done(home: Path, *args: str) -> tuple[str, str]:
    code, answer, said = ended(home, *args)
    assert code == 0, said
    return answer, said


def holds(pid: int, file: Path) -> bool:
    """Whether the process has the file open."""
    try:
        return any(handle.readlink() == file for handle in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


@pytest.mark.parametrize("command", [("status",), ("audit", "verify"), ("serve",), ("person", "show", "1")])
def test_a_home_that_nobody_made_is_not_made_by_the_way(top: Path, command: tuple[str, ...]) -> None:
    for home in (top / "nothing", top / "empty"):
        (top / "empty").mkdir(exist_ok=True, mode=0o700)
        code, answer, said = ended(home, *command)
        assert (code, answer) == (4, "")
        assert "canbao init" in said and "canbao init --practice" in said
    assert not (top / "nothing").exists() and not list((top / "empty").iterdir())


def test_interrupted_while_it_makes_a_home_it_leaves_quietly_with_130(top: Path) -> None:
    home = top / "waiting"
    home.mkdir(mode=0o700)
    with (home / "initialise.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = canbao(home, "init")
        while not holds(waiting.pid, home / "initialise.lock"):
            assert waiting.poll() is None
            time.sleep(0.05)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(1)
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=240)
    assert waiting.returncode == 130
    assert "Traceback" not in said
    assert EmbeddedServer(home, password="").pid() is None


def test_the_first_line_of_every_command_says_that_people_are_invented(register: Path) -> None:
    for command in (("audit", "verify", "--json"), ("init", "--practice"), ("status",)):
        _, said = done(register, *command)
        assert said.splitlines()[0].startswith("练习环境,人员均为虚构")
    answer, _ = done(register, "audit", "verify", "--json")
    assert json.loads(answer)["intact"] is True
    assert EmbeddedServer(register, password="").pid() is None


def test_a_home_keeps_the_kind_it_was_made_with(top: Path, register: Path) -> None:
    code, _, said = ended(register, "init")
    assert (code, "是练习环境,不能改作正式使用" in said) == (4, True)
    real = top / "real"
    _, said = done(real, "init")
    assert not is_practice(real) and "练习" not in said
    assert "练习" not in done(real, "init")[1]
    code, _, said = ended(real, "init", "--practice")
    assert (code, "是正式登记库,不能改作练习环境" in said) == (4, True)
    code, _, said = ended(real, "demo", "--no-serve")
    assert (code, "是正式登记库" in said) == (4, True)
    assert not is_practice(real) and not (real / "city").exists()


def test_the_database_knows_its_kind_too(top: Path) -> None:
    """As when DATABASE_URL names the register of another home, or somebody adds the file."""
    home = top / "turned"
    done(home, "init")
    (home / "practice").write_text("")
    for command in (("status",), ("init", "--practice"), ("person", "show", "1", "--as", "anybody")):
        code, answer, said = ended(home, *command)
        assert (code, answer, "不能一起使用" in said) == (4, "", True), command
    (home / "practice").unlink()
    done(home, "status")


def test_a_home_of_before_is_a_real_one_and_half_a_practice_home_stays_one(top: Path) -> None:
    old, half = top / "old", top / "half"
    for home, name in ((old, "secret_key"), (half, "practice")):
        home.mkdir()
        (home / name).write_text("x")
    assert ended(old, "init", "--practice")[0] == 4 and not (old / "practice").exists()
    assert ended(half, "init")[0] == 4 and not (half / "secret_key").exists()


def test_a_database_of_another_version_is_not_changed_by_the_way(register: Path) -> None:
    mark = register / "initialised"
    kept = mark.read_text()
    mark.write_text("an older one")
    code, _, said = ended(register, "status")
    assert (code, "请先备份,再执行 canbao init --practice" in said) == (4, True)
    assert mark.read_text() == "an older one"
    mark.write_text(kept)


def test_secrets_are_for_their_owner_only(register: Path) -> None:
    for name in ("practice", "secret_key", "credentials.json", "postgres.log"):
        assert (register / name).stat().st_mode & 0o777 == 0o600
    assert (register / "postgres").stat().st_mode & 0o777 == 0o700
