"""What people and programs write into the cells of one column: one file a column, a row a spelling."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from canbao.bulk.sources import source_map
from tests.integration.intake.builders import Desk, Row, insured, text_of
from tests.integration.intake.odd_files import NAMES, became, rows

HELD, EMPTY = "held", None


@dataclass(frozen=True)
class Cells:
    """cells: what is sent, and its value in normal form, EMPTY or HELD. said: what must be told of the file."""

    source: str
    column: str
    cells: dict[str, str | None]
    said: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.source} {self.column}"


def row(source: str, n: int) -> Row:
    """A sound row of a list."""
    number, name = f"5009011990020{n % 9 + 1}{n:03}X", NAMES[n % 10]
    match source:
        case "police":
            return rows(n)[-1]
        case "employee":
            return insured(n, AAC003=name, AAE030="20100102")
        case "health":
            return {"居民编号": f"H{n}", "证件号码": number, "母亲证件号码": "", "姓名": name, "性别": "1", "出生日期": "19900202",
                    "居住区划": "500112015", "居住类型": "常住", "死亡日期": ""}  # fmt: skip
        case "deaths":
            return {"记录编号": f"D{n}", "证件号码": "", "姓名": name, "出生日期": "19900202", "死亡日期": "20260101"}
    return {"记录编号": f"R{n}", "证件号码": number, "姓名": name, "开始日期": "20260101", "终止日期": "20270101"}


TABLE = [
    Cells("police", "出生日期", {
        "1990/2/2": "1990-02-02", "1990.2.2": "1990-02-02", "1990年2月": "held", "１９９００２０２": "1990-02-02",
        "1990-02-02 08:30:00": "1990-02-02", "1990-02-02T00:00:00+08:00": "1990-02-02", "19900230": HELD, "1990-13-01": HELD,
        "90/2/2": HELD, "2/3/1990": HELD, "1990-02-29": HELD, "32875": HELD, "1.99002E+07": HELD, "１．９９Ｅ＋７": HELD,
        "19900202.0": HELD, "1990O202": HELD, "1990": HELD, "1990-00-00": HELD, "民国79年2月2日": HELD, "1990-02-02Z": HELD,
        "#REF!": HELD, "29990101": HELD, "18491231": HELD, "2026-12-31": HELD, "0000-00-00": HELD,
    }, ("次序分不清", "日期序号", "科学计数", "晚于数据日期")),
    Cells("police", "状态日期", {"2020-01-02 16:00:00": HELD, "2020-01-03 16:00": HELD, "2020-01-04": "2020-01-04", "": EMPTY}, ("可能差一天",)),
    Cells("employee", "AAE031", {
        "99991231": EMPTY, "9999-12": EMPTY, "长期": EMPTY, "至今": EMPTY, "永久": EMPTY, "20200101": "2020-01-01", "2026-13-01": HELD,
        "20090101": "2009-01-01",
    }, ("早于开始的日期",)),
    Cells("prison", "终止日期", {"20250101": HELD, "20260101": "2026-01-01", "无期": EMPTY, "2026": HELD}, ("早于开始的日期。请核对两个日期",)),
    Cells("deaths", "死亡日期", {
        "20261101": HELD, "20891231": HELD, "19800101": HELD, "20260102": "2026-01-02", "20261031": "2026-10-31", "": HELD,
    }, ("晚于数据日期", "早于出生日期")),
    Cells("health", "死亡日期", {"20260101": "2026-01-01", "19800101": HELD, "20270101": HELD, "": EMPTY}),
    Cells("employee", "AAZ500", {
        "5.00112E+11": HELD, "1.23E＋11": HELD, "12345678.0": HELD, "1,234,567": HELD, "5" * 41: HELD, "无": EMPTY, "'00123": "00123",
        "A12345678": "A12345678", "500112000000000": "500112000000000",
    }, ("科学计数", "被改成了小数", "千位分隔符", "太长", "末尾几位被改成了0")),
    Cells("employee", "AAB001", {"5.00112E+11": EMPTY, "0012345": "0012345", "12345.0": EMPTY, "1,234": EMPTY, "不详": EMPTY, "５００１": "5001"},
        ("“单位编号”被电子表格改成了科学计数", "“单位编号”被改成了小数")),
    Cells("employee", "AAE005", {
        "1.39E+10": EMPTY, "１．３９Ｅ＋１０": EMPTY, "13900000001.0": EMPTY, "139 0000 0001": "13900000001",
        "13512345679 8001": "13512345679-8001", "023-12345678转801": "023-12345678-801", "02312345678 801": "02312345678-801",
        "13512345679 13612345671": "13512345679", "1351234567913612345671": "13512345679", "13512345679.13612345671": "13512345679",
        "手机13512345679 家023-12345678": "13512345679", "13512345679（儿子）": "13512345679", "+86 135-1234-5679": "13512345679",
        "1351234 5679": "13512345679", "135****5679": "135****5679", "１３９００００００01": "13900000001",
        "无电话": EMPTY, "023-12345678": "023-12345678", "Err:502": EMPTY,
    }, ("“联系电话”被电子表格改成了科学计数", "填了多个号码", "旁边写有别的文字")),
    Cells("health", "母亲证件号码", {
        "5.00901E+17": HELD, "５．００９０１Ｅ＋１７": HELD, "500901199001011234.0": HELD, "500901199001011000": "500901199001011000",
        "不详": EMPTY, "#N/A": EMPTY, "５００９０１１９９００１０１１２３４": "500901199001011234",
    }, ("末尾几位被改成了0", "科学计数")),
    Cells("police", "公民身份号码", {
        "5.00901E+17": HELD, "５．００９０１Ｅ＋１７": HELD, "500901199001011234.00": HELD, "500，901，199，001，011，234": HELD,
        "500901 19900101 1234": "500901199001011234", "'500901199001011234'": "500901199001011234", "无身份证": EMPTY, "123456": EMPTY,
        "500901199001o11234": "500901199001O11234", "500901199001011234\u200b": "500901199001011234",
    }, ("千位分隔符", "含有不该有的字符")),
    Cells("police", "户号", {
        "5.00112E+11": HELD, "1.0E+1": HELD, "5.0": HELD, "1,000": HELD, "0005": "0005", "1.5": HELD, "1E3": "1E3",
        "5-1E": "5-1E", "无": EMPTY, "-": EMPTY, "Err:502": EMPTY, "#SPILL!": EMPTY,
    }, ("“户号”填的是", "像是科学计数", "被改成了小数")),
    Cells("employee", "AAZ500", {"1.5": HELD, "1E3": "1E3", "12345678.5": HELD, "AB1E3": "AB1E3"}, ("像是科学计数",)),
    Cells("police", "户籍区划", {
        "500112": "500112", "５００１１２": "500112", "5.00112E+11": EMPTY, "500112015001.0": EMPTY, "50011": EMPTY, "重庆市渝北区": EMPTY,
        "500112015001001": HELD,
    }, ("“户籍区划”被电子表格改成了科学计数", "没有区划")),
    Cells("police", "姓名", {
        "张　三": "张 三", "'张三'": "张三", "张三\u202e": "张三", "张\U000e0100三": "张三", "张?": "张?", "O'Brien": "O'Brien", "张\ue863": "张䶮",
        "合计": HELD, "本页合计": HELD, "合计：5人": HELD, "填表人：某某": HELD, "5人": HELD, "张三：": HELD, "<b>张三</b>": HELD, "11": HELD,
        "null": HELD, "#REF!": HELD, "500901199001011234": HELD,
    }, ("合计、填表人之类", "删去合计行")),
    Cells("police", "姓名", {
        "张三（已死亡）": HELD, "张三(重复)": HELD, "张三 13512345679": HELD, "张三死亡": HELD, "张三 已迁出": HELD, "张三、李四": HELD,
        "01 张三": HELD, "户主张三": HELD, "张三（曾用名李四）": HELD, "测试": HELD, "王二2二": HELD, "★张三": HELD, "张3": HELD,
        "张三2": "张三", "张三（大）": "张三", "张三 [二]": "张三", "张三A": "张三", "买买提·艾力（男）": "买买提·艾力", "张三。": "张三",
        "吉克（阿牛）": "吉克（阿牛）", "张三之女2": "张三之女2", "玛利亚（MARIA）": "玛利亚（MARIA）", "SMITH (JOHN) 2": "SMITH (JOHN) 2",
    }, ("夹有说明", "写有序号", "里有括号", "请填到对应的列")),
    Cells("police", "性别", {"男性": "1", "F": "2", "２": "2", "1.0": HELD, "1男": HELD, "未知": "0"}, ("被改成了小数", "代码不在对照表里")),
]  # fmt: skip


@pytest.mark.parametrize("given", TABLE, ids=str)
def test_each_spelling_is_read_left_out_or_held_and_told(desk: Desk, given: Cells) -> None:
    sent = [row(given.source, n) | {given.column: cell} for n, cell in enumerate(given.cells, start=1)]
    found = became(desk, {"a.csv": text_of(sent)}, source=given.source)
    to = next(column.canonical for column in source_map(given.source).columns if column.code == given.column)
    read = {line["row"] - 2: HELD if line["verdict"] != "sound" else line[to] for line in found.rows}
    cells = {cell: str(read[n]) if read[n] is not None else None for n, cell in enumerate(given.cells)}
    assert cells == given.cells
    assert all(word in found.told for word in given.said), found.told
