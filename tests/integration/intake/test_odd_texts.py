"""Text files of other programs: encodings, signs between columns, headings with hints, rows that are no rows."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from tests.integration.intake.builders import Desk, police, text_of
from tests.integration.intake.odd_files import Odd, book, check, parquet, text

T = text()
LINES = T.splitlines()
# A wrong date in the second row below the header, and a row of two cells in the fourth.
BAD = "\n".join([*LINES[:2], LINES[2].replace("1990-0", "1990-2"), LINES[3], "x,y", *LINES[4:]]) + "\n"
LONG = text(30)


def under(header: str) -> str:
    return "\n".join([header, *LINES[1:]]) + "\n"


def each(change: str, *, header: bool = True) -> str:
    """Every line with something put at its end."""
    return "\n".join(line + (change if number or header else "") for number, line in enumerate(LINES)) + "\n"


def without(sent: bytes, broken: bytes) -> bytes:
    """One byte lost from the middle of a character."""
    at = sent.index(broken)
    return sent[:at] + sent[at + 1 :]


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        made.addfile(tarfile.TarInfo("a.csv"))
    return out.getvalue()


ENCODINGS = [
    Odd("UTF-16 without mark, tabs, in gzip", gzip.compress(LONG.replace(",", "\t").encode("utf-16-le")), "30", name="a.csv.gz"),
    Odd("UTF-16 cut in the middle of a character", LONG.encode("utf-16")[:-1], "29+1", ("第 31 行", "无法识别")),
    Odd("UTF-16 with two marks", "\ufeff".encode("utf-16") + LONG.encode("utf-16-le"), "30"),
    Odd("UTF-32 with its mark", LONG.replace("张建国", "张𠮷国").encode("utf-32"), "FILE:ENCODING", ("a.csv", "UTF-32", "另存为")),
    Odd("UTF-32 big-endian with its mark", ("\ufeff" + LONG).encode("utf-32-be"), "FILE:ENCODING", ("UTF-32",)),
    Odd("GB 18030 of four bytes", T.replace("李秀英", "李𠮷㐂").encode("gb18030"), "6", first={"name": "李𠮷㐂"}),
    Odd("Big5", T.encode("big5", "replace"), "HEADER:COLUMN_MISSING", ("第一行没有一列认得出来", "编码")),
    Odd("HZ", T.encode("hz"), "HEADER:COLUMN_MISSING", ("第一行没有一列认得出来",)),
    Odd("UTF-7", T.encode("utf-7"), "HEADER:COLUMN_MISSING", ("第一行没有一列认得出来",)),
    Odd("UTF-8 with one broken byte", without(LONG.encode(), "桂".encode()), "29+1", ("第 3 行", "无法识别")),
    Odd("GBK with one broken byte", without(LONG.encode("gbk"), "静".encode("gbk")), "29+1", ("第 5 行", "无法识别")),
    Odd("UTF-8, then GBK", LONG.encode() + "\n".join(LONG.splitlines()[1:]).encode("gbk"), "FILE:ENCODING"),
    Odd("GBK with the mark of UTF-8", b"\xef\xbb\xbf" + LONG.encode("gbk"), "FILE:ENCODING"),
    Odd("names twice encoded", under(LINES[0]).replace("\n", "\r\n").replace("李秀英", "李秀英".encode().decode("latin-1")), "5+1", ("乱码",)),
    Odd("mixed line ends", "\r\n".join(LINES[:3]) + "\n" + "\r".join(LINES[3:]) + "\r\n", "6"),
    Odd("other line separators inside cells", T.replace("某路1号", "某路\u2028\x0b\x85甲"), "6"),
    Odd("NUL inside cells", T.replace("李秀英", "李\0秀\0英"), "6", first={"name": "李秀英"}),
]  # fmt: skip

NO_LISTS = [
    Odd("XLSX in gzip", gzip.compress(book()), "FILE:OTHER_FORMAT", ("gzip", "不要再压缩"), "a.xlsx.gz"),
    Odd("Parquet in gzip", gzip.compress(parquet()), "FILE:OTHER_FORMAT", ("不要再压缩",), "a.parquet.gz"),
    Odd("gzip in gzip", gzip.compress(gzip.compress(T.encode())), "FILE:OTHER_FORMAT", ("gzip",), "a.csv.gz"),
    Odd("tar", tar(), "FILE:OTHER_FORMAT", ("解压",)),
    Odd("tar in gzip", gzip.compress(tar()), "FILE:OTHER_FORMAT", ("解压",), "a.tar.gz"),
    Odd("gzip of two members", gzip.compress(T.encode()) + gzip.compress(text_of([police(90)]).split("\n", 1)[1].replace("正常",
        "正常,").encode()), "7", name="a.csv.gz"),
    Odd("gzip with a tail", gzip.compress(T.encode()) + b"more", "FILE:TRUNCATED", name="a.csv.gz"),
    Odd("JSON", '[{"姓名": "某某"}]', "FILE:OTHER_FORMAT", ("JSON",)),
    Odd("JSON in lines", '{"姓名": "某某"}\n{"姓名": "某某"}\n', "FILE:OTHER_FORMAT", ("JSON",)),
    Odd("SQL", "INSERT INTO `t` VALUES ('P1');\n", "FILE:OTHER_FORMAT", ("SQL",)),
    Odd("RTF", "{\\rtf1\\ansi }", "FILE:OTHER_FORMAT", ("RTF",)),
    Odd("dBASE", b"\x03\x7c\x01\x01\5\0\0\0\xa1\0\x50\0" + bytes(300), "FILE:OTHER_FORMAT", ("数据库",)),
    Odd("Access", b"\0\1\0\0Standard Jet DB\0" + bytes(200), "FILE:OTHER_FORMAT", ("数据库",)),
    Odd("ORC", b"ORC" + bytes(200), "FILE:OTHER_FORMAT", ("程序",)),
    Odd("Avro", b"Obj\x01" + bytes(200), "FILE:OTHER_FORMAT", ("程序",)),
    Odd("Arrow", b"ARROW1\0\0" + bytes(200), "FILE:OTHER_FORMAT", ("程序",)),
]  # fmt: skip

SHAPES = [
    *(Odd(f"divided by {sign!r}", T.replace(",", sign), "6") for sign in (";", "\t", "|", "||", "\x01", "\x1f")),
    *(Odd(f"divided by {sign!r}", T.replace(",", sign), "HEADER:DELIMITER", ("各列之间", "逗号")) for sign in "；，^~$ "),
    *(
        Odd(f"a first line for Excel: {first!r}", (first + "\n" + BAD.replace(",", ";")).encode(encoding), "5+2", ("第 3 行：“出生", "第 5 行：列"))
        for first, encoding in [("sep=;", "utf-8"), ("\ufeffsep=;", "utf-8"), ('"sep=;"', "gbk"), ("\ufeffSEP=;\r", "utf-16-le")]
    ),
    *(
        Odd(f"lines that are shown above: {first!r}", f"{first}\n{BAD}", "5+2", ("第 4 行：“出生", "第 6 行：列"))
        for first in ("", ",,,", "sep=,,,,,,,")
    ),
    Odd("a line for Excel below a blank one", "\nsep=,\n" + BAD, "5+2", ("第 5 行：“出生", "第 7 行：列")),
    Odd("a line for Excel and a heading of two lines", "sep=,\n" + BAD.replace("姓名", '"姓\n名"'), "5+2", ("第 3 行：“出生", "第 5 行：列")),
    Odd("a line for Excel and an open quotation mark", "sep=,\n" + BAD.replace("正常,0001000004", '"正常,0001000004'), "FILE:OPEN_QUOTE", ("第 6 行",)),
    Odd("a title of one cell", "某市户籍名单,,,,,,,,\n" + T, "HEADER:TITLE", ("标题",)),
    Odd("a title with commas", "某市名单,2026年10月，共6人\n" + T, "HEADER:TITLE", ("第 1 行不是表头", "标题")),
    Odd("groups of columns above", "编号,证件,基本信息,,,户籍,,,\n" + T, "HEADER:TITLE", ("第 1 行不是表头", "分组")),
    Odd("titles and a blank line", "某市名单,2026年10月\n\n制表,某局,审核,某人\n" + T, "HEADER:TITLE", ("第 1 行不是表头，第 4 行才是",)),
    Odd("a title below a line for Excel", "sep=,\n某市名单,2026年10月\n" + T, "HEADER:TITLE", ("第 1 行不是表头",)),
    Odd("lines under the header", under(LINES[0] + "\n" + ",".join(["----"] * 9)), "6+1", ("第 2 行",)),
    Odd("numbers of columns under the header", under(LINES[0] + "\n1,2,3,4,5,6,7,8,9"), "6+1", ("第 2 行",)),
    Odd("a sum at the end", T + "合计,6人,,,,,,,\n", "6+1", ("第 8 行",)),
    Odd("a sum in the place of the name", T + "7,,合计,1,,,,正常,\n", "6+1", ("第 8 行：“姓名”是合计", "删去合计行")),
    Odd("who filled it in", T + "填表人：,,填表人：某某,,,,,,\n", "6+1", ("第 8 行：“姓名”是合计、填表人之类",)),
    Odd("the count of a database tool", T + "\n6 rows selected.\n", "6+1", ("第 9 行：列数与表头不符",)),
    Odd("two files behind one another", T + "\ufeff" + T, "6+7", ("第 8 行",)),
    Odd("an open quotation mark near the end", text(300).replace("某路1号,正常,0001000297", '"某路1号,正常,0001000297'), "FILE:OPEN_QUOTE",
        ("a.csv", "行的引号没有配对")),
    Odd("words by the thousand that are no rows", T + "a\n" * 60_000, "FILE:MISFITS", ("至少有 60,000 行的列数与表头不符",)),
    Odd("single quotation marks", "\n".join(",".join(f"'{cell}'" for cell in line.split(",")) for line in LINES), "6",
        first={"name": "李秀英", "address": "某路1号", "birth_date": "1990-02-02"}),
    Odd("blank headings at the end", under(LINES[0] + ",,,"), "6"),
    Odd("a delimiter at the end of each row", each(",", header=False), "6"),
    Odd("a delimiter at the end of each line", each(","), "6"),
    Odd("a column without heading before", "\n".join(f"{'' if n == 0 else n},{line}" for n, line in enumerate(LINES)), "6"),
    Odd("a row that is too long", T.replace("0001000001", "0001000001,x,y"), "5+1", ("第 2 行：列数与表头不符",)),
    Odd("a line of millions of characters", T.replace("某路1号", "路" * 400_000, 1), "5+1", ("第 2 行：这一行太长",)),
    Odd("a first line without end", "甲," * 500_000, "FILE:TOO_MANY_COLUMNS"),
    Odd("only blanks", b"\n\n  \n", "FILE:NO_HEADER"),
    Odd("no header", "\n".join(LINES[1:]), "HEADER:COLUMN_MISSING", ("可能不是表头",)),
]  # fmt: skip

HEADINGS = [
    *(
        Odd(said, T.replace(column, said, 1), "6", first={"name": "李秀英", "household_no": "0001000001"})
        for column, said in [
            ("公民身份号码", "身份证号码（18位）"), ("公民身份号码", "*身份证号"), ("姓名", "姓  名"), ("姓名", "姓名（必填）"),
            ("出生日期", "出生日期(YYYYMMDD)"), ("姓名", "1.姓名"), ("姓名", "AAC003-姓名"), ("姓名", "姓名(AAC003)"),
            ("性别", "性别[1男2女]"), ("户籍区划", "户籍区划（12位）"), ("户号", "户号（选填）"), ("姓名", "姓名\u200b："),
            ("姓名", '"姓\n名"'),
        ]
    ),
    *(
        Odd(said, T.replace(column, said, 1), "HEADER:COLUMN_MISSING", (f"“{column}”",))
        for column, said in [("姓名", "姓名（母亲）"), ("出生日期", "出生日期（农历）"), ("公民身份号码", "公民身份号码（监护人）")]
    ),
    Odd("a column that nobody knows", T.replace("户号", "户主电话", 1), "6", ("户主电话",)),
    Odd("two columns of one item", T.replace("户号", "姓名", 1), "HEADER:TWO_COLUMNS", ("第 3 列、第 9 列",)),
    Odd("hinted, and without a hint", T.replace("户号", "姓名（必填）", 1), "6", first={"name": "李秀英"}),
]  # fmt: skip


@pytest.mark.parametrize("odd", [*ENCODINGS, *NO_LISTS, *SHAPES, *HEADINGS], ids=str)
def test_an_odd_text_is_taken_or_told(desk: Desk, odd: Odd) -> None:
    check(desk, odd)
