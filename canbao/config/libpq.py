"""The environment of libpq: what a connection does is said by the program and by DATABASE_URL, never by a variable of the shell."""

from __future__ import annotations

import os

# PGOPTIONS sets another search path or role, PGSERVICE, PGHOSTADDR and PGPORT lead elsewhere, PGTZ and PGDATESTYLE read times otherwise.
# Certificates and a password file are named in DATABASE_URL (sslrootcert, passfile).
PREFIX = "PG"


def clear_environment() -> None:
    """Unset every variable that libpq, or a child of ours that uses it, would read; before the first connection."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
