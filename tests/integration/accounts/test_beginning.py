"""The first administrators and the demo's staff."""

from __future__ import annotations

from typing import Any

import pytest

from canbao.cli import demo_accounts
from canbao.rules.roles import ADMINISTRATORS, NOT_A_POST, Role
from canbao.services import accounts
from canbao.services.accounts import Person, command_line
from canbao.store.models import Account, JournalEntry, Post
from tests.worlds import AT, ON, town_offices, village_office

SYSTEM = command_line.operator("root", Role.SYSTEM_ADMINISTRATOR)
THREE = {
    Role.SYSTEM_ADMINISTRATOR: Person("xitong", "奚统", "A1"),
    Role.SECURITY_ADMINISTRATOR: Person("anquan", "安权", "A2"),
    Role.AUDIT_ADMINISTRATOR: Person("shenji", "沈记", "A3"),
}

pytestmark = pytest.mark.django_db


def test_the_first_administrators_are_three_people_and_made_once() -> None:
    for wrong in (
        THREE | {Role.AUDIT_ADMINISTRATOR: Person("shenji", "安权", "A3")},
        THREE | {Role.AUDIT_ADMINISTRATOR: Person("anquan", "沈记", "A3")},
        THREE | {Role.AUDIT_ADMINISTRATOR: Person("shenji", "沈记", "A2")},
        {Role.SYSTEM_ADMINISTRATOR: Person("xitong", "奚统", "A1")},
    ):
        with pytest.raises(accounts.NotThreePeople):
            accounts.first_administrators(wrong, actor=SYSTEM, on=ON, at=AT)
    given = accounts.first_administrators(THREE, actor=SYSTEM, on=ON, at=AT)
    assert len({one.password for one in given}) == 3
    for one in given:
        held = Account.objects.get(name=one.account)
        assert held.must_change_password and held.check_password(one.password)
    assert set(Post.objects.values_list("role", "asked_by", "granted_by")) == {
        (role.value, "（首次建立）", "（命令行）root") for role in ADMINISTRATORS
    }
    entry = JournalEntry.objects.get()
    assert entry.event == "ADMINISTRATORS_MADE" and not any(one.password in str(entry.detail) for one in given)
    with pytest.raises(accounts.AdministratorsExist):
        accounts.first_administrators(THREE, actor=SYSTEM, on=ON, at=AT)


def test_demo_accounts_exist_in_a_demo_only_and_cover_every_post(settings: Any) -> None:
    town = town_offices()[0]
    places = {"town": town, "village": village_office(town)}
    settings.CANBAO_PRACTICE = False
    with pytest.raises(accounts.NotADemo):
        demo_accounts.make_demo_accounts(**places)
    settings.CANBAO_PRACTICE = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # 26 passwords, none of them kept
    first = demo_accounts.make_demo_accounts(**places)
    again = demo_accounts.make_demo_accounts(**places)
    assert {one.role for one in first} == set(Role) - NOT_A_POST
    assert Account.objects.count() == Post.objects.count() == len(first)
    for old, new in zip(first, again, strict=True):
        held = Account.objects.get(name=new.account)
        assert held.check_password(new.password) and not held.check_password(old.password)
        assert not held.must_change_password
