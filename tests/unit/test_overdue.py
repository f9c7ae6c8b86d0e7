"""A connection that is waited for too long meets its end; one that was in time does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from canbao.web import overdue

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(30)
        yield ours, theirs


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "TURN_SECONDS", 0.01)


def test_bytes_that_drip_in_are_cut_off_in_the_middle(pair: Pair) -> None:
    ours, theirs = pair
    came = 0
    with overdue.Watch().over(ours, seconds=0.1), suppress(BrokenPipeError):
        while came < 1_000_000:
            theirs.sendall(b"x")
            came += len(ours.recv(1))
    assert 0 < came < 1_000_000
    assert ours.recv(1) == b""


def test_a_sender_who_stops_is_not_waited_for(pair: Pair) -> None:
    with overdue.Watch().over(pair[0], seconds=0.05):
        assert pair[0].recv(1) == b""


def test_what_came_in_time_goes_on(pair: Pair) -> None:
    ours, theirs = pair
    watch = overdue.Watch()
    with watch.over(ours, seconds=0.05):
        pass
    with watch.over(ours, seconds=0.05):
        watch.release(ours)
        ours.settimeout(0.5)
        with pytest.raises(TimeoutError):
            ours.recv(1)
    theirs.sendall(b"next request")
    assert ours.recv(100) == b"next request"


def test_without_a_connection_there_is_nothing_to_watch() -> None:
    with overdue.Watch().over(None, seconds=0):
        pass
