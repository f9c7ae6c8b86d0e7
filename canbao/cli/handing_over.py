"""One-time passwords, each shown to its holder alone: one after the other at the terminal, or in a file for each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from canbao.cli.output import REFUSED_BY_RULE, REFUSED_INPUT, Stop, say
from canbao.rules.offices import office_full_name
from canbao.rules.roles import Role
from canbao.services.accounts import Given

# The second screen of a terminal (DECSET 1049), as pagers use it: what stands there is in no memory to scroll back to.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[2J\x1b[H\x1b[?1049l"


def check_terminal() -> None:
    """Before there are passwords. Raises Stop where nobody could be shown one."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Stop(
            "没有终端,不能逐人显示密码。请在终端执行,三名管理员到场;或用 --into 目录,每人的密码各写入一个文件。",
            code=REFUSED_BY_RULE,
        )


def show_in_turn(given: Sequence[Given]) -> None:
    """Each holder comes to the screen, reads, and the screen is cleared before the next comes. Raises click.Abort."""
    for place, holder in enumerate(given, 1):
        say(f"第 {place} 人,共 {len(given)} 人:请{holder.role.label}{holder.real_name}到屏幕前,其他人离开。")
        _wait("本人按回车键显示密码")
        try:
            click.echo(f"{_ENTER}{_words(holder)}")
            _wait("抄好后按回车键清除")
        finally:
            click.echo(_LEAVE, nl=False)


@contextmanager
def one_file_each(folder: Path, roles: Sequence[Role]) -> Iterator[dict[Role, Path]]:
    """A new file of 0600 for each role, there before the passwords are; gone again where the block fails.

    Raises Stop for a folder that others can read and for files that are there.
    """
    made: dict[Role, Path] = {}
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.geteuid() or folder.stat().st_mode & 0o077:
            raise Stop(f"目录 {folder} 须归本人所有,且他人不能读写。请执行:chmod 700 {folder}", code=REFUSED_INPUT)
        for role in roles:
            path = folder / f"{role.label}.txt"
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
            made[role] = path
        yield made
    except OSError as error:
        _remove(made)
        raise Stop(f"不能写入 {error.filename}:{error.strerror}。没有建立管理员。", code=REFUSED_INPUT) from error
    except BaseException:
        _remove(made)
        raise


def write(given: Sequence[Given], files: dict[Role, Path]) -> None:
    """Into the files of `one_file_each`."""
    for holder in given:
        files[holder.role].write_text(_words(holder), encoding="utf-8")
        say(f"{holder.role.label}{holder.real_name}:{files[holder.role]}")


def _remove(made: dict[Role, Path]) -> None:
    for path in made.values():
        path.unlink(missing_ok=True)


def _wait(label: str) -> None:
    click.prompt(label, default="", show_default=False, hide_input=True, prompt_suffix="…", err=True)


def _words(holder: Given) -> str:
    return (
        f"岗位:{holder.role.label}\n机构:{office_full_name(holder.office)}\n姓名:{holder.real_name}\n"
        f"账号:{holder.account}\n一次性密码:{holder.password}\n"
    )
