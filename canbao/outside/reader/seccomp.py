"""A filter of system calls: what a reader needs is let through, everything else answers "not permitted".

Written with ctypes, as the binding to libseccomp on PyPI dates from 2021 and needs the library of the system.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_SET_SECCOMP, _FILTER_MODE = 22, 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refused: EPERM
_LOAD, _EQUAL, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_EXECUTABLE, _SHARED_ANONYMOUS, _OF_DESCRIPTOR = 0x4, 0x21, 0x1000
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class _Numbers(NamedTuple):
    """A system call on x86_64, and on the architectures that share the generic table."""

    x86_64: int
    generic: int


_PLAIN: Final = {
    "read": _Numbers(0, 63), "write": _Numbers(1, 64), "close": _Numbers(3, 57), "fstat": _Numbers(5, 80),
    "lseek": _Numbers(8, 62), "munmap": _Numbers(11, 215), "brk": _Numbers(12, 214), "pread64": _Numbers(17, 67),
    "readv": _Numbers(19, 65), "writev": _Numbers(20, 66), "mremap": _Numbers(25, 216), "madvise": _Numbers(28, 233),
    "sched_yield": _Numbers(24, 124), "getpid": _Numbers(39, 172), "gettid": _Numbers(186, 178),
    "rt_sigaction": _Numbers(13, 134), "rt_sigprocmask": _Numbers(14, 135), "rt_sigreturn": _Numbers(15, 139),
    "futex": _Numbers(202, 98), "clock_gettime": _Numbers(228, 113), "getrandom": _Numbers(318, 278),
    "sched_getaffinity": _Numbers(204, 123), "exit": _Numbers(60, 93), "exit_group": _Numbers(231, 94),
}  # fmt: skip
_MMAP, _MPROTECT = _Numbers(9, 222), _Numbers(10, 226)
_FSTATAT, _TGKILL = _Numbers(262, 79), _Numbers(234, 131)


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    is_generic: bool

    def number(self, call: _Numbers) -> int:
        return call.generic if self.is_generic else call.x86_64


_MACHINES: Final = {"x86_64": _Machine(0xC000003E, False), "aarch64": _Machine(0xC00000B7, True)}


def restrict() -> None:
    """Put the filter on this process. Needs no_new_privs. Raises OSError, also on another architecture."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError("seccomp: no table for this architecture")
    steps = list(_steps(machine))
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    if _LIBC.prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER_MODE), ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def _steps(machine: _Machine) -> Iterator[_Step]:
    yield _Step(_LOAD, 0, 0, _ARCHITECTURE)
    yield _Step(_EQUAL, 1, 0, machine.audit)
    yield _Step(_RETURN, 0, 0, _KILL)
    yield _Step(_LOAD, 0, 0, _NUMBER)
    for call in _PLAIN.values():
        yield _Step(_EQUAL, 0, 1, machine.number(call))
        yield _Step(_RETURN, 0, 0, _ALLOW)
    yield from _if(machine.number(_MMAP), [*_refused_if_any(2, _EXECUTABLE), *_refused_if_all(3, _SHARED_ANONYMOUS)])
    yield from _if(machine.number(_MPROTECT), _refused_if_any(2, _EXECUTABLE))
    yield from _if(machine.number(_FSTATAT), _refused_unless(3, _OF_DESCRIPTOR))
    yield from _if(machine.number(_TGKILL), _refused_unless_equal(0, os.getpid()))  # abort() ends the reader itself
    yield _Step(_RETURN, 0, 0, _REFUSE)


def _if(number: int, conditions: list[_Step]) -> Iterator[_Step]:
    yield _Step(_EQUAL, 0, len(conditions) + 1, number)
    yield from conditions
    yield _Step(_RETURN, 0, 0, _ALLOW)


def _argument(place: int) -> _Step:
    return _Step(_LOAD, 0, 0, _ARGUMENTS + 8 * place)


def _refused_if_any(place: int, bits: int) -> list[_Step]:
    return [_argument(place), _Step(_ANY_BIT, 0, 1, bits), _Step(_RETURN, 0, 0, _REFUSE)]


def _refused_if_all(place: int, bits: int) -> list[_Step]:
    return [
        _argument(place), _Step(_AND, 0, 0, bits), _Step(_EQUAL, 0, 1, bits), _Step(_RETURN, 0, 0, _REFUSE),
    ]  # fmt: skip


def _refused_unless(place: int, bits: int) -> list[_Step]:
    return [_argument(place), _Step(_ANY_BIT, 1, 0, bits), _Step(_RETURN, 0, 0, _REFUSE)]


def _refused_unless_equal(place: int, value: int) -> list[_Step]:
    return [_argument(place), _Step(_EQUAL, 1, 0, value), _Step(_RETURN, 0, 0, _REFUSE)]
