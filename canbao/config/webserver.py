"""Settings of gunicorn (`--config python:canbao.config.webserver`), and what it answers by itself.

A connection that does not finish its request line and headers in time is given up, so that a slow sender holds a thread for
seconds, not for ever. That limits the harm and does not end it: in front belongs a proxy that reads whole requests
(docs/operate/nginx).
"""

from __future__ import annotations

from typing import Any, Final

import gunicorn.http.wsgi  # type: ignore[import-untyped]
import gunicorn.util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from canbao.outside.home_permissions import UMASK
from canbao.web.overdue import watch
from canbao.web.plain_input import LONGEST_QUERY

HEAD_SECONDS: Final = 15.0

worker_class = "canbao.config.webserver.BoundedWorker"
reuse_port = True  # spreads the connections evenly over the processes
keepalive = 15
timeout = 120
graceful_timeout = 10
loglevel = "warning"
umask = UMASK
limit_request_line = LONGEST_QUERY + 1000
limit_request_fields = 50
limit_request_field_size = 8190
control_socket_disable = True


class BoundedWorker(ThreadWorker):  # type: ignore[misc]
    """Threads that wait for the head of a request for HEAD_SECONDS at most."""

    def handle(self, conn: Any) -> Any:
        with watch.over(conn.sock, seconds=HEAD_SECONDS):
            return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        watch.release(conn.sock)
        return super().handle_request(req, conn)


def _write_error(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """What is no request of HTTP is answered without repeating a word of it."""
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 0\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'\r\n\r\n"
    )
    gunicorn.util.write_nonblock(sock, head.encode("latin1"))


# gunicorn has no setting for these: its name in every answer, and a page that repeats what was sent.
gunicorn.http.wsgi.SERVER = "canbao"
gunicorn.util.write_error = _write_error
