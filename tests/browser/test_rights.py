"""How a new clerk comes by rights: asked for by one administrator, granted by another, read by the third."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from canbao.rules.offices import office_full_name
from tests.browser.conftest import City, SignIn
from tests.browser.test_sign_in import enrol

OWN = "Schrank+Tuer-593"


def test_an_account_is_made_its_post_granted_and_all_of_it_told(
    city: City, sign_in: SignIn, window: Callable[..., Page]
) -> None:
    town = office_full_name(city.about["town"])
    system = sign_in("SYSTEM_ADMINISTRATOR")
    password = make_account(system, city, town)
    ask_for_post(system, town)
    expect(system.locator("#toasts")).to_contain_text("等待安全管理员批准")
    expect(system.get_by_role("button", name="批准", exact=True)).to_have_count(0)

    clerk = window()
    first_password(clerk, city, password)
    clerk.goto(city.address)
    expect(clerk.locator("main")).to_contain_text("没有")
    expect(clerk.locator("aside a[href='/search/']")).to_have_count(0)

    security = sign_in("SECURITY_ADMINISTRATOR")
    security.goto(f"{city.address}/accounts/requests/")
    asked = security.locator("li", has_text="j-neu").filter(has=security.get_by_role("button", name="批准", exact=True))
    expect(asked).to_contain_text("任职文件2026年第9号")
    asked.get_by_role("button", name="批准", exact=True).click()
    expect(security.locator("#toasts")).to_contain_text("批准")

    clerk.goto(city.address)
    expect(clerk.locator(".who-text small")).to_have_text("镇街经办岗")
    expect(clerk.locator("aside a[href='/search/']")).to_have_count(1)

    auditor = sign_in("AUDIT_ADMINISTRATOR")
    auditor.goto(f"{city.address}/audit/")
    told = auditor.locator("main")
    for sentence in (
        "建立账号 j-neu", "为账号 j-neu 申请", "任职文件2026年第9号", "修改本人密码", "批准授予账号 j-neu 岗位",
    ):  # fmt: skip
        expect(told).to_contain_text(sentence)
    assert password not in auditor.content()


def choose_office(page: Page, name: str) -> None:
    """Find an office by its name and pick it."""
    page.locator("input[name=office_text]").press_sequentially(name[-12:], delay=5)
    page.locator("#office-choices label", has_text=name).first.locator("input").check()


def make_account(page: Page, city: City, office: str) -> str:
    """By the system administrator; the one-time password."""
    page.goto(f"{city.address}/accounts/")
    page.get_by_role("link", name="建立账号").click()
    page.get_by_label("账号名").fill("j-neu")
    page.get_by_label("姓名", exact=False).first.fill("纪新")
    choose_office(page, office)
    page.get_by_role("button", name="建立账号").click()
    return page.locator(".one-time").inner_text()


def ask_for_post(page: Page, office: str) -> None:
    page.get_by_role("link", name="为其申请岗位").click()
    page.get_by_label("镇街经办岗", exact=True).check()
    choose_office(page, office)
    page.get_by_label("申请理由").fill("任职文件2026年第9号")
    page.get_by_role("button", name="提交申请").click()


def first_password(page: Page, city: City, one_time: str) -> None:
    """The new clerk signs in and has to change the password at once."""
    page.goto(f"{city.address}/sign-in/")
    page.get_by_label("账号", exact=False).first.fill("j-neu")
    page.get_by_label("密码", exact=False).first.fill(one_time)
    page.get_by_role("button", name="登录", exact=True).click()
    for given, complaint in ((one_time, "相同"), (OWN, "")):
        page.get_by_label("当前密码").fill(one_time)
        page.get_by_label("新密码", exact=False).first.fill(given)
        page.get_by_label("再输一次新密码").fill(given)
        page.get_by_role("button", name="修改密码").click()
        if complaint:
            expect(page.locator(".field-notes.is-must")).to_contain_text(complaint)
    enrol(page)
