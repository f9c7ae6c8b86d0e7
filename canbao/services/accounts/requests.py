"""Posts are asked for by one administrator and granted by another; nobody has a part in his own (规程第十八条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from canbao.rules import approval
from canbao.rules.approval import Decision, History, State
from canbao.rules.offices import office_full_name, office_open
from canbao.rules.period import Period
from canbao.rules.permissions import Permission
from canbao.rules.roles import NOT_A_POST, Actor, Role, excluded, fits
from canbao.services import access, audit
from canbao.services.accounts import people
from canbao.services.accounts.people import NoReason, own_account
from canbao.store.models import Account, Post, PostRequest, RequestKind


class WrongLevel(ValueError):
    """An office of this kind has no such post."""

    def __init__(self, role: Role, office: str) -> None:
        super().__init__(role, office)
        self.role, self.office = role, office


class OfficeClosed(ValueError):
    """There is no such office on the day the post would begin."""


class BadPeriod(ValueError):
    """The post would end before it begins, or begin or end in the past."""


class RolesExclude(Exception):
    """The account holds, or will hold at the same time, a role that excludes the one asked for."""

    def __init__(self, role: Role, other: Role) -> None:
        super().__init__(role, other)
        self.role, self.other = role, other


class AlreadyHeld(Exception):
    """The account has this very post in that period."""


class AlreadyAsked(Exception):
    """The same is already waiting for a decision."""


class AlreadyEnded(Exception):
    """The post ends on that day or before."""


class AccountDisabled(Exception):
    """A disabled account is enabled before it gets posts."""


class NotDisabled(Exception):
    """The account is enabled."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to begin."""

    role: Role
    office: str
    valid_from: date
    valid_to: date | None = None


@transaction.atomic
def ask_grant(account_id: int, *, wanted: Wanted, reason: str, actor: Actor, on: date, at: datetime) -> PostRequest:
    """Ask that an account get a post.

    Raises access.NotAllowed, access.NotFound, OwnAccount, NoReason, AccountDisabled, WrongLevel, OfficeClosed, BadPeriod,
    RolesExclude, AlreadyHeld, AlreadyAsked.
    """
    holder = _holder(account_id, actor, at)
    check_wanted(wanted, holder, leaving=None, actor=actor, on=on)
    if _waiting(holder).filter(kind=RequestKind.GRANT, role=wanted.role, office=wanted.office).exists():
        raise AlreadyAsked
    return _ask(RequestKind.GRANT, holder, wanted=wanted, reason=reason, actor=actor, at=at)


@transaction.atomic
def ask_replace(post_id: int, *, wanted: Wanted, reason: str, actor: Actor, on: date, at: datetime) -> PostRequest:
    """Ask that one post give way to another on the day the other begins. Raises what ask_grant does, and AlreadyEnded."""
    leaving = people.post(post_id, actor=actor, need=Permission.POST_ASK)
    holder = _holder(leaving.account_id, actor, at)
    _check_ends(leaving, wanted.valid_from, on=on)
    check_wanted(wanted, holder, leaving=leaving, actor=actor, on=on)
    return _ask(RequestKind.REPLACE, holder, post=leaving, wanted=wanted, reason=reason, actor=actor, at=at)


@transaction.atomic
def ask_end(post_id: int, *, valid_to: date, reason: str, actor: Actor, on: date, at: datetime) -> PostRequest:
    """Ask that a post give no right from a day on.

    Raises access.NotAllowed, access.NotFound, OwnAccount, NoReason, BadPeriod, AlreadyEnded, AlreadyAsked.
    """
    leaving = people.post(post_id, actor=actor, need=Permission.POST_ASK)
    holder = _holder(leaving.account_id, actor, at, disabled_too=True)
    _check_ends(leaving, valid_to, on=on)
    return _ask(RequestKind.END, holder, post=leaving, valid_to=valid_to, reason=reason, actor=actor, at=at)


@transaction.atomic
def ask_enable(account_id: int, *, reason: str, actor: Actor, at: datetime) -> PostRequest:
    """Ask that a disabled account be usable again.

    Raises access.NotAllowed, access.NotFound, OwnAccount, NoReason, NotDisabled, AlreadyAsked.
    """
    holder = _holder(account_id, actor, at, disabled_too=True)
    if holder.is_active:
        raise NotDisabled(holder.name)
    if _waiting(holder).filter(kind=RequestKind.ENABLE).exists():
        raise AlreadyAsked
    return _ask(RequestKind.ENABLE, holder, reason=reason, actor=actor, at=at)


