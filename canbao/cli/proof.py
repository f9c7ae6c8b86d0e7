"""Password and code of the operator who gives a command in a real home: asked for at the terminal, or the password from a file of his own."""

from __future__ import annotations

import getpass
import os
import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from canbao.cli.output import REFUSED_BY_RULE, Stop, explain
from canbao.rules.offices import office_full_name
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services.accounts import command_line, factors, signing

PASSWORD_FILE, CODE = "CANBAO_PASSWORD_FILE", "CANBAO_CODE"
LONGEST = 1024

_SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    signing.WrongPair: (REFUSED_BY_RULE, lambda _: "账号或密码不正确。连续失败将暂停登录。"),
    signing.Locked: (
        REFUSED_BY_RULE,
        lambda e: f"登录失败次数过多,已暂停登录。请在 {e.minutes} 分钟后再试,或请安全管理员解锁。",
    ),
    signing.Dormant: (REFUSED_BY_RULE, lambda _: "账号长期没有使用,已按规定停用。请联系系统管理员申请恢复。"),
    signing.OneTimeExpired: (REFUSED_BY_RULE, lambda _: "一次性密码已过期。请在登录页申请重置。"),
    factors.WrongCode: (REFUSED_BY_RULE, lambda _: "验证码不正确,或已经用过。用过的不能再用,请等手机上显示下一个。"),
    factors.TooFast: (REFUSED_BY_RULE, lambda e: f"输错后须稍等,请在 {e.seconds} 秒后再试。"),
    command_line.FactorMissingError: (REFUSED_BY_RULE, lambda e: f"账号 {e} 还没有双因素认证,请先在网页登录并设置。"),
    command_line.PasswordDueError: (REFUSED_BY_RULE, lambda e: f"账号 {e} 须先在网页修改密码。"),
}


def proved(given: str, *, role: Role, need: Permission | None, at: datetime, own: bool = True) -> Actor:
    """The actor of an account that has proved who it is, in a post that may.

    given: account, or account@office where several posts may. need: the permission, or none where only the role may.
    own: whether the password may come from a file and the code from the environment; a second person types both.
    Raises Stop.
    """
    name, _, office = given.partition("@")
    password = (_from_file() if own else "") or _typed(f"{name} 的密码", hidden=True)
    code = (os.environ.get(CODE, "").strip() if own else "") or _typed(f"{name} 的验证码", hidden=False)
    with explain(_SENTENCES):
        account = command_line.recognise(name, password=password, code=code, user=getpass.getuser(), at=at)
    with explain(_posts(need.label if need else role.label)):
        return command_line.in_post(account, role=role, need=need, office=office, at=at)


def _posts(what: str) -> dict[type[Exception], tuple[int, Any]]:
    def several(error: command_line.SeveralPostsError) -> str:
        choices = "、".join(f"{held.office}({office_full_name(held.office)}{held.role.label})" for held in error.posts)
        return f"有几个岗位可以办理,请写作 账号@机构编码:{choices}。"

    return {
        command_line.NoSuchPostError: (REFUSED_BY_RULE, lambda e: f"账号 {e} 今天没有可以办理的岗位(须{what})。"),
        command_line.SeveralPostsError: (REFUSED_BY_RULE, several),
    }


def _typed(label: str, *, hidden: bool) -> str:
    if not sys.stdin.isatty():
        raise Stop(
            f"没有终端,不能询问 {label}。请在终端执行;密码可放在只有本人能读的文件里,用环境变量 {PASSWORD_FILE} 指明,验证码可用环境变量 {CODE} 给出。",
            code=REFUSED_BY_RULE,
        )
    return str(click.prompt(label, hide_input=hidden, err=True, prompt_suffix=":"))


def _from_file() -> str:
    """The first line of the file, which is the user's own and nobody else's to read."""
    if not (given := os.environ.get(PASSWORD_FILE, "")):
        return ""
    try:
        handle = os.open(Path(given).expanduser(), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise Stop(f"不能读取 {PASSWORD_FILE} 所指的文件 {given}:{error.strerror}。", code=REFUSED_BY_RULE) from error
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
            raise Stop(
                f"{PASSWORD_FILE} 所指的文件 {given} 须归本人所有,且他人不能读写。请执行:chmod 600 {given}",
                code=REFUSED_BY_RULE,
            )
        return os.read(handle, LONGEST).partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    finally:
        os.close(handle)
