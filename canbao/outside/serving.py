"""Where `canbao serve` listens: noted in the home for as long as it runs, for `canbao doctor`, `canbao status` and the health page."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listening:
    """An address that a running server listens on; behind_proxy: whether it was told that a proxy with TLS is in front."""

    host: str
    port: int
    behind_proxy: bool

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches an address; a name that is not an address counts as reached."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def noted(home: Path, server: Listening) -> Iterator[None]:
    """Keep the note, and a lock on it: a note that nobody holds is of a server that was killed."""
    place = _folder(home) / f"{server.port}.json"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    with open(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:  # noqa: PTH123 - by its handle
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate()
        file.write(json.dumps(asdict(server)))
        file.flush()
        try:
            yield
        finally:
            place.unlink(missing_ok=True)


def listening(home: Path) -> list[Listening]:
    """What listens now, by port."""
    notes = (_read(place) for place in sorted(_folder(home).glob("*.json")))
    return [server for server in notes if server]


def _read(place: Path) -> Listening | None:
    try:
        with place.open(encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Listening(**json.load(file))
    except (OSError, ValueError, TypeError):
        pass  # it has ended meanwhile, or is about to write
    return None


def _folder(home: Path) -> Path:
    return home / "serving"
