"""The page from which departments get their templates."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from canbao.rules.roles import Role
from canbao.store.models import Account
from tests.worlds import account


@pytest.fixture
def client(db: None) -> Client:
    made = account("cai", Role.MUNICIPAL_OPERATOR, "50")
    Account.objects.filter(pk=made.pk).update(password_set_at=timezone.now())
    client = Client()
    client.force_login(made, backend="django.contrib.auth.backends.ModelBackend")
    session: Any = client.session
    session["second_factor_passed"] = True
    session.save()
    return client


def test_a_template_is_offered_for_each_source_and_kind(client: Client) -> None:
    page = client.get("/deliveries/templates/?source=deaths").content.decode()
    assert "记录编号" in page and "必须有此列" in page
    for kind, first in (("full", "记录编号"), ("delta", "变更标志")):
        assert f'href="?source=deaths&amp;file={kind}"' in page
        answer = client.get(f"/deliveries/templates/?source=deaths&file={kind}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="deaths-{kind}.xlsx"'
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        assert book.get_sheet_by_index(0).to_python()[0][0] == first


def test_what_is_not_there_is_shown_as_the_first_source(client: Client) -> None:
    assert client.get("/deliveries/templates/?source=nobody&file=weekly").status_code == 200
