"""Who acts and when: what a command is given from outside.

In a practice home a command believes the name it is given. In a real one an account proves who it is, by password and code, and
acts in a post that may do what the command does.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click
from django.conf import settings

from canbao.cli.output import REFUSED_BY_RULE, Stop
from canbao.cli.proof import proved
from canbao.rules.permissions import NotAllowed, Permission
from canbao.rules.roles import Actor, Role
from canbao.services import audit
from canbao.services.accounts import command_line

Command = Callable[..., Any]
_AS = "以哪个账号的名义办理({role});正式登记库须输入密码和验证码,多个岗位时写作 账号@机构编码。"


def now() -> datetime:
    """The instant of the command."""
    return datetime.now(UTC)


def actor(account: str | None, *, role: Role) -> Actor:
    """In a practice home: the named account, or the login of the operator who runs the command, in the role the command needs."""
    return Actor(account=account or getpass.getuser(), role=role)


def acts_as(role: Role, *, need: Permission | None = None) -> Callable[[Command], Command]:
    """Add `--as ACCOUNT` to a command and hand it an `actor`.

    role: in which a practice home believes the name. need: what a post has to carry in a real home; without it, the role.
    """

    def decorate(command: Command) -> Command:
        @click.option("--as", "account", metavar="账号", help=_AS.format(role=need.label if need else role.label))
        @wraps(command)
        def wrapped(*args: Any, account: str | None, **kwargs: Any) -> Any:
            return _run(command, lambda: _acting(account, role, need), *args, **kwargs)

        return wrapped

    return decorate


def at_the_machine(role: Role) -> Callable[[Command], Command]:
    """Hand a command that reads and changes nothing of people an `actor`: the operator who runs it, by the login of the machine."""

    def decorate(command: Command) -> Command:
        @click.option("--as", "account", metavar="账号", help="以哪个账号的名义办理,默认为服务器的操作人。")
        @wraps(command)
        def wrapped(*args: Any, account: str | None, **kwargs: Any) -> Any:
            def operator() -> Actor:
                return _acting(account, role, None) if account else command_line.operator(getpass.getuser(), role)

            return _run(command, operator, *args, **kwargs)

        return wrapped

    return decorate


def approved_by(role: Role) -> Callable[[Command], Command]:
    """Add `--approved-by ACCOUNT` to a command and hand it an `approver`, who proves it like the actor, at the same terminal."""

    def decorate(command: Command) -> Command:
        @click.option(
            "--approved-by",
            "second",
            required=True,
            metavar="账号",
            help=f"审批人({role.label}),须另一人,本人输入密码和验证码。",
        )
        @wraps(command)
        def wrapped(*args: Any, second: str, **kwargs: Any) -> Any:
            if second.partition("@")[0] == kwargs["actor"].account:
                raise Stop("办理人与审批人不得为同一人。", code=REFUSED_BY_RULE)
            believed = settings.CANBAO_PRACTICE
            approver = (
                actor(second, role=role) if believed else proved(second, role=role, need=None, at=now(), own=False)
            )
            return command(*args, approver=approver, **kwargs)

        return wrapped

    return decorate


def in_full(reader: Actor, role: Role) -> Actor:
    """The actor who asks to see what is hidden: in a practice home in a role that may; in a real one the post has to."""
    return replace(reader, role=role) if settings.CANBAO_PRACTICE else reader


def _acting(account: str | None, role: Role, need: Permission | None) -> Actor:
    if settings.CANBAO_PRACTICE:
        return actor(account, role=role)
    if not account:
        raise Stop("这是正式登记库,请用 --as 账号 说明由谁办理,并输入密码和验证码。", code=REFUSED_BY_RULE)
    return proved(account, role=role, need=need, at=now())


def _run(command: Command, find: Callable[[], Actor], *args: Any, **kwargs: Any) -> Any:
    with command_line.comes_from(getpass.getuser()):
        acting = find()
        try:
            return command(*args, actor=acting, **kwargs)
        except NotAllowed as error:
            raise Stop(f"{acting.role.label}没有“{error.permission.label}”的权限。", code=REFUSED_BY_RULE) from error
        except audit.BudgetSpentError as spent:
            said = f"{spent.sentence}确需继续的,登录网页后在“查阅额度”页申请增加。"
            raise Stop(said, code=REFUSED_BY_RULE) from spent
