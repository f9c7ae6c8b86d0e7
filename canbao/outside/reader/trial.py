"""Before a server reads the first file it finds out what its system refuses to a locked process, and whether good files are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from canbao.outside.reader import landlock, worker
from canbao.outside.reader.failures import ReaderError
from canbao.outside.reader.formats import SAMPLE_ARGUMENTS, Work, samples
from canbao.outside.reader.frames import FrameReader, PipeClosedError
from canbao.outside.reader.limits import LIMITS, Group, Limits, Operation
from canbao.outside.reader.lock import Protection, Trial
from canbao.outside.reader.memory import in_memory
from canbao.outside.reader.protections import Protections


def find_out(group: Group, work: Mapping[Operation, Work]) -> Protections:
    """Try a locked process, then a good file for each operation; without the filter of system calls where it is in the way."""
    held, refused = _probed()
    files = samples(group)
    for used in dict.fromkeys((held, held - {Protection.SECCOMP})):
        unreadable = frozenset(kind for kind in work if not _is_read(kind, work[kind], files[kind], used))
        if not unreadable:
            break
    return Protections(held, used, refused, unreadable, is_watchable(os.getpid()), landlock.version())


def is_watchable(pid: int) -> bool:
    with suppress(OSError):
        return bool(Path(f"/proc/{pid}/statm").read_text())
    return False


def _probed() -> tuple[frozenset[Protection], frozenset[Trial]]:
    with _child(lambda pipe: worker.probe(pipe, limits=Limits())) as pipe, os.fdopen(os.dup(pipe)) as answer:
        lines = [line.split() for line in answer.read().splitlines()]
    held = frozenset(Protection(name) for name in (lines[0] if lines else []))
    return held, frozenset(Trial(name) for name, is_refused in lines[1:] if is_refused == "True")


def _is_read(operation: Operation, work: Work, content: bytes, used: frozenset[Protection]) -> bool:
    limits, arguments = LIMITS[operation], SAMPLE_ARGUMENTS.get(operation, {})
    with (
        in_memory(content) as file,
        _child(lambda pipe: worker.run(work, file, pipe, limits=limits, use=used, arguments=arguments)) as pipe,
    ):
        try:
            return all(True for _ in FrameReader(pipe, limits=limits, size=len(content)).frames())
        except (ReaderError, PipeClosedError):
            return False


@contextmanager
def _child(act: Callable[[int], None]) -> Iterator[int]:
    """What a forked process that does `act` writes; it is waited for."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            act(writing)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)
        os.waitpid(pid, 0)
