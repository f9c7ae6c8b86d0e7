"""What has to be put right in a form stands beside its field, with what was typed; a message in the corner is good news."""

from __future__ import annotations

import ast
import re

import pytest

from tests.structure.test_pages import ROOT, STATIC, TEMPLATES

VIEWS = sorted((ROOT / "canbao" / "web").rglob("*.py"))
BAD_NEWS = {"refused", "error", "warning"}
OF_A_FIELD = re.compile("请写明|须写明|请选择|没有选择|请填写|请更正")


def _said(path: object) -> list[str]:
    """The sentences that a module sends to the next page as bad news."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):  # type: ignore[attr-defined]
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="toasts" | "messages"), attr=kind)) if kind in BAD_NEWS:
                found.append(ast.unparse(node))
    return found


def test_what_a_field_lacks_is_never_told_by_a_message_after_a_redirect() -> None:
    said = {str(path): [text for text in _said(path) if OF_A_FIELD.search(text)] for path in VIEWS}
    assert {path: texts for path, texts in said.items() if texts} == {}
    assert sum(len(_said(path)) for path in VIEWS) > 10  # others are told of by messages


@pytest.mark.parametrize("level", ["error", "warning"])
def test_bad_news_stands_in_the_page_and_not_in_the_corner(level: str) -> None:
    corner, page = ((TEMPLATES / "components" / f"{name}.html").read_text() for name in ("messages", "notices"))
    assert f'message.level_tag != "{level}"' in corner and f'message.level_tag == "{level}"' in page
    assert '{% include "components/notices.html" %}' in (TEMPLATES / "base.html").read_text()


def test_scripts_put_bad_news_into_the_page_too() -> None:
    assert '"toasts" : "notices"' in (STATIC / "canbao" / "say.js").read_text()
