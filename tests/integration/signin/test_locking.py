"""Failures stop who guesses and nobody else: they are counted where they are made, and a device of the holder's own by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core import signing as cookies
from django.db.models import F
from django.test import Client
from django.utils import timezone

from canbao.rules.roles import Actor, Role
from canbao.services.accounts import devices, locking
from canbao.store.models import Account
from tests.integration.signin.conftest import forget_used_codes, journal, past_the_factor, sign_in

Staff = dict[str, Account]
LIMIT = 5
SECURITY = Actor("security", Role.SECURITY_ADMINISTRATOR)


def at(address: str) -> Client:
    return Client(REMOTE_ADDR=address)


def guess(name: str, address: str, times: int = LIMIT) -> list[int]:
    return [sign_in(name, "wrong", client=at(address)).status_code for _ in range(times)]


@pytest.mark.parametrize("name", ["clerk", "security"])
def test_a_strangers_failures_lock_the_name_for_the_stranger_only(staff: Staff, name: str) -> None:
    assert guess(name, "10.9.8.7")[-1] == 429
    assert sign_in(name, client=at("10.9.8.7")).status_code == 429
    assert sign_in(name, client=at("10.1.1.1")).status_code == 302


def test_at_the_same_address_a_device_of_the_holders_own_stays_open(staff: Staff) -> None:
    own = past_the_factor(staff["clerk"], client=at("10.9.8.7"))
    own.post("/sign-out/")
    guess("clerk", "10.9.8.7")
    for serial in range(50):  # and the address as a whole
        sign_in(f"guess{serial}", "wrong", client=at("10.9.8.7"))
    assert sign_in("clerk", client=at("10.9.8.7")).status_code == 429
    assert sign_in("approver", client=at("10.9.8.7")).status_code == 429
    assert sign_in("approver", client=own).status_code == 429  # not a device of his
    forget_used_codes()
    past_the_factor(staff["clerk"], client=own)


def test_failures_on_a_known_device_are_counted_there(staff: Staff) -> None:
    own = past_the_factor(staff["clerk"])
    own.post("/sign-out/")
    assert [sign_in("clerk", "wrong", client=own).status_code for _ in range(LIMIT)][-1] == 429
    assert sign_in("clerk", client=own).status_code == 429
    assert sign_in("clerk").status_code == 302
    shown = locking.locked(actor=SECURITY, at=timezone.now())
    assert [(row.name, row.where) for row in shown] == [("clerk", "")]


def test_the_password_alone_makes_no_device_known(staff: Staff) -> None:
    past_the_factor(staff["clerk"])
    half_way: Client = sign_in("clerk").client
    assert devices.COOKIE not in half_way.cookies
    guess("clerk", "127.0.0.1")
    assert sign_in("clerk", client=half_way).status_code == 429


@pytest.mark.parametrize("forge", ["own key", "no signature", "other salt", "old"])
def test_a_forged_device_is_not_believed(staff: Staff, forge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: dict[str, Any] = {"id": "x", "accounts": [staff["clerk"].pk]}
    made = {
        "own key": cookies.dumps(inside, key="x" * 50, salt=devices._SALT),
        "no signature": str(inside),
        "other salt": cookies.dumps(inside, salt="x"),
        "old": cookies.dumps(inside, salt=devices._SALT),
    }[forge]
    if forge == "old":
        monkeypatch.setattr(devices, "KEPT", timedelta(seconds=-1))
    guess("clerk", "127.0.0.1")
    forger = Client()
    forger.cookies[devices.COOKIE] = made
    assert sign_in("clerk", client=forger).status_code == 429


def test_where_many_places_try_one_name_they_wait_and_a_new_place_does_not(staff: Staff) -> None:
    def right(address: str) -> int:
        return int(sign_in("clerk", client=at(address)).status_code)

    tried = [guess("clerk", f"10.0.0.{serial + 1}", 1)[0] for serial in range(20)]
    assert tried == [422] * 19 + [429]
    assert right("10.0.0.1") == 429
    assert guess("approver", "10.0.0.1", 1) == [422]  # another name is not slow
    for place in range(
        2, 11
    ):  # slow, not locked: each is tried when its time has come, and the next waits twice as long
        later(seconds=1024)
        guess("clerk", f"10.0.0.{place}", 1)
        assert AccessAttempt.objects.get(username="clerk", ip_address=f"10.0.0.{place}").failures_since_start == 2
        AccessAttempt.objects.update(attempt_time=timezone.now())
    later(seconds=600)
    assert right("10.0.0.15") == 429
    assert right("10.0.1.1") == 302
    later(seconds=600)
    assert right("10.0.0.15") == 302


def later(*, seconds: int) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(seconds=seconds))


def test_a_network_of_version_6_is_one_terminal(staff: Staff) -> None:
    for serial in range(LIMIT):
        sign_in("clerk", "wrong", client=at(f"2001:db8:1:2::{serial + 1:x}"))
    assert sign_in("clerk", client=at("2001:db8:1:2:ffff::9")).status_code == 429
    assert sign_in("clerk", client=at("2001:db8:1:3::1")).status_code == 302


def test_the_page_of_locks_says_where_and_unlocking_opens_everywhere(staff: Staff) -> None:
    for address in ("10.9.8.7", "10.9.8.8"):
        guess("clerk", address)
    page = past_the_factor(staff["security"])
    shown = page.get("/policy/locks/").content.decode()
    assert "10.9.8.7" in shown and "10.9.8.8" in shown
    page.post("/policy/locks/unlock/", {"name": "clerk", "reason": "来电核实"})
    assert sign_in("clerk", client=at("10.9.8.7")).status_code == 302
    assert len(journal("ACCOUNT_LOCKED")) == 2
