"""Who acts and when: the two things that come in through the door."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click

from canbao.rules.roles import Actor, Role


def now() -> datetime:
    """The instant of the command."""
    return datetime.now(UTC)


def actor(account: str | None, *, role: Role) -> Actor:
    """The named account, or the login of whoever runs the command, in the role the command needs."""
    return Actor(account=account or getpass.getuser(), role=role)


def acts_as(role: Role) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add `--as NAME` to a command and hand it an `actor`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--as", "account", metavar="账户", help=f"以谁的名义办理({role.label}),默认为当前登录名。")
        @wraps(command)
        def wrapped(*args: Any, account: str | None, **kwargs: Any) -> Any:
            return command(*args, actor=actor(account, role=role), **kwargs)

        return wrapped

    return decorate
