"""Files that others laid down: opened once, without following links, and copied to where nobody changes them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes

from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.files.space import check_space

BLOCK: Final = 4 * 1024 * 1024
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Copied:
    """A private copy. sm3: of exactly the bytes that lie there. look: size and times of the original."""

    path: Path
    sm3: str
    size: int
    look: tuple[int, int, int]


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """The descriptor of a file with one name only; neither it nor its folder may be a link.

    Raises DeliveryRefused.
    """
    try:
        folder = os.open(path.parent, _FOLDER)
        try:
            handle = os.open(path.name, _FILE, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _refused(path.name) from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise _refused(path.name)
        yield handle
    finally:
        os.close(handle)


def _refused(name: str) -> DeliveryRefused:
    return DeliveryRefused(
        "FILE:LINK",
        f"文件 {name} 不能接收：它是链接、另有别名、不是普通文件，或者没有读取权限。请把文件本身放进报送文件夹。",
        file=name,
    )


def look(path: Path) -> tuple[int, int, int]:
    """Size and times of a file: a copy that is still under way gives itself away. Raises OSError."""
    return _look(path.lstat())


def private_copy(path: Path, target: Path, *, progress: Callable[[int], None]) -> Copied:
    """Copy a file to `target` (mode 0600) and take its digest on the way.

    Raises DeliveryRefused for a link, for a file that changes meanwhile, and where the disk has no room.
    """
    with opened(path) as handle:
        before = os.fstat(handle)
        check_space(target.parent, wanted=before.st_size, name=path.name)
        digest = hashes.Hash(hashes.SM3())
        size = 0
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while block := os.read(handle, BLOCK):
                digest.update(block)
                size += out.write(block)
                progress(len(block))
        if _look(os.fstat(handle)) != _look(before) or size != before.st_size:
            raise changed(path.name)
    return Copied(target, digest.finalize().hex(), size, _look(before))


def changed(name: str) -> DeliveryRefused:
    return DeliveryRefused("FILE:CHANGED", f"文件 {name} 在接收过程中被改动，请待文件传完后再接收。", file=name)


def _look(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
