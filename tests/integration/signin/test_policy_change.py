"""Changing the policy: by the security administrator, tighter only, on record."""

from __future__ import annotations

import pytest
from django.utils import timezone

from canbao.rules.policy import TooLoose
from canbao.rules.roles import Actor, Role
from canbao.services import access
from canbao.services.accounts import policy
from canbao.store.models import Account
from tests.integration.signin.conftest import journal, past_the_factor

SECURITY = Actor("security", Role.SECURITY_ADMINISTRATOR)


def test_a_change_holds_at_once_and_is_on_record(staff: dict[str, Account]) -> None:
    page = past_the_factor(staff["security"])
    address = "/policy/change/?name=lock_failures"
    both = page.post(address, {"value": "6", "reason": ""})
    assert (
        both.status_code == 422 and "最宽可设为" in both.content.decode() and "必填，请填写。" in both.content.decode()
    )
    assert page.post(address, {"value": "3", "reason": ""}).status_code == 422
    assert policy.value("lock_failures") == 5
    assert page.post(address, {"value": "3", "reason": "专项行动"}).status_code == 302
    assert policy.value("lock_failures") == 3
    assert journal("POLICY_CHANGED") == [("POLICY_CHANGED", "security", "lock_failures")]
    assert "专项行动" in page.get("/policy/").content.decode()
    assert page.get("/policy/change/?name=factor_everybody").status_code == 404
    assert "3 次" in page.get("/policy/check/").content.decode()


def test_only_the_security_administrator_changes_it(staff: dict[str, Account]) -> None:
    at = timezone.now()
    for role in set(Role) - {Role.SECURITY_ADMINISTRATOR}:
        with pytest.raises(access.NotAllowed):
            policy.change("lock_failures", value=3, reason="x", actor=Actor("somebody", role), at=at)
    with pytest.raises(TooLoose):
        policy.change("lock_failures", value=6, reason="x", actor=SECURITY, at=at)
    with pytest.raises(policy.ReasonMissing):
        policy.change("lock_failures", value=3, reason=" ", actor=SECURITY, at=at)
    with pytest.raises(policy.Unchanged):
        policy.change("lock_failures", value=5, reason="x", actor=SECURITY, at=at)
