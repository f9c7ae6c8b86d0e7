"""What the browser is given: nothing inline, nothing from elsewhere, nothing without help, nothing unpinned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from canbao.rules.roles import Role
from canbao.web import assets, menu

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "canbao" / "web" / "templates"
STATIC = ROOT / "canbao" / "web" / "static"
PAGES = sorted(TEMPLATES.rglob("*.html"))
SCREENS = [path for path in PAGES if re.search(r'{% extends ("base\.html"|layout) %}', path.read_text())]

# What the Content-Security-Policy would refuse, or what would be code in a page.
INLINE = {
    "style": re.compile(r"\sstyle\s*=|<style\b", re.I),
    "handler": re.compile(r"\s(on[a-z]+|hx-on[:a-z-]*)\s*=", re.I),
    "script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "the browser's own dialog": re.compile(r"\shx-prompt\s*=", re.I),  # hx-confirm is answered by our own
    "javascript": re.compile(r"javascript:|hx-(vals|headers)=['\"]js:", re.I),
}
ELSEWHERE = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["']?(?:https?:)?//""", re.I)
UNSAFE = re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function)\b")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT / "canbao" / "web"))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_template_has_no_code_and_no_style_inside_and_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text()
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []
    assert not ELSEWHERE.search(text)


@pytest.mark.parametrize("path", SCREENS, ids=named)
def test_a_screen_has_a_title_a_heading_and_a_help(path: Path) -> None:
    text = path.read_text()
    for block in ("title", "help"):
        said = re.search(rf"{{% block {block} %}}(.*?){{% endblock", text, re.S)
        assert said and said[1].strip(), block
    assert "{% block heading %}" in text or "{% block heading_row %}" in text


def test_whole_pages_say_their_language() -> None:
    whole = [path for path in PAGES if "<html" in path.read_text()]
    assert TEMPLATES / "base.html" in whole
    assert all('<html lang="zh-CN"' in path.read_text() for path in whole)


def test_our_own_files_ask_nobody_else_and_never_write_html() -> None:
    own = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css")]
    assert own
    for path in own:
        assert not re.search(r"https?://", path.read_text().replace("http://www.w3.org/", "")), path
        assert path.suffix != ".js" or not UNSAFE.search(path.read_text()), path


def test_npm_packages_are_pinned_by_number_and_digest_and_name_no_registry() -> None:
    package, lock = (json.loads((ROOT / name).read_text()) for name in ("package.json", "package-lock.json"))
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    # What a package brings inside itself is covered by the digest of that package.
    held = {name: entry for name, entry in lock["packages"].items() if name and not entry.get("inBundle")}
    assert {f"node_modules/{name}" for name in wanted} <= set(held)
    assert all(entry["integrity"].startswith("sha512-") and "resolved" not in entry for entry in held.values())
    assert "://" not in (ROOT / "package-lock.json").read_text()  # nor whom to pay for what


YOUNGER = re.compile(
    r"color-mix\(|light-dark\(|oklch\(|@container|@starting-style|:has\(|\ddvh|[;{](?:translate|rotate|scale):|@media[^{]*[<>]"
)


def test_the_pinned_style_sheet_holds_in_the_oldest_browsers_of_the_offices() -> None:
    whole = assets.pinned()["tabler/tabler.css"].read_text("utf-8")
    assert len(whole) > 100_000
    assert YOUNGER.findall(whole) == [":has("]  # of the underline of a link with an icon


def test_every_pinned_file_and_every_icon_that_is_asked_for_is_there() -> None:
    assert [name for name, place in assets.pinned().items() if not place.exists()] == []
    assert sum(name.endswith(".woff2") for name in assets.pinned()) > 90
    missing = {name for name in _icons() if not (ROOT / "node_modules" / assets.ICONS / f"{name}.svg").exists()}
    assert missing == set()


def _icons() -> Iterator[str]:
    yield from (item.icon for item in menu.MENU)
    for path in PAGES:
        yield from re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text())
        yield from re.findall(r'icon_name="([a-z0-9-]+)"', path.read_text())


def test_no_two_pages_of_a_post_share_a_key() -> None:
    for role in Role:
        keys = [item.key for item in menu.items_for(role) if item.key]
        assert len(keys) == len(set(keys)), role
