"""Registering, granting, switching off; the token is shown once and kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from canbao.rules.approval import Decision, History, State, Step
from canbao.rules.permissions import Permission
from canbao.rules.purposes import FIELDS, Purpose
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit
from canbao.store.models import ApiClient


class NameTaken(Exception):
    """Another client has this name."""


class WrongState(Exception):
    """The client is not in the state that the act needs."""


class NoSuchToken(LookupError):
    """No client that is granted and not switched off has this token."""


@dataclass(frozen=True)
class Client:
    """A client that may ask now."""

    client_id: int
    actor: Actor
    purposes: frozenset[Purpose]
    fields: tuple[str, ...]
    quota: int


def all_clients(*, actor: Actor) -> list[ApiClient]:
    """Every client with `used`, the number of its look-ups; for administrators. Raises access.NotAllowed."""
    _require_either(actor)
    return list(ApiClient.objects.annotate(used=Sum("uses__count")).order_by("name"))


def client(client_id: int, *, actor: Actor) -> ApiClient:
    """Raises access.NotAllowed, access.NotFound."""
    _require_either(actor)
    return _found(client_id)


@transaction.atomic
def register(
    *,
    name: str,
    department: str,
    basis: str,
    purposes: Sequence[Purpose],
    fields: Sequence[str],
    office: str,
    quota: int,
    actor: Actor,
    at: datetime,
) -> ApiClient:
    """Note down who wants to ask what, and by which paper; it waits to be granted.

    Raises access.NotAllowed, NameTaken.
    """
    access.require(actor, Permission.CLIENT_MANAGE)
    if ApiClient.objects.filter(name=name).exists():
        raise NameTaken(name)
    made = ApiClient.objects.create(
        name=name, department=department, basis=basis, purposes=[str(p) for p in purposes],
        fields=[f for f in FIELDS if f in fields], office=office, quota=quota,
        registered_by=actor.account, registered_at=at,
    )  # fmt: skip
    _note(audit.Event.CLIENT_REGISTERED, made, actor=actor, at=at, detail={"fields": made.fields, "quota": quota})
    return made


@transaction.atomic
def grant(client_id: int, *, actor: Actor, at: datetime) -> ApiClient:
    """The second administrator's yes. Raises access.NotAllowed, access.NotFound, WrongState, approval.SamePerson."""
    access.require(actor, Permission.CLIENT_GRANT)
    found = _found(client_id)
    if found.granted_at or found.stopped_at:
        raise WrongState(client_id)
    asked = Step(Decision.SUBMIT, State.SUBMITTED, found.registered_by, found.registered_at)
    audit.decide(History(steps=(asked,)), Decision.APPROVE, by=actor, at=at, target_kind="client", target_id=found.name)
    found.granted_by, found.granted_at = actor.account, at
    found.save(update_fields=["granted_by", "granted_at"])
    _note(audit.Event.CLIENT_GRANTED, found, actor=actor, at=at)
    return found


@transaction.atomic
def issue_token(client_id: int, *, actor: Actor, at: datetime) -> str:
    """A new token, shown this once; the one before stops working. Raises access.NotAllowed, access.NotFound, WrongState."""
    access.require(actor, Permission.CLIENT_MANAGE)
    found = _found(client_id)
    if not found.granted_at or found.stopped_at:
        raise WrongState(client_id)
    token = secrets.token_urlsafe(32)
    found.token_digest = _digest(token)
    found.save(update_fields=["token_digest"])
    _note(audit.Event.CLIENT_TOKEN_ISSUED, found, actor=actor, at=at)
    return token


@transaction.atomic
def stop(client_id: int, *, reason: str, actor: Actor, at: datetime) -> ApiClient:
    """Switch off at once; either administrator may. Raises access.NotAllowed, access.NotFound, WrongState."""
    _require_either(actor)
    found = _found(client_id)
    if found.stopped_at:
        raise WrongState(client_id)
    found.stopped_by, found.stopped_at, found.stop_reason = actor.account, at, reason
    found.save(update_fields=["stopped_by", "stopped_at", "stop_reason"])
    _note(audit.Event.CLIENT_STOPPED, found, actor=actor, at=at, detail={"reason": reason})
    return found


def authenticate(token: str) -> Client:
    """Raises NoSuchToken."""
    live = ApiClient.objects.filter(granted_at__isnull=False, stopped_at__isnull=True)
    found = live.filter(token_digest=_digest(token)).first() if token else None
    if found is None:
        raise NoSuchToken
    return Client(
        client_id=found.pk,
        actor=Actor(account=f"api:{found.name}", role=Role.EXTERNAL_SYSTEM, office=found.office),
        purposes=frozenset(map(Purpose, found.purposes)),
        fields=tuple(found.fields),
        quota=found.quota,
    )


def _digest(token: str) -> str:
    """Tokens have 256 random bits: a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def _found(client_id: int) -> ApiClient:
    found = ApiClient.objects.filter(pk=client_id).first()
    if found is None:
        raise access.NotFound(client_id)
    return found


def _require_either(actor: Actor) -> None:
    may = Permission.CLIENT_GRANT if actor.role is Role.SECURITY_ADMINISTRATOR else Permission.CLIENT_MANAGE
    access.require(actor, may)


def _note(
    event: audit.Event, found: ApiClient, *, actor: Actor, at: datetime, detail: dict[str, object] | None = None
) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="client", target_id=found.name, basis=found.basis, detail=detail
    )
