"""Deliveries that are refused whole, each with its reason; nothing of them stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xlsxwriter

from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import intake
from canbao.store.models import Batch
from tests.integration.intake.builders import AT, RECEIVER, Desk, people, police, text_of

HEADER = list(police(1))


def without(column: str) -> str:
    return text_of([{name: value for name, value in row.items() if name != column} for row in people(3)])


def workbook(path: Path, rows: list[list[object]], *, merged: bool = False) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    if merged:
        sheet.merge_range(0, 0, 0, 3, "常住人口登记")
    for number, row in enumerate(rows):
        sheet.write_row(number + merged, 0, row)
    book.close()
    return path


REFUSED: dict[str, tuple[str, Callable[[Desk], Path]]] = {
    "wrong digest": ("MANIFEST:DIGEST", lambda desk: desk.deliver(people(3), sm3="0" * 64)),
    "wrong number of rows": ("MANIFEST:ROWS", lambda desk: desk.deliver(people(3), rows=4)),
    "file not there": ("MANIFEST:FILE_MISSING", lambda desk: renamed(desk, "不在.csv")),
    "file outside": ("MANIFEST:FILE_OUTSIDE", lambda desk: renamed(desk, "../police_01.csv")),
    "unknown source": ("MANIFEST:SOURCE", lambda desk: desk.deliver(people(3), source="tax")),
    "unknown kind": ("MANIFEST:KIND", lambda desk: desk.deliver(people(3), kind="part")),
    "a day that has not come": ("MANIFEST:FUTURE", lambda desk: desk.deliver(people(3), as_of="2026-12-02")),
    "bad date": ("MANIFEST:DATE", lambda desk: desk.deliver(people(3), as_of="2026-13-01")),
    "mandatory column missing": ("HEADER:COLUMN_MISSING", lambda desk: desk.deliver(without("出生日期"))),
    "two columns for one item": (
        "HEADER:TWO_COLUMNS",
        lambda desk: desk.deliver([row | {"身份证号": "1"} for row in people(3)]),
    ),
    "delta without op": ("HEADER:OP_MISSING", lambda desk: desk.deliver(people(3), kind="delta")),
    "two header rows": (
        "HEADER:TWO_ROWS",
        lambda desk: desk.deliver(",".join(HEADER) + "\n" + text_of(people(3), header=HEADER)),
    ),
    "title above the header": ("HEADER:TITLE", lambda desk: desk.deliver("常住人口登记\n" + text_of(people(3)))),
    "last line cut off": ("FILE:TRUNCATED", lambda desk: desk.deliver(text_of(people(9))[:-40])),
    "gzip cut off": ("FILE:TRUNCATED", lambda desk: cut(desk.deliver(people(99), packed=True))),
    "quotation mark never closed": (
        "FILE:OPEN_QUOTE",
        lambda desk: desk.deliver(text_of(people(9)).replace("某路1号", '"某路1号', 1)),
    ),
    "only a header": ("FILE:NO_ROWS", lambda desk: desk.deliver(",".join(HEADER) + "\n")),
    "empty": ("FILE:EMPTY", lambda desk: desk.deliver("")),
    "not a text": ("FILE:ENCODING", lambda desk: desk.deliver(bytes(range(128, 256)) * 50)),
}


def renamed(desk: Desk, name: str) -> Path:
    """The manifest names another file than the one there is."""
    folder = desk.deliver(people(3))
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("police_01.csv", name))
    return folder


def cut(folder: Path) -> Path:
    path = folder / "police_01.csv.gz"
    path.write_bytes(path.read_bytes()[:-20])
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"sm3"', '"was"'))
    return folder


@pytest.mark.parametrize("case", REFUSED)
def test_a_delivery_is_refused_whole(desk: Desk, case: str) -> None:
    code, make = REFUSED[case]
    path = make(desk)
    with pytest.raises(DeliveryRefused) as refused:
        desk.receive(path)
    assert refused.value.code == code
    assert Batch.objects.count() == 0
    assert list((desk.home / "deliveries").glob("*/*")) == []


def test_a_missing_column_is_named_with_the_nearest_header(desk: Desk) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        desk.receive(desk.deliver(text_of(people(3)).replace("出生日期", "出生期")))
    assert "出生日期" in refused.value.sentence and "出生期" in refused.value.sentence


def test_a_merged_header_is_refused_with_its_cells(desk: Desk, tmp_path: Path) -> None:
    rows = [HEADER, *(list(row.values()) for row in people(3))]
    options = {"source": "police", "kind": "full", "as_of": "2026-10-31"}
    with pytest.raises(DeliveryRefused) as refused:
        desk.receive(workbook(tmp_path / "merged.xlsx", rows, merged=True), **options)
    assert refused.value.code == "HEADER:MERGED" and "A1:D1" in refused.value.sentence
    assert desk.receive(workbook(tmp_path / "plain.xlsx", rows), **options).batch.counts["accepted"] == 3


def test_a_file_that_changes_while_it_is_read_is_refused(desk: Desk) -> None:
    folder = desk.deliver(people(3))

    @contextmanager
    def meddling(label: str, *, total: float | None = None) -> Iterator[Callable[[float], None]]:
        yield lambda step: None
        if label.startswith("读取"):
            (folder / "police_01.csv").write_text("姓名\n", encoding="utf-8")

    with pytest.raises(DeliveryRefused) as refused:
        intake.receive(intake.announced(folder), actor=RECEIVER, at=AT, watch=meddling)
    assert refused.value.code == "FILE:CHANGED"


def test_options_must_not_contradict_the_manifest(desk: Desk) -> None:
    folder = desk.deliver(people(3))
    with pytest.raises(DeliveryRefused) as refused:
        intake.announced(folder, source="health")
    assert refused.value.code == "MANIFEST:OPTIONS" and "police" in refused.value.sentence
    assert intake.announced(folder, source="police", kind="full").source == "police"


def test_a_wrong_number_of_rows_is_refused_for_known_files_too(desk: Desk) -> None:
    known = desk.receive(desk.deliver(people(3), rows=3))
    with pytest.raises(DeliveryRefused) as refused:
        desk.receive(desk.deliver(people(3), rows=4))
    assert refused.value.code == "MANIFEST:ROWS"
    assert desk.receive(desk.deliver(people(3), rows=3)).batch == known.batch


def test_a_broken_workbook_is_refused_in_chinese(desk: Desk, tmp_path: Path) -> None:
    path = workbook(tmp_path / "cut.xlsx", [HEADER, *(list(row.values()) for row in people(99))])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DeliveryRefused) as refused:
        desk.receive(path, source="police", kind="full", as_of="2026-10-31")
    assert refused.value.code == "FILE:TRUNCATED" and "EOCD" not in refused.value.sentence


def test_a_file_alone_needs_its_source_named(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "alone.csv"
    path.write_text(text_of(people(3)), encoding="utf-8")
    with pytest.raises(DeliveryRefused) as refused:
        intake.announced(path)
    assert refused.value.code == "MANIFEST:MISSING"
