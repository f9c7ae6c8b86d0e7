"""The holder's half of a reset: begun at the sign-in page, finished in the same browser after two administrators have granted it.

No secret passes through an administrator: what is granted is a number, and only the browser that was given the number with it a
secret can set the new password (规程第二十条).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from canbao.rules.approval import State
from canbao.rules.roles import Actor
from canbao.rules.terminals import counted_address
from canbao.services import audit
from canbao.services.accounts import counting, factors, passwords, people, policy, proving, sessions, signing
from canbao.store.models import Account, CredentialReset, Lost

__all__ = [
    "Begun",
    "Lost",
    "NotGrantedError",
    "Standing",
    "TooManyBegunError",
    "begin",
    "drop_expired",
    "finish",
    "standing",
]

DIGITS = 8
MOST_DRAWN = 20  # numbers for one reset
MOST_BEGUN = 10  # from one address within an hour


class TooManyBegunError(Exception):
    """So many resets were begun from this address that the next has to wait."""


class NotGrantedError(Exception):
    """The reset is not to be finished: not granted, too late, done already, or begun in another browser."""


@dataclass(frozen=True)
class Begun:
    """number: to be told to the administrators. secret: stays in the browser."""

    number: str
    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class Standing:
    """How far a reset is, for the browser that began it. A name that is no account stands where nobody has looked at it yet."""

    number: str
    state: State = State.DRAFT
    lost: Lost | None = None
    reason: str = ""
    needs_code: bool = False

    @property
    def is_granted(self) -> bool:
        return self.state is State.APPROVED


def begin(name: str, lost: Lost, *, terminal: sessions.Terminal, at: datetime) -> Begun:
    """A number and a secret; for a name that is no account they lead nowhere, and nobody can tell.

    Raises TooManyBegunError.
    """
    secret, expires_at = secrets.token_urlsafe(32), at + timedelta(hours=policy.value("one_time_hours"))
    address = counted_address(terminal.address)[:45]
    with transaction.atomic():
        _check_count(address, at)
        known, actor = signing.who(name, at)
        number = _kept(
            secret_digest=_digest(secret), account=known if known and known.is_active else None, lost=lost,
            state=State.DRAFT, started_at=at, expires_at=expires_at, address=address, agent=terminal.agent[:200],
        )  # fmt: skip
        audit.record(
            audit.Event.RESET_BEGUN, actor=actor, at=at, target_kind="account", target_id=counting.said(known, name),
            area=known.office if known else "", detail={"lost": lost.label, "number": number},
        )  # fmt: skip
    return Begun(number, secret, expires_at)


def _kept(**row: Any) -> str:
    """Its number, which no other reset has: one that is taken is drawn again."""
    for _ in range(MOST_DRAWN):
        number = _number()
        try:
            with transaction.atomic():
                CredentialReset.objects.create(number=number, **row)
        except IntegrityError:
            if not CredentialReset.objects.filter(number=number).exists():
                raise
        else:
            return number
    raise TooManyBegunError


def _check_count(address: str, at: datetime) -> None:
    """Counted and begun while nobody else does the same from there. Raises TooManyBegunError."""
    counting.one_at_a_time(address, what="reset")
    if CredentialReset.objects.filter(address=address, started_at__gt=at - timedelta(hours=1)).count() >= MOST_BEGUN:
        raise TooManyBegunError


def standing(number: str, secret: str, *, at: datetime) -> Standing:
    """How far it is."""
    row = _of(number, secret)
    if row is None or row.done_at or at >= row.expires_at:
        return Standing(number)
    needs_code = row.state == State.APPROVED and row.lost == Lost.PASSWORD and factors.is_set(row.holder)
    last = row.steps[-1]["reason"] if row.steps else ""
    return Standing(number, State(row.state), Lost(row.lost), str(last), needs_code)


def finish(
    request: HttpRequest, number: str, secret: str, *, new: str = "", old: str = "", code: str = "", at: datetime
) -> Account:
    """Set the new password, forget the lost device, or both; what was not lost has to be proved. Every session ends.

    new: not needed where only the device was lost. old: the password, where only the device was lost. code: of the device, or a
    recovery code, where only the password was lost.
    Raises NotGrantedError, passwords.TooWeak, passwords.WrongPassword, signing.Locked, factors.WrongCode, factors.TooFast.
    """
    row = _of(number, secret)
    if row is None or row.state != State.APPROVED or row.done_at or at >= row.expires_at or not row.holder.is_active:
        raise NotGrantedError(number)
    holder, lost = row.holder, Lost(row.lost)
    actor = signing.who(holder.name, at)[1]
    if lost is not Lost.FACTOR:
        passwords.check_new(holder, new)
    _prove_the_rest(request, holder, lost, old=old, code=code, actor=actor, at=at)
    with transaction.atomic():
        _finish(row.pk, lost, new, terminal=signing.terminal(request), actor=actor, at=at)
    return holder


def _prove_the_rest(
    request: HttpRequest, account: Account, lost: Lost, *, old: str, code: str, actor: Actor, at: datetime
) -> None:
    """Failures stay on record and are counted, so this does not roll back."""
    if lost is Lost.FACTOR:
        proving.by_password(request, account, old, why="重置双因素认证", actor=actor, at=at)
    if lost is Lost.PASSWORD and factors.is_set(account):
        proving.by_code(account, code, actor=actor, at=at)


def _finish(reset_id: int, lost: Lost, new: str, *, terminal: sessions.Terminal, actor: Actor, at: datetime) -> None:
    row = CredentialReset.objects.select_for_update().get(pk=reset_id)
    if row.done_at:
        raise NotGrantedError(row.number)
    account = Account.objects.select_for_update(no_key=True).get(pk=row.holder.pk)
    if lost is not Lost.PASSWORD:
        factors.forget(account)
        sessions.end_all(account.pk, why=sessions.Ended.FACTOR, at=at)
    if lost is not Lost.FACTOR:
        passwords.set_chosen(account, new, at=at)
        counting.forget(account.name)
    row.done_at, row.done_address = at, terminal.address[:45]
    row.save(update_fields=["done_at", "done_address"])
    people.note(
        audit.Event.RESET_DONE, account, actor=actor, at=at, lost=lost.label, number=row.number, asked_by=row.asked_by,
        granted_by=row.settled_by,
    )  # fmt: skip


def drop_expired(*, at: datetime) -> int:
    """Numbers that nobody ever told an administrator; part of the night's work."""
    gone, _ = CredentialReset.objects.filter(state=State.DRAFT, expires_at__lt=at).delete()
    return gone


def _of(number: str, secret: str) -> CredentialReset | None:
    row = CredentialReset.objects.select_related("account").filter(number=number).first()
    return row if row and constant_time_compare(row.secret_digest, _digest(secret)) else None


def _number() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def _digest(secret: str) -> str:
    seal = Hash(SM3())
    seal.update(secret.encode())
    return seal.finalize().hex()
