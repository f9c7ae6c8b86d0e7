"""The process that reads files of others reaches nothing, and ends with whom it reads for."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from canbao.outside.reader import client
from canbao.outside.reader.client import protections, reading
from canbao.outside.reader.failures import Failure, ReaderBusyError, ReaderError
from canbao.outside.reader.limits import MIB, Group, Operation
from canbao.outside.reader.lock import Protection, Trial
from canbao.outside.reader.memory import in_memory
from tests import hostile
from tests.integration.evidence.files import picture
from tests.readers import heads, readers, servers, soon, unzipped


def test_this_system_protects_and_the_server_has_no_environment() -> None:
    for group in Group:
        found = protections(group)
        assert found.essential and found.watched and not found.unreadable
        assert found.refused == frozenset(Trial) and Protection.LIMITS in found.used
    for server in servers():
        assert Path(f"/proc/{server}/environ").read_bytes() == b""
        assert soon(lambda server=server: not other_descriptors(server))  # type: ignore[misc]


def other_descriptors(server: int) -> list[str]:
    """Beside its socket; while it watches a reader it has a pipe and looks at /proc."""
    with suppress(OSError):
        names = [str(link.readlink()) for link in Path(f"/proc/{server}/fd").iterdir()]
        return [name for name in names if not name.startswith(("socket:", "/dev/null"))]
    return ["gone"]


LOCKED = """
import os, socket, sys
from canbao.outside.reader import lock
from canbao.outside.reader.limits import Limits
secret, which = sys.argv[1], frozenset(map(lock.Protection, sys.argv[2:]))
null = os.open("/dev/null", os.O_RDWR)
told = os.dup(1)
if os.fork() == 0:
    lock.keep_only(null, told)
    held = lock.lock(Limits(), use=which)
    def fails(act):
        try:
            act()
        except OSError:
            return True
        return False
    acts = {
        "open": lambda: os.open(secret, os.O_RDONLY), "list": lambda: os.listdir("/"),
        "write": lambda: os.open(secret + ".new", os.O_WRONLY | os.O_CREAT), "unlink": lambda: os.unlink(secret),
        "socket": lambda: socket.socket(), "pair": lambda: socket.socketpair(), "kill": lambda: os.kill(os.getppid(), 0),
        "chmod": lambda: os.chmod(secret, 0o777), "stat": lambda: os.stat(secret), "memory": lambda: os.memfd_create("x"),
    }
    if which & {lock.Protection.LANDLOCK, lock.Protection.SECCOMP}:
        acts["exec"] = lambda: os.execv("/bin/true", ["true"])
    held_names = ",".join(sorted(held))
    refused = ",".join(sorted(name for name, act in acts.items() if fails(act)))
    os.write(lock.ANSWER, f"{held_names} {refused} {os.getuid()}".encode())
    os._exit(0)
os.wait()
"""
EVERYTHING = {"open", "list", "write", "unlink", "socket", "pair", "kill", "chmod", "stat", "memory", "exec"}


def locked(tmp_path: Path, *use: Protection) -> tuple[set[str], set[str], int]:
    """What held and what failed in a child that was locked with these protections, and its account."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    tmp_path.chmod(0o777)
    command = [sys.executable, "-c", LOCKED, str(secret), *use]
    held, refused, account = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(" ")
    return set(held.split(",")), set(refused.split(",")), int(account)


def test_a_locked_process_reaches_nothing(tmp_path: Path) -> None:
    held, refused, account = locked(tmp_path, *Protection)
    assert held == set(Protection) and refused == EVERYTHING
    assert account != 0
    assert (tmp_path / "secret").read_text() == "x" and not (tmp_path / "secret.new").exists()


@pytest.mark.parametrize(
    ("alone", "least"),
    [
        (Protection.SECCOMP, EVERYTHING),
        (Protection.LANDLOCK, {"open", "list", "write", "unlink", "exec"}),
        (Protection.LIMITS, {"open", "list", "write", "socket", "pair", "memory"}),
    ],
)
def test_each_wall_stands_alone(tmp_path: Path, alone: Protection, least: set[str]) -> None:
    assert locked(tmp_path, Protection.PRIVILEGES, alone)[1] >= least


def test_whoever_stops_reading_ends_the_reader() -> None:
    with in_memory(hostile.gzip_bomb(400_000_000)) as file, reading(Operation.GUNZIP, file) as answer:
        next(iter(answer.data()))
        assert readers()
    assert soon(lambda: not readers())


def test_an_answer_ends_with_its_block() -> None:
    with in_memory(gzip.compress(b"x" * MIB * 3)) as file, reading(Operation.GUNZIP, file) as answer:
        pieces = answer.data()
        next(pieces)
    with pytest.raises(ValueError):
        list(pieces)


def test_a_server_that_was_killed_is_started_again() -> None:
    assert unzipped(gzip.compress(b"x")) == b"x"
    for server in servers():
        os.kill(server, signal.SIGKILL)
    assert soon(lambda: not servers())
    assert unzipped(gzip.compress(b"x")) == b"x"


def test_a_reader_killed_from_outside_is_lost_and_not_the_files_fault() -> None:
    with in_memory(gzip.compress(os.urandom(8 * MIB))) as file, reading(Operation.GUNZIP, file) as answer:
        pieces = answer.data()
        next(pieces)
        for reader in readers():
            os.kill(reader, signal.SIGKILL)
        with pytest.raises(ReaderError) as lost:
            list(pieces)
    assert lost.value.failure is Failure.LOST


def test_more_than_two_at_a_time_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(client.WAIT_SECONDS, Group.TABLES, 0.05)
    packed = gzip.compress(b"x")
    with in_memory(packed) as a, in_memory(packed) as b, reading(Operation.GUNZIP, a), reading(Operation.GUNZIP, b):
        with pytest.raises(ReaderBusyError):
            unzipped(packed)
        assert heads(Operation.LOOK_PICTURE, picture()) == {"pages": 1}  # another group has turns of its own
    assert unzipped(packed) == b"x"


ALONE = """
import gzip, os, sys, time
from canbao.outside.reader.client import reading
from canbao.outside.reader.limits import Operation
from canbao.outside.reader.memory import in_memory
def read():
    with in_memory(gzip.compress(b"good")) as file, reading(Operation.GUNZIP, file) as answer:
        return b"".join(answer.data()).decode()
print(read())
if sys.argv[1] == "fork":
    if os.fork() == 0:
        print(read(), flush=True)
        os._exit(0)
    os.wait()
    print(read())
else:
    print(open("/proc/self/task/%d/children" % os.getpid()).read(), end="")
    for task in os.listdir("/proc/self/task"):
        print(open(f"/proc/self/task/{task}/children").read(), end=" ")
    print(flush=True)
    time.sleep(60)
"""


def test_a_forked_process_has_a_server_of_its_own() -> None:
    run = subprocess.run([sys.executable, "-c", ALONE, "fork"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["good"] * 3


def test_the_server_ends_with_its_process() -> None:
    with subprocess.Popen([sys.executable, "-c", ALONE, "wait"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "good\n"
        started = {int(text) for text in process.stdout.readline().split()}
        assert started
        process.kill()
    assert soon(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
