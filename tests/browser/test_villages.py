"""A town clerk confirms two hundred suggested villages by keyboard, and takes the last act back."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.browser.conftest import City, SignIn

MANY = 200


def test_two_hundred_suggestions_are_confirmed_by_keyboard_and_undone(city: City, sign_in: SignIn) -> None:
    town = city.script("make_suggestions.py", count=MANY)
    page = sign_in("TOWN_CLERK", town, name="b-villages")
    page.goto(f"{city.address}/villages/")
    expect(page.locator("[data-line]")).to_have_count(100)
    expect(page.locator("[data-line]").first).to_contain_text("同一道路 40 人中 38 人属于该村（社区）")

    expect(page.locator("#ticked")).to_have_text("已勾选 0 人")  # the script is there
    began = time.perf_counter()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#ticked")).to_have_text("已勾选 1 人")
    page.keyboard.press("q")
    expect(page.get_by_text("已确认 1 人的村（社区）")).to_be_visible()
    expect(page.locator("#ticked")).to_have_text("已勾选 0 人")  # the script goes on with the next page
    page.locator("#tick-all").check()
    page.keyboard.press("q")
    expect(page.get_by_text("已确认 100 人的村（社区）")).to_be_visible()
    page.locator("#tick-every").check()
    page.keyboard.press("q")
    expect(page.get_by_text("已确认 99 人的村（社区）")).to_be_visible()
    passed = time.perf_counter() - began
    print(f"{MANY} suggestions: 4 keys besides 2 clicks, {passed:.1f} s")  # noqa: T201
    expect(page.get_by_text("没有符合条件的人")).to_be_visible()

    page.get_by_role("button", name="撤销").first.click()  # at once: good news fades
    expect(page.get_by_text("已撤销，99 人恢复到办理之前")).to_be_visible()
    assert city.script("make_suggestions.py", town=town) == {"CONFIRMED": 101, "SUGGESTED": 99}
