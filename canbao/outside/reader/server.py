"""A small process with an empty environment that forks a reader for each file and watches over it.

`python -I -m canbao.outside.reader.server GROUP DESCRIPTOR`: requests come on the socket DESCRIPTOR, each a JSON object with
three descriptors: the file, the pipe for the answer, and the pipe on which this process tells how the reader ended.
It never looks into a file itself, and ends when the socket is closed.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

# Before anything imports Arrow or numpy: memory that is given back and counted, and no threads.
os.environ.update(ARROW_DEFAULT_MEMORY_POOL="system", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

from canbao.outside.reader import formats, trial, worker
from canbao.outside.reader.limits import RESIDENT_ABOVE, WATCH_SECONDS, Group, Limits, Operation, limits_for
from canbao.outside.reader.lock import end_with_parent
from canbao.outside.reader.requests import BEGUN, LONGEST_REQUEST, STATUS, UNAVAILABLE, Ended

_PAGE: Final = resource.getpagesize()


@dataclass(slots=True)
class _Child:
    """A reader at work. status: the pipe that hears how it ended; resident: bytes, deadline: monotonic time at which it is killed."""

    pid: int
    status: int
    resident: int
    deadline: float
    ended: Ended | None = None


class Server:
    """The loop of the process."""

    def __init__(self, group: Group, control: socket.socket) -> None:
        self._work = formats.preload(group)
        self._protections = trial.find_out(group, self._work)
        self._control = control
        self._children: dict[int, _Child] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        """Until the socket is closed; then no reader is left."""
        gc.freeze()
        while True:
            events = dict(self._poll.poll(WATCH_SECONDS * 1000 if self._children else None))
            if self._control.fileno() in events and not self._take():
                return
            for child in list(self._children.values()):
                if child.status in events:
                    _kill(child, Ended.LOST)  # nobody waits for the answer any more
                self._look_after(child)

    def close(self) -> None:
        for child in self._children.values():
            _kill(child, Ended.LOST)
            os.waitpid(child.pid, 0)

    def _take(self) -> bool:
        """Take one request; False when the other end is closed."""
        message, handles, _, _ = socket.recv_fds(self._control, LONGEST_REQUEST, 3)
        if not message:
            return False
        request = json.loads(message)
        if request["operation"] == STATUS:
            _tell(handles[0], json.dumps(self._protections.as_json()).encode())
        elif self._protections.essential and self._begin(
            Operation(request["operation"]), handles, request["arguments"]
        ):
            handles = handles[:2]
        else:
            _tell(handles[2], UNAVAILABLE)
        for handle in handles:
            os.close(handle)
        return True

    def _begin(self, operation: Operation, handles: list[int], arguments: dict[str, Any]) -> bool:
        """Start a reader; False when the system has no process for it now."""
        file, answer, status = handles
        limits = limits_for(operation, os.fstat(file).st_size)
        try:
            pid = os.fork()
        except OSError:
            return False
        if pid == 0:
            self._be_reader(operation, file, answer, limits, arguments)
        self._children[pid] = _Child(pid, status, limits.memory + RESIDENT_ABOVE, monotonic() + limits.wall)
        _tell(status, BEGUN)
        self._poll.register(status, 0)  # only hears that the other end was closed
        return True

    def _be_reader(
        self, operation: Operation, file: int, answer: int, limits: Limits, arguments: dict[str, Any]
    ) -> None:
        try:
            use = self._protections.used
            worker.run(self._work[operation], file, answer, limits=limits, use=use, arguments=arguments)
        finally:
            os._exit(0)

    def _look_after(self, child: _Child) -> None:
        pid, code = os.waitpid(child.pid, os.WNOHANG)
        if pid:
            self._forget(child, child.ended or _how(code))
        elif _resident(child.pid) > child.resident:
            _kill(child, Ended.MEMORY)
        elif monotonic() > child.deadline:
            _kill(child, Ended.TIME)

    def _forget(self, child: _Child, ended: Ended) -> None:
        del self._children[child.pid]
        self._poll.unregister(child.status)
        _tell(child.status, ended.value.encode())
        os.close(child.status)


def _tell(pipe: int, words: bytes) -> None:
    """The process that asked may have gone: that is nothing to the readers of the others."""
    with suppress(OSError):
        os.write(pipe, words)


def _kill(child: _Child, ended: Ended) -> None:
    child.ended = child.ended or ended
    os.kill(child.pid, signal.SIGKILL)  # not waited for yet, so that the number is still its own


def _how(code: int) -> Ended:
    """An abort is a decoder without memory; processor time ends with a signal of its own."""
    number = os.WTERMSIG(code) if os.WIFSIGNALED(code) else 0
    return {
        0: Ended.DONE, signal.SIGXCPU: Ended.TIME, signal.SIGABRT: Ended.MEMORY, signal.SIGKILL: Ended.LOST
    }.get(number, Ended.CRASHED)  # fmt: skip


def _resident(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def main() -> None:
    group, descriptor = Group(sys.argv[1]), int(sys.argv[2])
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = Server(group, socket.socket(fileno=descriptor))
    try:
        server.serve()
    finally:
        server.close()


if __name__ == "__main__":
    main()
