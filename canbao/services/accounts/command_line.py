"""Who gives a command at the machine: an account in use, by password and code like at the sign-in page, in a post that may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.http import HttpRequest

from canbao.rules.period import day_of
from canbao.rules.permissions import Permission, allows
from canbao.rules.roles import Actor, Role
from canbao.services import audit
from canbao.services.accounts import factors, passwords, policy, signing
from canbao.services.accounts.posts import Held, actor_of, posts_on
from canbao.store.models import Account

T = TypeVar("T")
WAY = "命令行"
OPERATOR = "（命令行）"
BUCKET = "command line"  # failures here lock the name here, not on the pages


class PasswordDueError(Exception):
    """The password has to be changed first, on the pages."""


class FactorMissingError(Exception):
    """The account has no second factor yet; it is set up on the pages."""


class NoSuchPostError(Exception):
    """None of the account's posts of today may do this."""


class SeveralPostsError(Exception):
    """More than one of the account's posts may do this; `posts` are they."""

    def __init__(self, posts: Sequence[Held]) -> None:
        super().__init__(len(posts))
        self.posts = posts


def operator(user: str, role: Role) -> Actor:
    """The operator who runs a command that needs no account: the login of the machine, which no account can be called."""
    return Actor(f"{OPERATOR}{user}", role)


def comes_from(user: str) -> AbstractContextManager[None]:
    """Tell the journal where what a command does comes from: the command line, and the login of the machine."""
    return audit.came_from(terminal=f"{WAY} {user}", request_id="")


def recognise(name: str, *, password: str, code: str, user: str, at: datetime) -> Account:
    """The holder of the account, by password and a code of the second factor; counted, locked and on record as on the pages.

    user: login of the machine. code: of the device, or a recovery code.
    Raises signing.WrongPair, signing.Locked, signing.Dormant, signing.OneTimeExpired, factors.WrongCode, factors.TooFast,
    PasswordDueError, FactorMissingError.
    """
    account = _lasting(lambda: _by_password(name, password, at))
    rules = policy.current()
    actor = _lasting(lambda: signing.check_usable(account, way=WAY, rules=rules, at=at))
    if not factors.is_set(account):
        raise FactorMissingError(name)
    (factors.check if len(code) <= factors.DIGITS else factors.recover)(account, code, actor=actor, at=at)
    if passwords.is_due(account, rules, at):
        raise PasswordDueError(name)
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(last_login=at)
        audit.record(
            audit.Event.SIGNED_IN, actor=actor, at=at, target_kind="account", target_id=account.name,
            detail={"way": f"{WAY}，{user}"},
        )  # fmt: skip
    return account


def in_post(account: Account, *, role: Role, need: Permission | None, office: str, at: datetime) -> Actor:
    """The account in the post that may do it: one with the permission, or with the role where no permission is named.

    office: which of several, as a path. Raises NoSuchPostError, SeveralPostsError.
    """
    able = [held for held in posts_on(account, day_of(at)) if (allows(held.role, need) if need else held.role is role)]
    chosen = [held for held in able if held.office == office] if office else able
    if not chosen:
        raise NoSuchPostError(account.name)
    if len(chosen) > 1 and len({(held.role, held.office) for held in chosen}) > 1:
        raise SeveralPostsError(chosen)
    return actor_of(account, chosen[0])


def _by_password(name: str, password: str, at: datetime) -> Account:
    request = HttpRequest()
    request.method, request.path = "POST", "/command-line/"
    request.META |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "canbao", "PATH_INFO": request.path}
    return signing.by_password(request, name=name, password=password, at=at, bucket=BUCKET)


def _lasting(act: Callable[[], T]) -> T:
    """One transaction that stays when the answer is a refusal: failures are counted and on record."""
    refusal: signing.Refused | None = None
    with transaction.atomic():
        try:
            answer = act()
        except signing.Refused as error:
            refusal = error
    if refusal:
        raise refusal
    return answer
