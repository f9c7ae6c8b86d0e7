"""A clerk, an approver and the security administrator, who sign in through the pages as the web's login."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from canbao.rules.roles import Role
from canbao.services.accounts import passwords
from canbao.store.models import Account, Totp
from tests.worlds import account, town_offices

PASSWORD = "Jinyun-58 Shan"


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def staff(db: None) -> Iterator[dict[str, Account]]:
    """By account name; the rest of the test runs as the web's login."""
    town = town_offices()[0]
    made = {
        "clerk": account("clerk", Role.TOWN_CLERK, town),
        "approver": account("approver", Role.DISTRICT_APPROVER, town[:6]),
        "security": account("security", Role.SECURITY_ADMINISTRATOR, "50"),
        "security2": account("security2", Role.SECURITY_ADMINISTRATOR, "50"),
    }
    at = timezone.now()
    for one in made.values():
        one.active_since, one.created_at = at, at
        one.save()
        passwords._set(one, PASSWORD, at)
        one.must_change_password = False
        one.save()
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    yield made
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")


def sign_in(name: str, password: str = PASSWORD, *, client: Client | None = None, **more: Any) -> Any:
    """The answer of the sign-in page; `.client` goes on."""
    return (client or Client()).post("/sign-in/", {"name": name, "password": password, **more})


def code_of(who: Account, *, later: int = 0) -> str:
    """What the phone shows; later: a step on, as a code is taken once."""
    device = Totp.objects.filter(user_id=who.pk).order_by("confirmed").first()
    assert device
    return f"{totp(device.bin_key, drift=later):06d}"


def past_the_factor(who: Account, password: str = PASSWORD, *, client: Client | None = None) -> Client:
    """Signed in by password and code; the first time the second factor is set up."""
    at_the_factor: Client = sign_in(who.name, password, client=client).client
    if Totp.objects.filter(user_id=who.pk, confirmed=True).exists():
        forget_used_codes()
        assert at_the_factor.post("/sign-in/code/", {"code": code_of(who)}).status_code == 302
    else:
        at_the_factor.get("/sign-in/set-up/")
        assert at_the_factor.post("/sign-in/set-up/", {"code": code_of(who)}).status_code == 200
    return at_the_factor


def forget_used_codes() -> None:
    """As if half a minute had passed: the present code is taken again, and at once."""
    Totp.objects.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)


@contextmanager
def as_worker() -> Iterator[None]:
    """For what the web's login may not do."""
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
        yield
        cursor.execute("set local role canbao_web")


def journal(*events: str) -> list[tuple[str, str, str]]:
    """(event, account, target) in order."""
    with as_worker(), connection.cursor() as cursor:
        cursor.execute(
            "select event, account, target_id from journal where event = any(%s) order by id", [list(events)]
        )
        return cursor.fetchall()
