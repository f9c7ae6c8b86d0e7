"""Files as twenty departments would send them, and what became of each."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import intake
from canbao.services.intake.places import folder_of
from tests.integration.intake.builders import AT, RECEIVER, Desk, Row, errors_of, police, text_of

NAMES = ["张建国", "李秀英", "王桂兰", "刘洋", "陈静", "杨柳青", "赵铁柱", "黄河清", "周晓燕", "吴琼"]


def rows(count: int, **changes: str) -> list[Row]:
    """Different people of the police extract, with a household."""
    return [
        police(
            n, 姓名=NAMES[n % 10], 公民身份号码=f"50090119900{n % 9 + 1}{n % 27 + 1:02}123X",
            出生日期=f"1990-0{n % 9 + 1}-{n % 27 + 1:02}", 户号=f"0001{n:06}",
        ) | changes
        for n in range(1, count + 1)
    ]  # fmt: skip


HEADER = list(rows(1)[0])
PLACE = HEADER.index


def text(count: int = 6) -> str:
    return text_of(rows(count))


@dataclass(frozen=True)
class Odd:
    """A file and what a colleague would want of it.

    wanted: "6" rows taken, "5+1" taken and sent back, or the code of a refusal. said: words that the sender or clerk must read.
    first: values of the row with record key P000001.
    """

    title: str
    sent: bytes | str
    wanted: str
    said: tuple[str, ...] = ()
    name: str = "a.csv"
    first: dict[str, str | None] = field(default_factory=dict)
    source: str = "police"

    def __str__(self) -> str:
        return self.title


@dataclass
class Became:
    """What is to be read about a delivery: its verdict, every word told, the rows as understood."""

    verdict: str
    told: str
    rows: list[dict[str, Any]] = field(default_factory=list)


def became(
    desk: Desk, files: dict[str, bytes | str], *, source: str = "police", kind: str = "full", as_of: str = "2026-10-31",
    manifest: bytes | None = None,
) -> Became:  # fmt: skip
    """Receive a folder; the rows add up and each goes one way, a refusal names the file and nobody's data."""
    desk.made += 1
    folder = desk.folder / f"{desk.made:02d}"
    folder.mkdir()
    for name, sent in files.items():
        (folder / name).write_bytes(sent.encode() if isinstance(sent, str) else sent)
    entries = [{"name": name} for name in files]
    made = json.dumps({"source": source, "kind": kind, "as_of": as_of, "files": entries}).encode()
    (folder / "manifest.json").write_bytes(made if manifest is None else manifest)
    try:
        receipt = intake.receive(intake.announced(folder), actor=RECEIVER, at=AT)
    except DeliveryRefused as error:
        refusal = error
    else:
        return _taken(receipt)
    assert not re.search("[0-9]{15}|" + "|".join(NAMES), refusal.sentence), "nobody's data in a refusal"
    return Became(refusal.code, refusal.sentence)


def _taken(receipt: intake.Receipt) -> Became:
    counts = receipt.batch.counts
    back = counts["quarantined"] + counts["rejected"]
    taken = counts["accepted"] + counts["unchanged"]
    assert taken + back == receipt.delivery.rows
    reasons = [row["退回原因"] for row in errors_of(receipt.batch)]
    assert len(reasons) == back and all(re.match("(工作表“.+”)?第 [0-9]+ 行：", reason) for reason in reasons)
    page = intake.preview(receipt.batch.pk)
    words = [warning["label"] for warning in page["warnings"]]
    words += [word for file in page["files"] for word in (*file["unknown_columns"], *file["hidden_sheets"])]
    mapped = [
        row
        for path in sorted((folder_of(receipt.delivery).path / "mapped").glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    return Became(f"{taken}+{back}" if back else f"{taken}", "\n".join([*words, *reasons]), mapped)


def check(desk: Desk, odd: Odd) -> None:
    found = became(desk, {odd.name: odd.sent}, source=odd.source)
    assert found.verdict == odd.wanted, found.told
    assert all(word in found.told for word in odd.said), found.told
    if odd.first:
        row = next(row for row in found.rows if row["record_key"] == "P000001")
        assert {name: None if row[name] is None else str(row[name]) for name in odd.first} == odd.first


def book(
    change: Callable[[Any, Any], object] = lambda made, sheet: None, options: dict[str, Any] | None = None
) -> bytes:
    """A workbook of five people as text cells, changed."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, options or {})
    sheet = made.add_worksheet("名单")
    sheet.write_row(0, 0, HEADER)
    for number, row in enumerate(rows(5), start=1):
        for place, cell in enumerate(row.values()):
            sheet.write_string(number, place, cell)
    change(made, sheet)
    made.close()
    return out.getvalue()


def edited(archive: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """An archive with its members changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, change(member.filename, old.read(member)))
    return out.getvalue()


def parquet(**columns: Any) -> bytes:
    """Five people, with other columns in the place of theirs."""
    people = rows(5)
    table = {name: pa.array([row[name] for row in people]) for name in HEADER}
    out = io.BytesIO()
    pq.write_table(pa.table(table | columns), out)
    return out.getvalue()
