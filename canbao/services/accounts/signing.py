"""Signing in and out: by password, locked after failures, each attempt on record (GB/T 22239-2019 8.1.4.1 b)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import cast

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.contrib import auth
from django.db import connection, transaction
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse

from canbao.rules.division import CITY
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit
from canbao.services.accounts import factors, passwords, people, policy, sessions
from canbao.services.accounts.posts import Held, actor_of, posts_on
from canbao.store.models import Account

# What a session knows of how it began.
WAY = "way"
FACTOR_DUE = "second_factor_due"
FACTOR_PASSED = "second_factor_passed"
ITSELF = Actor(account="canbao-sign-in", role=Role.SYSTEM_ADMINISTRATOR)
BY_PASSWORD, BY_PROVIDER = "密码", "统一身份认证"
NOBODY = Actor(account="-", role=cast(Role, ""), office=CITY)
PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Refused(Exception):
    """Not signed in; each reason that may be told is a class of its own."""


class WrongPair(Refused):
    """No such account, a wrong password, or a disabled account: no one can tell which."""


class Locked(Refused):
    """Too many failures for this name or from this address, whether the account exists or not."""

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes


class Dormant(Refused):
    """The right password, but the account was not used for so long that it is disabled now."""


class OneTimeExpired(Refused):
    """The right one-time password, too late."""


@dataclass(frozen=True)
class LockedName:
    """A name that cannot sign in for a while."""

    name: str
    failures: int
    last_at: datetime
    minutes: int


# What django-axes asks for (settings.AXES_*).


def failure_limit(request: HttpRequest, credentials: object) -> int:
    return policy.value("lock_failures")


def cool_off(request: HttpRequest | None) -> timedelta:
    return timedelta(minutes=policy.value("lock_minutes"))


def counted_name(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """Under which name failures are counted: not as typed where no account has it."""
    name = (credentials or {}).get("name") or ""
    return _said(Account.objects.filter(name=name).first(), name)


def own_answer(request: HttpRequest, response: HttpResponse, credentials: object) -> HttpResponse:
    """The sign-in page has said it already."""
    return response


class Lock(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts a name strictly and an address, which may be a whole town's, less so."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        rules = policy.current()
        by_name, by_address = (
            attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(by_name, rules["lock_failures"] if by_address >= rules["lock_address_failures"] else 0)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """A colleague's success at the same address forgives nobody else."""
        deleted, _ = self.filter_user_attempts(request, credentials)[0].delete()
        return int(deleted)


def sign_in(request: HttpRequest, *, name: str, password: str, at: datetime) -> Account:
    """Check the password and begin a session. Failures stay on record, so this does not roll back.

    Raises WrongPair, Locked, Dormant, OneTimeExpired.
    """
    _one_at_a_time(name)
    known, actor = _who(name, at)
    if not AxesProxyHandler.is_allowed(request, {"name": name}):
        _failed(known, actor, name, "已锁定", at)
        raise Locked(_minutes_left(request, name, at))
    account = auth.authenticate(request, name=name, password=password)
    if account is None:
        _failed(known, actor, name, "账号或密码不正确", at)
        if getattr(request, "axes_locked_out", False):
            audit.record(
                audit.Event.ACCOUNT_LOCKED,
                actor=actor,
                at=at,
                target_kind="account",
                target_id=_said(known, name),
                area=known.office if known else "",
            )
            raise Locked(_minutes_left(request, name, at))
        raise WrongPair
    admit(request, account, way=BY_PASSWORD, at=at)
    return account


def admit(request: HttpRequest, account: Account, *, way: str, at: datetime, second: bool = False) -> None:
    """Begin the session of an account whose holder has been recognised; second: by two factors already.

    Raises WrongPair, Dormant, OneTimeExpired.
    """
    rules = policy.current()
    actor = _actor(account, posts_on(account, day_of(at)))
    if not account.is_active:
        _failed(account, actor, account.name, "账号已停用", at)
        raise WrongPair
    if _was_disabled(account, rules, at):
        raise Dormant
    if way == BY_PASSWORD and passwords.is_expired_one_time(account, rules, at):
        _failed(account, actor, account.name, "一次性密码已过期", at)
        raise OneTimeExpired
    request.session.flush()  # nothing of before: neither the key nor what another sign-in had proved
    auth.login(request, account, backend=PASSWORD_BACKEND)
    request.session[WAY] = way
    if second:
        request.session[FACTOR_PASSED] = True
    elif factors.is_set(account):
        request.session[FACTOR_DUE] = True
    sessions.begin(
        cast(sessions.SessionStore, request.session), account, terminal=_terminal(request), rules=rules, at=at
    )
    audit.record(
        audit.Event.SIGNED_IN, actor=actor, at=at, target_kind="account", target_id=account.name, detail={"way": way}
    )


