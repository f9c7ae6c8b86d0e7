"""The folder that holds everything one register keeps, and the secrets in it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import platformdirs

DATABASE = "canbao"
ROLES = ("owner", "worker", "web")
PRACTICE = "practice"  # the marker file of a practice home; what it says is for people
_PRACTICE_TEXT = "练习环境，人员均为虚构。由 canbao init --practice 或 canbao demo 建立，不得用于真实数据。\n"
_MADE_BY = ("secret_key", "credentials.json", "initialised", "postgres")


class HomeKindError(Exception):
    """A home keeps the kind it was made with. `is_practice`: the kind it has."""

    def __init__(self, home: Path, *, is_practice: bool) -> None:
        super().__init__(str(home))
        self.home, self.is_practice = home, is_practice


KEY_FILES = ("secret_key", "credentials.json")
# Any of these was written with the keys of the home.
_DATA = ("postgres/PG_VERSION", "initialised", "key_check.json", "deliveries", "states", "evidence", "anchors")


class KeyLostError(Exception):
    """Data without the key they were written with: a new one would not open them. `files`: which are missing."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = sorted(set(files))
        super().__init__(*self.files)


def home_path() -> Path:
    """CANBAO_HOME, or the user's data folder (/var/lib/canbao for root); a link to it is followed here and nowhere else."""
    if chosen := os.environ.get("CANBAO_HOME"):
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/canbao").resolve()
    return Path(platformdirs.user_data_dir("canbao")).resolve()


def holds_data(home: Path) -> bool:
    """Whether something in the home depends on its keys."""
    return any((home / name).exists() for name in _DATA)


def is_practice(home: Path) -> bool:
    """Whether the home is for practice: its people are invented, and its commands believe names (`--as`)."""
    return (home / PRACTICE).is_file()


def is_made(home: Path) -> bool:
    """Whether a register was begun here."""
    return is_practice(home) or any((home / name).exists() for name in _MADE_BY)


def make_home(home: Path, *, practice: bool) -> None:
    """Make the folder, its kind and its secrets; repeated, it changes nothing. One process at a time.

    The kind is fixed before there is a secret or a database: an existing home without the marker is a real one.
    Raises HomeKindError for an existing home of the other kind.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "initialise.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_made(home) and is_practice(home) != practice:
            raise HomeKindError(home, is_practice=not practice)
        if practice:
            _write_once(home / PRACTICE, _PRACTICE_TEXT)
        make_secrets(home)


def make_secrets(home: Path) -> None:
    """The secret key and one database password per role; made in an empty home only and kept.

    Raises KeyLostError.
    """
    lost = [name for name in KEY_FILES if not (home / name).exists()]
    if lost and holds_data(home):
        raise KeyLostError(lost)
    _write_once(home / "secret_key", secrets.token_urlsafe(50))
    passwords = {name: secrets.token_urlsafe(24) for name in ("root", *ROLES)}
    _write_once(home / "credentials.json", json.dumps(passwords, indent=1))


def secret_key(home: Path) -> str:
    """The kept key; a passing one where no register was set up (type checks, migrations).

    Raises KeyLostError: with a passing key the pages would seal what nobody opens again.
    """
    path = home / "secret_key"
    if path.exists():
        return path.read_text().strip()
    if holds_data(home):
        raise KeyLostError(["secret_key"])
    return secrets.token_urlsafe(50)


def password(home: Path, role: str) -> str:
    path = home / "credentials.json"
    return str(json.loads(path.read_text())[role]) if path.exists() else ""


def _write_once(path: Path, text: str) -> None:
    """Appears whole with mode 0600, and the first writer wins."""
    if path.exists():
        return
    part = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
