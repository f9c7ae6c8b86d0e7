"""Where the files of the papers lie."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from canbao.outside.vault import Vault
from canbao.store.sealed import key_for


def vault() -> Vault:
    """Under CANBAO_HOME, opened with a key of the register's own."""
    return Vault(Path(settings.CANBAO_HOME) / "evidence", key=key_for("evidence"))
