"""Failures counted so that they stop guessing and lock nobody else out: by name and address, or by name and known device.

What django-axes asks for (settings.AXES_*). A stranger's failures close a name for his own address only. Where many addresses try
one name, those that have failed before wait longer with each failure; a device that the account has used is counted by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import connection
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse

from canbao.rules.terminals import counted_address
from canbao.services.accounts import devices, policy
from canbao.store.models import Account

UNKNOWN = ""  # the bucket of every device that the account has not used
SLOW_AFTER = 4  # times the failures that lock one address: from then on the name is slow for those who failed
_SLOWEST_POWER = 12


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


def prepare(request: HttpRequest, known: Account | None, *, bucket: str = UNKNOWN) -> None:
    """Decide where a failure of this request is counted, before it is tried.

    bucket: of a terminal that has no cookies (the command line).
    """
    AxesProxyHandler.update_request(request)
    device = devices.of(request)
    request.axes_user_agent = bucket or (device.id if device.knows(known) else UNKNOWN)  # type: ignore[attr-defined]
    request.axes_ip_address = counted_address(request.axes_ip_address) or None  # type: ignore[attr-defined]


class Lock(AxesDatabaseHandler):  # type: ignore[misc]
    """See the module. The attempt's `user_agent` holds the bucket: a known device, or nothing."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """The failures that count against this attempt; as many as lock where it has to wait for another reason."""
        rules = policy.current()
        name, limit = counted_name(request, credentials), rules["lock_failures"]
        own = _failures(_own(request, name, rules))
        if request.axes_user_agent != UNKNOWN or own >= limit:  # type: ignore[attr-defined]
            return own
        crowded = _failures(_of_address(request, rules)) >= rules["lock_address_failures"]
        return limit if crowded or (own and _slow_until(request, name, rules)) else own

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """A success forgives the failures of this device or address under this name, nobody else's."""
        if not hasattr(request, "axes_updated"):
            return 0
        name = counted_name(request, credentials or {})
        return int(_own(request, name, policy.current()).delete()[0])


def minutes_left(request: HttpRequest, name: str, at: datetime) -> int:
    """How long this attempt has to wait, at least a minute."""
    rules, counted = policy.current(), counted_name(request, {"name": name})
    whole = timedelta(minutes=rules["lock_minutes"])
    rows = [_own(request, counted, rules)]
    if request.axes_user_agent == UNKNOWN and _failures(rows[0]) < rules["lock_failures"]:  # type: ignore[attr-defined]
        if until := _slow_until(request, counted, rules):
            return _minutes(until - at, rules)
        rows.append(_of_address(request, rules))
    last = max((moment for row in rows if (moment := row.aggregate(last=Max("attempt_time"))["last"])), default=at)
    return _minutes(last + whole - at, rules)


def one_at_a_time(name: str, *, what: str = "sign_in") -> None:
    """Parallel attempts would all be checked before the first is counted; the others wait for the end of this transaction.

    name: under which they are counted; what: which kind of attempt.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"canbao.{what} {name}"])


def said(known: Account | None, name: str) -> str:
    """A name that is no account may be a password typed into the wrong box."""
    if known:
        return known.name
    if not name:
        return ""
    digest = Hash(SM3())
    digest.update(name.encode())
    return f"?{digest.finalize().hex()[:16]}"


def forget(name: str) -> int:
    """Forget the failures of a name, wherever they were made; says how many places that were."""
    return int(AccessAttempt.objects.filter(username=name).delete()[0])


def where(request: HttpRequest, name: str) -> str:
    """Where the name is locked now, for the journal."""
    rules = policy.current()
    if _failures(_own(request, counted_name(request, {"name": name}), rules)) < rules["lock_failures"]:
        return "多处登录失败，逐次延长等待"
    bucket = request.axes_user_agent  # type: ignore[attr-defined]
    return "本人用过的设备" if bucket else f"终端 {request.axes_ip_address or '未知'}"  # type: ignore[attr-defined]


def _recent(request: HttpRequest, rules: Mapping[str, int]) -> QuerySet[AccessAttempt]:
    since = request.axes_attempt_time - timedelta(minutes=rules["lock_minutes"])  # type: ignore[attr-defined]
    rows: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(attempt_time__gt=since)
    return rows


def _own(request: HttpRequest, name: str, rules: Mapping[str, int]) -> QuerySet[AccessAttempt]:
    """Of the name on this known device, or from this address."""
    bucket = request.axes_user_agent  # type: ignore[attr-defined]
    rows = _recent(request, rules).filter(username=name, user_agent=bucket)
    return rows if bucket else rows.filter(ip_address=request.axes_ip_address)  # type: ignore[attr-defined]


def _of_address(request: HttpRequest, rules: Mapping[str, int]) -> QuerySet[AccessAttempt]:
    """Of every name from this address, which may be a whole town's."""
    return _recent(request, rules).filter(ip_address=request.axes_ip_address, user_agent=UNKNOWN)  # type: ignore[attr-defined]


def _slow_until(request: HttpRequest, name: str, rules: Mapping[str, int]) -> datetime | None:
    """Until when those who have failed at the name wait, where it is tried from many places: twice as long with each failure."""
    rows = _recent(request, rules).filter(username=name, user_agent=UNKNOWN)
    found = rows.aggregate(total=Sum("failures_since_start"), last=Max("attempt_time"))
    beyond = (found["total"] or 0) - SLOW_AFTER * rules["lock_failures"]
    if beyond < 0:
        return None
    seconds = min(2 ** min(beyond + 1, _SLOWEST_POWER), rules["lock_minutes"] * 60)
    until: datetime = found["last"] + timedelta(seconds=seconds)
    return until if until > request.axes_attempt_time else None  # type: ignore[attr-defined]


def _failures(rows: QuerySet[AccessAttempt]) -> int:
    return rows.aggregate(total=Sum("failures_since_start"))["total"] or 0


def _minutes(left: timedelta, rules: Mapping[str, int]) -> int:
    # the failure is noted a moment after `at`
    return min(rules["lock_minutes"], max(1, ceil(left.total_seconds() / 60)))
