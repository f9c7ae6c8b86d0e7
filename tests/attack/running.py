"""A product of one's own to attack: a practice register of an invented city in a folder of its own, served on the loopback."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.attack.clients import Account, Client
from tests.attack.database import Database
from tests.attack.watching import Watch
from tests.ports import free_port

# The markers of the environment that a product of another folder must not inherit.
_OUTSIDE = ("DATABASE_URL", "CANBAO_HOME", "CANBAO_LOGIN", "CANBAO_DEMO", "CANBAO_PRACTICE", "DJANGO_SETTINGS_MODULE")
CITY = "50"
TRACE = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (\w+.*)$", re.MULTILINE)


class NotServed(Exception):
    """The product did not start; the text is what it said."""


@dataclass
class Product:
    """folder: holds the home and the log, and may be deleted afterwards; people: of the invented city."""

    folder: Path
    people: int = 3000
    seed: int = 7
    port: int = 0
    watch: Watch | None = None
    _serve: subprocess.Popen[bytes] | None = None
    _clients: dict[str, Client] = field(default_factory=dict)
    _accounts: dict[tuple[str, str], Account] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def spare(self) -> Path:
        """A copy of the home that was taken before it was served; for attacks that spoil a whole register."""
        return self.folder / "spare"

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    @cached_property
    def database(self) -> Database:
        return Database(self.home)

    # Starting and ending.

    def __enter__(self) -> Self:
        if not (self.home / "links.csv").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.canbao("demo", "--people", str(self.people), "--seed", str(self.seed), "--no-serve", timeout=900)
        if not self.spare.exists():
            copy_home(self.home, self.spare)
        self.serve()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def environment(self, **more: str) -> dict[str, str]:
        """As an operator's shell has it, for this home."""
        kept = {key: value for key, value in os.environ.items() if key not in _OUTSIDE}
        return kept | {"CANBAO_HOME": str(self.home), "COLUMNS": "200"} | more

    def canbao(
        self, *words: str, timeout: float = 300, check: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """A command of the product. Raises NotServed when it fails and `check`."""
        command = [sys.executable, "-m", "canbao.config.entry", *words]
        done = subprocess.run(
            command, env=self.environment(**more), capture_output=True, text=True, check=False, timeout=timeout
        )
        if check and done.returncode:
            raise NotServed(f"{' '.join(words)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def serve(self, *options: str, **more: str) -> None:
        """`canbao serve` in a group of its own, until the sign-in page answers. Raises NotServed."""
        self.port = self.port or free_port()
        command = [sys.executable, "-m", "canbao.config.entry", "serve", "--port", str(self.port), *options]
        environment = self.environment(CANBAO_DEMO="1", **more)
        with self.log.open("ab") as log:
            self._serve = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        self.watch = Watch(self._serve.pid, self.port)
        self.watch.__enter__()

    def renew(self) -> None:
        """Started again, after an attack that left a process busy for ever."""
        self.stop()
        self.serve()

    def stop(self) -> None:
        """Ends what was started, and nothing else."""
        if self.watch:
            self.watch.__exit__()
            self.watch = None
        process, self._serve = self._serve, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def _wait(self, seconds: float = 240) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if Client(self.port, timeout=5).get("/sign-in/").status == 200:
                    return
            if self._serve is None or self._serve.poll() is not None:
                break
            time.sleep(0.2)
        raise NotServed(self.log.read_text("utf-8", "replace")[-3000:])

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    # People who work with it.

    def account(self, role: str, office: str = CITY) -> Account:
        """The account of this run in this post; the same each time."""
        key = (role, office)
        if key not in self._accounts:
            self._accounts[key] = self.database.make_account(role, office)
        return self._accounts[key]

    def client(self, role: str, office: str = CITY) -> Client:
        """A signed-in browser of `account`, signed in anew where its session is over."""
        return self.client_of(self.account(role, office))

    def client_of(self, account: Account) -> Client:
        known = self._clients.get(account.name)
        if known is None or known.get("/").status != 200:
            known = self._clients[account.name] = Client(self.port).sign_in(account)
        return known

    def fresh(self, role: str, office: str = CITY) -> tuple[Account, Client]:
        """A new account that has used up nothing yet, and its signed-in browser."""
        account = self.database.make_account(role, office)
        return account, self.client_of(account)

    # What there is to attack.

    @cached_property
    def place(self) -> dict[str, Any]:
        """village and town: offices that have lines of the survey; round: its number; own and foreign: persons of the town and of
        another district (id, name, number); task: a line of the village."""
        database = self.database
        village, round_id, task = database.rows(
            "select held_at, round_id, min(id) from survey_task where length(held_at) = 18 group by 1, 2"
            " order by count(*) desc limit 1"
        )[0]
        known = "select id, name, doc_number, office_path from person where doc_type = '01' and death_on is null and"
        own = database.rows(f"{known} office_path like %s order by id limit 40", village[:15] + "%")
        foreign = database.rows(
            f"{known} office_path not like %s and length(office_path) >= 15 order by id limit 400", village[:6] + "%"
        )
        return {"village": village, "town": village[:15], "district": village[:6], "round": round_id, "task": task,
                "own": own, "foreign": foreign}  # fmt: skip

    # What it wrote down of its own failures.

    def faults(self, after: int = 0) -> list[str]:
        """Entries of errors.log beyond so many characters."""
        path = self.home / "errors.log"
        text = path.read_text("utf-8", "replace")[after:] if path.exists() else ""
        return [match.strip() for match in TRACE.findall(text)]

    def faults_mark(self) -> int:
        path = self.home / "errors.log"
        return len(path.read_text("utf-8", "replace")) if path.exists() else 0


def copy_home(home: Path, target: Path) -> None:
    """A home whose database is not running, with owners and modes; only the lists it was built from are left out."""
    subprocess.run(["cp", "-a", str(home), str(target)], check=True)
    shutil.rmtree(target / "city", ignore_errors=True)
