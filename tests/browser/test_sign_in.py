"""Signing in by hand: a wrong password, the lock, the first password, the second factor, an ended session, another post."""

from __future__ import annotations

import re
import time
from base64 import b32decode
from collections.abc import Callable

from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from tests.browser.conftest import City

ONE_TIME, OWN = "Vorlaeufig-7315", "Lampe&Stuhl-482"
Window = Callable[..., Page]


def knock(page: Page, city: City, name: str, password: str) -> None:
    """Type name and password on the sign-in page."""
    page.goto(f"{city.address}/sign-in/")
    type_in(page, name, password)


def type_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("账号", exact=False).first.fill(name)
    page.get_by_label("密码", exact=False).first.fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def code_of(secret: str) -> str:
    """What a phone with this secret shows now."""
    clock = TOTP(b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8)))
    clock.time = time.time()
    return f"{clock.token():06d}"


def enrol(page: Page) -> str:
    """Set up the second factor on the page that asks for it; the secret that the phone keeps."""
    expect(page.get_by_role("heading", name="设置双因素认证")).to_be_visible()
    secret = page.locator(".manual-key").inner_text()
    page.get_by_label("验证码").fill(code_of(secret))
    page.get_by_role("button", name="启用").click()
    page.get_by_role("link", name="已保存，继续").click()
    expect(page.locator(".who-text small")).to_be_visible()
    return secret


def next_code(secret: str, used: str) -> str:
    """A code is taken once: wait for the one after `used`."""
    while (code := code_of(secret)) == used:
        time.sleep(0.5)
    return code


def test_wrong_words_tell_nothing_and_lock_the_name(city: City, window: Window) -> None:
    city.sessions({"name": "i-locked", "role": "MUNICIPAL_ANALYST", "office": "50", "password": OWN})
    page = window()
    said = []
    for name in ("i-nobody", "i-locked"):
        knock(page, city, name, "Falsch-12345")
        said.append(page.locator(".callout.is-bad").inner_text())
    assert said[0] == said[1]
    expect(page.get_by_label("密码", exact=False).first).to_be_focused()
    page.keyboard.press("F1")
    expect(page.get_by_role("dialog", name="本页说明")).to_be_visible()
    for _ in range(4):
        knock(page, city, "i-locked", "Falsch-12345")
        expect(page.locator(".callout.is-bad")).to_be_visible()
    expect(page.locator(".callout.is-bad")).to_contain_text("已暂停登录")
    knock(page, city, "i-locked", OWN)
    expect(page.locator(".callout.is-bad")).to_contain_text("已暂停登录")
    page.goto(f"{city.address}/jobs/")
    expect(page).to_have_url(f"{city.address}/sign-in/?next=%2Fjobs%2F")


def test_the_first_password_is_changed_before_anything_else(city: City, window: Window) -> None:
    more = [["DISTRICT_CLERK", city.about["town"][:6]]]
    account = {"name": "i-new", "role": "TOWN_CLERK", "office": city.about["town"], "posts": more}
    city.sessions(account | {"password": ONE_TIME, "is_new": True})
    page = window()
    knock(page, city, "i-new", ONE_TIME)
    page.goto(f"{city.address}/search/")
    expect(page.get_by_role("heading", name="修改密码")).to_be_visible()
    for given, complaint in (("Kurz-8", "个字符"), (f"I-New{OWN}", "账号"), (OWN, "")):
        page.get_by_label("当前密码").fill(ONE_TIME)
        page.get_by_label("新密码", exact=False).first.fill(given)
        page.get_by_label("再输一次新密码").fill(given)
        page.get_by_role("button", name="修改密码").click()
        if complaint:
            expect(page.locator(".field-notes.is-must").first).to_contain_text(complaint)
    enrol(page)

    page.goto(city.address)
    page.locator("details.who summary").click()
    page.locator(".who-menu button", has_text="区县经办岗").click()
    expect(page.locator(".who-text small")).to_have_text("区县经办岗")


