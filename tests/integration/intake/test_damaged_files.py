"""What other programs do to a list on its way: sheets, blank rows, encodings, quotes, fillers, damaged numbers and dates, keys."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import intake
from canbao.store.models import Batch, BatchStatus
from tests.integration.intake.builders import Desk, Row, counts, errors_of, insured, people, police, text_of

Sheet = tuple[str, Sequence[Row | None], bool]  # name, rows (None: a blank one), hidden


def workbook(path: Path, *sheets: Sheet) -> Path:
    book = xlsxwriter.Workbook(str(path))
    for name, rows, hidden in sheets:
        sheet = book.add_worksheet(name)
        header = list(next(row for row in rows if row))
        sheet.write_row(0, 0, header)
        for number, row in enumerate(rows, start=1):
            if row:
                sheet.write_row(number, 0, [row[column] for column in header])
        if hidden:
            sheet.hide()
        else:
            sheet.activate()
    book.close()
    return path


def received(desk: Desk, path: Path, source: str = "police") -> Batch:
    return desk.receive(path, source=source, kind="full", as_of="2026-10-31").batch


def test_all_sheets_that_are_seen_are_read_and_hidden_ones_are_named(desk: Desk, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ("旧名单", [police(90)], True),
        ("第一村", people(2), False),
        ("第二村", [police(3), None, police(4, 出生日期="1990-02-30")], False),
    )
    batch = received(desk, path)
    assert counts(batch) == {"accepted": 3, "quarantined": 1, "new": 3}
    assert intake.preview(batch.pk)["files"][0]["hidden_sheets"] == ["旧名单"]
    assert errors_of(batch)[0]["退回原因"].startswith("工作表“第二村”第 4 行")


@pytest.mark.parametrize(
    ("sheets", "code", "said"),
    [
        ([("名单", people(2), False), ("另一种", [{"甲": "1", "乙": "2"}], False)], "FILE:OTHER_SHEETS", "另一种"),
        ([("名单", people(2), True), ("空", [{"说明": ""}], True)], "FILE:ONLY_HIDDEN", "隐藏"),
    ],
)
def test_sheets_that_cannot_be_taken_are_a_refusal(
    desk: Desk, tmp_path: Path, sheets: list[Sheet], code: str, said: str
) -> None:
    if code == "FILE:ONLY_HIDDEN":  # a workbook has to show a sheet: an empty one
        book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
        hidden = book.add_worksheet("名单")
        hidden.write_row(0, 0, list(police(1)))
        hidden.write_row(1, 0, list(police(1).values()))
        book.add_worksheet("空").activate()
        hidden.hide()
        book.close()
    else:
        workbook(tmp_path / "a.xlsx", *sheets)
    with pytest.raises(DeliveryRefused) as refused:
        received(desk, tmp_path / "a.xlsx")
    assert refused.value.code == code and said in refused.value.sentence


def test_cells_of_a_further_sheet_are_not_shifted(desk: Desk, tmp_path: Path) -> None:
    """An unnamed column in front of the others would make numbers of names."""
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, numbered in (("第一村", False), ("第二村", True)):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, numbered, list(police(1)))
        sheet.write_row(1, 0, ["1"] * numbered + list(police(2 if numbered else 1).values()))
    book.close()
    with pytest.raises(DeliveryRefused) as refused:
        received(desk, path)
    assert refused.value.code == "FILE:OTHER_SHEETS" and "第二村" in refused.value.sentence


def test_remarks_on_a_sheet_of_their_own_are_no_list(desk: Desk, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ("名单", people(2), False), ("填表说明", [{"说明": "请按户口簿填写"}], False))
    assert counts(received(desk, path)) == {"accepted": 2, "new": 2}


@pytest.mark.parametrize("quotes", ["", '"'])
def test_rows_are_numbered_as_the_sender_sees_them(desk: Desk, quotes: str) -> None:
    lines = text_of(
        [police(1, 户籍地址=f"{quotes}一路{quotes}"), police(2), police(3, 出生日期="19900230")]
    ).splitlines()
    sent = "\n".join([lines[0], lines[1], "", "", lines[2], ",,,,,,,", lines[3], ",,,,,,,", " ,,,　,,,,"]) + "\n\n\n"
    batch = desk.receive(desk.deliver(sent)).batch
    assert counts(batch) == {"accepted": 2, "quarantined": 1, "new": 2}
    assert errors_of(batch)[0]["退回原因"].startswith("第 7 行")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_recognised(desk: Desk, encoding: str) -> None:
    desk.accept(desk.deliver(people(3, 姓名="张建国"), encoding=encoding))
    assert {row["name"] for row in desk.state().values()} == {"张建国"}


def test_utf_32_is_refused(desk: Desk) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        desk.receive(desk.deliver(text_of(people(3)).encode("utf-32-le")))
    assert refused.value.code == "FILE:ENCODING"


def test_two_stray_quotes_that_swallow_a_row_are_found(desk: Desk) -> None:
    lines = text_of(people(4)).splitlines()
    lines[2] = lines[2].replace("某路1号", '"幸福小区')
    lines[3] = lines[3].replace("某路1号", '6号"')
    with pytest.raises(DeliveryRefused) as refused:
        desk.receive(desk.deliver("\n".join(lines) + "\n"))
    assert refused.value.code == "FILE:OPEN_QUOTE" and "第 3 行" in refused.value.sentence


@pytest.mark.parametrize("word", ["不详", "NaN", r"\N", "#N/A", "(null)", "未知", " 无 ", "－", "#DIV/0!", "N U L L"])
def test_a_word_for_nothing_is_nothing(desk: Desk, word: str) -> None:
    rows = [insured(1, AAC147=word, AAE005=word, AAE006=word, AAE030=word, AAE031=word), insured(2, AAC003=word)]
    batch = desk.accept(desk.deliver(rows, source="employee"))
    assert counts(batch) == {"accepted": 1, "quarantined": 1, "new": 1}
    (row,) = desk.state("employee").values()
    assert not any(row[name] for name in ("doc_number", "phone", "address", "spell_from", "spell_to"))


@pytest.mark.parametrize(
    ("column", "text", "held"),
    [
        ("户号", "5.00112E+11", True),
        ("公民身份号码", "5.00901E+17", True),
        ("公民身份号码", "500901199001010010.0", True),
        ("户籍区划", "5.00112E+11", False),
        ("户籍区划", "50011", False),
        ("户号", "500112000000000", False),
        ("户号", "集体户", False),
    ],
)
def test_a_damaged_value_is_held_or_told_and_left_out(desk: Desk, column: str, text: str, held: bool) -> None:
    rows = [police(number, 户号="12345678") for number in range(1, 5)]
    rows[0][column] = text
    batch = desk.receive(desk.deliver(rows)).batch
    assert batch.counts["quarantined"] == int(held)
    told = [warning["label"] for warning in intake.preview(batch.pk)["warnings"]]
    said = errors_of(batch)[0]["退回原因"] if held else "".join(told)
    assert f"“{column}”" in said


def test_a_column_of_rounded_numbers_identifies_nobody(desk: Desk) -> None:
    rows = [police(n, 公民身份号码=f"5009011990{n:02}01{n:02}000"[:15] + "000") for n in range(10, 40)]
    rows += [police(n) for n in range(50, 60)]
    batch = desk.accept(desk.deliver(rows))
    assert batch.warnings["公民身份号码:ROUNDED"] == 30
    assert sum(row["doc_number"] is None for row in desk.state().values()) == 30


@pytest.mark.parametrize(
    "text", ["1990111", "01/02/1990", "90-01-02", "32874", "19900101.0", "631152000", "农历1990年正月初一"]
)
def test_a_date_is_never_guessed(desk: Desk, text: str) -> None:
    batch = desk.receive(desk.deliver([police(1, 出生日期=text), police(2)])).batch
    assert counts(batch) == {"accepted": 1, "quarantined": 1, "new": 1}


def test_a_month_that_a_spreadsheet_took_for_a_number_is_held(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    sheet, rows = book.add_worksheet("名单"), [insured(n, AAC049="") for n in range(1, 4)]
    sheet.write_row(0, 0, list(rows[0]))
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, list(row.values()))
    place = list(rows[0]).index("AAC049")
    sheet.write_number(1, place, 2015.1)
    sheet.write_number(2, place, 39999, book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_number(3, place, 39999)
    book.close()
    batch = received(desk, path, "employee")
    assert {row["AAC001"] for row in errors_of(batch)} == {"10000001", "10000003"}, (
        "a date cell has the epoch of its workbook"
    )
    assert counts(batch) == {"accepted": 1, "quarantined": 2, "new": 1}


def test_one_key_however_it_is_written(desk: Desk) -> None:
    header, *rows = csv.reader(io.StringIO(text_of([police(1), police(2), police(3)])))
    desk.accept(desk.deliver(text_of([police(1), police(2), police(3)])))
    for row, text in zip(rows, ['="P000001"', "'P000002", "ｐ000003\u00a0"], strict=True):
        row[0] = text
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    assert counts(desk.receive(desk.deliver(out.getvalue(), as_of="2026-11-30")).batch) == {"unchanged": 3}


def test_what_the_register_cannot_hold_is_not_taken(desk: Desk) -> None:
    rows = [insured(1, AAE005="135" * 26), insured(2, AAC001="7" * 41), insured(3) | {"AAZ502": "已挂失"}]
    rows = [row | {"AAZ502": row.get("AAZ502", "1")} for row in rows]
    batch = desk.receive(desk.deliver(rows, source="employee")).batch
    assert counts(batch) == {"accepted": 1, "quarantined": 2, "new": 1}
    assert "联系电话）”太长" in errors_of(batch)[0]["退回原因"]


def test_names_that_are_none_hold_a_delivery(desk: Desk) -> None:
    garbled = [police(n, 姓名="张建国".encode().decode("gb18030", "replace").replace("\ufffd", "")) for n in range(40)]
    batch = desk.receive(desk.deliver(garbled)).batch
    assert batch.status == BatchStatus.HELD
    assert "no_names" in {breaker["breaker"] for breaker in batch.breakers}
    assert not desk.receive(desk.deliver(people(40))).batch.breakers
