"""Workbooks and Parquet files of other programs: what is seen in them is what is taken, or it is told why not."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests import hostile
from tests.integration.intake.builders import Desk
from tests.integration.intake.odd_files import HEADER, NAMES, PLACE, Odd, book, check, edited, parquet, rows

HOUSE, BORN, NAME, NUMBER, WHERE = map(PLACE, ("户号", "出生日期", "姓名", "公民身份号码", "户籍地址"))
BIRTHDAY = dt.datetime(1990, 2, 2)  # noqa: DTZ001 - as a spreadsheet has it


def put(place: int, value: Any, look: str = "", options: dict[str, Any] | None = None) -> bytes:
    """A workbook with a number or a day in the first row."""

    def change(made: Any, sheet: Any) -> None:
        form = made.add_format({"num_format": look}) if look else None
        (sheet.write_datetime if isinstance(value, dt.datetime) else sheet.write)(1, place, value, form)

    return book(change, options)


def fault(place: int, said: str) -> bytes:
    return book(lambda _, sheet: sheet.write_formula(1, place, "=A1", None, said))


def unworked(place: int) -> bytes:
    """A formula as libraries write it, that no program has worked out."""
    return edited(
        book(lambda _, sheet: sheet.write_formula(1, place, '="0001"&A2', None, "x")),
        lambda name, text: re.sub(rb"</f><v>[^<]*</v>", b"</f>", text) if name.endswith("sheet1.xml") else text,
    )


def empty_result(place: int) -> bytes:
    """A formula whose result is no text at all, as spreadsheets write it."""
    return edited(
        book(lambda _, sheet: sheet.write_formula(1, place, '=""', None, "x")),
        lambda name, text: text.replace(b"<v>x</v>", b"<v></v>") if name.endswith("sheet1.xml") else text,
    )


def prefixed(workbook: bytes) -> bytes:
    """With a prefix before each element of the sheet, as some libraries write it."""
    return edited(
        workbook,
        lambda name, text: re.sub(rb"<(/?)(row|c|v|f)\b", rb"<\1x:\2", text).replace(b"<worksheet ",
        b'<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ')
        if name.endswith("sheet1.xml") else text,
    )  # fmt: skip


def ods(*spans: int) -> bytes:
    """Two people; spans: over how many rows the household of the first is merged."""

    def cell(text: str, more: str = "") -> str:
        return f'<table:table-cell{more} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    sent = [HEADER, *(list(row.values()) for row in rows(2))]
    lines = [[cell(text) for text in line] for line in sent]
    for span in spans:
        lines[1][HOUSE] = cell(sent[1][HOUSE], f' table:number-columns-spanned="1" table:number-rows-spanned="{span}"')
        lines[2][HOUSE] = "<table:covered-table-cell/>"
    return hostile.ods("".join(f"<table:table-row>{''.join(line)}</table:table-row>" for line in lines))


def titled(*titles: list[str]) -> bytes:
    """Rows of several cells above the header."""

    def change(_: Any, sheet: Any) -> None:
        for place, line in enumerate([*titles, HEADER, *(list(row.values()) for row in rows(3))]):
            sheet.write_row(place, 0, [*line, *[" "] * (len(HEADER) - len(line))])

    return book(change)


def second_table(made: Any, sheet: Any) -> None:
    sheet.write_row(8, 0, ["街道", "人数", "备注"])
    sheet.write_row(9, 0, ["甲街道", "3"])


def hidden(made: Any, sheet: Any) -> None:
    other = made.add_worksheet("旧名单")
    other.write_row(0, 0, HEADER)
    other.write_row(1, 0, list(rows(9)[8].values()))
    other.write_formula(2, 0, "=1/0", None, "#DIV/0!")
    other.very_hidden()


BOOKS = [
    *(Odd(f"{len(titles)} rows above the header", titled(*titles), "HEADER:TITLE", (f"第 1 行不是表头，第 {len(titles) + 1} 行才是",))
      for titles in ([["某区户籍名单", "2026年10月"]], [["某区户籍名单", "共3人"], ["制表单位", "某局", "制表日期", "2026-10-31"], ["", "基本信息"]])),
    Odd("one household over three rows", book(lambda _, s: s.merge_range(1, HOUSE, 3, HOUSE, "1000")), "FILE:MERGED", ("I2:I4",
        "第 2 至 4 行", "取消合并")),
    Odd("a footer over all columns", book(lambda _, s: s.merge_range(6, 0, 6, 8, "填表人")), "5+1", ("第 7 行",)),
    Odd("merged beside the list", book(lambda _, s: s.merge_range(1, 12, 3, 12, "注")), "5"),
    Odd("a formula with its result", book(lambda _, s: s.write_formula(1, NAME, '="李"&"四"', None, "李四")), "5", first={"name": "李四"}),
    Odd("a formula with an empty text", empty_result(HOUSE), "5", first={"household_no": None}),
    Odd("a formula without a result", unworked(HOUSE), "FILE:NOT_COMPUTED", ("第 2 行（I2）", "公式")),
    Odd("a key without a result", unworked(0), "FILE:NOT_COMPUTED", ("A2",)),
    Odd("the same with prefixes", prefixed(unworked(HOUSE)), "FILE:NOT_COMPUTED", ("I2",)),
    *(Odd(f"{said} in a number that links", fault(HOUSE, said), "5", ("“户号”填的是",),
        first={"household_no": None}) for said in ("#N/A", "#REF!", "#NAME?", "#DIV/0!")),
    Odd("a fault in the name", fault(NAME, "#VALUE!"), "4+1", ("第 2 行：“姓名”没有填",)),
    Odd("a fault in the key", fault(0, "#REF!"), "5", ("“户籍人员编号”填的是",)),
    Odd("a household as a day", put(HOUSE, BIRTHDAY, "d-mmm"), "5", ("“户号”像是日期",)),
    Odd("a household as a time", put(HOUSE, 0.0625, "h:mm"), "4+1", ("第 2 行：“户号”被电子表格改成了日期或时间",)),
    Odd("zeros of a number format", put(HOUSE, 1000001, "0000000000"), "5", first={"household_no": "0001000001"}),
    Odd("letters of a number format", book(lambda made, s: [s.write_number(n, 0, n,
        made.add_format({"num_format": '"P"000000'})) for n in range(1, 6)]), "5", first={"name": "李秀英"}),
    Odd("the same with prefixes", prefixed(put(HOUSE, 1000001, "0000000000")), "5", first={"household_no": "0001000001"}),
    Odd("a long number as a number", put(NUMBER, 500901199002021234), "4+1", ("第 2 行：“公民身份号码”被电子表格改成了科学计数",)),
    Odd("a long household as a number", put(HOUSE, 1234567890123456), "4+1", ("科学计数",)),
    Odd("a short household as a number", put(HOUSE, 1000001), "5", first={"household_no": "1000001"}),
    Odd("a date as eight digits", put(BORN, 19900202), "5", first={"birth_date": "1990-02-02"}),
    Odd("days since 1900", put(BORN, 32875), "4+1", ("第 2 行：“出生日期”是电子表格的日期序号",)),
    *(Odd(f"a day shown as {look}", put(BORN, BIRTHDAY, look), "5", first={"birth_date": "1990-02-02"}) for look in ("yyyy/m/d",
        'yyyy"年"m"月"d"日"', "[$-804]yyyy.mm")),
    Odd("a day of a book of 1904", put(BORN, BIRTHDAY, "yyyy-mm-dd", {"date_1904": True}), "5", first={"birth_date": "1990-02-02"}),
    Odd("a time without a day", put(BORN, 0.5, "hh:mm"), "4+1", ("不是有效的日期",)),
    Odd("true in the place of the name", book(lambda _, s: s.write_boolean(1, NAME, True)), "4+1", ("“姓名”里没有文字",)),
    Odd("a very hidden sheet with faults", book(hidden), "5", ("旧名单",)),
    Odd("a hidden column and a filter", book(lambda _, s: (s.set_column(HOUSE, HOUSE, 9, None, {"hidden": True}), s.autofilter(0,
        0, 5, 8))), "5"),
    Odd("another table beside", book(lambda _, s: s.write_row(0, 11, ["统计项目", "数量"])), "5", ("统计项目",)),
    Odd("the same table beside", book(lambda _, s: s.write_row(0, 11, HEADER)), "HEADER:TWO_COLUMNS", ("第 1 列、第 12 列",)),
    Odd("another table below", book(second_table), "5+2", ("第 9 行", "第 10 行")),
    Odd("a text in two colours", book(lambda made, s: s.write_rich_string(1, NAME, made.add_format({"bold": 1}), "李", "秀英")), "5",
        first={"name": "李秀英"}),
    Odd("a Word document", hostile.archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>"}),
        "FILE:OTHER_FORMAT", ("Word",), "a.docx"),
    Odd("Numbers", hostile.archive({"Index/Document.iwa": b"x"}), "FILE:OTHER_FORMAT", ("Numbers",), "a.numbers"),
    Odd("a ZIP in a ZIP", hostile.archive({"b.zip": hostile.archive({"a.csv": b"1"})}), "FILE:OTHER_FORMAT", ("解压",), "a.zip"),
    Odd("ODS", ods(), "2", name="a.ods", first={"household_no": "0001000001"}),
    Odd("ODS with cells over two rows", ods(2), "FILE:MERGED", ("取消合并",), "a.ods"),
    Odd("XML of 2003", '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "FILE:XML",
        ("另存为",), "a.xls"),
    Odd("a web page in UTF-16", "<table><tr><td>".encode("utf-16"), "FILE:HTML", ("网页",), "a.xls"),
]  # fmt: skip


def days(*hours: int, unit: str = "us", zone: str | None = None) -> pa.Array:
    moments = [dt.datetime(1990, 2, day, hour, tzinfo=dt.UTC) for day, hour in enumerate(hours, 2)]
    return pa.array(moments, pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, zone))


PARQUETS = [
    Odd("names as a dictionary of bytes", parquet(姓名=pa.array([n.encode() for n in NAMES[1:6]]).dictionary_encode()), "5",
        first={"name": "李秀英"}),
    Odd("numbers as decimals", parquet(公民身份号码=pa.array([Decimal(500901199002021230 + n) for n in range(5)], pa.decimal128(20,
        2))), "5", first={"doc_number": "500901199002021230"}),
    Odd("numbers as 64-bit integers", parquet(公民身份号码=pa.array([500901199002021230 + n for n in range(5)])), "5",
        first={"doc_number": "500901199002021230"}),
    Odd("numbers as 64-bit floats", parquet(公民身份号码=pa.array([5.00901199002021e17] * 5)), "0+5", ("第 1 行：“公民身份号码”被电子表格改成了科学计数",)),
    Odd("areas as 32-bit floats", parquet(户籍区划=pa.array([500112015001.0] * 5, pa.float32())), "5", ("“户籍区划”被电子表格改成了科学计数",),
        first={"division": None}),
    Odd("small numbers as 32-bit floats", parquet(户号=pa.array([1001.0] * 5, pa.float32())), "5", first={"household_no": "1001"}),
    Odd("numbers as 16-bit floats", parquet(户号=pa.array([4098.0] * 5, pa.float16())), "0+5", ("科学计数",)),
    Odd("not a number, and endless", parquet(户号=pa.array([float("nan"), 1.0, None, float("inf"), 2.0])), "5", first={"household_no": None}),
    Odd("words for nothing", parquet(户号=pa.array(["nan", "None", "<NA>", "NaT", "Err:502"])), "5", ("“户号”填的是",),
        first={"household_no": None}),
    Odd("days", parquet(出生日期=days(0, 0, 0, 0, 0, unit="ns")), "5", first={"birth_date": "1990-02-02"}),
    Odd("days with a true time", parquet(出生日期=days(8, 16, 3, 0, 0)), "5", first={"birth_date": "1990-02-02"}),
    Odd("days told in UTC", parquet(出生日期=days(16, 16, 16, 16, 16)), "0+5", ("可能差一天",)),
    Odd("days with a zone", parquet(出生日期=days(16, 16, 16, 16, 16, zone="UTC")), "5", first={"birth_date": "1990-02-03"}),
    Odd("seconds since 1970", parquet(出生日期=pa.array([633916800] * 5)), "0+5", ("计算机的时间序号",)),
    Odd("names of GBK bytes", parquet(姓名=pa.array([n.encode("gbk") for n in NAMES[1:6]])), "0+5", ("无法识别的字符",)),
    Odd("lists as names", parquet(姓名=pa.array([[n] for n in NAMES[1:6]])), "FILE:NESTED", ("“姓名”", "展开")),
    Odd("records as addresses", parquet(户籍地址=pa.array([{"路": "某路"}] * 5)), "FILE:NESTED", ("“户籍地址”",)),
    Odd("lengths of time as households", parquet(户号=pa.array([dt.timedelta(days=3)] * 5)), "FILE:NESTED", ("“户号”",)),
    Odd("lists in a column that is not read", parquet(标签=pa.array([["甲", "乙"]] * 5)), "5", ("标签",)),
    Odd("no values at all", parquet(户号=pa.nulls(5)), "5", first={"household_no": None}),
]  # fmt: skip


@pytest.mark.parametrize("odd", [*BOOKS, *PARQUETS], ids=str)
def test_an_odd_table_is_taken_as_seen_or_told(desk: Desk, odd: Odd) -> None:
    check(desk, odd)
