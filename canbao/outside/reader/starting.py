"""Start a server: nothing of this process goes with it but one socket."""

from __future__ import annotations

import socket
import subprocess
import sys
from threading import Thread
from typing import Final

from canbao.outside.reader.limits import Group

_SEND_SECONDS: Final = 10.0
_MODULE: Final = "canbao.outside.reader.server"


class RunningServer:
    """A server that was started and perhaps has died since. control: our end of its socket."""

    def __init__(self, group: Group) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(_SEND_SECONDS)
        # The server is told to die with the thread that started it; this one lives as long as the process.
        Thread(target=_keep, args=(group, theirs), daemon=True, name=f"reader-{group}").start()


def _keep(group: Group, control: socket.socket) -> None:
    with control:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", _MODULE, group, str(control.fileno())],
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(control.fileno(),),
            start_new_session=True,
        )
    process.wait()
