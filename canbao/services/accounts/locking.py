"""Failures counted and names locked for a while: what django-axes asks for, who is locked, and unlocking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import connection, transaction
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.accounts import people, policy
from canbao.store.models import Account


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
    return said(Account.objects.filter(name=name).first(), name)


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


def one_at_a_time(name: str) -> None:
    """Parallel guesses at one name would all be checked before the first is counted."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"canbao.sign_in {name}"])


def said(known: Account | None, name: str) -> str:
    """A name that is no account may be a password typed into the wrong box."""
    if known:
        return known.name
    if not name:
        return ""
    digest = Hash(SM3())
    digest.update(name.encode())
    return f"?{digest.finalize().hex()[:16]}"


def minutes_left(request: HttpRequest, name: str, at: datetime) -> int:
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
