"""What a reader process gives up before it looks at a file. Each step is tried: which of them hold is found out, not assumed."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Final

from canbao.outside.reader import landlock, seccomp
from canbao.outside.reader.limits import MIB, Limits

FILE, ANSWER = 3, 4  # the only descriptors beside the three that lead nowhere
NOBODY: Final = 65534
_DEATH_SIGNAL, _DUMPABLE, _NO_NEW_PRIVILEGES = 1, 4, 38
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class Protection(StrEnum):
    """One thing that keeps a reader from harm. Without LIMITS no file is read."""

    LIMITS = "LIMITS"  # memory, processor time, size of files, number of descriptors
    ACCOUNT = "ACCOUNT"  # an account without rights, where the product itself runs as root
    PRIVILEGES = "PRIVILEGES"  # no way back to them
    LANDLOCK = "LANDLOCK"
    SECCOMP = "SECCOMP"


class Trial(StrEnum):
    """What a locked process tries in vain."""

    MEMORY = "MEMORY"
    FILES = "FILES"
    WRITING = "WRITING"
    NETWORK = "NETWORK"
    PROCESSES = "PROCESSES"
    PROGRAMS = "PROGRAMS"


ALL: Final = frozenset(Protection)


def keep_only(file: int, answer: int) -> None:
    """Close everything but the file, now descriptor 3, and the pipe of the answer, now descriptor 4."""
    moved = [fcntl.fcntl(handle, fcntl.F_DUPFD, 64) for handle in (file, answer)]
    os.dup2(moved[0], FILE, inheritable=False)
    os.dup2(moved[1], ANSWER, inheritable=False)
    os.closerange(ANSWER + 1, os.sysconf("SC_OPEN_MAX"))


def lock(limits: Limits, *, use: frozenset[Protection] = ALL) -> frozenset[Protection]:
    """Apply the protections of `use` to this process for good; returns those that the system did not refuse."""
    steps: list[tuple[Protection, Callable[[], None]]] = [
        (Protection.ACCOUNT, _drop_account), (Protection.PRIVILEGES, _refuse_privileges),
        (Protection.LANDLOCK, landlock.restrict),  # needs a descriptor, of which there are none after the limits
        (Protection.LIMITS, lambda: _limit(limits)), (Protection.SECCOMP, seccomp.restrict),
    ]  # fmt: skip
    held = set()
    for protection, step in steps:
        if protection in use:
            with suppress(OSError, ValueError):
                step()
                held.add(protection)
    return frozenset(held)


def end_with_parent() -> None:
    """Be killed when the thread that started this process ends."""
    _LIBC.prctl(_DEATH_SIGNAL, signal.SIGKILL)


def _drop_account() -> None:
    """Root becomes nobody; any other account stays what it is."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    end_with_parent()  # a change of account takes it back


def _limit(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    for name in ("FSIZE", "CORE", "NPROC", "MEMLOCK", "MSGQUEUE"):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (ANSWER + 1, ANSWER + 1))


def _refuse_privileges() -> None:
    if _LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or _LIBC.prctl(_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def trials(limits: Limits) -> Iterator[tuple[Trial, bool]]:
    """Called in a locked process: what it tries, and whether that was refused. The last does not come back where it is not."""
    yield Trial.MEMORY, _fails(lambda: bytearray(limits.memory + 64 * MIB), MemoryError)
    yield Trial.FILES, _fails(lambda: os.close(os.open("/", os.O_RDONLY)), OSError)
    yield Trial.WRITING, _fails(lambda: os.close(os.open("/tmp", os.O_WRONLY | os.O_TMPFILE)), OSError)
    yield Trial.NETWORK, _fails(lambda: socket.socket().close(), OSError)
    yield Trial.PROCESSES, _fails(_fork, OSError)
    yield Trial.PROGRAMS, _fails(lambda: os.execv("/bin/true", ["true"]), OSError)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _fails(act: Callable[[], object], error: type[BaseException]) -> bool:
    try:
        act()
    except error:
        return True
    return False
