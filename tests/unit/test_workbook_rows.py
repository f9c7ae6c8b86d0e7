"""A sheet holds 1,048,576 rows: what is beyond is refused before anything is written, and never left out without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbao.outside.sheets import MOST_ROWS, TooManyRowsError, workbook


def test_more_rows_than_a_sheet_holds_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with (
        pytest.raises(TooManyRowsError, match="最多 1,048,576 行，这里有 1,048,577 行。请改用 CSV"),
        workbook(tmp_path / "a.xlsx", rows=MOST_ROWS + 1),
    ):
        raise AssertionError("it was opened")
    assert not list(tmp_path.iterdir())
    with workbook(tmp_path / "a.xlsx", rows=MOST_ROWS) as book:
        book.add_worksheet().write_string(MOST_ROWS - 1, 0, "the last row")


@pytest.mark.parametrize("write", ["write_string", "write_blank", "write_number", "write_row"])
def test_a_row_beyond_a_sheet_is_an_error_whichever_way_it_is_written(tmp_path: Path, write: str) -> None:
    value = {"write_number": 1, "write_row": ["a"]}.get(write, "a")
    with workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        form = (book.add_format({"bold": True}),) if write == "write_blank" else ()
        with pytest.raises(TooManyRowsError):
            getattr(sheet, write)(MOST_ROWS, 0, value, *form)
