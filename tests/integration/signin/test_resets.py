"""A lost password or phone: begun by its holder, asked and granted by two administrators, finished in the holder's browser only."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from canbao.rules import approval
from canbao.rules.roles import Actor, Role
from canbao.services import access
from canbao.services.accounts import AskerDisabledError, people, recovery, resets, sessions, signing
from canbao.services.accounts.recovery import Lost
from canbao.store.models import Account, CredentialReset, Totp
from tests.integration.signin.conftest import (
    PASSWORD,
    as_worker,
    code_of,
    forget_used_codes,
    journal,
    past_the_factor,
    sign_in,
)
from tests.worlds import account, bare_account, foreign_town

Staff = dict[str, Account]
PAGE = "/sign-in/reset/"
NEW = "Gele-Shan 2026!"
HERE = sessions.Terminal("10.1.2.3", "test")
SECURITY, SECURITY2 = (Actor(name, Role.SECURITY_ADMINISTRATOR) for name in ("security", "security2"))


def begin(name: str = "clerk", lost: Lost = Lost.BOTH) -> tuple[Client, str]:
    """The holder's browser, and the number on its screen."""
    client = Client()
    assert client.post(PAGE, {"name": name, "lost": lost}).status_code == 302
    return client, client.cookies["canbao_reset"].value.partition(".")[0]


def granted(number: str) -> CredentialReset:
    """By the two security administrators."""
    at = timezone.now()
    asked = resets.ask(number, reason="当面核实", actor=SECURITY, at=at)
    return resets.grant(asked.pk, actor=SECURITY2, at=at)


def finish(client: Client, new: str = NEW, **more: str) -> Any:
    return client.post(PAGE, {"new": new, "again": new} | more)


def test_from_a_lost_password_and_phone_to_the_holders_own_new_ones(staff: Staff) -> None:
    at_work = past_the_factor(staff["clerk"])
    holder, number = begin()
    said = holder.get(PAGE).content.decode()
    assert f"{number[:4]} {number[4:]}" in said and "等待管理员核实" in said
    secret = holder.cookies["canbao_reset"].value.partition(".")[2]

    first, second = past_the_factor(staff["security"]), past_the_factor(staff["security2"])
    found = first.get("/accounts/resets/", {"number": f"{number[:4]} {number[4:]}"}).content.decode()
    assert staff["clerk"].staff_number in found and "test" not in found
    assert first.post("/accounts/resets/ask/", {"number": number, "reason": ""}).status_code == 422
    assert first.post("/accounts/resets/ask/", {"number": number, "reason": "回拨电话核实"}).status_code == 302
    row = CredentialReset.objects.get()
    assert first.post(f"/accounts/resets/{row.pk}/grant/").status_code == 409
    assert finish(holder).status_code == 200  # not granted: nothing but how far it is
    assert Account.objects.get(name="clerk").check_password(PASSWORD)
    answer = second.post(f"/accounts/resets/{row.pk}/grant/", follow=True)
    assert answer.status_code == 200 and "已批准" in answer.content.decode()
    assert not any(secret in page.content.decode() for page in (answer, first.get("/accounts/resets/")))

    assert "设置新密码" in holder.get(PAGE).content.decode()
    assert finish(holder, "short").status_code == 422
    assert at_work.get("/me/").status_code == 200
    assert finish(holder).headers["Location"].startswith("/sign-in/?why=RESET_DONE")
    assert "why=" in at_work.get("/me/").headers["Location"]
    assert sign_in("clerk").status_code == 422
    again = sign_in("clerk", NEW).client
    assert again.get("/me/").headers["Location"].startswith("/sign-in/set-up/")
    assert [event for event, _, _ in journal("RESET_BEGUN", "RESET_ASKED", "RESET_GRANTED", "RESET_DONE")] == [
        "RESET_BEGUN", "RESET_ASKED", "RESET_GRANTED", "RESET_DONE",
    ]  # fmt: skip


def test_the_holder_is_told_who_reset_what_before_anything_else(staff: Staff) -> None:
    for dispute in (False, True):
        holder, number = begin()
        granted(number)
        finish(holder, new := f"{NEW}{dispute}")
        client = past_the_factor(staff["clerk"], new)
        assert client.get("/").headers["Location"].startswith("/sign-in/notice/")
        said = client.get("/sign-in/notice/").content.decode()
        assert all(word in said for word in (number, "（security），", "（security2），", "当面核实", "127.0.0.1"))
        client.post("/sign-in/notice/", {"say": "not-mine"} if dispute else {})
        assert client.get("/me/").status_code == 200 and number in client.get("/me/").content.decode()
    assert [event for event, _, _ in journal("RESET_SEEN", "RESET_DISPUTED")] == ["RESET_SEEN", "RESET_DISPUTED"]


def test_only_the_browser_that_began_it_finishes_it(staff: Staff) -> None:
    _, number = begin()
    granted(number)
    for secret in ("", "x", "0" * 43):
        thief = Client()
        thief.cookies["canbao_reset"] = f"{number}.{secret}"
        assert finish(thief).status_code in (200, 422)
    assert Account.objects.get(name="clerk").check_password(PASSWORD)


