"""A department's file from the upload to the register and back, by two people."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import City, SignIn

SENT = "corrections.csv"
LONG = 90_000


def one_moved(city: City, path: Path) -> None:
    """The police report another address for somebody of the town."""
    with next((city.home / "city" / "police").glob("*.csv")).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        (row,) = [row for row in rows if row["公民身份号码"] == city.about["own"]["number"]]
        heads = list(rows.fieldnames or ())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*heads, "op"])
        writer.writeheader()
        writer.writerow(row | {"户籍地址": row["户籍地址"] + "甲", "op": "U"})


def finished(page: Page) -> None:
    """Wait for the job of the page."""
    expect(page.locator(".job")).to_contain_text("已完成", timeout=LONG)


@pytest.mark.timeout(1200)
def test_a_file_is_received_committed_by_another_matched_and_reversed(
    city: City, sign_in: SignIn, tmp_path: Path
) -> None:
    one_moved(city, tmp_path / SENT)
    city.canbao("match", "run", "--as", "zhang")  # whatever was decided on this city before is in the register now
    before = city.digest()
    operator, approver = sign_in("MUNICIPAL_OPERATOR", name="d-op"), sign_in("MUNICIPAL_APPROVER", name="d-ap")
    operator.goto(f"{city.address}/deliveries/")
    operator.get_by_role("link", name="接收数据").click()
    operator.locator("input[type=file]").set_input_files(tmp_path / SENT)
    operator.get_by_role("button", name="上传并接收").click()
    expect(operator.locator(".field-notes.is-must").first).to_contain_text("没有清单时必须说明")
    operator.locator("input[type=file]").set_input_files(tmp_path / SENT)
    operator.get_by_label("来源").select_option(label="公安户籍")
    operator.get_by_label("种类").select_option(label="增量")
    operator.get_by_label("数据日期").fill("2026-11-20")
    operator.get_by_role("button", name="上传并接收").click()
    finished(operator)

    operator.get_by_role("link", name="查看批次").click()
    expect(operator.locator("main")).to_contain_text("与收到的行数相符")
    changed = operator.get_by_role("row", name=re.compile("户籍地址"))
    expect(changed.locator(".number")).to_have_text("1")
    expect(operator.get_by_role("button", name="提交", exact=True)).to_have_count(0)
    batch = operator.url
    assert operator.request.post(f"{batch}commit/").status == 403

    approver.goto(batch)
    confirm(approver, "提交")
    finished(approver)
    assert city.digest() == before
    operator.goto(f"{city.address}/runs/")
    confirm(operator, "开始比对")
    finished(operator)
    after = city.digest()
    assert after != before

    approver.goto(batch)
    approver.get_by_role("link", name="撤销").click()
    approver.get_by_label("理由").fill("报送部门来函更正")
    confirm(approver, "撤销批次")
    finished(approver)
    assert city.digest() == before
    operator.goto(batch)
    expect(operator.locator("main")).to_contain_text("报送部门来函更正")


def confirm(page: Page, button: str) -> None:
    """Press, think better of it with Esc, press again and say yes to the question: by keyboard alone."""
    pressed, asked = page.get_by_role("button", name=button, exact=True), page.get_by_role("alertdialog")
    pressed.press("Enter")
    expect(asked).to_be_visible()
    page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    expect(pressed).to_be_focused()
    pressed.press("Enter")
    asked.get_by_role("button", name=button, exact=True).press("Enter")
    page.wait_for_url("**/jobs/*/")
