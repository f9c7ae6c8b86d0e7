"""The embedded server outlives killed commands, comes back when it is killed itself, and stops with its last user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from canbao.outside.postgres import PORT, SUPERUSER, EmbeddedServer

PASSWORD = "only-for-this-test"
# a command that writes one row, says so, and waits to be killed or told to end
COMMAND = f"""
import sys, psycopg
from pathlib import Path
from canbao.outside.postgres import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), password={PASSWORD!r})
server.start()
with psycopg.connect(host=str(server.socket_dir), user={SUPERUSER!r}, password={PASSWORD!r}, dbname="postgres") as con:
    con.execute("select pg_advisory_xact_lock(1)")
    con.execute("create table if not exists mark (n int)")
    con.execute("insert into mark values (1)")
print(server.pid(), flush=True)
sys.stdin.readline()
server.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A home below folders that only their owner may enter, as under /root."""
    with tempfile.TemporaryDirectory(prefix="canbao-test-") as top:
        nested = Path(top) / "private" / "home"
        nested.parent.mkdir(mode=0o700)
        yield nested
        server = EmbeddedServer(nested, password=PASSWORD)
        if pid := server.pid():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(server.socket_dir, ignore_errors=True)


def run(home: Path) -> tuple[subprocess.Popen[str], int]:
    """Start the command; gives it and the server's process id once its row is committed."""
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert command.stdout
    return command, int(command.stdout.readline())


def end(command: subprocess.Popen[str]) -> None:
    command.communicate("\n", timeout=60)
    assert command.returncode == 0


def rows(home: Path) -> int:
    server = EmbeddedServer(home, password=PASSWORD)
    server.start()
    dsn = f"host={server.socket_dir} port={PORT} user={SUPERUSER} password={PASSWORD} dbname=postgres"
    with psycopg.connect(dsn) as connection:
        found = connection.execute("select count(*) from mark").fetchone()
    server.stop()
    assert found
    return int(found[0])


def test_the_last_of_two_commands_stops_the_server(folder: Path) -> None:
    first, pid = run(folder)
    second, same = run(folder)
    assert pid == same
    end(first)
    assert EmbeddedServer(folder, password=PASSWORD).pid() == pid
    end(second)
    assert EmbeddedServer(folder, password=PASSWORD).pid() is None
    assert rows(folder) == 2


def test_two_first_commands_at_once_make_one_server(folder: Path) -> None:
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    pids = {int(command.stdout.readline()) for command in starting if command.stdout}
    assert len(pids) == 1
    for command in starting:
        end(command)
    assert rows(folder) == 2


def test_a_killed_command_leaves_the_server_to_the_next_one(folder: Path) -> None:
    killed, pid = run(folder)
    killed.kill()
    killed.wait()
    following, same = run(folder)
    assert same == pid
    end(following)
    assert EmbeddedServer(folder, password=PASSWORD).pid() is None


@pytest.mark.parametrize("also_the_command", [False, True])
def test_committed_rows_survive_the_death_of_the_server(folder: Path, also_the_command: bool) -> None:
    command, pid = run(folder)
    os.kill(pid, signal.SIGKILL)
    if also_the_command:
        command.kill()
        command.wait()
    following, other = run(folder)
    assert other != pid
    if not also_the_command:
        end(command)
    end(following)
    assert rows(folder) == 2


def test_a_server_killed_with_all_its_children_comes_back(folder: Path) -> None:
    command, pid = run(folder)
    os.killpg(pid, signal.SIGKILL)  # the server leads its own session, hence its own group
    command.kill()
    command.wait()
    await_end(pid)  # until then it may still take a connection, and break it off
    assert rows(folder) == 1


def await_end(pid: int) -> None:
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} does not end")


def test_an_unfinished_initdb_is_made_anew(folder: Path) -> None:
    (folder / "postgres.part").mkdir(parents=True)
    (folder / "postgres.part" / "PG_VERSION").write_text("18")
    command, _ = run(folder)
    end(command)
    assert not (folder / "postgres.part").exists()


def test_the_number_of_another_program_in_the_lock_file_does_not_stop_it(folder: Path) -> None:
    command, _ = run(folder)
    end(command)
    (folder / "postgres" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{folder}/postgres\n1\n5432\n/tmp\n\n1 1\nready\n"
    )
    assert rows(folder) == 1


def test_the_server_listens_on_a_private_socket_only(folder: Path) -> None:
    command, _ = run(folder)
    server = EmbeddedServer(folder, password=PASSWORD)
    assert server.socket_dir.stat().st_mode & 0o777 == 0o700
    assert len(str(server.socket_dir / f".s.PGSQL.{PORT}")) <= 107
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(server.socket_dir), user=SUPERUSER, password="wrong", dbname="postgres")
    end(command)
    assert not server.socket_dir.exists()
