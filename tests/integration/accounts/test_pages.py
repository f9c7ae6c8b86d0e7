"""The two administrators' pages, with the rights of the web's login."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from canbao.rules.roles import Role
from canbao.store.models import Account, PostRequest
from tests.worlds import account, town_offices

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> str:
    return town_offices()[0]


@pytest.fixture
def system(town: str) -> Client:
    return _at_work("xitong", Role.SYSTEM_ADMINISTRATOR)


@pytest.fixture
def security(town: str) -> Client:
    return _at_work("anquan", Role.SECURITY_ADMINISTRATOR)


def _at_work(name: str, role: Role) -> Client:
    made = account(name, role, "50")
    Account.objects.filter(pk=made.pk).update(password_set_at=timezone.now())
    client = Client()
    client.force_login(made, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor_passed"] = True
    session.save()
    return client


def _asking(role: Role, office: str, **more: str) -> dict[str, str]:
    on = timezone.localdate()
    return {"role": role, "office": office, "valid_from": str(on), "last_day": "", "reason": "任职文件 12 号"} | more


def test_from_a_new_account_to_a_granted_post(system: Client, security: Client, town: str, as_web: None) -> None:
    made = system.post(
        "/accounts/new/", {"name": "zhangwei", "real_name": "张伟", "staff_number": "0231", "office": town}
    )
    holder = Account.objects.get(name="zhangwei")
    assert made.headers["Location"] == f"/accounts/{holder.pk}/" and not holder.has_usable_password()
    asked = system.post(f"/accounts/{holder.pk}/ask/", _asking(Role.TOWN_CLERK, town))
    assert asked.status_code == 302
    request = PostRequest.objects.get()
    assert system.post(f"/accounts/requests/{request.pk}/grant/").status_code == 403
    assert security.post(f"/accounts/requests/{request.pk}/refuse/", {"reason": ""}).status_code == 422
    assert security.post(f"/accounts/requests/{request.pk}/grant/").status_code == 302
    assert [post.role for post in holder.posts.all()] == ["TOWN_CLERK"]
    assert system.post(f"/accounts/{holder.pk}/disable/", {"reason": "借调"}).status_code == 302
    assert not Account.objects.get(pk=holder.pk).is_active


def test_neither_administrator_sees_the_buttons_of_the_other(system: Client, security: Client, town: str) -> None:
    clerk = account("zhang", Role.TOWN_CLERK, town)
    PostRequest.objects.create(
        kind="GRANT", account=clerk, role=Role.TOWN_REVIEWER, office=town, valid_from=timezone.localdate(),
        reason="x", state="SUBMITTED", asked_by="xitong", asked_at=timezone.now(),
        steps=[{"decision": "SUBMIT", "state": "SUBMITTED", "by": "xitong", "at": timezone.now().isoformat(), "stage": "", "reason": ""}],
    )  # fmt: skip
    for path in ("/accounts/", f"/accounts/{clerk.pk}/", "/accounts/requests/"):
        mine, other = (client.get(path).content.decode() for client in (system, security))
        for act in ("disable/", "/ask/", "accounts/new/", "withdraw/", "/replace/"):
            assert act not in other, (path, act)
        for act in ("grant/", "refuse/"):
            assert act not in mine, (path, act)
    assert "grant/" in security.get("/accounts/requests/").content.decode()
    assert "disable/" in system.get(f"/accounts/{clerk.pk}/").content.decode()


def test_a_refusal_stands_beside_its_field_and_names_both_roles(system: Client, town: str) -> None:
    clerk = account("zhang", Role.TOWN_CLERK, town)
    answer = system.post(f"/accounts/{clerk.pk}/ask/", _asking(Role.DISTRICT_APPROVER, town[:6]))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"role"}
    said = str(answer.context["form"].errors["role"])
    assert Role.DISTRICT_APPROVER.label in said and Role.TOWN_CLERK.label in said
    late = str(timezone.localdate() - timedelta(days=1))
    answer = system.post(f"/accounts/{clerk.pk}/ask/", _asking(Role.TOWN_REVIEWER, town, valid_from=late))
    assert set(answer.context["form"].errors) == {"valid_from"}
    answer = system.post(
        "/accounts/new/", {"name": "ZHANG", "real_name": "张三", "staff_number": "0232", "office": town}
    )
    assert set(answer.context["form"].errors) == {"name"}


def test_the_office_picker_offers_offices_that_have_the_post(system: Client, town: str) -> None:
    def offered(**given: str) -> list[str]:
        return re.findall(r'value="(\d+)"', system.get("/accounts/offices/", given).content.decode())

    assert offered(office_text=town[:6], role="DISTRICT_CLERK") == [town[:6]]
    assert town in offered(office_text=town, role="TOWN_CLERK")
    assert offered(office_text=town, role="MUNICIPAL_ANALYST") == []
    assert offered(office_text="") == [] and offered(office_text="nosuch", role="x") == []


def test_the_sheet_of_roles_is_the_rules(system: Client) -> None:
    page = system.get("/accounts/roles/").content.decode()
    assert all(role.holder in page for role in Role if role is not Role.EXTERNAL_SYSTEM)
