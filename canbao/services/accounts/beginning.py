"""Accounts that nobody could ask for or grant: the first administrators, and the invented staff of the demo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from canbao.rules.division import CITY
from canbao.rules.offices import office_open
from canbao.rules.roles import ADMINISTRATORS, Actor, Role, fits
from canbao.services import audit
from canbao.services.accounts import people
from canbao.services.accounts.passwords import give_one_time
from canbao.services.accounts.people import DEMO
from canbao.services.accounts.requests import OfficeClosed, WrongLevel
from canbao.store.models import Account, Post

FIRST = "（首次建立）"


class AdministratorsExist(Exception):
    """The register has administrators; they make the others."""


class NotThreePeople(ValueError):
    """The three administrators are three different people with three different accounts."""


class NotADemo(Exception):
    """Accounts that nobody granted exist in a practice home only."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who gets an account. name: of the account."""

    name: str
    real_name: str
    staff_number: str


@dataclass(frozen=True, slots=True)
class Given:
    """An account and the password to hand over; it is not kept."""

    account: str
    real_name: str
    role: Role
    office: str
    password: str


def has_administrators() -> bool:
    """Whether anybody holds, or held, a post that manages the others."""
    return Post.objects.filter(role__in=ADMINISTRATORS).exists()


def has_demo_accounts() -> bool:
    """Whether there are accounts that nobody granted."""
    return Account.objects.filter(created_by=DEMO, is_active=True).exists()


@transaction.atomic
def first_administrators(chosen: Mapping[Role, Person], *, actor: Actor, on: date, at: datetime) -> list[Given]:
    """The three administrators of a register that has none. The posts say that they were made on the machine, and by whom.

    actor: the operator who runs the command (`command_line.operator`).
    Raises AdministratorsExist, NotThreePeople, BadName, NameTaken, BadStaffNumberError, StaffNumberTakenError.
    """
    if Post.objects.filter(role__in=ADMINISTRATORS).exists():
        raise AdministratorsExist
    if set(chosen) != ADMINISTRATORS or any(
        len({getattr(person, field) for person in chosen.values()}) < len(ADMINISTRATORS)
        for field in ("name", "real_name", "staff_number")
    ):
        raise NotThreePeople
    given = []
    for role, person in chosen.items():
        made, password = _open(person, CITY, by=FIRST, at=at)
        _post(made, role, CITY, asked_by=FIRST, granted_by=actor.account, on=on, at=at)
        given.append(Given(person.name, person.real_name, role, CITY, password))
    audit.record(
        audit.Event.ADMINISTRATORS_MADE, actor=actor, at=at, target_kind="account", basis="命令行首次建立",
        detail={"accounts": [f"{one.account}（{one.role.label}）" for one in given]},
    )  # fmt: skip
    return given


@transaction.atomic
def demo_accounts(wanted: Iterable[tuple[Person, Role, str]], *, actor: Actor, on: date, at: datetime) -> list[Given]:
    """One account per (person, role, office), each with a new password that may be used as it is.

    May run again: the accounts stay and get new passwords.
    Raises NotADemo, WrongLevel, OfficeClosed.
    """
    if not settings.CANBAO_PRACTICE:
        raise NotADemo
    return [_demo(person, role, office, actor=actor, on=on, at=at) for person, role, office in wanted]


def _demo(person: Person, role: Role, office: str, *, actor: Actor, on: date, at: datetime) -> Given:
    if not fits(role, office):
        raise WrongLevel(role, office)
    if not office_open(office, on):
        raise OfficeClosed(office)
    account = Account.objects.filter(name=person.name, created_by=DEMO).first()
    if account is None:
        account, password = _open(person, office, by=DEMO, at=at)
        people.note(audit.Event.ACCOUNT_CREATED, account, actor=actor, at=at, basis="演示")
        _post(account, role, office, asked_by=DEMO, granted_by=actor.account, on=on, at=at)
    else:
        password = people.renew_password(account, reason="演示", actor=actor, at=at)
    account.must_change_password = False
    account.save(update_fields=["must_change_password"])
    return Given(account.name, account.real_name, role, office, password)


def _open(person: Person, office: str, *, by: str, at: datetime) -> tuple[Account, str]:
    """The account and its one-time password."""
    made = people.open_account(
        person.name, real_name=person.real_name, staff_number=person.staff_number, office=office, by=by, at=at
    )
    return made, give_one_time(made, at=at)


def _post(account: Account, role: Role, office: str, *, asked_by: str, granted_by: str, on: date, at: datetime) -> None:
    Post.objects.create(
        account=account, role=role, office=office, valid_from=on,
        asked_by=asked_by, asked_at=at, granted_by=granted_by, granted_at=at,
    )  # fmt: skip