def test_it_is_finished_once_and_in_time(staff: Staff) -> None:
    holder, number = begin()
    granted(number)
    kept = holder.cookies["canbao_reset"].value
    assert finish(holder).status_code == 302
    holder.cookies["canbao_reset"] = kept
    assert finish(holder, f"{NEW}2").status_code == 200
    late, number = begin()
    granted(number)
    secret = late.cookies["canbao_reset"].value.partition(".")[2]
    after = timezone.now() + timedelta(hours=72)
    assert not recovery.standing(number, secret, at=after).is_granted
    with pytest.raises(recovery.NotGrantedError):
        recovery.finish(request_of(late), number, secret, new=f"{NEW}3", at=after)
    assert Account.objects.get(name="clerk").check_password(NEW)


def request_of(client: Client) -> Any:
    return client.get(PAGE).wsgi_request


def test_what_was_not_lost_is_proved(staff: Staff) -> None:
    past_the_factor(staff["clerk"])
    forget_used_codes()
    holder, number = begin(lost=Lost.PASSWORD)
    granted(number)
    assert finish(holder, code="000000").status_code == 422
    forget_used_codes()
    assert finish(holder, code=code_of(staff["clerk"])).status_code == 302
    assert sign_in("clerk", NEW).client.get("/me/").headers["Location"].startswith("/sign-in/code/")

    holder, number = begin(lost=Lost.FACTOR)
    granted(number)
    assert holder.post(PAGE, {"old": PASSWORD}).status_code == 422
    assert Totp.objects.filter(user=staff["clerk"]).exists()
    assert holder.post(PAGE, {"old": NEW}).status_code == 302
    assert sign_in("clerk", NEW).client.get("/me/").headers["Location"].startswith("/sign-in/set-up/")


def test_an_account_that_does_not_exist_is_answered_like_one_that_does(staff: Staff) -> None:
    pages = {}
    for name in ("clerk", "nobody", "Geheim#2026"):
        client, number = begin(name)
        pages[name] = client.get(PAGE).content.decode().replace(f"{number[:4]} {number[4:]}", "")
    assert (
        len({"".join(line for line in page.splitlines() if "csrf" not in line.lower()) for page in pages.values()}) == 1
    )
    assert [row.account_id for row in CredentialReset.objects.order_by("pk")] == [staff["clerk"].pk, None, None]
    for row in CredentialReset.objects.filter(account=None):
        with pytest.raises(access.NotFound):
            resets.find(row.number, actor=SECURITY, at=timezone.now())
    assert not any("Geheim" in target for _, _, target in journal("RESET_BEGUN"))


def test_a_number_that_is_taken_is_drawn_again(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["00000007", "00000007", "00000007", "00000008"])
    monkeypatch.setattr(recovery, "_number", lambda: next(drawn))
    assert [begin()[1], begin()[1]] == ["00000007", "00000008"]
    assert [entry[-1] for entry in journal("RESET_BEGUN")] == ["clerk", "clerk"]
    monkeypatch.setattr(recovery, "_number", lambda: "00000007")
    assert Client().post(PAGE, {"name": "clerk", "lost": "BOTH"}).status_code == 429


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}-{1}\u3000", "full"])
def test_a_number_is_found_however_it_is_typed(staff: Staff, typed: str) -> None:
    _, number = begin()
    full = number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in number})
    told = full if typed == "full" else typed.format(number[:4], number[4:])
    assert resets.find(told, actor=SECURITY, at=timezone.now()).number == number
    with as_worker():
        assert resets.grant_in_emergency(told, reason="无人在岗", user="root", at=timezone.now()).number == number


def test_a_terminal_does_not_begin_without_end(staff: Staff) -> None:
    for _ in range(recovery.MOST_BEGUN):
        begin()
    assert Client().post(PAGE, {"name": "clerk", "lost": "BOTH"}).status_code == 429
    assert Client(REMOTE_ADDR="10.9.9.9").post(PAGE, {"name": "clerk", "lost": "BOTH"}).status_code == 302


def test_addresses_of_one_network_are_one_terminal(staff: Staff) -> None:
    for serial in range(recovery.MOST_BEGUN):
        client = Client(REMOTE_ADDR=f"2001:db8:1:2::{serial + 1:x}")
        assert client.post(PAGE, {"name": "clerk", "lost": "BOTH"}).status_code == 302
    for address, status in (("2001:db8:1:2:ffff::9", 429), ("2001:db8:1:3::1", 302)):
        assert Client(REMOTE_ADDR=address).post(PAGE, {"name": "clerk", "lost": "BOTH"}).status_code == status


def test_of_two_that_begin_at_once_the_second_is_counted_after_the_first(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2)
    who = signing.who

    def slow(name: str, at: Any) -> Any:
        with suppress(BrokenBarrierError):
            both.wait(0.3)
        return who(name, at)

    monkeypatch.setattr(recovery, "MOST_BEGUN", 1)
    monkeypatch.setattr(signing, "who", slow)

    def once(_: int) -> bool:
        try:
            recovery.begin("nobody", Lost.BOTH, terminal=HERE, at=timezone.now())
        except recovery.TooManyBegunError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(once, range(2))) == [False, True]
    assert CredentialReset.objects.count() == 1


