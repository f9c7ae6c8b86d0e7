"""Granting, refusing and withdrawing what was asked: the second person, and what then happens (规程第十八条)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from canbao.rules import approval
from canbao.rules.approval import Decision, History
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit
from canbao.services.accounts.people import NoReason, own_account
from canbao.services.accounts.requests import (
    AccountDisabled,
    AlreadyEnded,
    NotDisabled,
    Wanted,
    check_wanted,
    in_area,
    in_words,
    note_request,
)
from canbao.store.models import Account, Post, PostRequest, RequestKind


class AskerDisabledError(Exception):
    """Who asked has no account in use any more; somebody else has to ask again."""


@transaction.atomic
def grant(request_id: int, *, actor: Actor, on: date, at: datetime) -> PostRequest:
    """Do what was asked. What was to begin or end on a day gone by begins or ends today: nobody had the right meanwhile.

    Raises access.NotAllowed, access.NotFound, approval.Refused, OwnAccount, AskerDisabledError, and what asking raises,
    if things have changed.
    """
    asked = _decide(request_id, Decision.APPROVE, actor=actor, at=at, need=Permission.POST_GRANT)
    {
        RequestKind.GRANT: _do_grant,
        RequestKind.REPLACE: _do_grant,
        RequestKind.END: _do_end,
        RequestKind.ENABLE: _do_enable,
    }[RequestKind(asked.kind)](asked, actor=actor, on=on, at=at)
    return asked


@transaction.atomic
def refuse(request_id: int, *, reason: str, actor: Actor, at: datetime) -> PostRequest:
    """Raises access.NotAllowed, access.NotFound, approval.Refused, OwnAccount."""
    asked = _decide(request_id, Decision.REFUSE, actor=actor, at=at, need=Permission.POST_GRANT, reason=reason)
    note_request(audit.Event.POST_REFUSED, asked, actor=actor, at=at, reason=reason)
    return asked


@transaction.atomic
def withdraw(request_id: int, *, reason: str, actor: Actor, at: datetime) -> PostRequest:
    """Only who asked may. Raises access.NotAllowed, access.NotFound, approval.Refused, NoReason."""
    if not reason.strip():
        raise NoReason
    asked = _decide(request_id, Decision.WITHDRAW, actor=actor, at=at, need=Permission.POST_ASK, reason=reason)
    note_request(audit.Event.POST_WITHDRAWN, asked, actor=actor, at=at, reason=reason)
    return asked


def history_of(asked: PostRequest) -> History:
    """The steps as the approval machine knows them."""
    return History(steps=tuple(approval.step_of(step) for step in asked.steps))


def _decide(
    request_id: int, decision: Decision, *, actor: Actor, at: datetime, need: Permission, reason: str = ""
) -> PostRequest:
    """The next step, written; the account is locked first, as asking does."""
    access.require(actor, need)
    seen = in_area(actor).filter(pk=request_id).first()
    if seen is None:
        raise access.NotFound(request_id)
    holder = Account.objects.select_for_update(no_key=True).get(pk=seen.account_id)
    asked = PostRequest.objects.select_for_update().get(pk=request_id)
    asked.account = holder
    if holder.name == actor.account:
        raise own_account(holder, actor=actor, at=at)
    step = audit.decide(
        history_of(asked), decision, by=actor, at=at, reason=reason, target_kind="account", target_id=holder.name,
        area=holder.office,
    )  # fmt: skip
    if decision is Decision.APPROVE and not Account.objects.filter(name=asked.asked_by, is_active=True).exists():
        raise AskerDisabledError(asked.asked_by)
    asked.steps = [*asked.steps, step.as_dict()]
    asked.state, asked.settled_by, asked.settled_at = step.state, actor.account, at
    asked.save(update_fields=["steps", "state", "settled_by", "settled_at"])
    return asked


def _do_grant(asked: PostRequest, *, actor: Actor, on: date, at: datetime) -> None:
    """A new post; where it replaces one, the old ends on the day the new begins, and the person works there now."""
    holder, leaving = asked.account, asked.post
    if not holder.is_active:
        raise AccountDisabled(holder.name)
    assert asked.valid_from
    wanted = Wanted(Role(asked.role), asked.office, max(asked.valid_from, on), asked.valid_to)
    check_wanted(wanted, holder, leaving=leaving, actor=actor, on=on)
    if leaving:
        _end(leaving, wanted.valid_from)
        holder.office = wanted.office
        holder.save(update_fields=["office"])
    Post.objects.create(
        account=holder, role=wanted.role, office=wanted.office, valid_from=wanted.valid_from, valid_to=wanted.valid_to,
        asked_by=asked.asked_by, asked_at=asked.asked_at, granted_by=actor.account, granted_at=at,
    )  # fmt: skip
    period = f"{wanted.valid_from} 起" + (f"，{wanted.valid_to} 前" if wanted.valid_to else "")
    old = in_words(leaving.role, leaving.office) if leaving else ""
    event = audit.Event.POST_REPLACED if leaving else audit.Event.POST_GRANTED
    note_request(event, asked, actor=actor, at=at, post=in_words(wanted.role, wanted.office), old=old, period=period)


def _do_end(asked: PostRequest, *, actor: Actor, on: date, at: datetime) -> None:
    leaving = asked.post
    assert leaving and asked.valid_to
    ends_on = max(asked.valid_to, on)
    _end(leaving, ends_on)
    old = in_words(leaving.role, leaving.office)
    note_request(audit.Event.POST_ENDED, asked, actor=actor, at=at, old=old, ends_on=str(leaving.valid_to))


def _do_enable(asked: PostRequest, *, actor: Actor, on: date, at: datetime) -> None:
    holder = asked.account
    if holder.is_active:
        raise NotDisabled(holder.name)
    holder.is_active, holder.active_since = True, at
    holder.disabled_by, holder.disabled_at, holder.disabled_reason = "", None, ""
    holder.save(update_fields=["is_active", "active_since", "disabled_by", "disabled_at", "disabled_reason"])
    note_request(audit.Event.ACCOUNT_ENABLED, asked, actor=actor, at=at, reason=asked.reason)


def _end(leaving: Post, ends_on: date) -> None:
    """A post that has not begun ends where it begins, having given no right."""
    day = max(ends_on, leaving.valid_from)
    if leaving.valid_to and leaving.valid_to <= day:
        raise AlreadyEnded(leaving.valid_to)
    leaving.valid_to = day
    leaving.save(update_fields=["valid_to"])
