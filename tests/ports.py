"""A port of the loopback for a server that a test starts."""

from __future__ import annotations

import random
import socket

_BELOW_EPHEMERAL = range(
    20_000, 32_000
)  # a port that the system hands out may be somebody else's before ours begins to listen


def free_port() -> int:
    while True:
        port = random.SystemRandom().choice(_BELOW_EPHEMERAL)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
