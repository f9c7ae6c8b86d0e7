"""Accounts of real people: made, disabled, found. An account is never deleted and its name never given twice."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from canbao.rules import staff
from canbao.rules.offices import office_name, scope_range
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import ADMINISTRATORS, Actor, Role
from canbao.services import access, audit
from canbao.services.accounts import sessions
from canbao.services.accounts.passwords import give_one_time
from canbao.store.models import Account, Post

NAME = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9\u4e00-\u9fff._-]{1,39}", re.IGNORECASE)
RESERVED = (
    "canbao",
    "api:",
    "sys",
    "root",
    "admin",
)  # what the journal already calls programs, and what anybody guesses
PAGE = 50
DEMO = "（演示）"  # who made the accounts of `canbao demo`; no account can have this name


class BadName(ValueError):
    """Not a name an account may have."""


class NameTaken(Exception):
    """An account has or had this name, in whatever case."""


class StaffNumberTakenError(Exception):
    """The person has an account, perhaps a disabled one; `account` is it."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.name)
        self.account = account


class OwnAccount(Exception):
    """Nobody administers himself."""


class AlreadyDisabled(Exception):
    """The account is disabled."""


class LastAdministrator(Exception):
    """Without this account nobody could administer: there is no other active holder of the role."""

    def __init__(self, role: Role) -> None:
        super().__init__(role)
        self.role = role


class NoReason(ValueError):
    """The act has to say why."""


