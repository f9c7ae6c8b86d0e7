"""How long the database waits for a login of ours: for a statement, for a lock, for the next word within a transaction.

A page that waits longer than this helps nobody and holds what others wait for. The worker's limits end only what hangs. They are
options of the connection, not settings of the role: behind `SET ROLE` on a server that we were given those of a role do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NAMES: Final = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
LIMITS: Final[Mapping[str, Mapping[str, str]]] = {
    # idle: a scanner may think over a paper for a minute while the page's transaction is open
    "web": dict(zip(_NAMES, ("1min", "10s", "3min"), strict=True)),
    # a matching of the whole city takes hours; a second commit waits for the first
    "worker": dict(zip(_NAMES, ("12h", "1h", "2h"), strict=True)),
    "owner": dict(zip(_NAMES, ("12h", "1min", "10min"), strict=True)),
}
# A query whose asker is gone (a killed process, a pulled cable) ends within seconds and lets go of its locks.
# The last two are said by each connection, so that what a login has set for its role (`alter role current_user set …`) counts for nothing.
_EVERYBODY: Final = {
    "client_connection_check_interval": "10s",
    "default_transaction_read_only": "off",
    "search_path": "public",
}
_CONNECTION: Final[Mapping[str, Any]] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}


def options(role: str, *, settings: str = "") -> dict[str, Any]:
    """Options of libpq for one role ("owner", "worker", "web"). settings: more of the form `-c name=value`, which count before ours."""
    limits = " ".join(f"-c {name}={value}" for name, value in {**_EVERYBODY, **LIMITS[role]}.items())
    return {**_CONNECTION, "options": f"{limits} {settings}".strip()}
