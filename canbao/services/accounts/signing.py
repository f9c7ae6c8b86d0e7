"""Signing in and out: by password, locked after failures, each attempt on record (GB/T 22239-2019 8.1.4.1 b)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from canbao.rules.division import CITY
from canbao.rules.period import day_of
from canbao.rules.roles import Actor, Role
from canbao.services import audit
from canbao.services.accounts import counting, factors, notices, passwords, people, policy, sessions
from canbao.services.accounts.posts import Held, actor_of, posts_on
from canbao.store.models import Account

# What a session knows of how it began.
WAY = "way"
FACTOR_DUE = "second_factor_due"
FACTOR_PASSED = "second_factor_passed"
NOTICE_DUE = "notice_due"
ITSELF = Actor(account="canbao-sign-in", role=Role.SYSTEM_ADMINISTRATOR)
BY_PASSWORD, BY_PROVIDER = "密码", "统一身份认证"
NOBODY = Actor(account="-", role=cast(Role, ""), office=CITY)
PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Refused(Exception):
    """Not signed in; each reason that may be told is a class of its own."""


class WrongPair(Refused):
    """No such account, a wrong password, or a disabled account: no one can tell which."""


class Locked(Refused):
    """Too many failures for this name from here, or for all names, whether the account exists or not."""

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes


class Dormant(Refused):
    """The right password, but the account was not used for so long that it is disabled now."""


class OneTimeExpired(Refused):
    """The right one-time password, too late."""


def sign_in(request: HttpRequest, *, name: str, password: str, at: datetime) -> Account:
    """Check the password and begin a session. Failures stay on record, so this does not roll back.

    Raises WrongPair, Locked, Dormant, OneTimeExpired.
    """
    account = by_password(request, name=name, password=password, at=at)
    admit(request, account, way=BY_PASSWORD, at=at)
    return account


def by_password(request: HttpRequest, *, name: str, password: str, at: datetime, bucket: str = "") -> Account:
    """Whose password it is; wrong ones are counted and on record, so this does not roll back.

    bucket: where failures are counted for a terminal without cookies. Raises WrongPair, Locked.
    """
    counting.one_at_a_time(name)
    known, actor = who(name, at)
    counting.prepare(request, known, bucket=bucket)
    if not AxesProxyHandler.is_allowed(request, {"name": name}):
        _failed(known, actor, name, "已锁定", at)
        raise Locked(counting.minutes_left(request, name, at))
    account = auth.authenticate(request, name=name, password=password)
    if account is None:
        _failed(known, actor, name, "账号或密码不正确", at)
        if getattr(request, "axes_locked_out", False):
            audit.record(
                audit.Event.ACCOUNT_LOCKED,
                actor=actor,
                at=at,
                target_kind="account",
                target_id=counting.said(known, name),
                area=known.office if known else "",
                detail={"where": counting.where(request, name)},
            )
            raise Locked(counting.minutes_left(request, name, at))
        raise WrongPair
    return account


def admit(request: HttpRequest, account: Account, *, way: str, at: datetime, second: bool = False) -> None:
    """Begin the session of an account whose holder has been recognised; second: by two factors already.

    Raises WrongPair, Dormant, OneTimeExpired.
    """
    rules = policy.current()
    actor = check_usable(account, way=way, rules=rules, at=at)
    request.session.flush()  # nothing of before: neither the key nor what another sign-in had proved
    auth.login(request, account, backend=PASSWORD_BACKEND)
    request.session[WAY] = way
    if second:
        request.session[FACTOR_PASSED] = True
    elif factors.is_set(account):
        request.session[FACTOR_DUE] = True
    store = cast(sessions.SessionStore, request.session)
    sessions.begin(store, account, terminal=terminal(request), rules=rules, at=at)
    if second:
        _is_in(store, account, rules, at)
    audit.record(
        audit.Event.SIGNED_IN, actor=actor, at=at, target_kind="account", target_id=account.name, detail={"way": way}
    )


def check_usable(account: Account, *, way: str, rules: Mapping[str, int], at: datetime) -> Actor:
    """Whether the account of a recognised holder may be used; the actor of its first post, for the journal.

    Raises WrongPair, Dormant, OneTimeExpired.
    """
    actor = _actor(account, posts_on(account, day_of(at)))
    if not account.is_active:
        _failed(account, actor, account.name, "账号已停用", at)
        raise WrongPair
    if _was_disabled(account, rules, at):
        raise Dormant
    if way != BY_PROVIDER and passwords.is_expired_one_time(account, rules, at):
        _failed(account, actor, account.name, "一次性密码已过期", at)
        raise OneTimeExpired
    return actor


def note_failure(way: str, *, at: datetime) -> None:
    """Somebody came from elsewhere and was not recognised."""
    _failed(None, NOBODY, "", f"{way}未通过", at)


def sign_out(request: HttpRequest, account: Account, *, actor: Actor, at: datetime) -> None:
    """End the present session."""
    with transaction.atomic():
        audit.record(audit.Event.SIGNED_OUT, actor=actor, at=at, target_kind="account", target_id=account.name)
        auth.logout(request)


def factor_passed(request: HttpRequest, account: Account, *, at: datetime) -> None:
    """The session goes on under a new key, as one of two factors; only now do others of the account give way to it."""
    store = cast(sessions.SessionStore, request.session)
    store.pop(FACTOR_DUE, None)
    store[FACTOR_PASSED] = True
    store.cycle_key()
    sessions.note_again(store)
    _is_in(store, account, policy.current(), at)


def _is_in(store: sessions.SessionStore, account: Account, rules: Mapping[str, int], at: datetime) -> None:
    sessions.passed(store, account, rules=rules, at=at)
    if notices.is_to_be_told(account):
        store[NOTICE_DUE] = True


def notice_seen(request: HttpRequest, account: Account, *, is_mine: bool, actor: Actor, at: datetime) -> None:
    """The holder has been told who had a part in a reset, and goes on; is_mine: or says not to have asked for it."""
    notices.told(account, is_mine=is_mine, actor=actor, at=at)
    request.session.pop(NOTICE_DUE, None)


@transaction.atomic
def choose_post(held: Held, *, actor: Actor, at: datetime) -> None:
    """Put on record in which post the work goes on; actor: in that post."""
    audit.record(audit.Event.POST_CHOSEN, actor=actor, at=at, target_kind="post", target_id=str(held.post_id))


def actor_without_post(account: Account) -> Actor:
    """Who signs in without holding a post: a name in the journal, without a role."""
    return Actor(account=account.name, role=cast(Role, ""), office=CITY)


def is_dormant(account: Account, rules: Mapping[str, int], at: datetime) -> bool:
    """Whether nobody has used the account for as long as the policy allows."""
    last = max(account.last_login or account.created_at, account.active_since or account.created_at)
    return at >= last + timedelta(days=rules["account_idle_days"])


def who(name: str, at: datetime) -> tuple[Account | None, Actor]:
    """The account and the actor of its first post, or nobody; the same work for both."""
    known = Account.objects.filter(name=name).first()
    held = posts_on(known or Account(is_active=True, pk=0), day_of(at))
    return known, _actor(known, held) if known else NOBODY


def _actor(account: Account, held: list[Held]) -> Actor:
    return actor_of(account, held[0]) if held else actor_without_post(account)


def _failed(known: Account | None, actor: Actor, name: str, why: str, at: datetime) -> None:
    audit.record_look(
        audit.Event.SIGN_IN_FAILED, actor=actor, at=at, target_kind="account", target_id=counting.said(known, name),
        area=known.office if known else "", detail={"why": why},
    )  # fmt: skip


def _was_disabled(account: Account, rules: Mapping[str, int], at: datetime) -> bool:
    """Disable what was not used for too long, unless the last administrators would be locked out by it."""
    if not is_dormant(account, rules, at):
        return False
    people.disable_idle(days=rules["account_idle_days"], actor=ITSELF, at=at)
    account.refresh_from_db()
    return not account.is_active


def terminal(request: HttpRequest) -> sessions.Terminal:
    """The terminal a request comes from."""
    return sessions.Terminal(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_USER_AGENT", ""))
