"""A thread is left for the pages, and is got back from who does not read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from canbao.web import unread
from canbao.web.threads import NoThreadLeftError, Threads
from canbao.web.unread import Unread


def test_the_last_thread_waits_for_no_body() -> None:
    threads = Threads()
    threads.begin(3)
    with ExitStack() as taken:
        for _ in range(2):
            taken.enter_context(threads.for_a_body())
        with pytest.raises(NoThreadLeftError), threads.for_a_body():
            pass
    with threads.for_a_body():
        pass


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Server's end and browser's end, with windows as small as they get."""
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as browser:
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        browser.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        browser.connect(listening.getsockname())
        server, _ = listening.accept()
        with server:
            server.settimeout(20)
            yield server, browser


def test_who_reads_nothing_gives_the_thread_back(
    line: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drip is as bad as nothing: what is taken is measured, not whether something is."""
    monkeypatch.setattr(unread, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(unread, "PATIENCE_SECONDS", 0.3)
    server, browser = line
    watching = Unread()
    watching.watch(server)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        server.sendall(bytes(8_000_000))
    assert browser.recv(1)
    watching.release(server)


def test_a_connection_that_was_closed_ends_no_watch(line: tuple[socket.socket, socket.socket]) -> None:
    server, _ = line
    sending = unread._Sending(server, 0.0, -1)
    server.close()
    assert unread._is_late(sending) is False


def test_a_page_that_takes_long_to_make_is_waited_for(
    line: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "PATIENCE_SECONDS", 0.0)
    server, browser = line
    sending = unread._Sending(server, 0.0, -1)
    assert not any(unread._is_late(sending) for _ in range(3))
    server.send(bytes(50_000))
    looks = [unread._is_late(sending) for _ in range(3)]
    assert looks[0] is False and looks[-1] is True
    while browser.recv(65536):
        if not unread._waiting(server):
            break
    assert not unread._is_late(sending)
