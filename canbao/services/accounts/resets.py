"""The administrators' half of a reset: one has made sure who asks, a second grants; neither learns anything to sign in with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from string import digits
from unicodedata import normalize

from django.db import transaction
from django.db.models import Q, QuerySet

from canbao.rules import approval
from canbao.rules.approval import Decision, State
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit
from canbao.services.accounts import command_line, people
from canbao.services.accounts.people import NoReason, own_account
from canbao.services.accounts.settling import AskerDisabledError
from canbao.store.models import Account, CredentialReset

PAGE = 50
EMERGENCY = "（应急）"


def find(number: str, *, actor: Actor, at: datetime) -> CredentialReset:
    """The reset with the number that its holder told, as long as nobody has taken it up. Raises access.NotAllowed, access.NotFound."""
    access.require(actor, Permission.CREDENTIAL_RESET)
    found = _in_area(actor).filter(number=_digits(number), state=State.DRAFT, expires_at__gt=at).first()
    if found is None:
        raise access.NotFound(number)
    return found


@transaction.atomic
def ask(number: str, *, reason: str, actor: Actor, at: datetime) -> CredentialReset:
    """Ask that it be granted. reason: how it was made sure that the holder asks.

    Raises access.NotAllowed, access.NotFound, approval.Refused, OwnAccount, NoReason, AccountDisabled.
    """
    found = find(number, actor=actor, at=at)
    if not reason.strip():
        raise NoReason
    asked = _decide(found.pk, Decision.SUBMIT, actor=actor, at=at, reason=reason)
    asked.asked_by, asked.asked_at, asked.reason = actor.account, at, reason.strip()
    asked.save(update_fields=["steps", "state", "asked_by", "asked_at", "reason"])
    _note(audit.Event.RESET_ASKED, asked, actor=actor, at=at, reason=asked.reason)
    return asked


@transaction.atomic
def grant(reset_id: int, *, actor: Actor, at: datetime) -> CredentialReset:
    """The holder may now finish it, in the browser in which it was begun. Raises as `ask`, and AskerDisabledError."""
    asked = _settle(reset_id, Decision.APPROVE, actor=actor, at=at)
    _note(audit.Event.RESET_GRANTED, asked, actor=actor, at=at)
    return asked


@transaction.atomic
def grant_in_emergency(number: str, *, reason: str, user: str, at: datetime) -> CredentialReset:
    """At the machine, where no two administrators can sign in: by the operator who runs the command, on record as such.

    user: login of the machine. The database takes it from the worker's login only. Raises access.NotFound, NoReason.
    """
    waiting = Q(state=State.DRAFT) | Q(state=State.SUBMITTED)
    found = CredentialReset.objects.select_for_update(of=("self",)).select_related("account").filter(
        waiting, number=_digits(number), expires_at__gt=at, account__is_active=True
    ).first()  # fmt: skip
    if found is None:
        raise access.NotFound(number)
    if not reason.strip():
        raise NoReason
    operator = command_line.operator(user, Role.SECURITY_ADMINISTRATOR)
    if found.state == State.DRAFT:
        _step(found, Decision.SUBMIT, operator, at, reason)
        found.asked_by, found.asked_at, found.reason = operator.account, at, reason.strip()
        found.save(update_fields=["steps", "state", "asked_by", "asked_at", "reason"])
    _step(found, Decision.APPROVE, replace(operator, account=f"{EMERGENCY}{user}"), at, reason)
    found.settled_by, found.settled_at = f"{EMERGENCY}{user}", at
    found.save(update_fields=["steps", "state", "settled_by", "settled_at"])
    _note(audit.Event.RESET_EMERGENCY, found, actor=operator, at=at, reason=reason.strip())
    return found


@transaction.atomic
def refuse(reset_id: int, *, reason: str, actor: Actor, at: datetime) -> CredentialReset:
    """Raises access.NotAllowed, access.NotFound, approval.Refused, OwnAccount."""
    asked = _settle(reset_id, Decision.REFUSE, actor=actor, at=at, reason=reason)
    _note(audit.Event.RESET_REFUSED, asked, actor=actor, at=at, reason=reason.strip())
    return asked


@transaction.atomic
def withdraw(reset_id: int, *, reason: str, actor: Actor, at: datetime) -> CredentialReset:
    """Only who asked may. Raises access.NotAllowed, access.NotFound, approval.Refused, NoReason."""
    if not reason.strip():
        raise NoReason
    asked = _settle(reset_id, Decision.WITHDRAW, actor=actor, at=at, reason=reason)
    _note(audit.Event.RESET_WITHDRAWN, asked, actor=actor, at=at, reason=reason.strip())
    return asked


def waiting(*, actor: Actor, at: datetime) -> list[CredentialReset]:
    """What waits to be granted in the actor's area, the oldest first. Raises access.NotAllowed."""
    access.require(actor, Permission.CREDENTIAL_RESET)
    return list(_in_area(actor).filter(state=State.SUBMITTED, expires_at__gt=at).order_by("asked_at", "pk"))


