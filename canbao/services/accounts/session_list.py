"""Live sessions as their holders and administrators see and end them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from canbao.rules.offices import scope_range
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.services.accounts import policy
from canbao.services.accounts.sessions import Ended, digest, end_rows, live
from canbao.store.models import Account, Session

SHOWN = 200


@dataclass(frozen=True)
class Shown:
    """A live session on a page."""

    key: str
    account: str
    real_name: str
    started_at: datetime
    seen_at: datetime
    address: str
    agent: str
    is_half_way: bool  # the password was right, the second factor not given
    is_this: bool


def own(account: Account, *, this: str, at: datetime) -> list[Shown]:
    """The account's own live sessions, the newest first; `this`: the key of the one that asks."""
    rows = live(at, policy.current()).filter(account_id=account.pk).order_by("-started_at")
    return [_shown(row, account, this=digest(this)) for row in rows]


def listed(*, actor: Actor, this: str, at: datetime) -> list[Shown]:
    """Every live session, the last active first, as many as a page holds. Raises access.NotAllowed."""
    access.require(actor, Permission.SESSION_END)
    found = live(at, policy.current()).filter(account_id__in=_of_area(actor).values("pk"))
    rows = list(found.order_by("-seen_at")[:SHOWN])
    holders = Account.objects.in_bulk({row.account_id for row in rows})
    return [_shown(row, holders[row.account_id], this=digest(this)) for row in rows if row.account_id in holders]


def _shown(row: Session, holder: Account, *, this: str) -> Shown:
    seen = row.seen_at or row.started_at
    return Shown(
        row.pk, holder.name, holder.real_name, row.started_at, seen, row.address, row.agent,
        is_half_way=row.passed_at is None, is_this=row.pk == this,
    )  # fmt: skip


@transaction.atomic
def end_own(account: Account, key: str, *, actor: Actor, at: datetime) -> None:
    """End one of one's own sessions. Raises access.NotFound."""
    if not Session.objects.filter(pk=key, account_id=account.pk, ended_at=None).exists():
        raise access.NotFound(key)
    end_rows([key], Ended.BY_HOLDER, at)
    _journal(account, Ended.BY_HOLDER, actor=actor, at=at)


@transaction.atomic
def end(key: str, *, actor: Actor, at: datetime) -> None:
    """An administrator ends a session. Raises access.NotAllowed, access.NotFound."""
    access.require(actor, Permission.SESSION_END)
    row = Session.objects.filter(pk=key, ended_at=None, account_id__isnull=False).first()
    holder = _of_area(actor).filter(pk=row.account_id).first() if row and row.account_id else None
    if holder is None:
        raise access.NotFound(key)
    end_rows([key], Ended.BY_ADMINISTRATOR, at)
    _journal(holder, Ended.BY_ADMINISTRATOR, actor=actor, at=at)


def _of_area(actor: Actor) -> QuerySet[Account]:
    lowest, highest = scope_range(actor.office)
    return Account.objects.filter(office__gte=lowest, office__lte=highest)


def _journal(holder: Account, why: Ended, *, actor: Actor, at: datetime) -> None:
    audit.record(
        audit.Event.SESSION_ENDED, actor=actor, at=at, target_kind="account", target_id=holder.name,
        area=holder.office, detail={"why": why.label},
    )  # fmt: skip
