"""How a new clerk comes by rights: asked for by one administrator, granted by another, read by the third."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from canbao.rules.offices import office_full_name
from tests.browser.conftest import PHONE, City, SignIn
from tests.browser.test_sign_in import enrol, type_in

OWN = "Schrank+Tuer-593"


def test_an_account_is_made_begun_by_its_holder_its_post_granted_and_all_of_it_told(
    city: City, sign_in: SignIn, window: Callable[..., Page]
) -> None:
    town = office_full_name(city.about["town"])
    system = sign_in("SYSTEM_ADMINISTRATOR")
    make_account(system, city, town)
    ask_for_post(system, town)
    expect(system.locator("#toasts")).to_contain_text("等待安全管理员批准")
    expect(system.get_by_role("button", name="批准", exact=True)).to_have_count(0)

    clerk, security = window(viewport=PHONE), sign_in("SECURITY_ADMINISTRATOR")
    number = begin(clerk, city)
    ask_reset(system, city, number)
    clerk.get_by_role("link", name="查看进展").click()
    expect(clerk.locator("main")).to_contain_text("等待另一名管理员批准")
    grant_reset(security, city, number)
    clerk.get_by_role("link", name="查看进展").click()
    choose_password(clerk)
    first_sign_in(clerk, number)
    expect(clerk.locator("main")).to_contain_text("没有")
    expect(clerk.locator("aside a[href='/search/']")).to_have_count(0)

    security.goto(f"{city.address}/accounts/requests/")
    asked = security.locator("li", has_text="j-neu").filter(has=security.get_by_role("button", name="批准", exact=True))
    expect(asked).to_contain_text("任职文件2026年第9号")
    asked.get_by_role("button", name="批准", exact=True).click()
    expect(security.locator("#toasts")).to_contain_text("批准")

    clerk.goto(city.address)
    expect(clerk.locator("aside a[href='/search/']")).to_have_count(1)

    auditor = sign_in("AUDIT_ADMINISTRATOR")
    auditor.goto(f"{city.address}/audit/")
    told = auditor.locator("main")
    for sentence in (
        "建立账号 j-neu", "为账号 j-neu 申请", "任职文件2026年第9号", "为账号 j-neu 申请凭据重置", "批准账号 j-neu 的凭据重置",
        "本人完成凭据重置", "批准授予账号 j-neu 岗位",
    ):  # fmt: skip
        expect(told).to_contain_text(sentence)
    assert OWN not in auditor.content()


def choose_office(page: Page, name: str) -> None:
    """Find an office by its name and pick it from the list that comes."""
    field, typed = page.locator("input[name=office_text]"), name[-12:]
    field.fill(typed)
    expect(field).to_have_value(typed)
    page.locator("#office-choices label", has_text=name).first.locator("input").check()


def make_account(page: Page, city: City, office: str) -> None:
    """By the system administrator, who learns nothing to sign in with."""
    page.goto(f"{city.address}/accounts/")
    page.get_by_role("link", name="建立账号").click()
    page.get_by_label("账号名").fill("j-neu")
    page.get_by_label("姓名", exact=False).first.fill("纪新")
    page.get_by_label("工号").fill("J0001")
    choose_office(page, office)
    page.get_by_role("button", name="建立账号").click()
    expect(page.locator("main")).to_contain_text("本人尚未设置")


def ask_for_post(page: Page, office: str) -> None:
    page.get_by_role("link", name="申请岗位").first.click()
    page.get_by_label("镇街经办岗", exact=True).check()
    choose_office(page, office)
    page.get_by_label("申请理由").fill("任职文件2026年第9号")
    page.get_by_role("button", name="提交申请").click()


def begin(page: Page, city: City) -> str:
    """The holder begins on a device of his own; the number to tell."""
    page.goto(f"{city.address}/sign-in/")
    page.get_by_role("link", name="申请重置").click()
    page.get_by_label("账号", exact=False).first.fill("j-neu")
    page.get_by_label("首次使用", exact=False).check()
    page.get_by_role("button", name="发起申请").click()
    return page.locator(".reset-number").inner_text()


def ask_reset(page: Page, city: City, number: str) -> None:
    page.goto(f"{city.address}/accounts/resets/")
    page.get_by_label("本人告知的申请编号").fill(number)
    page.get_by_role("button", name="查找").click()
    expect(page.locator("main")).to_contain_text("J0001")
    page.get_by_label("如何核实本人").fill("当面核对工作证")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("#toasts")).to_contain_text("等待另一名管理员批准")
    expect(page.get_by_role("button", name="批准", exact=True)).to_have_count(0)


def grant_reset(page: Page, city: City, number: str) -> None:
    page.goto(f"{city.address}/accounts/resets/")
    asked = page.locator("li", has_text=number.replace(" ", ""))
    expect(asked).to_contain_text("当面核对工作证")
    asked.get_by_role("button", name="批准", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("已批准")


def choose_password(page: Page) -> None:
    for given, complaint in (("Kurz-8", "个字符"), (OWN, "")):
        page.get_by_label("新密码", exact=False).first.fill(given)
        page.get_by_label("再输一次新密码").fill(given)
        page.get_by_role("button", name="完成重置").click()
        if complaint:
            expect(page.locator(".field-notes.is-must").first).to_contain_text(complaint)
    expect(page.locator(".callout.is-wait")).to_contain_text("重置已经完成")


def first_sign_in(page: Page, number: str) -> None:
    type_in(page, "j-neu", OWN)
    enrol(page)
    expect(page.get_by_role("heading", name="您的账号凭据已经重置")).to_be_visible()
    expect(page.locator("main")).to_contain_text(number.replace(" ", ""))
    page.get_by_role("button", name="是我本人办理的").click()
