"""What departments type and how their systems write it: all of it ends in the same records."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import intake
from tests.integration.intake.builders import AT, COMMITTER, Desk, counts, errors_of, insured, people, police, text_of

MENDED = "龴龵龶龷龸龹龺龻𠂇𠂉𠃌𡗗𢦏𤇾"
OLD = bytes.fromhex("FE59FE61FE66FE67FE6DFE7EFE90FEA0FE51FE52FE53FE6CFE76FE91")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_encoding_gives_the_same_names(desk: Desk, encoding: str, packed: bool) -> None:
    desk.accept(desk.deliver(people(3, 姓名="欧阳镕镕"), encoding=encoding, packed=packed))
    assert {row["name"] for row in desk.state().values()} == {"欧阳镕镕"}


def test_the_positions_of_the_2022_table_are_mended_whatever_the_encoding(desk: Desk) -> None:
    head, tail = text_of([police(1, 姓名="@")]).encode("gb18030").split(b"@")
    receipt = desk.receive(desk.deliver(head + OLD + tail))
    assert receipt.delivery.files[0]["mended"] == dict.fromkeys(MENDED, 1)
    desk.accept(desk.deliver((head + OLD + tail).decode("gb18030"), as_of="2026-11-30"))
    assert desk.state()["P000001"]["name"] == MENDED


def test_a_utf8_file_with_a_broken_byte_is_not_taken_for_gb18030(desk: Desk) -> None:
    data = text_of(people(60)).encode()
    spot = data.index("张三".encode(), 3000)
    batch = desk.receive(desk.deliver(data[:spot] + b"\xe5" + data[spot + 3 :])).batch
    assert counts(batch) == {"accepted": 59, "quarantined": 1, "new": 59}


def test_headers_are_known_by_code_name_and_habit(desk: Desk) -> None:
    text = text_of([insured(1)])
    row = text.splitlines()[1]
    same = '"\ufeff个人编号", 身份证号码 ,姓　名,险种,ＡＡＣ００８,开始日期,终止日期,备注'
    desk.accept(desk.deliver(f"{same}\n{row},写着玩\n", source="employee"))
    (record,) = desk.state("employee").values()
    assert record["record_key"] == "10000001110" and record["spell_from"] == date(2010, 1, 1)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(desk: Desk, delimiter: str, newline: str) -> None:
    text = text_of(people(3)).replace(",", delimiter).replace("\n", newline)
    assert counts(desk.receive(desk.deliver(text.rstrip(newline))).batch) == {"accepted": 3, "new": 3}


def test_quoted_values_may_hold_delimiters_quotes_and_line_ends(desk: Desk) -> None:
    desk.accept(desk.deliver(people(3, 户籍地址='一路,"2"号\n三楼')))
    assert {row["address"] for row in desk.state().values()} == {'一路,"2"号 三楼'}


def test_a_heading_may_hold_a_line_end_and_blank_lines_are_no_rows(desk: Desk) -> None:
    text = text_of(people(3)).replace("姓名", '"姓\n名"').replace("P000002", "\n\nP000002")
    text = "\n" + text.replace("\n\n\n", "\n\n") + "P000004,一列太少\nP000005\n\n"
    batch = desk.receive(desk.deliver(text)).batch
    assert counts(batch) == {"accepted": 3, "rejected": 2, "new": 3}


@pytest.mark.parametrize("line", ["   ", "\t\u3000", ",,", " , ,\u3000,", '"",""'])
def test_a_line_of_blanks_is_no_row_however_many_cells_it_has(desk: Desk, line: str) -> None:
    first, *rows = text_of(people(3)).splitlines()
    text = "\n".join([first, line, *rows[:2], line, rows[2], "P000004,一列太少", line])
    batch = desk.receive(desk.deliver(text)).batch
    assert counts(batch) == {"accepted": 3, "rejected": 1, "new": 3}
    assert [row["退回原因"][:6] for row in errors_of(batch)] == ["第 7 行："]


@pytest.mark.parametrize("columns", [999, 1000])
def test_the_error_file_of_the_widest_list_comes_back(desk: Desk, columns: int) -> None:
    row = police(1, 性别="5")
    row |= {f"其他{n}": "" for n in range(columns - len(row))}
    batch = desk.receive(desk.deliver([row])).batch
    corrected = [sent | {"性别": "2"} for sent in errors_of(batch)]
    assert counts(desk.receive(desk.deliver(corrected, kind="delta")).batch) == {"accepted": 1, "new": 1}
    with pytest.raises(DeliveryRefused) as refusal:
        desk.receive(desk.deliver([row | {f"又{n}": "" for n in range(1001 - columns)}]))
    assert refusal.value.code == "FILE:TOO_MANY_COLUMNS" and "1000 列" in refusal.value.sentence


def test_parquet_and_excel_give_the_same_records(desk: Desk, tmp_path: Path) -> None:
    rows = people(3, 出生日期="1990-01-01")
    options = {"source": "police", "kind": "full"}
    plain = desk.receive(desk.deliver(rows)).batch
    (tmp_path / "a.csv").write_text(text_of(rows), encoding="utf-8")
    duckdb.execute(
        f"copy (select * replace (出生日期::date as 出生日期, 性别::int as 性别) from read_csv('{tmp_path}/a.csv', all_varchar=true))"
        f" to '{tmp_path}/a.parquet'"
    )
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d"})
    sheet.write_row(0, 0, list(rows[0]))
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, list(row.values()))
        sheet.write_datetime(number, list(row).index("出生日期"), date(1990, 1, 1), day)
        sheet.write_number(number, list(row).index("性别"), 1)
    book.close()
    intake.commit(plain.pk, actor=COMMITTER, at=AT)
    for name, as_of in (("a.parquet", "2026-11-01"), ("a.xlsx", "2026-11-02")):
        assert counts(desk.receive(tmp_path / name, as_of=as_of, **options).batch) == {"unchanged": 3}


DATES = {
    "19900101": date(1990, 1, 1),
    "1990-01-01": date(1990, 1, 1),
    "1990/1/1": date(1990, 1, 1),
    "1990年1月1日": date(1990, 1, 1),
    "199001": date(1990, 1, 1),
    "1990-01": date(1990, 1, 1),
    "1990-01-01 00:00:00": date(1990, 1, 1),
    "": None,
    "0": None,
    "00000000": None,
    "无": None,
    "-": None,
    "NULL": None,
}
WRONG = ("19900230", "1990-13-01", "17990101", "22000101", "abc", "199", "1990111", "2015.1", "32874", "01/02/1990")


def test_dates_as_they_are_written(desk: Desk) -> None:
    rows = [police(number, 迁入日期=text) for number, text in enumerate([*DATES, *WRONG])]
    batch = desk.receive(desk.deliver(rows)).batch
    assert {row["迁入日期"] for row in errors_of(batch)} == set(WRONG)
    desk.accept(desk.deliver(rows[: len(DATES)], as_of="2026-11-30"))
    assert [row["moved_in_on"] for _, row in sorted(desk.state().items())] == list(DATES.values())


def test_an_end_in_9999_is_an_open_end_and_a_birth_to_come_is_none(desk: Desk) -> None:
    desk.accept(desk.deliver([insured(1, AAE031="99991231"), insured(2, AAE031="20201231")], source="employee"))
    assert [row["spell_to"] for _, row in sorted(desk.state("employee").items())] == [None, date(2020, 12, 31)]
    batch = desk.receive(desk.deliver([police(1, 出生日期="20261101"), police(2)])).batch
    assert errors_of(batch)[0]["户籍人员编号"] == "P000001"


def test_numbers_are_cleaned_but_never_repaired(desk: Desk) -> None:
    sent = {
        " 50090119900101001x": "50090119900101001X",
        "５００９０１１９９００１０１００１Ｘ": "50090119900101001X",
        "500901 19900101 001X": "50090119900101001X",
        "'50090119900101001X": "50090119900101001X",
        "500901900101001": "500901900101001",
        "5009011990010100": "5009011990010100",
    }
    desk.accept(desk.deliver([police(number, 公民身份号码=text) for number, text in enumerate(sent)]))
    assert [row["doc_number"] for _, row in sorted(desk.state().items())] == list(sent.values())


def test_a_number_that_a_spreadsheet_rounded_is_held_back(desk: Desk) -> None:
    batch = desk.receive(desk.deliver([police(1, 公民身份号码="5.00901E+17"), police(2)])).batch
    assert counts(batch) == {"accepted": 1, "quarantined": 1, "new": 1}


def test_warnings_never_hold_a_row_back(desk: Desk) -> None:
    rows = [
        police(1, 公民身份号码="500901199001010011", 性别="1"),
        police(2, 公民身份号码="500901199001010012", 性别="1"),
        police(3, 公民身份号码="500901900101001", 性别="2"),
        police(4, 公民身份号码="500901199001010011", 出生日期="19900102"),
        police(5, 公民身份号码="50090119900101001", 户籍区划="599999", 姓名="张?"),
        police(6, 公民身份号码=""),
    ]
    batch = desk.receive(desk.deliver(rows)).batch
    assert counts(batch) == {"accepted": 6, "new": 6}
    assert batch.warnings == {
        "BIRTH_DIFFERS": 1,
        "CHECK_DIGIT": 1,
        "DIVISION_UNKNOWN": 1,
        "NAME_DAMAGED": 1,
        "NUMBER_15": 1,
        "NUMBER_LENGTH": 1,
        "NUMBER_MISSING": 1,
        "SEX_DIFFERS": 1,
    }


BLANK = {"", " ", "\t", "　", "NULL", '"'}  # words for nothing too; the quotation mark is taken out below
ODD = st.sampled_from(
    [
        "",
        " ",
        "张三",
        "19900101",
        "19900230",
        "1",
        "9",
        "X",
        '"',
        "a,b",
        "\t",
        "　",
        "500901199001010016",
        "正常",
        "NULL",
        "𠂇",
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.lists(ODD, min_size=7, max_size=9), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_every_row_of_every_file_ends_in_exactly_one_verdict(desk: Desk, lines: list[list[str]], encoding: str) -> None:
    header = ",".join(police(1)) + "\n"
    text = header + "".join(
        ",".join(f'"{cell}"' if "," in cell else cell.replace('"', "") for cell in line) + "\n" for line in lines
    )
    # A row without any value is no row, however many cells it has; a word for nothing is known only in its column.
    filled = sum(any(cell not in (BLANK if len(line) >= 8 else BLANK - {"NULL"}) for cell in line) for line in lines)
    if not filled:
        with pytest.raises(DeliveryRefused, match="没有数据"):
            desk.receive(desk.deliver(text, encoding=encoding))
        return
    batch = desk.receive(desk.deliver(text, encoding=encoding)).batch
    sums = batch.counts
    assert sums["accepted"] + sums["unchanged"] + sums["quarantined"] + sums["rejected"] == filled
    assert len(errors_of(batch)) == sums["quarantined"] + sums["rejected"]
