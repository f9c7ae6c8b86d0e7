"""The pages in a browser of 2021: what the offices' own browsers are built on is no older than Chromium 100.

Locators need what such a browser has not got: the page is asked by scripts and worked by keyboard.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE, City

OLDEST = 100
VERSION = "Number(navigator.userAgent.match(/Chrome.([0-9]+)/)[1])"
WIDER = "document.documentElement.scrollWidth > innerWidth"


def until(page: Page, true: str) -> None:
    """Wait for a script to say so. The policy of the pages forbids playwright's own way."""
    for _ in range(150):
        if page.evaluate(true):
            return
        page.wait_for_timeout(100)
    raise AssertionError(true)


@pytest.fixture
def old(city: City, window: Callable[..., Page], old_browser: Browser) -> Callable[..., Page]:
    """old("TOWN_CLERK", "500112…"): the first page of a new account in this post, in the old browser."""

    def opened(role: str, office: str, **more: dict[str, int]) -> Page:
        (cookie,) = city.sessions({"name": f"o-{role.lower()}", "role": role, "office": office})
        page = window(cookie=cookie, within=old_browser, **more)
        page.goto(f"{city.address}/")
        return page

    return opened


def test_an_old_browser_shows_the_pages_as_they_are_meant(city: City, old: Callable[..., Page]) -> None:
    page = old("TOWN_CLERK", city.about["town"])
    assert page.evaluate(VERSION) < OLDEST
    assert page.evaluate("getComputedStyle(document.querySelector('.side')).position") == "fixed"
    page.keyboard.press("?")
    until(page, "document.querySelector('#keys').open")
    page.goto(f"{city.address}/people/{city.about['own']['id']}/")
    page.evaluate("document.querySelector('#sources').scrollIntoView()")
    until(page, "Boolean(document.querySelector('#sources .table'))")  # fetched by htmx when it comes into sight
    assert not page.evaluate(WIDER)


def test_a_board_draws_its_chart_and_is_sorted_in_place(city: City, old: Callable[..., Page]) -> None:
    made = city.script("make_lines.py", village=city.about["village"], count=2, state="RETURNED")
    page = old("DISTRICT_CLERK", city.about["village"][:6])
    page.goto(f"{city.address}/survey/{made['round']}/")
    until(page, "Boolean(document.querySelector('.chart-box.is-drawn canvas'))")
    page.evaluate("document.querySelector('#by-office th.number button').click()")
    assert page.evaluate("document.querySelector('#by-office th.number').getAttribute('aria-sort')") == "descending"
    assert page.evaluate("document.querySelector('.tiles b').textContent.endsWith('服务所')") is False


def test_a_phone_with_an_old_browser_delivers_a_visit(city: City, old: Callable[..., Page]) -> None:
    made = city.script("make_lines.py", village=city.about["village"], count=1, state="TO_VISIT")
    page = old("VILLAGE_SURVEYOR", city.about["village"], viewport=PHONE)
    page.goto(f"{city.address}/field/tasks/{made['tasks'][0]}/")
    assert not page.evaluate(WIDER)
    page.evaluate("document.querySelector('[name=outcome]:not([data-needs-note])').click()")
    page.evaluate("document.querySelector('#visit .field-submit button').click()")
    until(page, "document.querySelector('main').innerText.includes('回执 ')")
