"""Error files as they come back: from LibreOffice, corrected by hand, in every format it saves."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from canbao.bulk.sqltext import sql
from canbao.outside.files.refusal import DeliveryRefused
from canbao.outside.sheets import workbook
from canbao.services import intake
from canbao.services.intake import Receipt, returning
from canbao.services.intake.places import engine, folder_of
from canbao.store.models import Batch
from tests.integration.intake.builders import Desk, counts, errors_of, people, police, text_of
from tests.programs import returned

FILES = Path(returned.__file__).parent / "files" / "returned"
FORMS = ("gb18030.csv", "ods", "utf16.csv", "utf8.csv", "xlsx")
SAVED = sorted(path.name for path in FILES.iterdir())


def test_what_libreoffice_saved_finds_its_records(desk: Desk) -> None:
    assert [f"from_{opened}.{form}" for opened in ("csv", "xlsx") for form in FORMS] == SAVED
    desk.accept(returned.deliver(desk.folder / "before", before(), as_of="2026-02-28"))
    right = understood(
        desk.receive(returned.deliver(desk.folder / "right", returned.rows(right=True), as_of="2026-03-31"))
    )
    for name in SAVED:
        receipt = desk.receive(FILES / name, source=returned.SOURCE, kind="delta", as_of="2026-03-01")
        assert counts(receipt.batch) == {"accepted": 4, "changed": 4}, name
        found = understood(receipt)
        assert len(found) == 4 and found.items() <= right.items(), name


def before() -> list[dict[str, str]]:
    """What was accepted earlier: the four under other names."""
    return [
        row | ({"AAC003": "旧名字"} if row["AAC001"] in returned.CORRECTIONS else {})
        for row in returned.rows(right=True)
    ]


def understood(receipt: Receipt) -> dict[str, int]:
    """The digest of what each row says, by record key."""
    folder = folder_of(receipt.delivery)
    with engine(reads=[folder.path]) as session:
        return dict(session.rows(sql("select record_key, content from {rows}", rows=folder.mapped)))


def test_the_workbook_holds_texts_that_are_not_carried_out_beside_the_reason(desk: Desk) -> None:
    odd = {"户籍地址": "=1+1", "户号": "000123", "备注": "_x0041_\x1f\t", "曾用名": "张\ue805"}
    rows = [row | dict.fromkeys(odd, "") | {"户籍地址": "某路"} for row in people(60)]
    batch = desk.receive(desk.deliver([*rows, police(61, 出生日期="19900230") | odd])).batch
    book, text = intake.error_files(batch.pk)
    head, row = cells(book)
    assert (head[0], head[-1], row[-1].split("-")[1:3]) == ("退回原因", "退回编号", ["1", "62"])
    found = dict(zip(head, row, strict=True))
    assert {name: found[name] for name in odd} == odd | {"户籍地址": "'=1+1"}
    assert found["退回原因"].startswith("第 62 行：“出生日期”不是有效的日期。请写成 1990-01-31")
    assert ",\t000123," in text.read_text("utf-8-sig")


def cells(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_the_reason_calls_a_column_as_its_sender_does(desk: Desk) -> None:
    rows = [{"身份证号" if name == "公民身份号码" else "AAC006" if name == "出生日期" else name: cell for name, cell in row.items()}
            for row in [*people(60), police(61, 出生日期="昨天", 性别="九")]]  # fmt: skip
    (row,) = errors_of(desk.receive(desk.deliver(rows)).batch)
    assert "“AAC006（出生日期）”不是有效的日期。" in row["退回原因"] and "“性别”的代码不在对照表里。" in row["退回原因"]


def spoilt(batch: Batch, **changes: str) -> str:
    """The returned rows as CSV, without what kept their numbers texts, and with these cells changed."""
    out = io.StringIO()
    rows = [row | changes for row in errors_of(batch)]
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def returning_row(desk: Desk) -> Batch:
    """A batch with one row that goes back; its record is known under 000123401."""
    rows = returned.rows(right=True)
    desk.accept(returned.deliver(desk.folder / "first", rows, as_of="2026-01-31"))
    rows[0]["AAC006"] = "19850230"
    return desk.receive(returned.deliver(desk.folder / "second", rows, as_of="2026-02-28")).batch


def deliver_back(desk: Desk, text: str, *, kind: str = "delta") -> Batch:
    folder = desk.deliver(text, source=returned.SOURCE, kind=kind, as_of="2026-03-01")
    return desk.receive(folder).batch


def test_a_row_whose_key_lost_its_zeros_is_nobody_new(desk: Desk) -> None:
    batch = returning_row(desk)
    held = deliver_back(desk, spoilt(batch, AAC001="123401", AAC006="19850227"))
    assert counts(held) == {"quarantined": 1}
    (row,) = errors_of(held)
    assert "记录编号与退回时不同。请恢复退回时的编号" in row["退回原因"]
    assert counts(deliver_back(desk, spoilt(batch, AAC006="19850227"))) == {"accepted": 1, "changed": 1}


def test_a_row_sent_back_again_for_its_key_still_has_to_be_the_record_it_was(desk: Desk) -> None:
    batch = returning_row(desk)
    held = deliver_back(desk, spoilt(batch, AAC001="123401", AAC006="19850227"))
    assert counts(deliver_back(desk, spoilt(held))) == {"quarantined": 1}
    assert counts(deliver_back(desk, spoilt(held, AAC001="000123401"))) == {"accepted": 1, "changed": 1}


@pytest.mark.parametrize(
    ("fault", "right"),
    [
        ({"公民身份号码": "500901199001011234/500901199001011242"}, "500901199001011234"),
        ({"公民身份号码": "5.00901E+17"}, "500901199001011234"),
    ],
)
def test_a_fault_in_what_the_key_is_not_made_of_changes_no_key(desk: Desk, fault: dict[str, str], right: str) -> None:
    """The number makes the key only where the police's own is missing: with it, the row has to come back under that."""
    batch = desk.receive(desk.deliver([*people(60), police(61) | fault])).batch
    (row,) = errors_of(batch)
    assert len(row["退回编号"].split("-")) == 4

    def sent(**changes: str) -> Batch:
        return desk.receive(desk.deliver(text_of([row | {"公民身份号码": right} | changes]), kind="delta")).batch

    assert counts(sent(户籍人员编号="P999999")) == {"quarantined": 1}
    assert counts(sent()) == {"accepted": 1, "new": 1}


