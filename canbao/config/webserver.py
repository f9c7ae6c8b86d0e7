"""Settings of gunicorn (`--config python:canbao.config.webserver`), and what it answers by itself.

Slow senders wait without a thread (`canbao.config.webworker`). That limits the harm and does not end it: in front belongs a proxy
that reads whole requests (docs/operate/nginx).
"""

from __future__ import annotations

from typing import Any

import gunicorn.http.wsgi  # type: ignore[import-untyped]
import gunicorn.util  # type: ignore[import-untyped]

from canbao.outside.home_permissions import UMASK
from canbao.web.arrival import LONGEST_LINE
from canbao.web.headers import BARE

worker_class = "canbao.config.webworker.PatientWorker"
worker_connections = 800  # below the 1,024 files that a process may have open on most systems
reuse_port = True  # spreads the connections evenly over the processes
keepalive = 15
timeout = 120
graceful_timeout = 10
loglevel = "warning"
umask = UMASK
forwarder_headers = ""  # of itself it takes the path of a page from headers of any client on this machine
limit_request_line = LONGEST_LINE
limit_request_fields = 50
limit_request_field_size = 8190
control_socket_disable = True


def _write_error(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """What is no request of HTTP is answered without repeating a word of it."""
    said = {"Connection": "close", "Content-Type": "text/plain; charset=utf-8", "Content-Length": "0", **BARE}
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in said.items()) + "\r\n"
    )
    gunicorn.util.write_nonblock(sock, head.encode("latin1"))


# gunicorn has no setting for these: its name in every answer, and a page that repeats what was sent.
gunicorn.http.wsgi.SERVER = "canbao"
gunicorn.util.write_error = _write_error
