"""Every screen that any post can reach, at the office's width and on a phone: finished, legible to everyone, and in Chinese."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from canbao.rules.permissions import PERMISSIONS
from canbao.rules.roles import NOT_A_POST, Role
from tests.browser.conftest import PHONE, WIDE, City
from tests.worlds import office_for

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
# On a phone only what depends on the width is looked at again.
TWICE = {"width": 683, "height": 384}  # the office's window at 200 %
NARROW = [
    "scrollable-region-focusable",
    "target-size",
    "aria-hidden-focus",
    "button-name",
    "link-name",
    "link-in-text-block",
    "label",
    "select-name",
    "aria-allowed-attr",
    "aria-required-children",
    "list",
    "definition-list",
    "duplicate-id-aria",
    "empty-table-header",
    "nested-interactive",
]
RULES = {
    1366: {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]},
    390: {"runOnly": {"type": "rule", "values": NARROW}, "resultTypes": ["violations"]},
}
SERIOUS = """async rules => (await axe.run(document, rules)).violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.target.join(' ')).join(', ')}`)"""
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? '' : [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1).slice(-3).map(one => one.outerHTML.slice(0, 90)).join(' | ')
  || 'the page'"""
# A code instead of a word. What departments call so themselves may stay.
CODE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b|\b[A-Z]{6,}\b")
KNOWN = {"CANBAO_TLS", "CANBAO_SYSLOG", "CANBAO_TSA_URL"}
# What computers call things, where that is what is meant.
MARKED = "all => all.map(one => one.innerText).join(' ')"
# What ends the session, and more of the same.
LEFT_OUT = re.compile(r"/sign-out/|#|\?after=")
MAIN, LINK = re.compile(r"<main.*?</main>", re.DOTALL), re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
FEWEST = 45


def shape(address: str) -> str:
    """Addresses of one kind: numbers and what is asked for do not count."""
    return re.sub(r"\d[\d.]*", "N", address.partition("?")[0])


Screens = Callable[[], Iterator[tuple[Role, Page]]]


@pytest.fixture
def screens(city: City, window: Callable[..., Page]) -> Screens:
    """A page for each role, signed in, one after the other."""
    roles = sorted(PERMISSIONS.keys() - NOT_A_POST, key=lambda role: -len(PERMISSIONS[role]))
    offices = [
        city.about["village"] if r is Role.VILLAGE_SURVEYOR else office_for(r, city.about["town"]) for r in roles
    ]
    asked = [{"name": f"s-{r.lower()}", "role": r, "office": o} for r, o in zip(roles, offices, strict=True)]
    city.script("make_cases.py", count=2)
    cookies = city.sessions(*asked)
    return lambda: ((role, window(cookie=cookie)) for role, cookie in zip(roles, cookies, strict=True))


@pytest.mark.timeout(1200)
def test_every_screen_of_every_post_is_finished_at_both_widths(city: City, screens: Screens) -> None:
    seen: set[str] = set()
    faults: list[str] = []
    began = time.perf_counter()
    for role, page in screens():
        for address, status in reachable(page, city, seen):
            found = faults_of(page) if status == 200 else [f"a link leads to {status}"]
            faults += [f"{role} {address}: {fault}" for fault in found]
        page.goto(f"{city.address}/")
        faults += [] if skips(page) else [f"{role}: the link past the menu does not lead to the content"]
        page.context.close()
    print(f"{len(seen)} screens in {time.perf_counter() - began:.0f} s: {sorted(seen)}")  # noqa: T201
    assert not faults, "\n".join(faults)
    assert len(seen) >= FEWEST


def reachable(page: Page, city: City, seen: set[str]) -> Iterator[tuple[str, int]]:
    """Ask for one page of each kind, from the menu on; open and yield those no other post had, or that are refused.

    Of what another post has seen only the links are read, without drawing it. What is no page (a download, a picture) is passed over.
    """
    page.goto(city.address + "/")
    menu = links(page, "aside a, .who-menu a")
    done: set[str] = set()
    for address in (waiting := ["/", *menu, *people_found(page, city)]):
        kind = shape(address)
        if kind in done or LEFT_OUT.search(address) or not address.startswith("/"):
            continue
        done.add(kind)
        asked = page.request.get(city.address + address)
        said = asked.headers
        if "text/html" not in said.get("content-type", "") or "attachment" in said.get("content-disposition", ""):
            continue
        # The first screen differs from post to post.
        if kind in seen and address != "/" and asked.status == 200:
            main = MAIN.search(asked.text())
            waiting += map(unescape, LINK.findall(main[0] if main else ""))
            continue
        answer = page.goto(city.address + address, wait_until="load")
        assert answer
        waiting += links(page, "main a")
        seen.add(kind)
        yield address, answer.status


def links(page: Page, which: str) -> list[str]:
    """Where the links of the page lead to."""
    return [one for one in page.eval_on_selector_all(which, "all => all.map(one => one.getAttribute('href'))") if one]


def people_found(page: Page, city: City) -> list[str]:
    """Where a search leads to, for those who may search."""
    if not page.locator("aside a[href='/search/']").count():
        return []
    page.locator("#find").fill(city.about["own"]["number"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/*/")
    return [urlsplit(page.url).path]


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page that is open, at both widths."""
    faults = []
    marked = page.eval_on_selector_all("[translate=no]", MARKED)
    if words := {*CODE.findall(page.locator("body").inner_text())} - {*CODE.findall(marked)} - KNOWN:
        faults.append(f"codes instead of words: {sorted(words)}")
    if "暂无说明" in (page.locator("#help").text_content() or ""):
        faults.append("no help")
    page.evaluate(AXE)
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        faults += [f"{size['width']} wide: {one}" for one in page.evaluate(SERIOUS, RULES[size["width"]])]
        if wider := page.evaluate(WIDER):
            faults.append(f"{size['width']} wide: scrolls sideways: {wider}")
    page.set_viewport_size(TWICE)  # type: ignore[arg-type]
    if wider := page.evaluate(WIDER):
        faults.append(f"at 200 %: scrolls sideways: {wider}")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return faults


def skips(page: Page) -> bool:
    """Whether the first key leads to the content past the menu, and the next into it."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    return bool(page.evaluate("document.getElementById('main').contains(document.activeElement)"))
