"""A clerk decides hundreds of cases by keyboard, takes some back, and nothing of the register is lost."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, City, SignIn

MANY = 120
KEYS = ("2", "d", "1", "2", "s")


def press(page: Page, key: str) -> None:
    """One key, and wait until the desk has changed."""
    form = page.locator("#desk [data-desk=decide]")
    before = form.get_attribute("data-case")
    page.keyboard.press(key)
    page.wait_for_function(
        "before => { const form = document.querySelector('#desk [data-desk=decide]');"
        " return !form || form.dataset.case !== before; }",
        arg=before,
        polling=5,
    )


@pytest.mark.timeout(1200)
def test_hundreds_of_cases_are_decided_by_keyboard_and_undone(city: City, sign_in: SignIn) -> None:
    ids = city.script("make_cases.py", count=MANY)
    digest = city.digest()
    page = sign_in("MUNICIPAL_OPERATOR", name="b-decider")
    page.goto(f"{city.address}/cases/")
    page.get_by_role("link", name="开始判定").click()
    walked = [page.locator("[data-desk=decide]").get_attribute("data-case")]
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
        page.wait_for_function(
            "before => document.querySelector('[data-desk=decide]')?.dataset.case !== before", arg=walked[-1]
        )
        walked.append(page.locator("[data-desk=decide]").get_attribute("data-case"))
    assert len(set(walked)) == 3 and walked[0] == walked[4] and walked[1] == walked[3]

    press(page, "1")
    assert city.digest() != digest or city.script("read_cases.py", ids=ids).get("SECOND")
    page.keyboard.press("u")
    expect(page.locator(".desk-said")).to_contain_text("已撤销")
    assert city.digest() == digest

    began = time.perf_counter()
    decided = 0
    while page.locator("#desk [data-desk=decide]").count():
        press(page, KEYS[decided % len(KEYS)])
        assert page.locator(".desk-said.is-problem").count() == 0, page.locator(".desk-said").inner_text()
        decided += 1
    passed = time.perf_counter() - began
    print(f"{decided} cases by keyboard in {passed:.1f} s: {1000 * passed / decided:.0f} ms each")  # noqa: T201

    states = city.script("read_cases.py", ids=ids)
    assert decided >= MANY
    assert "DECIDED" in states and set(states) <= {"DECIDED", "SECOND"} and sum(states.values()) == MANY
    assert states.get("SECOND", 0) < MANY / 5
    assert city.digest() != digest


def test_a_case_on_a_phone_fits_and_is_decided_by_touch(city: City, sign_in: SignIn) -> None:
    city.script("make_cases.py", count=2)
    page = sign_in("MUNICIPAL_OPERATOR", name="b-phone", viewport=PHONE)
    page.goto(f"{city.address}/cases/")
    page.get_by_role("link", name="开始判定").click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="不同的人").click()
    expect(page.locator(".desk-said")).to_contain_text("已判定")
    page.locator(".desk-said").get_by_role("button", name="撤销").click()
    expect(page.locator(".desk-said")).to_contain_text("已撤销")


def test_two_clerks_do_not_get_the_same_case(city: City, sign_in: SignIn) -> None:
    city.script("make_cases.py", count=4)
    pages = [sign_in("MUNICIPAL_OPERATOR", name=f"b-two-{n}") for n in (1, 2)]
    for page in pages:
        page.goto(f"{city.address}/cases/next/")
    assert len({page.locator("[data-desk=decide]").get_attribute("data-case") for page in pages}) == 2
