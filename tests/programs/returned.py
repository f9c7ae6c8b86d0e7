"""A list with four wrong rows, and what a colleague writes into the error file; see docs/how-to/try-real-programs.md."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

SOURCE = "resident_pension"
NAME = "rp.csv"
KEY = "AAC001"
FORMULA = '=HYPERLINK("http://a.invalid","x")'
# By record key: the cell that is wrong, the wrong text, the right one.
CORRECTIONS = {
    "000123401": ("AAC006", "19850230", "1985-02-28"),
    "000123402": ("AAC004", "九", "2"),
    "000123403": ("AAC003", "", "欧阳镕镕"),
    "000123404": ("AAC006", "不详", "19850704"),
}


def rows(*, right: bool) -> list[dict[str, str]]:
    """Forty people whose keys, cards and telephones begin with zeros. right: with the corrections made."""
    found = [
        {
            "AAC001": f"0001234{number:02d}",
            "AAC058": "01",
            "AAC147": f"50090119850704{number:03d}X",
            "AAC003": "张建国",
            "AAC004": "1",
            "AAC006": "19850704",
            "AAE140": "170",
            "AAC008": "1",
            "AAB301": "500112",
            "AAE005": f"023678900{number:02d}",
            "AAE006": FORMULA if number % 4 == 0 else "悦来街道1-2号",
            "AAZ500": f"00123456{number:02d}",
            "备注": "1-2" if number % 2 else "0012.50",
        }
        for number in range(1, 41)
    ]
    for row in found:
        if row[KEY] in CORRECTIONS:
            column, wrong, correct = CORRECTIONS[row[KEY]]
            row[column] = correct if right else wrong
    return found


def deliver(folder: Path, content: list[dict[str, str]], *, as_of: str) -> Path:
    """A delivery folder with one CSV."""
    folder.mkdir(parents=True)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(content[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(content)
    (folder / NAME).write_text(out.getvalue(), encoding="utf-8")
    manifest = {"source": SOURCE, "kind": "full", "as_of": as_of, "files": [{"name": NAME}]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
