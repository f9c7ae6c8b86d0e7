"""Landlock (Linux 5.13): from here on this process opens no file by a path, and reaches no network and no other process.

Written with ctypes: the package of that name is a pre-release.
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same numbers on every architecture
_VERSION: Final = 1
_FILES_BY_ABI: Final = ((1, 13), (2, 14), (3, 15), (5, 16))  # from this version on, so many rights can be refused
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


def version() -> int:
    """The version the kernel speaks; 0 for none."""
    found: int = _LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    return max(found, 0)


def restrict() -> None:
    """Refuse everything that can be refused. Needs no_new_privs. Raises OSError."""
    spoken = version()
    rights = max((count for since, count in _FILES_BY_ABI if since <= spoken), default=0)
    rules = _Ruleset((1 << rights) - 1, 0b11 if spoken >= 4 else 0, 0b11 if spoken >= 6 else 0)
    size = 8 if spoken < 4 else 16 if spoken < 6 else 24
    handle = _checked(_LIBC.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0)))
    try:
        _checked(_LIBC.syscall(_RESTRICT_SELF, ctypes.c_int(handle), ctypes.c_uint32(0)))
    finally:
        os.close(handle)


def _checked(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return answer
