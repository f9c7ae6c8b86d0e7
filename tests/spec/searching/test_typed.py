"""What the search box understands, and when it is enough to look for somebody (规程第十八条)."""

from __future__ import annotations

import pytest

from canbao.rules.identity import check_digit
from canbao.rules.searching import Problem, Query, Reason, enough, is_said, may_begin, parse, read_born, words

NUMBER = "50090119900101001" + check_digit("50090119900101001")


def test_what_is_understood_from_the_box(table):
    for row in table("""
        typed                      | kind     | term             | place    | born
        张伟                       | NAME     | 张伟             |          |
        張 偉                      | NAME     | 张伟             |          |
        买买提·艾力                | NAME     | 买买提艾力       |          |
        张伟 1980                  | NAME     | 张伟             |          | 1980年
        张伟，人和街道，1980年5月  | NAME     | 张伟             | 人和街道 | 1980年5月
        人和街道 张伟              | NAME     | 张伟             | 人和街道 |
        李国镇                     | NAME     | 李国镇           |          |
        李国镇 1980-05-06          | NAME     | 李国镇           |          | 1980年5月6日
        zhangwei                   | SOUND    | zw zhang wei     |          |
        Zhang Wei                  | SOUND    | zw zhang wei     |          |
        ｚｈａｎｇｗｅｉ           | SOUND    | zw zhang wei     |          |
        zhāng wěi                  | SOUND    | zw zhang wei     |          |
        lübu                       | SOUND    | lb lv bu         |          |
        lyu bu                     | SOUND    | lb lv bu         |          |
        xian                       | SOUND    | xa xi an         |          |
        zw 1980                    | INITIALS | zw               |          | 1980年
        ZXM                        | INITIALS | zxm              |          |
        ge                         | INITIALS | ge               |          |
        John Smith                 | NAME     | JOHN SMITH       |          |
        1234567                    | NUMBER   | 1234567          |          |
        20200101                   | NUMBER   | 20200101         |          |
        H12345678                  | NUMBER   | H12345678        |          |
        Ｅ１２３４５６７８         | NUMBER   | E12345678        |          |
    """):
        found = parse(row["typed"])
        term = found.initials or "|".join(found.sounds) or found.name or found.numbers[0]
        assert found.problem is None, row
        assert (found.kind, term, found.place) == (row["kind"], row["term"], row["place"]), row
        assert (found.born.words if found.born else "") == row["born"], row


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} ",
        "".join(chr(ord(sign) + 0xFEE0) for sign in NUMBER),
        f"'{NUMBER}",
        NUMBER[:6] + NUMBER[8:17],  # the old fifteen
    ],
)
def test_a_citizen_number_is_one_however_it_is_written(typed: str):
    assert set(parse(typed).numbers) == {NUMBER, NUMBER[:6] + NUMBER[8:17]}


def test_a_wrong_check_digit_is_told_and_not_mended():
    wrong = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")
    assert parse(NUMBER).checked and not parse(wrong).checked
    assert parse(wrong).numbers == (wrong,)
    assert parse("50090119900101001x").numbers[0].endswith("X")


def test_what_is_not_enough_to_begin_with(table):
    for row in table("""
        typed | problem
              | NOTHING_TYPED
        张    | SURNAME_ONLY
        wei   | SURNAME_ONLY
        z     | SURNAME_ONLY
        123   | SHORT_NUMBER
    """):
        assert parse(row["typed"]).problem == row["problem"], row


def test_days_of_birth_in_every_writing(table):
    for row in table("""
        written      | said
        1980         | 1980年
        1980年       | 1980年
        １９８０     | 1980年
        1980-5       | 1980年5月
        198005       | 1980年5月
        1980.12      | 1980年12月
        1980年5月12日 | 1980年5月12日
        1980/5/12    | 1980年5月12日
        19800512     | 1980年5月12日
        1980-13      |
        19800230     |
        80           |
        2980         |
    """):
        born = read_born(row["written"])
        assert (born.words if born else "") == row["said"], row
    assert parse("张伟", born="1980-13").problem is Problem.BAD_BORN


CITY, DISTRICT, TOWN, VILLAGE = "50", "500112", "500112500112015", "500112500112015001"


def test_how_narrow_a_search_has_to_be(table):
    """Never a list of everybody: yes and no on both sides of each boundary."""
    areas = {"city": CITY, "district": DISTRICT, "town": TOWN, "village": VILLAGE}
    for row in table("""
        typed                | city | district | town | village
        500901199001010011   | yes  | yes      | yes  | yes
        张伟                 | no   | yes      | yes  | yes
        张伟 1980            | yes  | yes      | yes  | yes
        zhangwei             | no   | no       | yes  | yes
        zhangwei 1980        | no   | yes      | yes  | yes
        zhangwei 1980-5-6    | yes  | yes      | yes  | yes
        zw                   | no   | no       | no   | no
        zw 1980              | no   | no       | yes  | yes
        zw 1980-5-6          | no   | yes      | yes  | yes
    """):
        query = parse(row["typed"])
        assert {name: enough(query, path) for name, path in areas.items()} == {
            name: row[name] == "yes" for name in areas
        }, row


def test_the_beginning_of_a_name_serves_only_in_a_smaller_area():
    assert may_begin(parse("张晓"), TOWN) and not may_begin(parse("张晓"), DISTRICT)
    assert may_begin(parse("张晓 1980"), DISTRICT) and not may_begin(parse("张晓 1980"), CITY)
    assert not may_begin(parse("zhangxiao"), TOWN)


def test_it_says_back_what_it_understood_without_the_number():
    assert words(parse("zhang wei 1980")) == "按姓名拼音“zhang wei”查找，出生于1980年"
    assert NUMBER not in words(parse(NUMBER))


def test_a_reason_says_something_and_nothing_about_the_person():
    assert is_said(Reason.COUNTER, "")
    assert is_said(Reason.OTHER, "法院来函查询") and not is_said(Reason.OTHER, "查")
    assert not is_said(Reason.COUNTER, "身份证５００９０１１９９") and isinstance(parse("张"), Query)
