"""Names that are locked now, as administrators see and unlock them; how failures are counted is `counting`'s matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import Max, Sum

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.accounts import counting, people, policy


@dataclass(frozen=True)
class LockedName:
    """A name that cannot sign in for a while. where: the address, or nothing for a device of the holder's own."""

    name: str
    where: str
    failures: int
    last_at: datetime
    minutes: int


def locked(*, actor: Actor, at: datetime) -> list[LockedName]:
    """The accounts of the actor's area that cannot sign in from somewhere now, and from where.

    Other names may be passwords in the wrong box. Raises access.NotAllowed.
    """
    access.require(actor, Permission.ACCOUNT_UNLOCK)
    rules = policy.current()
    lasts = timedelta(minutes=rules["lock_minutes"])
    rows = (
        AccessAttempt.objects.filter(attempt_time__gt=at - lasts, username__isnull=False)
        .values("username", "ip_address", "user_agent")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=rules["lock_failures"])
        .order_by("-last")
    )
    mine = set(people.of_area(actor).filter(name__in=[row["username"] for row in rows]).values_list("name", flat=True))
    return [
        LockedName(
            row["username"], "" if row["user_agent"] else row["ip_address"] or "", row["failures"], row["last"],
            max(1, ceil((row["last"] + lasts - at).total_seconds() / 60)),
        )
        for row in rows
        if row["username"] in mine
    ]  # fmt: skip


@transaction.atomic
def unlock(name: str, *, reason: str, actor: Actor, at: datetime) -> None:
    """Forget the failures of a name. Raises access.NotAllowed, access.NotFound, people.OwnAccount, people.NoReason."""
    access.require(actor, Permission.ACCOUNT_UNLOCK)
    if name == actor.account:
        raise audit.own_act(
            people.OwnAccount(name), actor=actor, at=at, target_kind="account", target_id=name, area=actor.office
        )
    if not reason.strip():
        raise people.NoReason
    known = people.of_area(actor).filter(name=name).first()
    if known is None or not counting.forget(name):
        raise access.NotFound(name)
    audit.record(
        audit.Event.ACCOUNT_UNLOCKED, actor=actor, at=at, target_kind="account", target_id=known.name,
        basis=reason.strip(), area=known.office, detail={"reason": reason.strip()},
    )  # fmt: skip
