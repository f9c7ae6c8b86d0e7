"""A key that a page's help lists is a key of that page: of its template, of what it includes, of its scripts, or of every page."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.structure.test_stairs import ROOT

TEMPLATES = ROOT / "canbao/web/templates"
STATIC = ROOT / "canbao/web/static"
EVERYWHERE = ("canbao/keys.js", "canbao/canbao.js")
LISTED = re.compile(r"<kbd>([^<{]+)</kbd>")
SIGNS = {
    "←": "ArrowLeft",
    "→": "ArrowRight",
    "↑": "ArrowUp",
    "↓": "ArrowDown",
    "Esc": "Escape",
    "回车": "Enter",
    "空格": " ",
}


@cache
def parts_of(template: Path) -> str:
    """The template with everything it includes or extends, as one text."""
    text = template.read_text(encoding="utf-8")
    named = re.findall(r'{% (?:include|extends) "([^"]+)"', text)
    return text + "".join(parts_of(TEMPLATES / name) for name in named)


@cache
def scripts_of(text: str) -> str:
    """The scripts that the page loads and those of every page, with the modules that they import."""
    names = [*re.findall(r"{% static '([^']+\.js)' %}", text), *EVERYWHERE]
    return "".join(module(STATIC / name, set()) for name in names)


def module(path: Path, seen: set[Path]) -> str:
    path = path.resolve()
    if path in seen or not path.exists():
        return ""
    seen.add(path)
    text = path.read_text(encoding="utf-8")
    return text + "".join(module(path.parent / name, seen) for name in re.findall(r'from "(\.[^"]+)"', text))


def works(key: str, text: str, scripts: str) -> bool:
    if key.startswith("Ctrl+"):
        return "ctrlKey" in scripts and works(key.removeprefix("Ctrl+"), text, scripts)
    name = SIGNS.get(key, key)
    on_page = rf'data-(?:shortcut|key)="{re.escape(name)}"'
    in_script = rf"""["'`](?:Key)?{re.escape(name)}["'`]|\b{re.escape(name)}:"""
    return bool(re.search(on_page, text, re.IGNORECASE) or re.search(in_script, scripts, re.IGNORECASE))


def listed() -> list[tuple[str, str]]:
    found = {
        (template.relative_to(TEMPLATES).as_posix(), key.strip())
        for template in TEMPLATES.rglob("*.html")
        for key in LISTED.findall(template.read_text(encoding="utf-8"))
    }
    return sorted(found)


@pytest.mark.parametrize(("name", "key"), [row for row in listed() if row[0] != "help/help.html"])
def test_a_listed_key_is_a_key_of_the_page(name: str, key: str) -> None:
    text = parts_of(TEMPLATES / name)
    assert works(key, text, scripts_of(text))


@pytest.mark.parametrize("key", sorted({key for name, key in listed() if name == "help/help.html"}))
def test_a_key_of_the_page_of_all_posts_is_a_key_somewhere(key: str) -> None:
    pages = [parts_of(template) for template in TEMPLATES.rglob("*.html")]
    assert any(works(key, text, scripts_of(text)) for text in pages)


def test_a_key_that_nothing_hears_is_found() -> None:
    assert not works("F9", '<kbd>F9</kbd><button data-shortcut="y">', "")
    assert works("Y", '<button data-shortcut="y">', "") and works("←", "", 'case "ArrowLeft":')
