"""The page of the return station reads a scanned number as the server does."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from canbao.rules.text import number_form

SCRIPT = Path(__file__).parents[3] / "canbao/web/static/returns/station.js"
SCANNED = (
    "123456789012", "１２３４５６７８９０１２", " 1234 5678 9012 ", "1234\u30005678\u00a09012", "\ufeff123456789012\u200b", "123456789012-3",
    "123456789012－３", "123456789012‐3", "123456789012—3", "123456789012−3", '"123456789012"', "'123456789012", "=123456789012", "1\t2\r\n", "4",
)  # fmt: skip


def test_the_page_reads_a_number_as_the_server_does() -> None:
    plain = re.search(r"^const plain = .*$", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
    assert plain
    program = f"{plain[0]} console.log(JSON.stringify({json.dumps(SCANNED)}.map(plain)))"
    told = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == [number_form(text) for text in SCANNED]