def waiting(*, actor: Actor) -> list[PostRequest]:
    """What waits for a decision in the actor's area, the oldest first. Raises access.NotAllowed."""
    access.require(actor, Permission.ACCOUNT_VIEW)
    return list(in_area(actor).filter(state=State.SUBMITTED).order_by("asked_at", "pk"))


def settled(*, actor: Actor, most: int = 50) -> list[PostRequest]:
    """What was decided last. Raises access.NotAllowed."""
    access.require(actor, Permission.ACCOUNT_VIEW)
    return list(in_area(actor).exclude(state=State.SUBMITTED).order_by("-settled_at", "-pk")[:most])


def requests_of(account_id: int, *, actor: Actor) -> list[PostRequest]:
    """Everything ever asked for the account, the newest first. Raises access.NotAllowed, access.NotFound."""
    holder = people.account(account_id, actor=actor)
    return list(_requests().filter(account=holder).order_by("-asked_at", "-pk"))


def _requests() -> QuerySet[PostRequest]:
    return PostRequest.objects.select_related("account", "post")


def in_area(actor: Actor) -> QuerySet[PostRequest]:
    return _requests().filter(account__in=people.of_area(actor))


def _waiting(holder: Account) -> QuerySet[PostRequest]:
    return PostRequest.objects.filter(account=holder, state=State.SUBMITTED)


def _holder(account_id: int, actor: Actor, at: datetime, *, disabled_too: bool = False) -> Account:
    """Locked, so that what is checked stays so until the request is written."""
    holder = people.account(account_id, actor=actor, need=Permission.POST_ASK, lock=True)
    if holder.name == actor.account:
        raise own_account(holder, actor=actor, at=at)
    if not (holder.is_active or disabled_too):
        raise AccountDisabled(holder.name)
    return holder


def check_wanted(wanted: Wanted, holder: Account, *, leaving: Post | None, actor: Actor, on: date) -> None:
    people.require_office(wanted.office, actor)
    if wanted.role in NOT_A_POST or not fits(wanted.role, wanted.office):
        raise WrongLevel(wanted.role, wanted.office)
    if wanted.valid_from < on or (wanted.valid_to and wanted.valid_to <= wanted.valid_from):
        raise BadPeriod(wanted.valid_from, wanted.valid_to)
    if not office_open(wanted.office, wanted.valid_from):
        raise OfficeClosed(wanted.office)
    _check_beside(wanted, holder, leaving=leaving)


def _check_beside(wanted: Wanted, holder: Account, *, leaving: Post | None) -> None:
    """Against every other post at the same time. The trigger on the table says the same once more."""
    period = Period(wanted.valid_from, wanted.valid_to)
    for post in Post.objects.filter(account=holder).exclude(pk=leaving.pk if leaving else 0):
        if post.valid_to == post.valid_from or not period.overlaps(Period(post.valid_from, post.valid_to)):
            continue
        if excluded({wanted.role, Role(post.role)}):
            raise RolesExclude(wanted.role, Role(post.role))
        if (post.role, post.office) == (wanted.role, wanted.office):
            raise AlreadyHeld


def _check_ends(leaving: Post, ends_on: date, *, on: date) -> None:
    if leaving.valid_to and leaving.valid_to <= max(ends_on, on, leaving.valid_from):
        raise AlreadyEnded(leaving.valid_to)
    if ends_on < on:
        raise BadPeriod(ends_on)
    if PostRequest.objects.filter(post=leaving, state=State.SUBMITTED).exists():
        raise AlreadyAsked


def _ask(
    kind: RequestKind,
    holder: Account,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    wanted: Wanted | None = None,
    post: Post | None = None,
    valid_to: date | None = None,
) -> PostRequest:
    if not reason.strip():
        raise NoReason
    step = approval.decide(History(), Decision.SUBMIT, by=actor, at=at)
    asked = PostRequest.objects.create(
        kind=kind, account=holder, post=post, reason=reason.strip(),
        role=wanted.role if wanted else "", office=wanted.office if wanted else "",
        valid_from=wanted.valid_from if wanted else None, valid_to=wanted.valid_to if wanted else valid_to,
        state=step.state, steps=[step.as_dict()], asked_by=actor.account, asked_at=at,
    )  # fmt: skip
    what = in_words(asked.role, asked.office) if wanted else in_words(post.role, post.office) if post else ""
    note_request(audit.Event.POST_ASKED, asked, actor=actor, at=at, reason=asked.reason, post=what)
    return asked


def in_words(role: str, office: str) -> str:
    return f"{office_full_name(office)}{Role(role).label}"


def note_request(event: audit.Event, asked: PostRequest, *, actor: Actor, at: datetime, **detail: str) -> None:
    kind = RequestKind(asked.kind).label
    people.note(event, asked.account, actor=actor, at=at, request=asked.pk, kind=kind, **detail)
