"""The manual of each post as one page, for its holder and for printing."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from canbao.rules.roles import Role
from tests.integration.matrix.test_matrix import signed_in
from tests.worlds import account, town_offices


@pytest.fixture
def clerk(db: None) -> Client:
    account("li", Role.TOWN_CLERK, town_offices()[0])
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = signed_in("li")
    return client


def page(clerk: Client, **asked: str) -> str:
    return clerk.get("/help/", asked).content.decode()


def test_the_own_post_is_what_is_shown_first(clerk: Client) -> None:
    for text in (page(clerk), page(clerk, post="NOBODY"), page(clerk, post=Role.TOWN_CLERK)):
        assert f"您的岗位：{Role.TOWN_CLERK.label}" in text and "<h3>录入登记表</h3>" in text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TOWN_CLERK])
def test_the_page_of_another_post_tells_what_that_post_does(clerk: Client, role: Role) -> None:
    text = page(clerk, post=role)
    assert f'<h2 class="mt-0">{role.label}</h2>' in text and "您的岗位" not in text
    assert ("<h3>审计</h3>" in text) == (role is Role.AUDIT_ADMINISTRATOR)
