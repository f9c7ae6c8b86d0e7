"""Passwords that are due, weak, or used before."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from canbao.rules.roles import Actor, Role
from canbao.services.accounts import passwords, policy
from canbao.store.models import Account
from tests.integration.signin.conftest import PASSWORD, journal, past_the_factor, sign_in

Staff = dict[str, Account]
SECURITY = Actor("security", Role.SECURITY_ADMINISTRATOR)
NEW = "Gele-Shan 2026!"


def change(client: Client, new: str = NEW, *, old: str = PASSWORD, again: str = "") -> list[str]:
    """The codes of what was wrong; nothing when it was changed."""
    answer = client.post("/sign-in/password/", {"old": old, "new": new, "again": again or new})
    if answer.status_code == 302:
        return []
    return [error.code or "" for found in answer.context["form"].errors.as_data().values() for error in found]


def test_a_one_time_password_opens_nothing_but_its_change(staff: Staff) -> None:
    once = passwords.give_one_time(staff["clerk"], at=timezone.now())
    assert sign_in("clerk").status_code == 422
    client = sign_in("clerk", once).client
    for page in ("/", "/me/", "/post/", "/sign-in/set-up/"):
        assert client.get(page).headers["Location"].startswith("/sign-in/password/"), page
    assert change(client, once, old=once) == ["USED_BEFORE"]
    assert change(client, old=once) == []
    assert client.get("/me/").headers["Location"].startswith("/sign-in/set-up/")
    assert sign_in("clerk", once).status_code == 422
    assert sign_in("clerk", NEW).status_code == 302
    assert [entry[1:] for entry in journal("PASSWORD_CHANGED")] == [("clerk", "clerk")]


def test_a_one_time_password_is_refused_when_it_comes_too_late(staff: Staff) -> None:
    once = passwords.give_one_time(staff["clerk"], at=timezone.now() - timedelta(hours=72))
    answer = sign_in("clerk", once)
    assert answer.status_code == 422 and "一次性密码已过期" in answer.content.decode()


def test_a_password_has_to_be_changed_after_its_time(staff: Staff) -> None:
    Account.objects.filter(name="clerk").update(password_set_at=timezone.now() - timedelta(days=89))
    client = past_the_factor(staff["clerk"])
    assert client.get("/me/").status_code == 200
    Account.objects.filter(name="clerk").update(password_set_at=timezone.now() - timedelta(days=90))
    assert client.get("/me/").headers["Location"].startswith("/sign-in/password/?next=%2Fme%2F")


def test_weak_and_mistyped_passwords_are_refused_with_everything_that_is_wrong(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    assert change(client, "clerk1") == ["TOO_SHORT", "TOO_FEW_CLASSES", "HAS_ACCOUNT_NAME", "HAS_REAL_NAME"]
    assert change(client, "Password123!x", old="wrong") == [""]
    assert change(client, again="something else") == [""]
    assert "password_too_common" in change(client, "password1")
    policy.change("password_length", value=16, reason="加强", actor=SECURITY, at=timezone.now())
    assert change(client) == ["TOO_SHORT"]
    assert sign_in("clerk").status_code == 302


def test_none_of_the_last_five_passwords_comes_back(staff: Staff) -> None:
    client, last = past_the_factor(staff["clerk"]), PASSWORD
    for serial in (37, 52, 68, 91):
        assert change(client, f"Gele-Shan {serial}!", old=last) == []
        last = f"Gele-Shan {serial}!"
    assert change(client, PASSWORD, old=last) == ["USED_BEFORE"]
    assert change(client, "Gele-Shan 19!", old=last) == []
    assert change(client, PASSWORD, old="Gele-Shan 19!") == []


def test_changing_it_ends_the_other_sessions_and_not_this_one(staff: Staff) -> None:
    policy.change("sessions", value=2, reason="两处办公", actor=SECURITY, at=timezone.now())
    here, there = past_the_factor(staff["clerk"]), past_the_factor(staff["clerk"])
    key = here.cookies["canbao_session"].value
    assert change(here) == []
    assert here.get("/me/").status_code == 200 and here.cookies["canbao_session"].value != key
    assert "why=PASSWORD" in there.get("/me/").headers["Location"]


def test_old_passwords_of_another_hasher_are_still_known(staff: Staff, settings: object) -> None:
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher",
    ]  # fmt: skip
    assert passwords._was_used(staff["clerk"], PASSWORD, 5) and not passwords._was_used(staff["clerk"], NEW, 5)
