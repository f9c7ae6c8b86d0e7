"""Where the files of the papers lie, and where one lies in the clear while it is scanned."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from canbao.outside import viruses, work
from canbao.outside.vault import Vault
from canbao.store.sealed import key_for


def vault() -> Vault:
    """Under CANBAO_HOME, opened with a key of the register's own."""
    return Vault(Path(settings.CANBAO_HOME) / "evidence", key=key_for("evidence"))


def work_root() -> Path:
    return Path(settings.CANBAO_HOME) / "tmp"


def sweep() -> int:
    """Remove what killed processes left in the clear; returns how many folders."""
    return work.sweep(work_root(), name=viruses.WORK)
