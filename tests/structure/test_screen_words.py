"""One word for one thing: what the glossary says is not used stands on no page, in no message and in no manual."""

from __future__ import annotations

import re

import pytest

from tests.structure.test_stairs import ROOT, tracked

SHOWN = ("canbao/*.html", "canbao/*.py", "canbao/*.js", "canbao/*.sql", "docs/users/*.md")


def avoided() -> list[tuple[str, str]]:
    """Each word that is not used, with the one that is, from the table of the glossary."""
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    table = text.split("## One word for one thing on screen")[1].split("\n## ")[0]
    rows = [
        row.strip("| ").split(" | ") for row in table.splitlines() if row.startswith("| ") and "| 不用 |" not in row
    ]
    return [(word, use) for use, avoid in rows for word in re.split("[、；]", avoid)]


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in tracked(*SHOWN) if (ROOT / name).exists()}


def test_the_table_is_read() -> None:
    assert ("不打印了", "取消") in avoided() and len(avoided()) >= 20


@pytest.mark.parametrize(("word", "use"), avoided())
def test_a_word_that_is_not_used_stands_nowhere(word: str, use: str, shown: dict[str, str]) -> None:
    assert [name for name, text in shown.items() if word in text] == [], f"use {use}"
