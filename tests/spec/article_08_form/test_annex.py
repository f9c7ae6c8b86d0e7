"""The printed form says what the annex says: every row, box and word, in its order (规程第八条, 附件)."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbao.services.forms import blank
from tests.paper import bare, print_sheets, words

ANNEX = (Path(__file__).parent / "annex.txt").read_text(encoding="utf-8")
FRONT, BACK = (part.split() for part in ANNEX.split("（反面）\n"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return [bare(page) for page in words(print_sheets([blank()], tmp_path_factory.mktemp("fonts")))]


def test_a_form_is_one_sheet(pages: list[str]) -> None:
    assert len(pages) == 2


def test_the_front_says_every_word_in_order(pages: list[str]) -> None:
    _in_order(FRONT, pages[0])


def test_the_back_says_every_word_in_order(pages: list[str]) -> None:
    assert pages[1].startswith("(反面)")
    _in_order(BACK, pages[1])


def test_nothing_else_is_on_it_but_number_and_page(pages: list[str]) -> None:
    for said, page, foot in zip((FRONT, ["（反面）", *BACK]), pages, ("第1页共2页", "第2页共2页"), strict=True):
        assert len(page.replace(foot, "").replace("表号版本1", "")) == len(bare("".join(said).replace("|", "")))


def test_there_are_as_many_boxes(pages: list[str]) -> None:
    assert pages[1].count("□") == "".join(BACK).count("□") == 36
    assert "□" not in pages[0]


def _in_order(said: list[str], page: str) -> None:
    """A cell of several lines (`|`) is read line by line, among the lines of its neighbours."""
    place = 0
    for word in map(bare, said):
        near = place
        for line in word.split("|"):
            found = page.find(line, near)
            assert found >= 0, f"{line} is missing after …{page[max(0, near - 20) : near]}"
            near = found + len(line)
        if "|" not in word:
            place = near