def test_without_marks_a_known_key_without_its_zeros_is_held(desk: Desk) -> None:
    (row,) = errors_of(returning_row(desk))
    row = {name: cell for name, cell in row.items() if name != "退回编号"} | {"AAC006": "19850227"}
    assert counts(deliver_back(desk, text_of([row | {"AAC001": "123401"}]))) == {"quarantined": 1}
    assert counts(deliver_back(desk, text_of([row | {"AAC001": "999401"}]))) == {"accepted": 1, "new": 1}
    assert counts(deliver_back(desk, text_of([row]))) == {"accepted": 1, "changed": 1}


def test_a_key_may_be_changed_on_purpose(desk: Desk) -> None:
    text = spoilt(returning_row(desk), AAC001="000999999", AAC006="19850227", 退回编号="")
    assert counts(deliver_back(desk, text)) == {"accepted": 1, "new": 1}


def test_a_corrected_file_as_a_full_list_ends_nobody(desk: Desk) -> None:
    batch = returning_row(desk)
    with pytest.raises(DeliveryRefused, match="请按增量") as refused:
        deliver_back(desk, spoilt(batch, AAC006="19850227"), kind="full")
    assert refused.value.code == "HEADER:RETURNED_AS_FULL"


def test_a_fault_in_the_key_itself_may_be_corrected(desk: Desk) -> None:
    rows = [*people(60), police(61) | {"户籍人员编号": "P000001", "姓名": "另一人"}]
    batch = desk.receive(desk.deliver(rows)).batch
    assert counts(batch)["quarantined"] == 2
    assert {len(row["退回编号"].split("-")) for row in errors_of(batch)} == {3}


def test_more_rows_than_anybody_corrects_go_back_as_csv_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returning, "MOST_IN_A_BOOK", 2)
    for wrong, forms in ((2, [".xlsx", ".csv"]), (3, [".csv"])):
        batch = desk.receive(desk.deliver([*people(60), *(police(100 + n, 性别="九") for n in range(wrong))])).batch
        assert [path.suffix for path in intake.error_files(batch.pk)] == forms


def test_a_workbook_that_takes_long_is_written_by_who_receives_and_not_by_a_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "MOST_IN_A_PAGE", 2)
    for wrong, is_there in ((2, False), (3, True)):
        batch = desk.receive(desk.deliver([*people(60), *(police(100 + n, 性别="九") for n in range(wrong))])).batch
        book, _ = returning.error_file_paths(batch.delivery)
        assert book.exists() == is_there
        assert len(cells(intake.error_files(batch.pk)[0])) == 1 + wrong


def test_a_cell_that_no_sheet_can_hold_is_told(desk: Desk) -> None:
    rows = [*people(60), police(61, 性别="九", 户籍地址="长" * 40_000)]
    batch = desk.receive(desk.deliver(rows)).batch
    head, row = cells(intake.error_files(batch.pk)[0])
    assert not row[head.index("户籍地址")] and "标黄的格过长" in row[0]
    assert len(errors_of(batch)[0]["户籍地址"]) == 40_000


def test_a_workbook_saved_again_by_a_program_comes_back(desk: Desk, tmp_path: Path) -> None:
    """Every cell read and written anew, as programs that know no looks do it."""
    batch = returning_row(desk)
    head, row = cells(intake.error_files(batch.pk)[0])
    row[head.index("AAC006")] = "1985-02-27"
    with workbook(tmp_path / "again.xlsx") as book:
        sheet = book.add_worksheet()
        for number, texts in enumerate((head, row)):
            sheet.write_row(number, 0, texts)
    receipt = desk.receive(tmp_path / "again.xlsx", source=returned.SOURCE, kind="delta", as_of="2026-03-01")
    assert counts(receipt.batch) == {"accepted": 1, "changed": 1}