def test_three_different_people_have_a_part_in_it(staff: Staff) -> None:
    at = timezone.now()
    _, number = begin("security")
    with pytest.raises(people.OwnAccount):
        resets.ask(number, reason="x", actor=SECURITY, at=at)
    with pytest.raises(access.NotAllowed):
        resets.ask(number, reason="x", actor=Actor("clerk", Role.TOWN_CLERK), at=at)
    with pytest.raises(people.NoReason):
        resets.ask(number, reason=" ", actor=SECURITY2, at=at)
    asked = resets.ask(number, reason="x", actor=SECURITY2, at=at)
    for actor, error in ((SECURITY, people.OwnAccount), (SECURITY2, approval.SamePerson)):
        with pytest.raises(error):
            resets.grant(asked.pk, actor=actor, at=at)
    far = Actor("far", Role.SYSTEM_ADMINISTRATOR, foreign_town(staff["clerk"].office)[:6])
    with pytest.raises(access.NotFound):
        resets.grant(asked.pk, actor=far, at=at)
    with as_worker():
        account("xitong", Role.SYSTEM_ADMINISTRATOR, "50")
        Account.objects.filter(name="security2").update(is_active=False, disabled_by="sys", disabled_at=at)
    system = Actor("xitong", Role.SYSTEM_ADMINISTRATOR)
    with pytest.raises(AskerDisabledError), transaction.atomic():
        resets.grant(asked.pk, actor=system, at=at)
    resets.refuse(asked.pk, reason="申请人已离岗", actor=system, at=at)
    with pytest.raises(approval.WrongStage):
        resets.grant(asked.pk, actor=system, at=at)


def test_a_number_that_nobody_was_given_is_on_record_when_it_is_tried(staff: Staff) -> None:
    administrator = past_the_factor(staff["security"])
    assert administrator.get("/accounts/resets/?number=00000000").status_code == 200
    assert journal("NOT_IN_AREA") == [("NOT_IN_AREA", "security", "/accounts/resets/")]


def test_a_refusal_reaches_the_holder_with_its_reason(staff: Staff) -> None:
    holder, number = begin()
    at = timezone.now()
    asked = resets.ask(number, reason="来电", actor=SECURITY, at=at)
    assert "已核实，等待另一名管理员批准" in holder.get(PAGE).content.decode()
    resets.refuse(asked.pk, reason="没有当面核实", actor=SECURITY2, at=at)
    assert "没有当面核实" in holder.get(PAGE).content.decode()
    assert "发起申请" in holder.post("/sign-in/reset/anew/", follow=True).content.decode()


STEP = "update credential_reset set state = %s, asked_by = %s, asked_at = now(), settled_by = %s, settled_at = {} where id = %s"


@pytest.mark.parametrize("login", ["canbao_web", "canbao_worker"])
def test_the_database_asks_for_three_people_whoever_writes(staff: Staff, login: str) -> None:
    begin("clerk")
    row = CredentialReset.objects.get()
    with as_worker():
        bare_account("gone", is_active=False, disabled_by="sys", disabled_at=timezone.now())

    def run(sql: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"set local role {login}")
            cursor.execute(sql, values)

    now, null = STEP.format("now()"), STEP.format("null")
    for sql, *values in (
        (null, "SUBMITTED", "clerk", ""), (null, "SUBMITTED", "nobody", ""), (null, "SUBMITTED", "gone", ""),
        (now, "APPROVED", "security", "clerk"), (now, "APPROVED", "clerk", "security"),
        (now, "APPROVED", "security", "gone"), (now, "APPROVED", "security", "nobody"),
    ):  # fmt: skip
        refused = refusal(lambda sql=sql, values=values: run(sql, *values, row.pk))  # type: ignore[misc]
        assert refused == "credential_reset_three_people", values
    assert refusal(lambda: run(now, "APPROVED", "security", "security", row.pk)) in (
        "credential_reset_three_people", "credential_reset_two_people",
    )  # fmt: skip
    run(now, "APPROVED", "security", "security2", row.pk)
    assert refusal(lambda: run("update credential_reset set settled_by = 'sec' where id = %s", row.pk)) == (
        "credential_reset_kept"
    )
    if login == "canbao_worker":
        assert refusal(lambda: run("update credential_reset set secret_digest = 'x' where id = %s", row.pk)) == (
            "credential_reset_kept"
        )


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name or ""


def test_numbers_that_nobody_told_are_dropped_and_the_others_kept(staff: Staff) -> None:
    begin()
    _, number = begin()
    granted(number)
    with as_worker():
        assert recovery.drop_expired(at=timezone.now()) == 0
        assert recovery.drop_expired(at=timezone.now() + timedelta(hours=73)) == 1
    assert CredentialReset.objects.get().number == number