def note_failure(way: str, *, at: datetime) -> None:
    """Somebody came from elsewhere and was not recognised."""
    _failed(None, NOBODY, "", f"{way}未通过", at)


def sign_out(request: HttpRequest, account: Account, *, actor: Actor, at: datetime) -> None:
    """End this session."""
    with transaction.atomic():
        audit.record(audit.Event.SIGNED_OUT, actor=actor, at=at, target_kind="account", target_id=account.name)
        auth.logout(request)


def factor_passed(request: HttpRequest) -> None:
    """The session goes on under a new key, as one of two factors."""
    request.session.pop(FACTOR_DUE, None)
    request.session[FACTOR_PASSED] = True
    request.session.cycle_key()
    sessions.note_again(cast(sessions.SessionStore, request.session))


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


def locked(*, actor: Actor, at: datetime) -> list[LockedName]:
    """The accounts of the actor's area that cannot sign in now; other names may be passwords in the wrong box. Raises access.NotAllowed."""
    access.require(actor, Permission.ACCOUNT_UNLOCK)
    rules = policy.current()
    since = at - timedelta(minutes=rules["lock_minutes"])
    rows = (
        AccessAttempt.objects.filter(attempt_time__gte=since, username__isnull=False)
        .values("username")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=rules["lock_failures"])
        .order_by("-last")
    )
    mine = set(people.of_area(actor).filter(name__in=[row["username"] for row in rows]).values_list("name", flat=True))
    return [
        LockedName(row["username"], row["failures"], row["last"], _minutes(row["last"], rules, at))
        for row in rows
        if row["username"] in mine
    ]


@transaction.atomic
def unlock(name: str, *, reason: str, actor: Actor, at: datetime) -> None:
    """Forget the failures of a name. Raises access.NotAllowed, access.NotFound, people.OwnAccount, people.NoReason."""
    access.require(actor, Permission.ACCOUNT_UNLOCK)
    if name == actor.account:
        raise people.OwnAccount(name)
    if not reason.strip():
        raise people.NoReason
    known = people.of_area(actor).filter(name=name).first()
    if known is None or not AccessAttempt.objects.filter(username=name).delete()[0]:
        raise access.NotFound(name)
    audit.record(
        audit.Event.ACCOUNT_UNLOCKED, actor=actor, at=at, target_kind="account", target_id=known.name,
        basis=reason.strip(), area=known.office, detail={"reason": reason.strip()},
    )  # fmt: skip


def _one_at_a_time(name: str) -> None:
    """Parallel guesses at one name would all be checked before the first is counted."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"canbao.sign_in {name}"])


def _who(name: str, at: datetime) -> tuple[Account | None, Actor]:
    """The account and the actor of its first post, or nobody; the same work for both."""
    known = Account.objects.filter(name=name).first()
    held = posts_on(known or Account(is_active=True, pk=0), day_of(at))
    return known, _actor(known, held) if known else NOBODY


def _actor(account: Account, held: list[Held]) -> Actor:
    return actor_of(account, held[0]) if held else actor_without_post(account)


def _failed(known: Account | None, actor: Actor, name: str, why: str, at: datetime) -> None:
    audit.record(
        audit.Event.SIGN_IN_FAILED, actor=actor, at=at, target_kind="account", target_id=_said(known, name),
        area=known.office if known else "", detail={"why": why},
    )  # fmt: skip


def _said(known: Account | None, name: str) -> str:
    """A name that is no account may be a password typed into the wrong box."""
    if known:
        return known.name
    if not name:
        return ""
    digest = Hash(SM3())
    digest.update(name.encode())
    return f"?{digest.finalize().hex()[:16]}"


def _minutes_left(request: HttpRequest, name: str, at: datetime) -> int:
    rules = policy.current()
    last = max(
        (
            moment
            for attempts in AxesProxyHandler.get_implementation().get_user_attempts(request, {"name": name})
            if (moment := attempts.aggregate(last=Max("attempt_time"))["last"])
        ),
        default=at,
    )
    return _minutes(last, rules, at)


def _minutes(last: datetime, rules: Mapping[str, int], at: datetime) -> int:
    # the failure is noted a moment after `at`
    left = last + timedelta(minutes=rules["lock_minutes"]) - at
    return min(rules["lock_minutes"], max(1, ceil(left.total_seconds() / 60)))


def _was_disabled(account: Account, rules: Mapping[str, int], at: datetime) -> bool:
    """Disable what was not used for too long, unless the last administrators would be locked out by it."""
    if not is_dormant(account, rules, at):
        return False
    people.disable_idle(days=rules["account_idle_days"], actor=ITSELF, at=at)
    account.refresh_from_db()
    return not account.is_active


def _terminal(request: HttpRequest) -> sessions.Terminal:
    return sessions.Terminal(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_USER_AGENT", ""))
