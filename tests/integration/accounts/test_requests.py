"""The life of a post: asked for by one, granted by another, and every way in which it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from canbao.rules import approval
from canbao.rules.roles import Actor, Role
from canbao.rules.staff import BadStaffNumberError
from canbao.services import access, accounts
from canbao.services.accounts import Wanted
from canbao.store.models import Account, JournalEntry, Post, PostRequest, Session
from tests.worlds import AT, ON, account, bare_account, foreign_town, town_offices

SYSTEM = Actor("xitong", Role.SYSTEM_ADMINISTRATOR)
SECURITY = Actor("anquan", Role.SECURITY_ADMINISTRATOR)
LATER = AT + timedelta(days=10)
LATER_ON = ON + timedelta(days=10)

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> str:
    return town_offices()[0]


@pytest.fixture(autouse=True)
def administrators(db: None) -> None:
    """Those who ask and grant have accounts."""
    for name in ("xitong", "anquan", "sys2", "local", "near"):
        bare_account(name)


@pytest.fixture
def clerk(town: str) -> Account:
    """Town clerk since long ago."""
    return account("zhang", Role.TOWN_CLERK, town)


def ask(
    holder: Account, role: Role, office: str, start: date = ON, end: date | None = None, **more: Any
) -> PostRequest:
    given = {"actor": SYSTEM, "on": ON, "at": AT, "reason": "岗位调整"} | more
    return accounts.ask_grant(holder.pk, wanted=Wanted(role, office, start, end), **given)


def grant(asked: PostRequest, actor: Actor = SECURITY, on: date = ON) -> PostRequest:
    return accounts.grant(asked.pk, actor=actor, on=on, at=AT)


def roles_on(holder: Account, on: date) -> list[Role]:
    return [held.role for held in accounts.posts_on(Account.objects.get(pk=holder.pk), on)]


def events() -> list[str]:
    return list(JournalEntry.objects.order_by("id").values_list("event", flat=True))


def refused(act: Callable[[], object], error: type[Exception]) -> Exception:
    before = (Post.objects.count(), PostRequest.objects.filter(state="SUBMITTED").count(), events())
    with pytest.raises(error) as caught:
        act()
    assert (Post.objects.count(), PostRequest.objects.filter(state="SUBMITTED").count(), events()) == before
    return caught.value


def test_a_post_is_asked_for_by_one_and_granted_by_another(clerk: Account, town: str) -> None:
    asked = ask(clerk, Role.TOWN_ARCHIVIST, town, end=LATER_ON)
    assert roles_on(clerk, ON) == [Role.TOWN_CLERK]
    grant(asked)
    assert roles_on(clerk, ON) == [Role.TOWN_CLERK, Role.TOWN_ARCHIVIST]
    assert roles_on(clerk, LATER_ON) == [Role.TOWN_CLERK]
    post = Post.objects.get(role=Role.TOWN_ARCHIVIST)
    assert (post.asked_by, post.granted_by) == ("xitong", "anquan")
    assert events() == ["POST_ASKED", "POST_GRANTED"]


def test_nobody_asks_or_grants_for_himself_or_both(clerk: Account, town: str) -> None:
    system = account("xitong", Role.SYSTEM_ADMINISTRATOR, "50")
    account("anquan", Role.SECURITY_ADMINISTRATOR, "50")
    both = Actor("xitong", Role.SECURITY_ADMINISTRATOR)
    refused(lambda: ask(system, Role.AUDIT_ADMINISTRATOR, "50"), accounts.OwnAccount)
    asked = ask(clerk, Role.TOWN_REVIEWER, town)
    refused(lambda: grant(asked, both), approval.SamePerson)
    refused(lambda: grant(asked, Actor("zhang", Role.SECURITY_ADMINISTRATOR)), accounts.OwnAccount)
    refused(lambda: grant(asked, SYSTEM), access.NotAllowed)
    refused(lambda: ask(clerk, Role.TOWN_REVIEWER, town, actor=SECURITY), access.NotAllowed)
    grant(asked)
    refused(lambda: grant(asked), approval.WrongStage)


def test_what_cannot_be_asked_for(clerk: Account, town: str) -> None:
    def refuse(error: type[Exception], role: Role, office: str, *period: date, **more: Any) -> Exception:
        return refused(lambda: ask(clerk, role, office, *period, **more), error)

    caught = refuse(accounts.RolesExclude, Role.DISTRICT_APPROVER, town[:6])
    assert (caught.role, caught.other) == (Role.DISTRICT_APPROVER, Role.TOWN_CLERK)  # type: ignore[attr-defined]
    refuse(accounts.WrongLevel, Role.TOWN_REVIEWER, town[:6])
    refuse(accounts.WrongLevel, Role.EXTERNAL_SYSTEM, "50")
    refuse(accounts.AlreadyHeld, Role.TOWN_CLERK, town)
    refuse(accounts.OfficeClosed, Role.DISTRICT_CLERK, "500112")  # 渝北区 ended
    refuse(accounts.BadPeriod, Role.TOWN_REVIEWER, town, ON - timedelta(days=1))
    refuse(accounts.BadPeriod, Role.TOWN_REVIEWER, town, ON, ON)
    refuse(accounts.NoReason, Role.TOWN_REVIEWER, town, reason=" ")
    ask(clerk, Role.TOWN_REVIEWER, town)
    refuse(accounts.AlreadyAsked, Role.TOWN_REVIEWER, town)


def test_who_asked_has_to_be_in_office_still_when_it_is_granted(clerk: Account, town: str) -> None:
    asked = ask(clerk, Role.TOWN_REVIEWER, town)
    Account.objects.filter(name="xitong").update(is_active=False, disabled_by="sys", disabled_at=AT)
    refused(lambda: grant(asked), accounts.AskerDisabledError)
    accounts.refuse(asked.pk, reason="申请人已离岗", actor=SECURITY, at=AT)


def test_one_person_gets_one_account(clerk: Account, town: str) -> None:
    given: dict[str, Any] = {"real_name": "李四", "office": town, "actor": SYSTEM, "at": AT}
    accounts.create("lisi", staff_number="a-0017", **given)
    assert Account.objects.get(name="lisi").staff_number == "A0017"
    for again in ("A0017", "ａ００１７", " a 0017"):
        caught = refused(
            lambda given_number=again: accounts.create("li4", staff_number=given_number, **given),
            accounts.StaffNumberTakenError,
        )  # type: ignore[misc]
        assert caught.account.name == "lisi"  # type: ignore[attr-defined]
    refused(lambda: accounts.create("li4", staff_number="#", **given), BadStaffNumberError)


def test_what_is_excluded_only_by_the_time_of_granting_is_refused_then(clerk: Account, town: str) -> None:
    newcomer = account("li", Role.TOWN_ARCHIVIST, town)
    one, other = ask(newcomer, Role.TOWN_CLERK, town), ask(newcomer, Role.DISTRICT_APPROVER, town[:6])
    grant(one)
    refused(lambda: grant(other), accounts.RolesExclude)
    assert PostRequest.objects.get(pk=other.pk).state == "SUBMITTED"


def test_a_change_of_post_ends_the_old_right_on_the_day_the_new_one_begins(clerk: Account, town: str) -> None:
    begins = ON + timedelta(days=5)
    wanted = Wanted(Role.DISTRICT_APPROVER, town[:6], begins)  # excluded beside a town clerk, not after one
    asked = accounts.ask_replace(clerk.posts.get().pk, wanted=wanted, reason="调任", actor=SYSTEM, on=ON, at=AT)
    grant(asked)
    assert roles_on(clerk, begins - timedelta(days=1)) == [Role.TOWN_CLERK]
    assert roles_on(clerk, begins) == [Role.DISTRICT_APPROVER]
    assert Account.objects.get(pk=clerk.pk).office == town[:6]


def test_a_late_grant_does_not_reach_back(clerk: Account, town: str) -> None:
    grant(ask(clerk, Role.TOWN_ARCHIVIST, town), on=LATER_ON)
    assert Post.objects.get(role=Role.TOWN_ARCHIVIST).valid_from == LATER_ON


def test_an_early_end_and_one_before_the_beginning(clerk: Account, town: str) -> None:
    def end(post: Post) -> PostRequest:
        return accounts.ask_end(post.pk, valid_to=ON, reason="离岗", actor=SYSTEM, on=ON, at=AT)

    grant(ask(clerk, Role.TOWN_ARCHIVIST, town, start=LATER_ON))
    ahead = Post.objects.get(role=Role.TOWN_ARCHIVIST)
    grant(end(clerk.posts.get(role=Role.TOWN_CLERK)))
    assert roles_on(clerk, ON) == []
    grant(end(ahead))
    assert roles_on(clerk, LATER_ON) == [] and Post.objects.get(pk=ahead.pk).valid_to == LATER_ON
    refused(lambda: end(Post.objects.get(pk=ahead.pk)), accounts.AlreadyEnded)
    assert events()[-1] == "POST_ENDED"


def test_a_request_is_refused_with_a_reason_or_withdrawn_by_who_asked(clerk: Account, town: str) -> None:
    asked = ask(clerk, Role.TOWN_REVIEWER, town)
    refused(lambda: accounts.refuse(asked.pk, reason="", actor=SECURITY, at=AT), approval.NoReason)
    accounts.refuse(asked.pk, reason="人数已满", actor=SECURITY, at=AT)
    refused(lambda: grant(asked), approval.WrongStage)
    again = ask(clerk, Role.TOWN_REVIEWER, town)
    other = Actor("sys2", Role.SYSTEM_ADMINISTRATOR)
    refused(lambda: accounts.withdraw(again.pk, reason="误报", actor=other, at=AT), approval.NotTheMaker)
    accounts.withdraw(again.pk, reason="误报", actor=SYSTEM, at=AT)
    assert roles_on(clerk, ON) == [Role.TOWN_CLERK]
    assert events() == ["POST_ASKED", "POST_REFUSED", "POST_ASKED", "POST_WITHDRAWN"]


def test_a_disabled_account_has_no_posts_and_no_sessions_until_another_enables_it(clerk: Account, town: str) -> None:
    Session.objects.create(session_key="k", session_data="x", expire_date=LATER, account_id=clerk.pk)
    accounts.disable(clerk.pk, reason="借调", actor=SYSTEM, at=AT)
    assert roles_on(clerk, ON) == []
    assert Session.objects.get(pk="k").ended_at == AT
    refused(lambda: accounts.disable(clerk.pk, reason="x", actor=SYSTEM, at=AT), accounts.AlreadyDisabled)
    refused(lambda: ask(clerk, Role.TOWN_REVIEWER, town), accounts.AccountDisabled)
    asked = accounts.ask_enable(clerk.pk, reason="借调结束", actor=SYSTEM, at=AT)
    refused(lambda: grant(asked, Actor("xitong", Role.SECURITY_ADMINISTRATOR)), approval.SamePerson)
    grant(asked)
    assert roles_on(clerk, ON) == [Role.TOWN_CLERK]
    assert events() == ["ACCOUNT_DISABLED", "POST_ASKED", "ACCOUNT_ENABLED"]


def test_an_administrator_of_one_district_does_not_reach_another(clerk: Account, town: str) -> None:
    elsewhere = foreign_town(town)
    local = Actor("local", Role.SYSTEM_ADMINISTRATOR, elsewhere[:6])
    assert accounts.find(on=ON, actor=local)[0] == []
    refused(lambda: accounts.account(clerk.pk, actor=local), access.NotFound)
    refused(lambda: accounts.disable(clerk.pk, reason="x", actor=local, at=AT), access.NotFound)
    asked = ask(clerk, Role.TOWN_REVIEWER, town)
    own = Actor("near", Role.SECURITY_ADMINISTRATOR, elsewhere[:6])
    refused(lambda: grant(asked, own), access.NotFound)
    neighbour = account("li", Role.TOWN_CLERK, elsewhere)
    refused(lambda: ask(neighbour, Role.TOWN_REVIEWER, town, actor=local), access.NotFound)
    assert [found.name for found in accounts.find(on=ON, actor=local)[0]] == ["li"]


def test_idle_accounts_are_disabled_but_not_the_last_administrator(clerk: Account) -> None:
    account("xitong", Role.SYSTEM_ADMINISTRATOR, "50")
    fresh = account("li", Role.TOWN_CLERK, town_offices()[0])
    Account.objects.filter(pk=fresh.pk).update(last_login=LATER - timedelta(days=8))
    Account.objects.exclude(name__in=("zhang", "li", "xitong")).update(last_login=LATER)
    assert accounts.disable_idle(days=9, actor=Actor("night", Role.SYSTEM_ADMINISTRATOR), at=LATER) == ["zhang"]
    assert accounts.disable_idle(days=9, actor=Actor("night", Role.SYSTEM_ADMINISTRATOR), at=LATER) == []
    grant(accounts.ask_enable(clerk.pk, reason="返岗", actor=SYSTEM, at=LATER))
    Account.objects.filter(pk=clerk.pk).update(active_since=LATER)
    assert "zhang" not in accounts.disable_idle(days=9, actor=Actor("night", Role.SYSTEM_ADMINISTRATOR), at=LATER)
