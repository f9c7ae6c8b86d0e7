"""Lines that do not fit the header are counted before the set engine reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from canbao.bulk import misfits
from canbao.bulk.engine import DuckEngine

GOOD = "1,01,500901199202044621,某某,20200101\n"
MANY = 300


def found(folder: Path, text: str, *, quotes: bool, columns: int = 5) -> int:
    (folder / "text.csv").write_text(text, encoding="utf-8")
    with DuckEngine(folder, reads=[folder]) as engine:
        return misfits.too_many(
            engine, folder / "text.csv", columns=columns, delimiter=",", quotes=quotes, lines=text.count("\n")
        )


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misfits, "FEWEST", 100)


@pytest.mark.parametrize(
    ("text", "quotes", "least"),
    [
        (GOOD + "a\n" * MANY, False, MANY),
        (GOOD * MANY + "1,2,3,4,5,6\n" * MANY, False, MANY),
        (GOOD + "1,2,3,4\x02\x1d\x03\x1e,5\n" * MANY, False, MANY),
        (GOOD + '1,01,"' + "a\n" * 100_000, True, 30_000),
        (GOOD * MANY + '1,"a"b,3,4,5\n' * MANY, True, MANY),
        (GOOD + 'a"\n' * MANY, True, 101),
    ],
    ids=["too short", "too long", "with the sign between", "never closed", "quotation marks inside", "odd marks"],
)
def test_a_file_of_lines_that_do_not_fit_is_told(tmp_path: Path, text: str, quotes: bool, least: int) -> None:
    assert found(tmp_path, text, quotes=quotes) >= least


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        (GOOD * MANY, False),
        (GOOD * MANY + "a\n" * 90, False),
        (GOOD * MANY + " \t\u3000\n" * MANY + ",,\n" * MANY, False),
        (GOOD.replace("\n", ",\n") * MANY, False),
        (GOOD.replace("01,", '"01",').replace("\n", ",\n") * MANY, True),
        ('1,01,"某路, 1\n号",x,y\n' * MANY, True),
        ('"1","01","a""b,c","x","20200101"\n' * MANY, True),
        (GOOD * MANY + '1,01,5"10",x,y\n' * 90, True),
    ],
    ids=[
        "all fit",
        "some do not",
        "blank lines",
        "a delimiter more",
        "the same with marks",
        "cells over two lines",
        "doubled marks",
        "inches",
    ],
)
def test_a_list_is_read_as_before(tmp_path: Path, text: str, quotes: bool) -> None:
    assert found(tmp_path, text, quotes=quotes) == 0


def test_delimiters_in_quotation_marks_do_not_have_the_text_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misfits, "_records_of_other_width", lambda *_: pytest.fail("read once more, line by line"))
    assert found(tmp_path, '1,"某路, 1号","a""b,c",x,"2,3"\n' * MANY, quotes=True) == 0
