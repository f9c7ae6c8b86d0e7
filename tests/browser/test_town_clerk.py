"""A morning at the counter of one town, and what it cannot reach in another."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import City, SignIn


def look_for(page: Page, words: str) -> None:
    """Type into the search box of every page."""
    page.keyboard.press("/")
    page.locator("#find").fill(words)
    page.keyboard.press("Enter")
    expect(page.locator("#found-title")).to_be_visible()


def test_a_person_is_found_opened_unmasked_and_told_who_looked(city: City, sign_in: SignIn) -> None:
    own = city.about["own"]
    page = sign_in("TOWN_CLERK", city.about["town"])
    page.keyboard.press("/")
    page.locator("#find").fill(own["number"].lower())
    page.keyboard.press("Enter")  # the only one of that number is opened at once
    expect(page.get_by_role("heading", level=1)).to_have_text(own["name"])
    for hidden in (own["number"], own["phone"]):
        assert hidden not in page.content()

    head = page.locator(".person-head")
    head.get_by_label("显示证件号码原文").click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("其他").check()
    drawer.get_by_role("button", name="显示原文").click()
    expect(drawer.locator(".is-must").first).to_be_visible()
    drawer.get_by_label("当事人在场，核对证件原件").check()
    drawer.get_by_role("button", name="显示原文").click()
    expect(head).to_contain_text(own["number"])
    assert own["phone"] not in page.content()

    page.get_by_label("参保状况日期").fill(f"{own['born'] + 1}-01-01")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.locator(".callout.is-wait")).to_contain_text("不是现在的情况")
    expect(page.locator("main")).to_contain_text("身份信息自")
    page.get_by_label("参保状况日期").fill(f"{own['born'] - 1}-01-01")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.locator("main")).to_contain_text("这一天没有此人的登记")
    page.get_by_role("link", name="回到现在").click()
    page.get_by_label("参保状况日期").fill(own["from"])
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.locator(".callout.is-wait")).to_contain_text(own["from"])
    expect(page.get_by_role("heading", level=1)).to_have_text(own["name"])

    page.get_by_role("link", name="谁查询过此人").first.click()
    looks = page.locator(".looks")
    expect(looks).to_contain_text("当事人在场，核对证件原件")
    expect(looks).to_contain_text("镇街经办岗")
    assert "b-town_clerk" not in looks.inner_text()
    page.emulate_media(media="print")
    expect(page.locator(".print-head")).to_be_visible()
    expect(page.locator("aside")).to_be_hidden()


def test_another_town_looks_like_nobody(city: City, sign_in: SignIn) -> None:
    foreign, nobody = city.about["foreign"], city.about["last"] + 1000
    page = sign_in("TOWN_CLERK", city.about["town"])
    look_for(page, foreign["number"])
    expect(page.locator("#found-title")).to_contain_text("0 人")
    assert foreign["name"] not in page.locator("main").inner_text()
    for path in ("people/{}/", "people/{}/sources/", "people/{}/looks/", "people/{}/unmask/?field=doc_number"):
        answers = []
        for person in (foreign["id"], nobody):
            answer = page.goto(f"{city.address}/{path.format(person)}")
            assert answer and answer.status == 404
            answers.append(re.sub(r"\d+", "", page.content()))
        assert without_token(answers[0]) == without_token(answers[1])


def without_token(page: str) -> str:
    """The page without what differs each time it is asked for."""
    return re.sub(r'(value="|X-CSRFToken": ?"|X-CSRFToken&quot;: &quot;)[A-Za-z_-]+', "", page)
