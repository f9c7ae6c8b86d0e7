"""The folder that holds everything one register keeps, and the secrets in it."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import platformdirs

DATABASE = "canbao"
ROLES = ("owner", "worker", "web")


def home_path() -> Path:
    """CANBAO_HOME, or the user's data folder (/var/lib/canbao for root); a link to it is followed here and nowhere else."""
    if chosen := os.environ.get("CANBAO_HOME"):
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/canbao").resolve()
    return Path(platformdirs.user_data_dir("canbao")).resolve()


def make_secrets(home: Path) -> None:
    """The secret key and one database password per role; kept once made."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_once(home / "secret_key", secrets.token_urlsafe(50))
    passwords = {name: secrets.token_urlsafe(24) for name in ("root", *ROLES)}
    _write_once(home / "credentials.json", json.dumps(passwords, indent=1))


def secret_key(home: Path) -> str:
    """The kept key; a passing one where no register was set up (type checks, migrations)."""
    path = home / "secret_key"
    return path.read_text() if path.exists() else secrets.token_urlsafe(50)


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