def open_account(name: str, *, real_name: str, staff_number: str, office: str, by: str, at: datetime) -> Account:
    """The row and its one-time password; for who has already been asked whether he may.

    Raises BadName, NameTaken, BadStaffNumberError, StaffNumberTakenError.
    """
    person = staff.staff_number(staff_number)
    if not NAME.fullmatch(name) or name.lower().startswith(RESERVED):
        raise BadName(name)
    if Account.objects.filter(name__iexact=name).exists():
        raise NameTaken(name)
    if holder := Account.objects.filter(staff_number=person).first():
        raise StaffNumberTakenError(holder)
    made = Account(
        name=name, real_name=real_name, staff_number=person, office=office, created_by=by, created_at=at,
        active_since=at, password="!",
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # somebody was quicker
        raise NameTaken(name) from None
    return made


@transaction.atomic
def create(name: str, *, real_name: str, staff_number: str, office: str, actor: Actor, at: datetime) -> Account:
    """An account without any right yet, for a person who works at `office`; its holder begins at the sign-in page (`recovery`).

    Raises access.NotAllowed, access.NotFound (no such office in the actor's area), BadName, NameTaken,
    BadStaffNumberError, StaffNumberTakenError.
    """
    access.require(actor, Permission.ACCOUNT_MANAGE)
    require_office(office, actor)
    made = open_account(
        name.strip(), real_name=real_name.strip(), staff_number=staff_number, office=office, by=actor.account, at=at
    )
    note(
        audit.Event.ACCOUNT_CREATED, made, actor=actor, at=at, office=office_name(office),
        staff_number=made.staff_number,
    )  # fmt: skip
    return made


@transaction.atomic
def disable(account_id: int, *, reason: str, actor: Actor, at: datetime) -> Account:
    """At once: every session ends, no post gives a right any more. Enabled again by request only.

    Raises access.NotAllowed, access.NotFound, OwnAccount, AlreadyDisabled, LastAdministrator, NoReason.
    """
    found = _somebody_elses(account_id, reason=reason, actor=actor, at=at)
    if missed := _would_miss(found, on=day_of(at)):
        raise LastAdministrator(missed)
    _close(found, reason=reason.strip(), by=actor.account, at=at)
    note(audit.Event.ACCOUNT_DISABLED, found, actor=actor, at=at, reason=reason.strip())
    return found


def own_account(holder: Account, *, actor: Actor, at: datetime) -> OwnAccount:
    """The attempt to act on one's own account goes on record; to be raised."""
    return audit.own_act(
        OwnAccount(holder.name), actor=actor, at=at, target_kind="account", target_id=holder.name, area=holder.office
    )


def _somebody_elses(account_id: int, *, reason: str, actor: Actor, at: datetime) -> Account:
    """The account to be acted on, locked: not one's own, in use, and for a reason."""
    found = account(account_id, actor=actor, need=Permission.ACCOUNT_MANAGE, lock=True)
    if found.name == actor.account:
        raise own_account(found, actor=actor, at=at)
    if not found.is_active:
        raise AlreadyDisabled(found.name)
    if not reason.strip():
        raise NoReason
    return found


@transaction.atomic
def disable_idle(*, days: int, actor: Actor, at: datetime) -> list[str]:
    """The names of the accounts disabled because nobody signed in for so many days; the last administrators stay."""
    active = Account.objects.select_for_update(no_key=True).filter(is_active=True)
    seen = Greatest(Coalesce("last_login", "created_at"), Coalesce("active_since", "created_at"))
    idle = active.annotate(seen=seen).filter(seen__lt=at - timedelta(days=days)).order_by("pk")
    disabled = []
    for found in idle:
        if _would_miss(found, on=day_of(at)):
            continue
        _close(found, reason=f"连续 {days} 天未登录", by=actor.account, at=at)
        note(audit.Event.ACCOUNT_DORMANT, found, actor=actor, at=at)
        disabled.append(found.name)
    return disabled


def renew_password(found: Account, *, reason: str, actor: Actor, at: datetime) -> str:
    """The sessions end with the old password."""
    password = give_one_time(found, at=at)
    note(audit.Event.PASSWORD_RESET, found, actor=actor, at=at, reason=reason)
    return password


def find(
    *, text: str = "", is_active: bool | None = None, after: str = "", on: date, actor: Actor
) -> tuple[list[Account], str]:
    """One page of the accounts of the actor's area by name, with `held` today; and the key of the next page.

    text: part of a name or real name, a staff number, or part of the name of the office. Raises access.NotAllowed.
    """
    access.require(actor, Permission.ACCOUNT_VIEW)
    now = Prefetch("posts", Post.objects.filter(_not_ended(on), valid_from__lte=on).order_by("pk"), to_attr="held")
    rows = of_area(actor).prefetch_related(now)
    if text := text.strip():
        paths = _offices_like(text, actor)
        rows = rows.filter(
            Q(name__icontains=text) | Q(real_name__icontains=text) | Q(staff_number__iexact=text) | Q(office__in=paths)
        )
    if is_active is not None:
        rows = rows.filter(is_active=is_active)
    found: list[Account] = list(rows.filter(name__gt=after).order_by("name")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].name if len(found) > PAGE else ""


def _offices_like(text: str, actor: Actor) -> list[str]:
    held = of_area(actor).values_list("office", flat=True).distinct()
    return [path for path in held if text in office_name(path)]


def account(
    account_id: int, *, actor: Actor, need: Permission = Permission.ACCOUNT_VIEW, lock: bool = False
) -> Account:
    """An account of the actor's area. Raises access.NotAllowed, access.NotFound."""
    access.require(actor, need)
    rows = of_area(actor)
    found = (rows.select_for_update(no_key=True) if lock else rows).filter(pk=account_id).first()
    if found is None:
        raise access.NotFound(account_id)
    return found


def post(post_id: int, *, actor: Actor, need: Permission = Permission.ACCOUNT_VIEW) -> Post:
    """A post of an account of the actor's area. Raises access.NotAllowed, access.NotFound."""
    access.require(actor, need)
    found = Post.objects.select_related("account").filter(pk=post_id, account__in=of_area(actor)).first()
    if found is None:
        raise access.NotFound(post_id)
    return found


def require_office(office: str, actor: Actor) -> None:
    """Raises access.NotFound for an office outside the actor's area."""
    lowest, highest = scope_range(actor.office)
    if not lowest <= office <= highest:
        raise access.NotFound(office)


def note(event: audit.Event, about: Account, *, actor: Actor, at: datetime, basis: str = "", **detail: object) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="account", target_id=about.name, basis=basis, area=about.office,
        detail={key: value for key, value in detail.items() if value},
    )  # fmt: skip


def of_area(actor: Actor) -> QuerySet[Account]:
    """The accounts of the people who work in the actor's area."""
    lowest, highest = scope_range(actor.office)
    return Account.objects.filter(office__gte=lowest, office__lte=highest)


def _close(found: Account, *, reason: str, by: str, at: datetime) -> None:
    found.is_active, found.disabled_reason = False, reason
    found.disabled_by, found.disabled_at = by, at
    found.save(update_fields=["is_active", "disabled_reason", "disabled_by", "disabled_at"])
    sessions.end_all(found.pk, why=sessions.Ended.DISABLED, at=at)


def _would_miss(found: Account, *, on: date) -> Role | None:
    """The administrator's role of the whole city that nobody else would hold."""
    live = Post.objects.filter(_not_ended(on), valid_from__lte=on, account__is_active=True, role__in=ADMINISTRATORS)
    own = set(live.filter(account=found, office="50").values_list("role", flat=True))
    others = set(live.filter(office="50").exclude(account=found).values_list("role", flat=True))
    return next((Role(role) for role in sorted(own - others)), None)


def _not_ended(on: date) -> Q:
    return Q(valid_to__isnull=True) | Q(valid_to__gt=on)
