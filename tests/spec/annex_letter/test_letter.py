"""附件《重庆市全民社会保险参保登记表》: one of three texts is printed (以上三项择一打印), with the schemes and dates that the law gives.

Each row was worked out by hand on 2026-11-24 from the annex, 第三、十六条 and the laws that `rules.joining` names; the schemes are
written by the codes of the business systems (110 职工养老, 310 职工医疗, 210 失业, 410 工伤, 510 生育, 170 居民养老, 390 合作医疗, 120 机关养老).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from canbao.rules.letters import Kind, Letter, LetterCase, by_choice, letter_for
from tests.spec.people import SHORT, TODAY, codes, person


def letter(row: dict[str, str], on: date = TODAY) -> Letter:
    return letter_for(LetterCase(row.get("name", "张三"), person(row), on))


def test_the_employer_has_joined_and_still_owes(table):
    for row in table("""
        work   | born       | sex | by employer         | alone   | stopped     | has                 | owes
        E01    | 1990-01-01 | 1   | 110 310 210 410 510 |         |             | 110 310 210 410 510 |
        E01    | 1990-01-01 | 1   | 110 310 210 410     |         |             | 110 310 210 410 510 |
        E01    | 1988-05-20 | 2   | 110 210 410         |         |             | 110 210 410         | 310 510
        E01    | 1995-08-01 | 1   | 410                 |         |             | 410                 | 110 310 210 510
        E01    | 1995-08-01 | 2   | 410                 | 170 390 |             | 410                 | 110 310 210 510
        E01    | 1979-02-11 | 1   | 110 310 410         |         | 210         | 110 310 410 510     | 210
        E01    | 1979-02-11 | 1   | 310 410             |         | 110         | 310 410 510         | 110 210
        E01    | 1979-02-11 | 1   | 310 410             | 110     |             | 310 410 510         | 210
        E02    | 1992-12-31 | 2   | 110 310             |         |             | 110 310 510         | 210 410
        E02    | 1992-12-31 | 2   |                     |         |             |                     | 110 310 210 410 510
        E02    | 1992-12-31 | 2   |                     | 310 410 |             | 410                 | 110 210
        E08    | 2003-07-01 | 1   | 110 410             |         |             | 110 410             | 310 210 510
        E08    | 2003-07-01 | 1   |                     | 390     |             |                     | 110 310 210 410 510
        E04    | 1985-03-03 | 1   | 310 120             |         |             | 310 510 120         |
        E04    | 1985-03-03 | 1   | 120                 |         |             | 120                 | 310 510
        E04    | 1985-03-03 | 2   | 310 410             |         |             | 310 410 510         | 120
        E05    | 1985-03-03 | 2   | 310 120             |         |             | 310 510 120         | 210 410
        E05    | 1985-03-03 | 2   | 310 210 410 510 120 |         |             | 310 210 410 510 120 |
        E05    | 1985-03-03 | 2   | 120                 |         | 310         | 120                 | 310 210 410 510
        PUBLIC | 1985-03-03 | 1   | 120                 |         |             | 120                 | 310 510
        PUBLIC | 1985-03-03 | 1   | 310 120             |         |             | 310 510 120         |
        E01    | 1966-06-24 | 1   | 410                 |         |             | 410                 |
        E01    | 1966-06-25 | 1   | 410                 |         |             | 410                 | 110 310 210 510
        E07    | 1990-01-01 | 1   | 410                 |         |             | 410                 |
    """):
        found = letter(row)
        assert found.kind is Kind.EMPLOYER, row
        assert (codes(found.joined), codes(found.owed)) == (row["has"], row["owes"]), row
        assert not found.open_to and found.since is None


def test_what_one_may_still_join_alone(table):
    """Two that exclude each other stand with a stroke: one of them."""
    for row in table("""
        work | born       | sex | from            | lives here | alone   | stopped | elsewhere | may
        N03  | 1990-01-01 | 1   |                 |            |         |         |           | 110/170 310/390
        N03  | 1990-01-01 | 1   |                 |            | 390     |         |           | 110/170
        N03  | 1990-01-01 | 2   |                 |            | 170     |         |           | 310/390
        N03  | 1990-01-01 | 2   |                 |            | 170 390 |         |           |
        E06  | 1980-06-06 | 1   |                 |            | 110     |         |           | 310/390
        E06  | 1980-06-06 | 1   |                 |            | 310     |         |           | 110/170
        E06  | 1980-06-06 | 1   |                 |            | 110 310 |         |           |
        E06  | 1980-06-06 | 1   |                 |            | 110 390 |         |           |
        E09  | 1980-06-06 | 2   |                 |            |         | 110 310 |           | 110/170 310/390
        E09  | 1980-06-06 | 2   | ELSEWHERE       |            |         |         |           | 110 310
        E09  | 1980-06-06 | 2   | ELSEWHERE       | yes        |         |         |           | 110 310/390
        N03  | 1980-06-06 | 2   | ELSEWHERE       | yes        |         |         |           | 110 390
        N03  | 1980-06-06 | 2   | ELSEWHERE       |            |         |         |           |
        N03  | 1980-06-06 | 2   | HK_MACAO_TAIWAN | yes        |         |         |           | 170 390
        N01  | 2009-09-01 | 1   |                 |            |         |         |           | 390
        N01  | 2005-09-01 | 1   |                 |            |         |         |           | 390
        N01  | 2005-09-01 | 1   |                 |            | 390     |         |           |
        N03  | 2026-11-20 | 2   |                 |            |         |         |           | 390
        N03  | 2015-01-01 | 1   |                 |            | 390     |         |           |
        N03  | 1966-06-24 | 1   |                 |            |         |         |           | 170 390
        N03  | 1966-06-24 | 1   |                 |            |         | 110     |           | 110/170 390
        N03  | 1950-01-01 | 2   |                 |            | 390     |         |           | 170
        E03  | 2004-01-01 | 1   |                 |            |         |         |           |
        E07  | 1990-01-01 | 1   |                 |            |         |         |           | 110 310
        E07  | 1990-01-01 | 1   |                 |            | 110     |         |           | 310
        X01  | 1990-01-01 | 1   |                 |            |         |         | 110 310   |
        X01  | 1990-01-01 | 1   |                 |            |         |         | 110       | 310/390
        X01  | 1990-01-01 | 1   |                 |            |         |         | 310 410   | 110/170
        X02  | 1990-01-01 | 1   |                 |            |         |         |           | 110/170 310/390
        X02  | 1990-01-01 | 1   | ELSEWHERE       |            |         |         |           |
        N02  | 1958-01-01 | 1   |                 |            |         |         |           | 390
        N03  |            | 1   |                 |            |         |         |           | 390
    """):
        found = letter(row)
        assert found.kind is Kind.ALONE, row
        short = {scheme: code for code, scheme in SHORT.items()}
        assert " ".join("/".join(short[one] for one in each) for each in found.open_to) == row["may"], row
        assert not found.joined and not found.owed


def test_who_draws_a_pension_is_told_since_when_whatever_else_he_does(table):
    for row in table("""
        work | born       | sex | retired from | since      | by employer | alone | printed
        N03  | 1958-03-01 | 1   | 110          | 2018-04    |             | 310   | 2018年4月
        N03  | 1958-03-01 | 1   | 170          | 2018-03    |             | 390   | 2018年3月
        N02  | 1966-11-30 | 2   | 110          | 2021-12-01 |             |       | 2021年12月
        N02  | 1960-01-15 | 1   | 120          | 2020-02-01 |             | 310   | 2020年2月
        E01  | 1958-03-01 | 1   | 170          | 2018-03    | 410         |       | 2018年3月
        E01  | 1958-03-01 | 1   | 110          | 2018-04    | 410         | 310   | 2018年4月
        E06  | 1972-05-05 | 2   | 110          | 2022-06    |             |       | 2022年6月
        E05  | 1964-01-01 | 1   | 120          | 2024-02    | 310         |       | 2024年2月
        E07  | 1955-07-07 | 1   | 170          | 2015-08    |             | 390   | 2015年8月
        X01  | 1955-07-07 | 1   | 170          | 2015-08    |             |       | 2015年8月
        N03  | 1935-01-01 | 2   | 170          | 2009-10    |             |       | 2009年10月
        N03  | 1958-03-01 | 1   | 110 170      | 2018-04    |             |       | 2018年4月
    """):
        found = letter(row)
        assert (found.kind, found.text) == (Kind.PENSION, f"您已于{row['printed']}起按月领取养老待遇。"), row
        assert not found.joined and not found.owed and not found.open_to


def test_ten_people_each_with_the_way_to_his_letter(table):
    """One for every text and every kind of list, derived by hand (规程第三、十六条, 社会保险法):

    1. employed, in all five: 法十、二十三、四十四、三十三、五十三.
    2. employed, in two of the five that an employer owes.
    3. employed; as a resident insured, which does not free the employer.
    4. civil servant: 机关养老 in place of 职工养老, no 失业 and 工伤 owed.
    5. works flexibly: pension joined, one of the two medical ones left.
    6. of working age, not working: one pension and one medical of each two.
    7. pupil: no pension before 16 or while at school, resident medical only.
    8. draws the resident pension: decides before everything else.
    9. draws a pension and still works: the pension decides.
    10. newborn: resident medical from birth.
    """
    for row in table("""
        work | born       | by employer         | alone   | retired from | since   | kind     | names
        E01  | 1990-01-01 | 110 310 210 410 510 |         |              |         | EMPLOYER | has all, owes none
        E01  | 1990-01-01 | 110 410             |         |              |         | EMPLOYER | owes 310 210 510
        E01  | 1990-01-01 |                     | 170 390 |              |         | EMPLOYER | owes 110 310 210 410 510
        E04  | 1985-03-03 | 120                 |         |              |         | EMPLOYER | owes 310 510
        E06  | 1980-06-06 |                     | 110     |              |         | ALONE    | may 310/390
        N03  | 1990-01-01 |                     |         |              |         | ALONE    | may 110/170 310/390
        N01  | 2009-09-01 |                     |         |              |         | ALONE    | may 390
        N03  | 1958-01-01 |                     | 390     | 170          | 2018-02 | PENSION  | since 2018年2月
        E01  | 1958-03-01 | 410                 |         | 110          | 2018-04 | PENSION  | since 2018年4月
        N03  | 2026-11-20 |                     |         |              |         | ALONE    | may 390
    """):
        found = letter(row)
        assert found.kind.value == row["kind"], row
        head, _, said = row["names"].partition(" ")
        short = {scheme: code for code, scheme in SHORT.items()}
        told = {
            "has": "all, owes none" if not found.owed else "",
            "owes": codes(found.owed),
            "may": " ".join("/".join(short[one] for one in each) for each in found.open_to),
            "since": found.text.removeprefix("您已于").split("月起")[0] + "月",
        }
        assert told[head] == said, row


def test_the_printed_words_are_those_of_the_annex():
    employed = letter({"work": "E01", "name": "王小明", "by employer": "110 310"})
    assert employed.lines == (
        "尊敬的王小明先生（女士）：",
        "按照《中华人民共和国社会保险法》相关规定，我们已为您办理了社会保险登记相关手续。经查询：",
        "目前您所在的用人单位已为您参加了城镇职工基本养老保险、城镇职工基本医疗保险、生育保险，",
        "您所在的用人单位还应为您参加失业保险、工伤保险。",
    )
    assert letter({"work": "E01"}).text.startswith("目前您所在的用人单位已为您参加了无，\n")
    assert letter({"work": "E03"}).text == "您还可以个人身份参加无。"
    assert letter({}).text == (
        "您还可以个人身份参加城镇职工基本养老保险或城乡居民基本养老保险、城镇职工基本医疗保险或城乡居民合作医疗保险。"
    )


def test_a_month_that_nobody_reported_is_left_to_be_written_in_and_the_clerk_is_told():
    found = letter({"retired from": "110", "born": "1958-01-01"})
    assert found.kind is Kind.PENSION and found.since is None
    assert found.text == "您已于      年      月起按月领取养老待遇。" and "请核实后填写" in found.reason


def test_a_suspended_pension_is_not_drawn_month_by_month():
    found = letter({"retired from": "170", "paid": "no", "born": "1958-01-01"})
    assert (found.kind, codes([one for each in found.open_to for one in each])) == (Kind.ALONE, "390")
    assert "暂停" in found.reason


def test_no_letter_to_the_dead():
    found = letter_for(LetterCase("张三", replace(person({"work": "E01"}), dead=True), TODAY))
    assert (found.kind, found.text, found.lines) == (Kind.NONE, "", ()) and found.reason


def test_the_reason_names_the_ground_the_law_and_what_is_doubtful(table):
    for row in table("""
        work   | declared | by employer | alone | stopped | says
        E01    | yes      |             |       |         | 登记对象申报为“企业职工（含机关事业单位临聘人员）”
        E01    |          | 110         |       |         | 按业务系统参保记录
        E01    |          | 110         |       |         | （社会保险法第十条；第二十三条；第四十四条；第三十三条；第五十三条、国办发〔2019〕10号）
        E01    | yes      |             | 110   |         | 以个人身份参加，应改由用人单位参加
        E01    |          | 110         | 390   |         | 不与职工保险同时参加
        N03    |          |             |       |         | 没有在用人单位参保的记录
        N03    | yes      | 110         |       |         | 仍有用人单位参保记录，请核实
        E06    | yes      |             |       | 110     | 已中断，可以接续
        E01    |          | 310         |       | 110     | 已中断，应由用人单位接续
        X02    | yes      |             |       |         | 应由该单位在就业地参保
        N02    | yes      |             |       |         | 业务系统没有待遇领取记录
        PUBLIC |          | 120         |       |         | 失业保险、工伤保险是否应当参加待核实
        E07    | yes      |             |       |         | 待核实，未列为应参加
    """):
        assert row["says"] in letter(row).reason, (row, letter(row).reason)


def test_a_clerk_may_choose_another_text_and_the_rules_fill_it_in():
    idle = LetterCase("张三", person({"alone": "390"}), TODAY)
    assert codes(by_choice(idle, Kind.EMPLOYER).owed) == "110 310 210 410 510"
    employed = LetterCase("张三", person({"work": "E01", "by employer": "110"}), TODAY)
    assert "城镇职工基本医疗保险或城乡居民合作医疗保险" in by_choice(employed, Kind.ALONE).text
    assert by_choice(idle, Kind.PENSION).text == "您已于      年      月起按月领取养老待遇。"
    assert by_choice(idle, Kind.NONE).lines == ()
    drawing = LetterCase("张三", person({"work": "E01", "retired from": "170", "since": "2026-01"}), TODAY)
    assert codes(by_choice(drawing, Kind.EMPLOYER).owed) == "110 310 210 410 510"


def test_a_choice_says_what_the_rules_would_have_printed_and_the_same_choice_changes_nothing():
    case = LetterCase("张三", person({"retired from": "170", "since": "2018-03", "born": "1958-02-01"}), TODAY)
    assert by_choice(case, Kind.PENSION) == letter_for(case)
    assert letter_for(case).reason in by_choice(case, Kind.ALONE).reason


def test_before_the_law_nothing_is_owed():
    assert letter({"work": "E01"}, on=date(2011, 6, 30)).owed == ()
    assert codes(letter({"work": "E01"}, on=date(2011, 7, 1)).owed) == "110 310 210 410 510"
