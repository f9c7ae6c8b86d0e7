"""Files for spreadsheets are written in one way; see canbao.outside.sheets and canbao.bulk.cells."""

from __future__ import annotations

import re

from tests.structure.test_stairs import ROOT

WRITERS = re.compile(r"\bcsv\.(writer|DictWriter)\b|\bxlsxwriter\.|format csv[,)]|\.to_csv\(|openpyxl|write_csv")
# By file: why what it writes is safe.
KNOWN = {
    "outside/sheets.py": "the one way",
    "bulk/engine.py": "how a file is written; what is in it is its callers' matter",
    "bulk/returns.py": "rows that go back, each cell through bulk.cells.safe",
    "services/matching/listing.py": "links, the texts through bulk.cells.safe",
    "services/registry/copying.py": "to PostgreSQL and from it, through a pipe and a file that nobody opens",
}


def test_nothing_else_writes_a_file_for_spreadsheets() -> None:
    found = {
        str(path.relative_to(ROOT / "canbao"))
        for path in (ROOT / "canbao").rglob("*.py")
        if WRITERS.search(path.read_text())
    }
    assert found == set(KNOWN)


def test_what_the_set_engine_writes_goes_through_the_one_function() -> None:
    for name in ("bulk/returns.py", "services/matching/listing.py"):
        assert "from canbao.bulk.cells import safe" in (ROOT / "canbao" / name).read_text()
