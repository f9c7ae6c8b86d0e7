"""Specs are tables in text; a bureau colleague can check them without knowing Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Row = dict[str, str]


@pytest.fixture
def table() -> Callable[[str], list[Row]]:
    """Read a table drawn in text: a heading and one row per line, cells between bars; an empty cell is an empty text."""

    def read(text: str) -> list[Row]:
        lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
        heading, *body = lines
        assert all(len(cells) == len(heading) for cells in body), "every row has as many cells as the heading"
        return [dict(zip(heading, cells, strict=True)) for cells in body]

    return read
