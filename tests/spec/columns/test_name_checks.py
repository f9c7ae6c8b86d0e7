"""Names that are no names, and files of them."""

from __future__ import annotations

import pytest

from canbao.rules.name_checks import Names, NoName, are_names, has_surname, no_name

PEOPLE = ("张伟", "王芳", "李国强", "刘洋", "陈静", "杨秀英", "黄丽", "欧阳雪", "冉茂林", "谭正荣", "傅鑫鹏", "向前")


def test_what_cannot_be_a_name(table):
    for row in table(r"""
        written             | reason
        张伟                |
        欧阳雪              |
        买买提·艾力         |
        阿依古丽            |
        王芳之子            |
        新生儿              |
        李？强              |
        ??                  |
        张伟（大）          |
        李Ａ                |
        García Maria        |
        Müller Jörg         |
        Đặng Thị Ngọc       |
        Łukasz Żółć         |
        O'Brien Pat         |
        Иван Петров         |
        &#24352;&#20255;    | ESCAPED
        \u5f20\u4f1f        | ESCAPED
        %E5%BC%A0%E4%BC%9F  | ESCAPED
        =?UTF-8?B?5byg?=    | ESCAPED
        张_x0001_伟         | ESCAPED
        <b>张伟</b>         | ESCAPED
        å¼ ä¼Ÿ             | MOJIBAKE
        ÕÅÎ°                | MOJIBAKE
        锟斤拷              | MOJIBAKE
        合计                | FOOTER
        本页小计：12        | FOOTER
        合计人数            | FOOTER
        填表人：张伟        | FOOTER
        小计民              |
        共计划              |
        ﾕﾅﾎｰ                | MOJIBAKE
        ХЕО°                | MOJIBAKE
        БхСу                | MOJIBAKE
        쟀벌퓻國            | MOJIBAKE
        Ng纘駛              | MIXED
        _鷁齎               | MIXED
        媠譥:_              | MIXED
        TRUE                | WORD
        false               | WORD
        男                  | WORD
        真                  | WORD
        户主                | WORD
        妻子                | WORD
        居民                | WORD
        真真                |
        李秀英 等           | NOTE
        李秀英等3人         | NOTE
        李秀英 等二人       | NOTE
        李四等人            | NOTE
        王等                |
        12345               | NO_LETTER
        ????                | LOST
        □□□                 | LOST
        张***               | LOST
        张□？*              | LOST
        〓三〓〓            | LOST
        张**                |
        □□                  |
    """):
        assert (no_name(row["written"]) or "") == row["reason"], row


@pytest.mark.parametrize(
    ("wrote", "read"),
    [("utf-8", "gbk"), ("gbk", "latin-1"), ("utf-8", "latin-1"), ("utf-8", "cp1252"), ("gbk", "big5"), ("gbk", "cp949"),
     ("gbk", "shift_jis"), ("utf-16-le", "gbk"), ("utf-16-be", "gbk"), ("utf-16-le", "utf-16-be"), ("gbk", "cp1251"),
     ("gb18030", "utf-16-le"), ("gbk", "utf-8"), ("gbk", "cp437"), ("utf-8", "big5"), ("big5", "gbk"), ("utf-8", "cp949")],
)  # fmt: skip
def test_a_file_read_in_the_wrong_encoding_has_no_names(wrote: str, read: str):
    names = [name.encode(wrote, "replace").decode(read, "replace") for name in PEOPLE]
    found = Names(len(names), sum(map(bool, map(no_name, names))), sum(not has_surname(name) for name in names))
    assert not are_names(found), names


def test_a_list_of_people_has_names_even_with_a_few_that_are_none():
    names = [*PEOPLE * 10, "张_x0001_伟", "买买提·艾力", "尕藏", "GARCIA MARIA"]
    found = Names(len(names), sum(map(bool, map(no_name, names))), sum(not has_surname(name) for name in names))
    assert are_names(found)


def test_one_bad_row_holds_no_file_and_a_share_does():
    assert are_names(Names(3, 1, 1))
    assert not are_names(Names(3, 2, 0))
    assert are_names(Names(1000, 20, 300)) and not are_names(Names(1000, 21, 0)) and not are_names(Names(1000, 0, 301))


def test_a_cell_of_a_million_characters_is_judged_by_its_beginning() -> None:
    """It would take an hour otherwise: a line of a file may have as many."""
    assert no_name("张" * 10**6) is None
    assert no_name("锟斤拷" + "张" * 10**6) is NoName.MOJIBAKE