def open_to(*, actor: Actor, on: date) -> int:
    """How many of them the actor may grant on a day."""
    rows = _in_area(actor).filter(state=State.SUBMITTED, expires_at__date__gte=on)
    return rows.exclude(asked_by=actor.account).exclude(account__name=actor.account).count()


def settled(*, actor: Actor) -> list[CredentialReset]:
    """What was decided last. Raises access.NotAllowed."""
    access.require(actor, Permission.CREDENTIAL_RESET)
    return list(_in_area(actor).filter(settled_at__isnull=False).order_by("-settled_at", "-pk")[:PAGE])


def _settle(reset_id: int, decision: Decision, *, actor: Actor, at: datetime, reason: str = "") -> CredentialReset:
    asked = _decide(reset_id, decision, actor=actor, at=at, reason=reason)
    if decision is Decision.APPROVE and not Account.objects.filter(name=asked.asked_by, is_active=True).exists():
        raise AskerDisabledError(asked.asked_by)
    asked.settled_by, asked.settled_at = actor.account, at
    asked.save(update_fields=["steps", "state", "settled_by", "settled_at"])
    return asked


def _decide(reset_id: int, decision: Decision, *, actor: Actor, at: datetime, reason: str = "") -> CredentialReset:
    """The next step, in the row and not yet saved; too late is as if it were not there."""
    access.require(actor, Permission.CREDENTIAL_RESET)
    asked = _in_area(actor).select_for_update(of=("self",)).filter(pk=reset_id, expires_at__gt=at).first()
    if asked is None or (not asked.steps and decision is not Decision.SUBMIT):  # nobody has asked for it yet
        raise access.NotFound(reset_id)
    if asked.holder.name == actor.account:
        raise own_account(asked.holder, actor=actor, at=at)
    if decision in (Decision.SUBMIT, Decision.APPROVE) and not asked.holder.is_active:
        raise people.AlreadyDisabled(asked.holder.name)
    _step(asked, decision, actor, at, reason)
    return asked


def _step(asked: CredentialReset, decision: Decision, actor: Actor, at: datetime, reason: str) -> None:
    history = approval.History(steps=tuple(approval.step_of(step) for step in asked.steps))
    step = audit.decide(
        history, decision, by=actor, at=at, reason=reason, target_kind="account", target_id=asked.holder.name,
        area=asked.holder.office,
    )  # fmt: skip
    asked.steps, asked.state = [*asked.steps, step.as_dict()], step.state


def _digits(number: str) -> str:
    """A number as it is kept, however it was typed: with spaces between, in full width."""
    return "".join(sign for sign in normalize("NFKC", number) if sign in digits)


def _in_area(actor: Actor) -> QuerySet[CredentialReset]:
    return CredentialReset.objects.select_related("account").filter(account__in=people.of_area(actor))


def _note(event: audit.Event, asked: CredentialReset, *, actor: Actor, at: datetime, **detail: str) -> None:
    lost = asked.get_lost_display()
    people.note(event, asked.holder, actor=actor, at=at, number=asked.number, lost=lost, **detail)
