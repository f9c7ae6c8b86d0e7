"""A clerk prints the registration form of somebody at the counter."""

from __future__ import annotations

from urllib.parse import parse_qs

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import City, SignIn
from tests.paper import words


def test_a_form_is_printed_masked_and_in_full(city: City, sign_in: SignIn) -> None:
    own, page = city.about["own"], sign_in("TOWN_CLERK", city.about["town"])
    page.goto(f"{city.address}/people/{own['id']}/")
    page.keyboard.press("f")
    drawer = page.locator("#drawer-body")
    expect(drawer.get_by_text("隐藏一部分")).to_be_visible()
    sent: list[Request] = []
    page.context.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    with page.expect_popup():
        drawer.get_by_role("button", name="打印登记表").click()
    front = _again(page, sent[0])
    assert own["name"] in front and own["number"] not in front

    drawer.get_by_label("打印原文（须说明理由）").check()
    drawer.get_by_label("打印原文的理由").select_option("AT_COUNTER")
    with page.expect_popup():
        drawer.get_by_role("button", name="打印登记表").click()
    assert own["number"] in _again(page, sent[1])


def _again(page: Page, sent: Request) -> str:
    """The front of what the browser was sent: it shows it or stores it, as it likes, so the same is asked for again."""
    typed = {name: values[0] for name, values in parse_qs(sent.post_data or "", keep_blank_values=True).items()}
    return words(page.request.post(sent.url, form=typed, fail_on_status_code=True).body())[0]
