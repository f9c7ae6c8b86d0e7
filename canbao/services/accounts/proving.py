"""The user of a session proves once more to be its holder, before the keys of the account itself are changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import auth
from django.http import HttpRequest

from canbao.rules.roles import Actor
from canbao.services import audit
from canbao.services.accounts import counting, factors, passwords, signing
from canbao.store.models import Account

PROVED = "proved_at"
LASTS = timedelta(minutes=5)


def asks_password(request: HttpRequest) -> bool:
    """Who came through the identity service has perhaps no password here."""
    return request.session.get(signing.WAY) != signing.BY_PROVIDER


def is_due(request: HttpRequest, account: Account, *, forced: bool, at: datetime) -> bool:
    """Whether the holder has to be proved first; forced: nothing but a first factor can be done before one is set."""
    is_set = factors.is_set(account)
    if not is_set and (forced or not asks_password(request)):
        return False
    said = request.session.get(PROVED)
    return not said or not timedelta() <= at - datetime.fromisoformat(said) < LASTS


def prove(request: HttpRequest, account: Account, *, old: str, code: str, actor: Actor, at: datetime) -> None:
    """The password, and a code of the present factor or a recovery code where there is one; failures stay on record.

    Raises passwords.WrongPassword, signing.Locked, factors.WrongCode, factors.TooFast.
    """
    if asks_password(request):
        by_password(request, account, old, why="更换双因素认证", actor=actor, at=at)
    if factors.is_set(account):
        by_code(account, code, actor=actor, at=at)
    request.session[PROVED] = at.isoformat()


def by_code(account: Account, code: str, *, actor: Actor, at: datetime) -> None:
    """A code of the present factor or a recovery code. Raises factors.WrongCode, factors.TooFast."""
    ask = factors.check if len(code.replace(" ", "")) <= factors.DIGITS else factors.recover
    ask(account, code, actor=actor, at=at)


def used(request: HttpRequest) -> None:
    """One proof, one act."""
    request.session.pop(PROVED, None)


def change_password(
    request: HttpRequest, account: Account, *, old: str, new: str, actor: Actor, at: datetime, keep: str = ""
) -> None:
    """passwords.change_own, with wrong old passwords counted.

    Raises passwords.WrongPassword, passwords.TooWeak, signing.Locked.
    """
    by_password(request, account, old, why="修改密码", actor=actor, at=at)
    passwords.change_own(account, old=old, new=new, actor=actor, at=at, keep=keep)


def by_password(request: HttpRequest, account: Account, old: str, *, why: str, actor: Actor, at: datetime) -> None:
    """A wrong password counts as at sign-in: a stolen session is no place to guess. Does not roll back.

    Raises passwords.WrongPassword, signing.Locked.
    """
    counting.one_at_a_time(account.name)
    counting.prepare(request, account)
    if not AxesProxyHandler.is_allowed(request, {"name": account.name}):
        _note_wrong(account, actor, at, f"{why}，已锁定")
        raise signing.Locked(counting.minutes_left(request, account.name, at))
    if auth.authenticate(request, name=account.name, password=old) is not None:
        return
    _note_wrong(account, actor, at, why)
    if getattr(request, "axes_locked_out", False):
        audit.record(
            audit.Event.ACCOUNT_LOCKED, actor=actor, at=at, target_kind="account", target_id=account.name,
            area=account.office, detail={"where": counting.where(request, account.name)},
        )  # fmt: skip
        raise signing.Locked(counting.minutes_left(request, account.name, at))
    raise passwords.WrongPassword


def _note_wrong(account: Account, actor: Actor, at: datetime, why: str) -> None:
    audit.record_look(
        audit.Event.PASSWORD_WRONG, actor=actor, at=at, target_kind="account", target_id=account.name,
        area=account.office, detail={"why": why},
    )  # fmt: skip
