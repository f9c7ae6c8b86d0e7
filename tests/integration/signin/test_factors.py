"""The second factor, recovery codes, and their reset."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from canbao.services.accounts import factors, people, policy
from canbao.store.models import Account, Totp
from tests.integration.signin.conftest import PASSWORD, as_worker, code_of, journal, past_the_factor, sign_in
from tests.worlds import LONG_AGO

Staff = dict[str, Account]


def _set_up(who: Account) -> tuple[Client, list[str]]:
    client: Client = sign_in(who.name).client
    client.get("/sign-in/set-up/")
    answer = client.post("/sign-in/set-up/", {"code": code_of(who)})
    return client, re.findall(r'<li class="code">([0-9a-z-]+)</li>', answer.content.decode())


@pytest.mark.parametrize("name", ["clerk", "approver", "security", "no post"])
def test_everybody_sets_it_up_before_anything_else(staff: Staff, name: str) -> None:
    if name == "no post":
        with as_worker():
            staff["clerk"].posts.update(valid_to=LONG_AGO)
        name = "clerk"
    client = sign_in(name).client
    for page in ("/", "/me/", "/post/"):
        assert client.get(page).headers["Location"].startswith("/sign-in/set-up/"), page
    page = client.get("/sign-in/set-up/").content.decode()
    assert "<svg" in page and "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    assert client.post("/sign-in/set-up/", {"code": "000000"}).status_code == 422
    assert client.get("/me/").status_code == 302
    client, codes = _set_up(staff[name])
    assert client.get("/me/").status_code == 200 and len(set(codes)) == 10


def test_each_sign_in_asks_for_a_code_that_is_taken_once(staff: Staff) -> None:
    past_the_factor(staff["approver"])
    used = code_of(staff["approver"])
    client = sign_in("approver", next="/me/").client
    assert client.get("/me/").headers["Location"] == "/sign-in/code/?next=%2Fme%2F"
    assert client.get("/sign-in/set-up/").headers["Location"].startswith("/sign-in/code/")
    assert client.get("/sign-in/password/").headers["Location"].startswith("/sign-in/code/")
    assert client.post("/sign-in/code/", {"code": used}).status_code == 422
    Totp.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    answer = client.post("/sign-in/code/", {"code": code_of(staff["approver"], later=1), "next": "/me/"})
    assert answer.headers["Location"] == "/me/" and client.get("/me/").status_code == 200
    assert [entry[0] for entry in journal("SECOND_FACTOR_FAILED", "SECOND_FACTOR_PASSED")] == [
        "SECOND_FACTOR_FAILED", "SECOND_FACTOR_PASSED",
    ]  # fmt: skip


def test_after_a_wrong_code_even_the_right_one_has_to_wait(staff: Staff) -> None:
    past_the_factor(staff["approver"])
    client = sign_in("approver").client
    client.post("/sign-in/code/", {"code": "000000"})
    answer = client.post("/sign-in/code/", {"code": code_of(staff["approver"], later=1)})
    assert answer.status_code == 422 and "秒后再试" in answer.content.decode()


def test_a_hundred_wrong_codes_keep_the_holder_waiting_for_minutes_only(staff: Staff) -> None:
    past_the_factor(staff["approver"])
    long_ago = timezone.now() - timedelta(seconds=2**9 + 5)
    Totp.objects.update(throttling_failure_count=100, throttling_failure_timestamp=long_ago)
    answer = sign_in("approver").client.post("/sign-in/code/", {"code": code_of(staff["approver"], later=1)})
    assert answer.status_code == 302 and Totp.objects.get().throttling_failure_count == 0


def test_the_demo_stands_in_for_the_phone_of_its_own_accounts_only(staff: Staff, settings: Any) -> None:
    client = sign_in("approver").client
    assert "本机代替手机" not in client.get("/sign-in/set-up/").content.decode()
    _made_by_the_demo(staff["approver"])
    settings.CANBAO_PRACTICE = False
    assert "本机代替手机" not in client.get("/sign-in/set-up/").content.decode()
    settings.CANBAO_PRACTICE = True
    page = client.get("/sign-in/set-up/").content.decode()
    assert client.post("/sign-in/set-up/", {"code": re.findall(r">(\d{6})<", page)[0]}).status_code == 200


def _made_by_the_demo(account: Account) -> None:
    with as_worker():
        account.created_by = people.DEMO
        account.save(update_fields=["created_by"])


def test_a_new_phone_begun_and_left_keeps_the_old_one(staff: Staff) -> None:
    _made_by_the_demo(staff["approver"])
    client, _ = _set_up(staff["approver"])
    of_the_old = {code_of(staff["approver"], later=step) for step in (0, 1)}
    client.get("/sign-in/set-up/")
    assert factors.demo_code(staff["approver"]) in of_the_old


def test_a_recovery_code_opens_once(staff: Staff) -> None:
    _, codes = _set_up(staff["approver"])
    for expected in (302, 422):
        client = sign_in("approver").client
        assert client.post("/sign-in/code/?recover", {"code": codes[0].upper()}).status_code == expected
    assert [entry[0] for entry in journal("RECOVERY_CODE_USED")] == ["RECOVERY_CODE_USED"]


def test_new_recovery_codes_void_the_old_ones(staff: Staff) -> None:
    client, old = _set_up(staff["approver"])
    assert client.post("/sign-in/prove/", {"old": PASSWORD, "code": old[1]}).status_code == 302
    answer = client.post("/me/codes/")
    new = re.findall(r'<li class="code">([0-9a-z-]+)</li>', answer.content.decode())
    assert len(new) == 10 and not set(new) & set(old)
    again = sign_in("approver").client
    assert again.post("/sign-in/code/?recover", {"code": old[0]}).status_code == 422


def test_the_tables_give_neither_the_secret_nor_the_codes_away(staff: Staff) -> None:
    _, codes = _set_up(staff["approver"])
    device = Totp.objects.get(user=staff["approver"])
    assert device.bin_key.hex() not in device.key and len(device.bin_key) == 20
    kept = set(device.user.staticdevice_set.get().token_set.values_list("token", flat=True))
    assert not kept & {code.replace("-", "") for code in codes}


def test_a_stolen_session_does_not_replace_the_factor(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    for answer in (
        client.get("/sign-in/set-up/"),
        client.post("/sign-in/set-up/"),
        client.post("/me/codes/"),
    ):
        assert answer.headers["Location"].startswith("/sign-in/prove/")
    code = code_of(staff["clerk"], later=1)
    assert client.post("/sign-in/prove/", {"old": "wrong", "code": code}).status_code == 422
    assert client.post("/sign-in/prove/", {"old": PASSWORD, "code": "000000"}).status_code == 422
    assert not Totp.objects.filter(confirmed=False).exists()
    assert [entry[0] for entry in journal("PASSWORD_WRONG", "SECOND_FACTOR_FAILED")] == [
        "PASSWORD_WRONG", "SECOND_FACTOR_FAILED",
    ]  # fmt: skip
    Totp.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post("/sign-in/prove/", {"old": PASSWORD, "code": code}).status_code == 302
    assert client.get("/sign-in/set-up/").status_code == 200


def test_guesses_at_the_old_password_lock_the_name(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    wrong = {"old": "wrong", "new": "Gele-Shan 2026!", "again": "Gele-Shan 2026!"}
    for _ in range(policy.value("lock_failures")):
        assert client.post("/sign-in/password/", wrong).status_code == 422
    assert len(journal("ACCOUNT_LOCKED")) == 1
    assert client.post("/sign-in/prove/", {"old": PASSWORD}).status_code == 422
    assert client.post("/sign-in/password/", wrong | {"old": PASSWORD}).status_code == 422
    assert sign_in("clerk", client=client).status_code == 429
    assert sign_in("clerk").status_code == 302  # another device


def test_the_page_for_the_code_shows_no_menu(staff: Staff) -> None:
    past_the_factor(staff["approver"])
    page = sign_in("approver").client.get("/sign-in/code/").content.decode()
    assert "查询人员" not in page and 'data-shortcut="g ' not in page
    assert 'data-shortcut="g ' in past_the_factor(staff["clerk"]).get("/").content.decode()
    staff["clerk"].totpdevice_set.all().delete()
    assert 'data-shortcut="g ' not in sign_in("clerk").client.get("/sign-in/set-up/").content.decode()
