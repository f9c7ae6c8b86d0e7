"""Who may read the home folder: its owner and nobody else.

The home holds police rows, keys and papers. A folder that others may enter, a file that belongs to somebody else and a link to
somewhere else are each a way round everything that the program checks, so nothing starts over them.
"""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

from canbao.outside.postgres_host import ACCOUNTS

UMASK: Final = 0o077
OTHERS: Final = 0o077
SHOWN: Final = 5
# Folders of ours with files that others bring: the folder is looked at, what lies in it is not. A sender could stop the
# register with it, and below a closed folder its modes open nothing.
BROUGHT_BY_OTHERS: Final = ("inbox",)
# One file for each paper, millions in time: at a start only the folders are looked at, `canbao status` looks at every file.
MANY_FILES: Final = ("evidence",)


class Problem(StrEnum):
    """What is wrong with one file or folder."""

    OPEN = "OPEN"
    OWNER = "OWNER"
    LINK = "LINK"


@dataclass(frozen=True, slots=True)
class Finding:
    """One file or folder of the home that is not as it has to be."""

    path: Path
    problem: Problem


class HomeNotPrivateError(Exception):
    """Others may read or replace something in the home. `findings`: the first of them."""

    def __init__(self, home: Path, findings: list[Finding]) -> None:
        super().__init__(str(home))
        self.home = home
        self.findings = findings

    def sentence(self) -> str:
        """What is wrong and the commands that mend it, for the operator."""
        lines = [f"{self.home} 中的内容并非只有本账户可以读写,不能启动:"]
        lines += [f"  {_LABELS[found.problem]}:{found.path}" for found in self.findings[:SHOWN]]
        if len(self.findings) > SHOWN:
            lines.append("  ……")
        return "\n".join([*lines, "请执行下面的命令后再试:", *(f"  {line}" for line in self._commands())])

    def _commands(self) -> Iterator[str]:
        problems = {found.problem for found in self.findings}
        home = shlex.quote(str(self.home))
        if Problem.LINK in problems:
            links = (found.path for found in self.findings if found.problem is Problem.LINK)
            yield "rm -- " + " ".join(shlex.quote(str(path)) for path in links)
        if Problem.OWNER in problems:
            yield from self._owner_commands(home)
        if Problem.OPEN in problems:
            yield f"chmod -R go= -- {home}"

    def _owner_commands(self, home: str) -> Iterator[str]:
        if os.geteuid():
            yield f"sudo chown -R {_name(os.geteuid())} -- {home}"
        elif owner := _owner(self.home):
            yield f"su -s /bin/sh {_name(owner)}   # 该目录属于这个账户,请以它的身份执行 canbao"
        else:
            yield from (f"chown -h root -- {shlex.quote(str(found.path))}" for found in self._foreign())

    def _foreign(self) -> Iterator[Finding]:
        return (found for found in self.findings if found.problem is Problem.OWNER)


_LABELS: Final = {
    Problem.OPEN: "其他账户可以读写",
    Problem.OWNER: "属于其他账户",
    Problem.LINK: "是指向别处的链接",
}


def close_umask() -> None:
    """From here on whatever this process and its children make is for their account only."""
    os.umask(UMASK)


def check(home: Path) -> None:
    """Look at the home and everything in it before anything is read from it.

    home: the folder itself, resolved; it may have been named by a link, which is followed once and not again.
    Raises HomeNotPrivateError.
    """
    if findings := list(islice(find(home), SHOWN + 1)):
        raise HomeNotPrivateError(home, findings)


def find(home: Path, *, every_file: bool = False) -> Iterator[Finding]:
    """What others may read or replace, from the top down; a home that does not exist yet has nothing.

    every_file: also each of the files of which there may be millions.
    """
    with suppress(FileNotFoundError):
        yield from _of(home, home.lstat(), allowed={os.geteuid()})
        with os.scandir(home) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                yield from _below(entry, allowed=_owners(entry.name), depth=_depth(entry.name, every_file))


def _depth(name: str, every_file: bool) -> int:
    """How many levels below a folder of the home are looked at."""
    if name in BROUGHT_BY_OTHERS:
        return 0
    return 1 if name in MANY_FILES and not every_file else 100


def _below(entry: os.DirEntry[str], *, allowed: set[int], depth: int) -> Iterator[Finding]:
    """One entry and what is in it; files of a database come and go meanwhile."""
    try:
        found = entry.stat(follow_symlinks=False)
        yield from _of(Path(entry.path), found, allowed=allowed)
        if not depth or not stat.S_ISDIR(found.st_mode):
            return
        with os.scandir(entry.path) as inner:
            for below in inner:
                yield from _below(below, allowed=allowed, depth=depth - 1)
    except FileNotFoundError:
        return
    except PermissionError:
        yield Finding(Path(entry.path), Problem.OWNER)


def _of(path: Path, found: os.stat_result, *, allowed: set[int]) -> Iterator[Finding]:
    if stat.S_ISLNK(found.st_mode):
        yield Finding(path, Problem.LINK)
        return
    if found.st_uid not in allowed:
        yield Finding(path, Problem.OWNER)
    if found.st_mode & OTHERS:
        yield Finding(path, Problem.OPEN)


def _owners(name: str) -> set[int]:
    """Our own account; as root also the account that the embedded server runs under, for its own files."""
    allowed = {os.geteuid()}
    if os.geteuid() == 0 and name.startswith("postgres"):
        for account in ACCOUNTS:
            with suppress(KeyError):
                allowed.add(pwd.getpwnam(account).pw_uid)
    return allowed


def _owner(path: Path) -> int:
    return path.lstat().st_uid


def _name(account: int) -> str:
    try:
        return pwd.getpwuid(account).pw_name
    except KeyError:
        return str(account)
