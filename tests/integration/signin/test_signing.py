"""Signing in and out, locks, sessions: through the pages, as the web's login."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client
from django.utils import timezone

from canbao.rules.roles import Actor, Role
from canbao.services import access
from canbao.services.accounts import locking, policy, session_list, sessions
from canbao.services.accounts.sessions import digest
from canbao.store.models import Account, Post, Session
from tests.integration.signin.conftest import (
    PASSWORD,
    as_worker,
    code_of,
    forget_used_codes,
    journal,
    past_the_factor,
    sign_in,
)
from tests.worlds import AT, foreign_town

Staff = dict[str, Account]
SECURITY = Actor("security", Role.SECURITY_ADMINISTRATOR)


def test_the_right_password_opens_and_goes_only_to_pages_of_ours(staff: Staff) -> None:
    assert sign_in("clerk", next="/me/").headers["Location"] == "/me/"
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)", "me"):
        assert sign_in("clerk", next=elsewhere).headers["Location"] == "/"
    assert [entry[0] for entry in journal("SIGNED_IN")] == ["SIGNED_IN"] * 5


def test_an_unknown_a_disabled_and_a_mistyped_account_get_the_same_answer(staff: Staff) -> None:
    Account.objects.filter(name="approver").update(
        is_active=False, disabled_by="sys", disabled_at=timezone.now(), disabled_reason="test"
    )
    answers = [
        sign_in("nobody"), sign_in("approver"), sign_in("clerk", "wrong"),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {422}
    told = {str(answer.context["form"].non_field_errors()) for answer in answers}
    assert len(told) == 1
    targets = [target for _, _, target in journal("SIGN_IN_FAILED")]
    assert targets[1:] == ["approver", "clerk"] and targets[0].startswith("?") and "nobody" not in targets[0]


@pytest.mark.parametrize("name", ["clerk", "nobody"])
def test_five_failures_lock_a_name_even_for_the_right_password_and_only_that_name(staff: Staff, name: str) -> None:
    answers = [sign_in(name, "wrong").status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    refused = sign_in(name)
    assert refused.status_code == 429 and "30 分钟" in refused.content.decode()
    assert sign_in("approver").status_code == 302
    assert len(journal("ACCOUNT_LOCKED")) == 1


def test_a_lock_ends_after_its_time(staff: Staff) -> None:
    for _ in range(5):
        sign_in("clerk", "wrong")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=29))
    assert sign_in("clerk").status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=1))
    assert sign_in("clerk").status_code == 302


def test_a_success_forgives_its_own_failures_and_nobody_elses(staff: Staff) -> None:
    for name in ("clerk", "approver"):
        for _ in range(4):
            sign_in(name, "wrong")
    assert sign_in("clerk").status_code == 302
    assert sign_in("approver", "wrong").status_code == 429
    assert sign_in("clerk", "wrong").status_code == 422


def test_many_failures_from_one_address_close_it_for_every_name(staff: Staff) -> None:
    for serial in range(50):
        sign_in(f"guess{serial}", "wrong")
    assert sign_in("clerk").status_code == 429
    assert sign_in("clerk", client=Client(REMOTE_ADDR="10.9.8.7")).status_code == 302


def test_the_security_administrator_unlocks_others_on_record_and_nobody_else_does(staff: Staff) -> None:
    for name in ("clerk", "security", "My-Password 7"):
        for _ in range(5):
            sign_in(name, "wrong")
    clerk = past_the_factor(staff["approver"])
    assert clerk.post("/policy/locks/unlock/", {"name": "clerk", "reason": "x"}).status_code == 403
    helper = past_the_factor(staff["security2"])
    shown = helper.get("/policy/locks/").content
    assert b"clerk" in shown
    assert b"My-Password" not in shown
    helper.post("/policy/locks/unlock/", {"name": "clerk", "reason": " "})
    assert sign_in("clerk").status_code == 429
    helper.post("/policy/locks/unlock/", {"name": "clerk", "reason": "来电核实"})
    assert sign_in("clerk").status_code == 302
    assert journal("ACCOUNT_UNLOCKED") == [("ACCOUNT_UNLOCKED", "security2", "clerk")]


def test_locks_and_sessions_of_another_district_are_not_there(staff: Staff) -> None:
    for _ in range(5):
        sign_in("clerk", "wrong")
    other = Actor("far", Role.SECURITY_ADMINISTRATOR, office=foreign_town(staff["clerk"].office)[:6])
    here = Actor("near", Role.SECURITY_ADMINISTRATOR, office=staff["clerk"].office[:6])
    past_the_factor(staff["approver"])
    at = timezone.now()
    assert [one.name for one in locking.locked(actor=here, at=at)] == ["clerk"]
    assert [one.account for one in session_list.listed(actor=here, this="", at=at)] == ["approver"]
    assert locking.locked(actor=other, at=at) == [] and session_list.listed(actor=other, this="", at=at) == []
    with pytest.raises(access.NotFound):
        locking.unlock("clerk", reason="x", actor=other, at=at)
    with pytest.raises(access.NotFound):
        session_list.end(Session.objects.get(account_id=staff["approver"].pk).pk, actor=other, at=at)


def test_a_new_session_ends_the_older_one_which_is_told_why(staff: Staff) -> None:
    old, new = past_the_factor(staff["clerk"]), past_the_factor(staff["clerk"])
    answer = old.get("/me/")
    assert answer.headers["Location"].startswith("/sign-in/") and "why=REPLACED" in answer.headers["Location"]
    assert "别处登录" in old.get(answer.headers["Location"]).content.decode()
    assert new.get("/me/").status_code == 200


def test_the_password_alone_ends_nobodys_session_and_shows_as_half_way(staff: Staff) -> None:
    at_work = past_the_factor(staff["clerk"])
    thieves = [sign_in("clerk").client for _ in range(sessions.MOST_HALF_WAY + 1)]
    page = at_work.get("/me/")
    assert page.status_code == 200 and page.content.decode().count("未通过双因素认证</span>") == sessions.MOST_HALF_WAY
    assert "why=REPLACED" in thieves[0].get("/sign-in/code/").headers["Location"]
    assert thieves[-1].get("/me/").headers["Location"].startswith("/sign-in/code/")
    forget_used_codes()
    assert thieves[-1].post("/sign-in/code/", {"code": code_of(staff["clerk"])}).status_code == 302
    assert "why=REPLACED" in at_work.get("/me/").headers["Location"]


def test_several_sessions_when_the_policy_allows_them(staff: Staff) -> None:
    policy.change("sessions", value=2, reason="两处办公", actor=SECURITY, at=timezone.now())
    first, second, third = (past_the_factor(staff["clerk"]) for _ in range(3))
    assert [client.get("/me/").status_code for client in (first, second, third)] == [302, 200, 200]


def test_an_idle_session_ends_and_an_active_one_does_not(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=14))
    assert client.get("/me/").status_code == 200
    assert Session.objects.get().seen_at > timezone.now() - timedelta(minutes=1)
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=15))
    assert "why=IDLE" in client.get("/me/").headers["Location"]
    assert client.get("/me/").status_code == 302


def test_a_session_does_not_last_longer_than_the_policy_allows(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    Session.objects.update(started_at=timezone.now() - timedelta(hours=12))
    assert "why=TOO_LONG" in client.get("/me/").headers["Location"]


def test_the_key_changes_at_sign_in_and_the_table_keeps_no_key(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    before = client.cookies["canbao_session"].value
    past_the_factor(staff["clerk"], client=client)
    after = client.cookies["canbao_session"].value
    assert before != after
    kept = list(Session.objects.filter(ended_at=None).values_list("session_key", flat=True))
    assert kept == [digest(after)]
    thief = Client()
    thief.cookies["canbao_session"] = kept[0]
    assert thief.get("/me/").status_code == 302


def test_signing_out_ends_the_session_by_post_only(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    client.get("/sign-out/")
    assert client.get("/me/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/me/").status_code == 302
    assert journal("SIGNED_OUT") == [("SIGNED_OUT", "clerk", "clerk")]


def test_own_sessions_are_ended_by_oneself_and_others_by_administrators_only(staff: Staff) -> None:
    policy.change("sessions", value=2, reason="两处办公", actor=SECURITY, at=timezone.now())
    here, there = past_the_factor(staff["clerk"]), past_the_factor(staff["clerk"])
    foreign = past_the_factor(staff["approver"])
    key = digest(there.cookies["canbao_session"].value)
    assert foreign.post("/me/session/", {"key": key}).status_code == 404
    assert here.post("/me/session/", {"key": digest(foreign.cookies["canbao_session"].value)}).status_code == 404
    assert here.post("/sessions/end/", {"key": key}).status_code == 403
    assert there.get("/me/").status_code == 200
    here.post("/me/session/", {"key": key})
    assert "why=BY_HOLDER" in there.get("/me/").headers["Location"]
    admin = past_the_factor(staff["security"])
    admin.post("/sessions/end/", {"key": digest(here.cookies["canbao_session"].value)})
    assert "why=BY_ADMINISTRATOR" in here.get("/me/").headers["Location"]
    assert [entry[1] for entry in journal("SESSION_ENDED")] == ["clerk", "security"]


def test_an_account_nobody_used_for_thirty_days_is_disabled(staff: Staff) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    with as_worker():
        Account.objects.filter(name="clerk").update(last_login=long_ago, active_since=long_ago, created_at=long_ago)
    assert "停用" in sign_in("clerk").content.decode()
    assert not Account.objects.get(name="clerk").is_active
    assert sign_in("clerk").status_code == 422
    assert [target for _, _, target in journal("ACCOUNT_DORMANT")] == ["clerk"]


def test_choosing_a_post_is_on_record_and_only_ones_own_can_be_chosen(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    own, other = (staff[name].posts.get().pk for name in ("clerk", "approver"))
    assert client.post("/post/", {"post": other}).status_code == 404
    assert client.post("/post/", {"post": own}).status_code == 302
    assert journal("POST_CHOSEN") == [("POST_CHOSEN", "clerk", str(own))]


def test_no_other_post_takes_the_place_of_one_that_ended(staff: Staff) -> None:
    clerk = staff["clerk"]
    with as_worker():
        second = Post.objects.create(
            account=clerk, role=Role.TOWN_REVIEWER, office=clerk.office, valid_from=timezone.localdate(), asked_by="sys",
            asked_at=AT, granted_by="sec", granted_at=AT,
        )  # fmt: skip
    client = past_the_factor(clerk)
    assert client.get("/").context["held"].role is Role.TOWN_CLERK
    with as_worker():
        Post.objects.filter(account=clerk, role=Role.TOWN_CLERK).update(valid_to=timezone.localdate())
    for page in ("/", "/search/", "/jobs/"):
        assert client.get(page).headers["Location"].startswith("/post/"), page
    assert client.post("/search/", {"q": "张伟"}).headers["Location"].startswith("/post/")
    assert "已经结束" in client.get("/post/").content.decode() and client.get("/me/").status_code == 200
    client.post("/post/", {"post": second.pk})
    assert client.get("/").context["held"].role is Role.TOWN_REVIEWER
    with as_worker():
        second.valid_to = timezone.localdate()
        second.save()
    assert "今天没有生效的岗位" in client.get("/", follow=True).content.decode()


def test_the_same_post_granted_anew_goes_on(staff: Staff) -> None:
    clerk = staff["clerk"]
    client = past_the_factor(clerk)
    client.get("/")
    with as_worker():
        clerk.posts.update(valid_to=timezone.localdate())
        Post.objects.create(
            account=clerk, role=Role.TOWN_CLERK, office=clerk.office, valid_from=timezone.localdate(), asked_by="sys",
            asked_at=AT, granted_by="sec", granted_at=AT,
        )  # fmt: skip
    assert client.get("/").context["held"].role is Role.TOWN_CLERK


def test_the_password_is_asked_with_a_token_against_forged_forms(staff: Staff) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in/", {"name": "clerk", "password": PASSWORD}).status_code == 403


def test_a_name_that_is_no_account_is_kept_nowhere_as_typed(staff: Staff) -> None:
    """It may be a password in the wrong box."""
    sign_in("clerk", "wrong")
    sign_in("Geheim#2026", "wrong")
    rows = AccessAttempt.objects.order_by("pk")
    kept = [(row.username, f"{row.get_data} {row.post_data} {row.path_info}") for row in rows]
    assert [name[0] for name, _ in kept] == ["c", "?"]
    assert not any("Geheim" in name + data or ("csrf" in data and "=*" not in data) for name, data in kept)


def test_behind_the_proxy_failures_are_the_terminals_not_the_proxys(staff: Staff, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    far = Client(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 10.1.2.3", HTTP_X_FORWARDED_PROTO="https")
    sign_in("clerk", "wrong", client=far)
    assert AccessAttempt.objects.get().ip_address == "10.1.2.3"


def test_without_a_proxy_nobody_says_where_he_sits(staff: Staff) -> None:
    sign_in("clerk", "wrong", client=Client(REMOTE_ADDR="10.9.8.7", HTTP_X_FORWARDED_FOR="6.6.6.6"))
    assert AccessAttempt.objects.get().ip_address == "10.9.8.7"


def test_too_much_at_once_is_refused_in_chinese(staff: Staff, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = sign_in("clerk")
    assert answer.status_code == 413 and "超过了允许的大小" in answer.content.decode()


def test_a_page_that_was_made_before_learns_whose_session_goes_on_and_the_key_of_its_forms(staff: Staff) -> None:
    client = past_the_factor(staff["clerk"])
    said = client.get("/session/").json()
    assert said["account"] == "clerk" and len(said["csrf"]) > 30
    checked = Client(enforce_csrf_checks=True)
    checked.cookies.update(client.cookies)
    turned = {"turn": "large", "back": "/"}
    assert checked.post("/view/", turned | {"csrfmiddlewaretoken": said["csrf"]}).status_code == 302
    assert checked.post("/view/", turned | {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=20))
    assert client.get("/session/").headers["Location"].startswith("/sign-in/")
