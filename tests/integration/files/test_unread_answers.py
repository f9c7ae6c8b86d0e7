"""Answers that nobody reads hold no thread: the event loop keeps them, and sends the rest when it is read."""

from __future__ import annotations

import re
import select
import socket
from contextlib import ExitStack

from canbao.web.outgoing import MOST, Outgoing
from tests.integration.files.serving import Served, received

COUNT = 24  # six times the threads of a process, three times those of the server


def largest_file(served: Served) -> tuple[str, bytes]:
    """The longest of the files that the sign-in page names: more than the kernel keeps of an answer."""
    page = served.get("/sign-in/").body.decode()
    found = {path: served.get(path).body for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)}
    return max(found.items(), key=lambda item: len(item[1]))


def asked(served: Served, path: str, *, keep: bool = False) -> socket.socket:
    """A request for it on a connection with the smallest window there is."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # else the kernel takes the whole file
    line.settimeout(60)
    line.connect(("127.0.0.1", served.port))
    head = served.head("GET", path)
    line.sendall(head.replace(b"Connection: close\r\n", b"") if keep else head)
    return line


def is_held(line: socket.socket) -> bool:
    """Whether the server has neither closed the connection nor given it up."""
    poll = select.poll()
    poll.register(line, 0)
    return not poll.poll(0)


def is_answered_beside(served: Served, path: str) -> bool:
    """Whether a page comes while more answers than there are threads lie unread and none of them was given up for it."""
    with ExitStack() as opened:
        lines = [opened.enter_context(asked(served, path)) for _ in range(COUNT)]
        return served.get("/sign-in/").status == 200 and all(map(is_held, lines))


def test_a_page_is_answered_while_more_answers_than_threads_are_unread(served: Served) -> None:
    """They are given up after five seconds by themselves, which a busy machine may take: then once more."""
    path, whole = largest_file(served)
    assert len(whole) > 400_000
    assert any(is_answered_beside(served, path) for _ in range(3))


def test_a_connection_whose_answer_was_kept_takes_the_next_request(served: Served) -> None:
    path, whole = largest_file(served)
    with asked(served, path, keep=True) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        came = line.recv(65536).partition(b"\r\n\r\n")[2]
        while len(came) < len(whole) and (part := line.recv(len(whole) - len(came))):
            came += part
        assert came == whole
        line.sendall(served.head("GET", "/sign-in/"))
        assert received(line).status == 200


def test_a_process_keeps_so_much_of_an_answer_and_no_byte_is_lost_or_changes_its_place() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        outgoing, data = Outgoing(ours), bytes(range(256)) * (MOST // 256)
        outgoing.sendall(data)
        outgoing.sendall(b"the end")
        kept = bytes(outgoing.rest)
        assert MOST - 100_000 < len(kept) <= MOST
        assert (theirs.recv(len(data), socket.MSG_DONTWAIT) + kept) == data + b"the end"
