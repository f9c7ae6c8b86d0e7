"""The loop of the server that forks readers: what happens to one request is nothing to the readers of the others."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import pytest

from canbao.outside.reader import formats, server, trial
from canbao.outside.reader.limits import Group, Operation
from canbao.outside.reader.lock import Protection, Trial
from canbao.outside.reader.protections import Protections
from canbao.outside.reader.requests import STATUS, UNAVAILABLE, Ended
from tests.readers import soon

ALL = Protections(frozenset(Protection), frozenset(Protection), frozenset(Trial), frozenset(), True, 0)
NONE = Protections(frozenset(), frozenset(), frozenset(), frozenset(), True, 0)


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end and the server's."""
    monkeypatch.setattr(formats, "preload", lambda group: {})
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


def loop(theirs: socket.socket, monkeypatch: pytest.MonkeyPatch, *, found: Protections = ALL) -> server.Server:
    monkeypatch.setattr(trial, "find_out", lambda group, work: found)
    return server.Server(Group.PAPERS, theirs)


def send(ours: socket.socket, operation: str, *handles: int) -> None:
    socket.send_fds(ours, [json.dumps({"operation": operation, "arguments": {}}).encode()], handles)
    for handle in handles:
        os.close(handle)


def gone() -> int:
    """A pipe that nobody reads any more."""
    reading_end, writing_end = os.pipe()
    os.close(reading_end)
    return writing_end


def test_a_client_that_has_gone_does_not_end_the_server(
    control: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = control
    send(ours, STATUS, gone())
    assert loop(theirs, monkeypatch)._take()
    send(ours, Operation.LOOK_PICTURE, os.memfd_create("file"), gone(), gone())
    assert loop(theirs, monkeypatch, found=NONE)._take()


def test_a_system_without_processes_is_told_and_the_server_goes_on(
    control: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    ours, theirs = control
    status, status_end = os.pipe()
    send(ours, Operation.LOOK_PICTURE, os.memfd_create("file"), gone(), status_end)
    running = loop(theirs, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fork", full)
        assert running._take()
    assert os.read(status, 2) == UNAVAILABLE and os.read(status, 1) == b""  # and the pipe is closed
    os.close(status)


def test_a_reader_that_is_never_done_is_ended_by_the_clock(
    control: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, status_end = os.pipe()
    running = loop(control[1], monkeypatch)
    process = subprocess.Popen(["sleep", "600"])
    child = server._Child(process.pid, status_end, resident=1 << 40, deadline=monotonic() + 600)
    running._children[process.pid] = child
    running._poll.register(status_end, 0)
    running._look_after(child)
    assert not select.select([status], [], [], 0)[0]
    child.deadline = monotonic() - 1

    def ended() -> bool:
        if process.pid in running._children:
            running._look_after(child)
        return process.pid not in running._children

    assert soon(ended)
    assert os.read(status, 64).decode() == Ended.TIME
    os.close(status)
    process.returncode = -9  # the server has waited for it
    with suppress(ProcessLookupError):
        os.kill(process.pid, 0)
        raise AssertionError("it still runs")
