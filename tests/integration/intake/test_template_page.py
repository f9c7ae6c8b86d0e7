"""The page from which departments get their templates."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from canbao.bulk.sources import instructions, source_map
from canbao.rules.roles import Role
from canbao.store.models import Account, Job
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
    assert "只有增量才有此列" in page and "等，全部见报送说明" not in page, "the page names every code"
    for kind, name, first in (("full", "殡葬_全量模板", "记录编号"), ("delta", "殡葬_增量模板", "变更标志")):
        assert f'href="?source=deaths&amp;file={kind}"' in page
        answer = client.get(f"/deliveries/templates/?source=deaths&file={kind}")
        assert quote(f"{name}.xlsx") in answer.headers["Content-Disposition"]
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        assert book.get_sheet_by_index(0).to_python()[0][0] == first


def test_what_is_not_there_is_shown_as_the_first_source(client: Client) -> None:
    assert client.get("/deliveries/templates/?source=nobody&file=weekly").status_code == 200


def test_what_has_to_be_filled_is_not_said_to_be_left_empty(client: Client) -> None:
    """A day of death is needed in every row: nothing beside it may say that an unknown one stays empty."""
    items = {item.heading: item for item in instructions.items(source_map("deaths"), "delta")}
    assert "每行必填" in items["死亡日期"].must and "留空" not in items["死亡日期"].how
    assert "留空" in items["出生日期"].how
    assert len(items["证件类型"].codes) > 12 and items["证件类型"].how.endswith("等，全部见报送说明")


def test_an_upload_without_a_file_says_so_beside_the_field_and_starts_nothing(client: Client) -> None:
    page = client.post("/deliveries/receive/", {"source": "deaths", "kind": "delta", "as_of": "2026-10-31"})
    assert page.status_code == 200 and "请选择文件。" in page.content.decode()
    assert not Job.objects.exists()


def test_after_an_error_beside_the_file_its_clerk_is_told_to_choose_it_again(client: Client) -> None:
    file = SimpleUploadedFile("deaths.csv", "证件号码,姓名,死亡日期\n".encode())
    page = client.post("/deliveries/receive/", {"chosen": file, "source": "deaths"}).content.decode()
    assert "没有清单时必须说明" in page and "请重新选择文件" in page
    assert not Job.objects.exists()
