"""The worker of gunicorn: a thread is given to a request when it is here, and what is slow waits without one.

gunicorn gives each connection a thread as soon as it is made, so that a handful of slow senders stop the pages. Here the event loop
looks at what has come without taking it (MSG_PEEK) and asks the kernel to be woken when more has (SO_RCVLOWAT). Connections that
wait are bounded in time and number; the oldest of the busiest address goes first. What is not taken of an answer is sent here, too.
"""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import gunicorn.util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from canbao.rules.terminals import counted_address
from canbao.web.arrival import CONTINUE, LONGEST_WAITED_FOR, LongHeadError, bytes_needed, waits_for_continue
from canbao.web.outgoing import Outgoing, send_now
from canbao.web.overdue import watch
from canbao.web.threads import threads
from canbao.web.unread import PATIENCE_SECONDS, SLOWEST, unread

WAIT_SECONDS: Final = 15.0  # for a head, and with it a small body: no thread is held
HEAD_SECONDS: Final = 5.0  # for what a thread still has to read of a head
LINGER_SECONDS: Final = 2.0  # for the other side to close, so that it reads the end of the answer
DRAIN_SECONDS: Final = 0.1  # for a body that nobody read; more than that ends the connection
MOST_OF_ADDRESS: Final = 50  # connections of one address that wait, in this process


@dataclass(slots=True)
class Waiting:
    """A connection without a thread. seen: bytes of the request that had come when it was last looked at."""

    deadline: float
    address: str
    seen: int = -1
    was_asked: bool = False  # to send the body


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """See the module. All of its methods but `handle`, `handle_request` and `_keepalive_after` run in the event loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: dict[Any, Waiting] = {}
        self._unsent: dict[Any, bytearray] = {}
        self._stops_at = float("inf")
        # Idle and waiting connections together leave room, so that a new one is always accepted.
        self.max_keepalived = self.worker_connections // 2
        self._most_waiting = self.worker_connections * 2 // 5

    def init_process(self) -> None:
        threads.begin(self.cfg.threads)
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """To a thread, if as much of the request is here as has to be; the connection is new, or more has come on it."""
        waiting = self._waiting.pop(conn, None) or Waiting(time.monotonic() + WAIT_SECONDS, _address_of(conn))
        try:
            before, came = _leftover(conn), _peeked(conn)
            needed = 0 if came is None else bytes_needed(before + came)
        except LongHeadError:
            gunicorn.util.write_error(conn.sock, 431, "Request Header Fields Too Large", "")
            self._linger(conn)
            return
        have = len(before) + len(came or b"")
        # Woken without more: the sender has closed his side, or the kernel does not count for us.
        if have >= needed or have <= waiting.seen:
            conn.data_ready = True
            super().enqueue_req(conn)
            return
        waiting.seen = have
        if not waiting.was_asked and waits_for_continue(before + (came or b"")):
            waiting.was_asked = True
            with suppress(OSError):
                conn.sock.send(CONTINUE)
        self._park(conn, waiting, needed - len(before), self._more_came)

    def _park(self, conn: Any, waiting: Waiting, least: int, callback: Any, event: int = selectors.EVENT_READ) -> None:
        """Leave a connection to the kernel until `least` bytes lie there (or are taken), it is closed, or its time is over."""
        with suppress(OSError):  # a kernel that does not know it wakes us with each byte
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)
        try:
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, event, partial(callback, conn))
        except (OSError, ValueError):
            self._drop(conn)
            return
        self._waiting[conn] = waiting
        self._make_room(waiting.address)

    def _more_came(self, conn: Any, _sock: Any) -> None:
        self.poller.unregister(conn.sock)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        self.enqueue_req(conn)

    def _make_room(self, address: str) -> None:
        """The oldest goes where one address, or all together, have too many."""
        own = [conn for conn, waiting in self._waiting.items() if waiting.address == address]
        if len(own) > MOST_OF_ADDRESS or len(self._waiting) > self._most_waiting:
            several = own if len(own) > MOST_OF_ADDRESS else self._waiting
            self._give_up(min(several, key=lambda conn: self._waiting[conn].deadline))

    def murder_pending(self) -> None:
        """gunicorn calls it at each turn of its loop, at least once a second."""
        super().murder_pending()
        now = time.monotonic()
        if not self.alive:
            self._stops_at = min(self._stops_at, now + LINGER_SECONDS)
        for conn in [conn for conn, waiting in self._waiting.items() if min(waiting.deadline, self._stops_at) <= now]:
            self._give_up(conn)

    def _give_up(self, conn: Any) -> None:
        del self._waiting[conn]
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self._drop(conn)

    def _drop(self, conn: Any) -> None:
        self.nr_conns -= 1
        self._unsent.pop(conn, None)
        unread.release(conn.sock)
        conn.close()

    def finish_request(self, conn: Any, fs: Any) -> None:
        """A connection that ends is closed without waiting for it here: gunicorn would stop the loop for two seconds."""
        if conn in self._unsent:
            rest = len(self._unsent[conn])
            waiting = Waiting(time.monotonic() + PATIENCE_SECONDS + rest / SLOWEST, _address_of(conn))
            self._park(conn, waiting, 1, partial(self._send_rest, fs=fs), selectors.EVENT_WRITE)
        elif not fs.cancelled() and fs.exception() is None and fs.result() is False:
            self._linger(conn)
        else:
            super().finish_request(conn, fs)

    def _send_rest(self, conn: Any, _sock: Any, *, fs: Any) -> None:
        """Some of an answer is taken; when all of it is, the connection goes on as if its thread had sent it."""
        rest = self._unsent[conn]
        try:
            with memoryview(rest) as view:
                sent = send_now(conn.sock, view)
        except OSError:
            self._give_up(conn)
            return
        del rest[:sent]
        if not rest:
            del self._unsent[conn], self._waiting[conn]
            self.poller.unregister(conn.sock)
            unread.release(conn.sock)
            self.finish_request(conn, fs)

    def _linger(self, conn: Any) -> None:
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
            return
        self._park(conn, Waiting(time.monotonic() + LINGER_SECONDS, _address_of(conn)), 1, self._drain)

    def _drain(self, conn: Any, _sock: Any) -> None:
        """What the other side still sends is thrown away, until it closes."""
        try:
            is_over = not conn.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            is_over = True
        if is_over:
            self._give_up(conn)

    def handle(self, conn: Any) -> Any:
        with watch.over(conn.sock, seconds=HEAD_SECONDS):
            return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        connection = conn.sock
        watch.release(connection)
        unread.watch(connection)
        conn.sock = outgoing = Outgoing(connection)
        try:
            return super().handle_request(req, conn)
        finally:
            conn.sock = connection
            if outgoing.rest:
                self._unsent[conn] = outgoing.rest
            else:
                unread.release(connection)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        """A refused body is not waited for: what was small is here already."""
        return bool(keepalive) and bool(conn.parser.finish_body(deadline=time.monotonic() + DRAIN_SECONDS))


def _address_of(conn: Any) -> str:
    return counted_address(conn.client[0]) if isinstance(conn.client, tuple) else ""


def _leftover(conn: Any) -> bytes:
    """What was read of the next request together with the one before."""
    return bytes(conn.parser.unreader.buf.getvalue()) if conn.parser else b""


def _peeked(conn: Any) -> bytes | None:
    """What lies in the kernel, left there; None where the connection is closed or broken."""
    try:
        return conn.sock.recv(LONGEST_WAITED_FOR + 1, socket.MSG_PEEK | socket.MSG_DONTWAIT) or None
    except BlockingIOError:
        return b""
    except OSError:
        return None