def test_an_administrator_sets_up_the_second_factor_and_comes_back_with_it(city: City, window: Window) -> None:
    city.sessions({"name": "i-admin", "role": "SYSTEM_ADMINISTRATOR", "office": "50", "password": OWN})
    page = window()
    knock(page, city, "i-admin", OWN)
    page.goto(f"{city.address}/accounts/")
    expect(page.get_by_role("heading", name="设置双因素认证")).to_be_visible()
    expect(page.locator(".qr-box svg")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("本机代替手机")
    secret = page.locator(".manual-key").inner_text()
    page.get_by_label("验证码").fill("000000")
    page.get_by_role("button", name="启用").click()
    expect(page.locator(".field-notes.is-must")).to_contain_text("不正确")
    first = code_of(secret)
    page.get_by_label("验证码").fill(first)
    page.get_by_role("button", name="启用").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    recovery = page.locator(".recovery li").all_inner_texts()
    assert len(set(recovery)) == 10
    page.get_by_role("link", name="已保存，继续").click()
    expect(page.locator(".who-text small")).to_have_text("系统管理员")

    for used, then in ((recovery[0], "系统管理员"), (recovery[0], "不正确"), (recovery[1], "系统管理员")):
        other = window()
        knock(other, city, "i-admin", OWN)
        expect(other.get_by_role("heading", name="双因素认证")).to_be_visible()
        other.get_by_role("link", name="改用恢复码").click()
        other.get_by_label("恢复码").fill(used)
        other.get_by_role("button", name="继续").click()
        expect(other.locator("body")).to_contain_text(then)
    last = window()
    knock(last, city, "i-admin", OWN)
    last.get_by_label("验证码").fill(next_code(secret, first))
    last.get_by_role("button", name="继续").click()
    expect(last.locator(".who-text small")).to_have_text("系统管理员")


def test_an_ended_session_says_why_and_leads_back(city: City, window: Window) -> None:
    city.sessions({"name": "i-twice", "role": "MUNICIPAL_ANALYST", "office": "50", "password": OWN})
    here, there = window(), window()
    knock(here, city, "i-twice", OWN)
    secret = enrol(here)
    used = code_of(secret)
    expect(here.locator(".who-text small")).to_have_text("市级统计分析岗")
    knock(there, city, "i-twice", OWN)
    here.goto(f"{city.address}/me/")
    expect(here.locator("main")).to_contain_text("未通过双因素认证")
    there.get_by_label("验证码").fill(used := next_code(secret, used))
    there.get_by_role("button", name="继续").click()
    expect(there.locator(".who-text small")).to_have_text("市级统计分析岗")
    here.goto(f"{city.address}/runs/")
    expect(here.locator(".callout.is-wait")).to_contain_text("已在别处登录")
    type_in(here, "i-twice", OWN)
    here.get_by_label("验证码").fill(next_code(secret, used))
    here.get_by_role("button", name="继续").click()
    expect(here).to_have_url(f"{city.address}/runs/")
    there.get_by_role("link", name="报送数据").first.click()
    expect(there.locator(".callout.is-wait")).to_contain_text("已在别处登录")


def test_a_session_that_ended_is_gone_on_with_in_place(city: City, window: Window) -> None:
    city.sessions({"name": "i-again", "role": "MUNICIPAL_OPERATOR", "office": "50", "password": OWN})
    page = window()
    knock(page, city, "i-again", OWN)
    secret = enrol(page)
    page.clock.install()
    page.goto(f"{city.address}/survey/new/")
    page.get_by_label("名称").fill("会话中断的调查")
    page.get_by_label("未参保", exact=True).check()
    page.context.clear_cookies(name="canbao_session")
    page.clock.fast_forward(60_000)
    page.get_by_role("button", name="生成走访名单").click()
    gone = page.locator("#gone")
    expect(gone).to_be_visible()
    expect(page.get_by_role("main")).to_be_hidden()
    assert gone.get_by_label("账号", exact=False).input_value() == "i-again"
    gone.get_by_label("密码", exact=False).fill("Falsch-12345")
    gone.get_by_role("button", name="登录", exact=True).click()
    expect(gone).to_contain_text("账号或密码不正确")
    gone.get_by_label("密码", exact=False).fill(OWN)
    gone.get_by_role("button", name="登录", exact=True).click()
    expect(gone.get_by_label("验证码")).to_be_visible()
    gone.get_by_label("验证码").fill(next_code(secret, code_of(secret)))
    gone.get_by_role("button", name="继续").click()
    expect(gone).to_be_hidden()
    page.wait_for_url(re.compile(r"/survey/\d+/"), timeout=60_000)  # what was typed was sent
