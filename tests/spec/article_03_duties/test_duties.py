"""第三、十六条: which schemes somebody must join (by the employer) and may join (alone); who can, at each side of each limit.

MUST, MAY: by the law; with ?: no text at hand confirms it, so it is shown as a question and never demanded.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canbao.rules.circumstances import Occupation
from canbao.rules.codes import Scheme, codes
from canbao.rules.duty import Duty, Employment, must
from canbao.rules.joining import RULES, duties
from tests.spec.people import SHORT, TODAY, day, person


def said(row: dict[str, str], on: date = TODAY) -> dict[str, str]:
    """What applies to the person of a row, scheme by scheme as its cell says."""
    return {
        code: next((f"{one.duty}{'' if one.confirmed else '?'}" for one in duties(person(row), on=on)
                    if one.scheme is scheme), "")
        for code, scheme in SHORT.items()
    }  # fmt: skip


def test_what_each_box_of_the_form_must_and_may_join(table):
    """Of a local born in 1990 who is in nothing yet."""
    for row in table("""
        work   | 110   | 310   | 210   | 410   | 510  | 170 | 390 | 120
        E01    | MUST  | MUST  | MUST  | MUST  | MUST |     |     |
        E02    | MUST  | MUST  | MUST  | MUST  | MUST |     |     |
        E03    |       |       |       |       |      |     |     |
        E04    |       | MUST  |       | MUST? | MUST |     |     | MUST
        E05    |       | MUST  | MUST  | MUST  | MUST |     |     | MUST
        PUBLIC |       | MUST  | MUST? | MUST? | MUST |     |     | MUST
        E06    | MAY   | MAY   |       |       |      | MAY | MAY |
        E07    | MUST? | MUST? | MAY?  | MAY?  |      |     |     |
        E08    | MUST  | MUST  | MUST  | MUST  | MUST |     |     |
        E09    | MAY   | MAY   |       |       |      | MAY | MAY |
        X02    | MAY   | MAY   |       |       |      | MAY | MAY |
        N01    |       |       |       |       |      |     | MAY |
        N02    |       |       |       |       |      |     | MAY |
        N03    | MAY   | MAY   |       |       |      | MAY | MAY |
    """):
        assert said(row) == {code: row[code] for code in SHORT}, row


def test_the_ages_between_which_somebody_may_join_alone(table):
    """16; retirement (men of June 1966 at 60 and 5 months, women of June 1971 at 55 and 5 months); 60."""
    for row in table("""
        born       | sex | joined  | work | 110 | 310 | 170 | 390 | who
        2010-11-25 | 1   |         | N03  |     |     |     | MAY | fifteen until tomorrow
        2010-11-24 | 1   |         | N03  | MAY | MAY | MAY | MAY | sixteen today
        2010-11-24 | 1   |         | N01  |     |     |     | MAY | sixteen today, at school
        1966-06-25 | 1   |         | N03  | MAY |     | MAY | MAY | retires tomorrow, sixty long since
        1966-06-24 | 1   |         | N03  |     |     | MAY | MAY | retires today
        1966-11-25 | 1   |         | N03  | MAY | MAY | MAY | MAY | sixty tomorrow
        1966-11-24 | 1   |         | N03  | MAY |     | MAY | MAY | sixty today
        1971-06-25 | 2   |         | E06  | MAY | MAY | MAY | MAY | retires tomorrow
        1971-06-24 | 2   |         | E06  |     | MAY | MAY | MAY | retires today
        1976-03-25 | 2   | 1995-06 | E06  | MAY | MAY | MAY | MAY | joined before 1996, retires tomorrow
        1976-03-24 | 2   | 1995-06 | E06  |     | MAY | MAY | MAY | joined before 1996, retires today
        1976-03-24 | 2   | 1996-01 | E06  | MAY | MAY | MAY | MAY | joined in 1996
        1940-01-01 | 2   |         | N03  |     |     | MAY | MAY | old, without a pension
                   | 1   |         | N03  |     |     |     | MAY | day of birth not known
    """):
        found = said(row)
        assert {code: found[code] for code in ("110", "310", "170", "390")} == {
            code: row[code] for code in ("110", "310", "170", "390")
        }, row


def test_the_ages_between_which_an_employer_owes(table):
    for row in table("""
        work | born       | sex | by employer | on         | owes | who
        E01  | 2010-11-25 | 1   | 410         | 2026-11-24 | no   | fifteen until tomorrow
        E01  | 2010-11-24 | 1   | 410         | 2026-11-24 | yes  | sixteen today
        E01  | 1966-06-25 | 1   | 410         | 2026-11-24 | yes  | retires tomorrow
        E01  | 1966-06-24 | 1   | 410         | 2026-11-24 | no   | retired today
        E01  | 1966-06-24 | 1   | 110         | 2026-11-24 | yes  | retired today, stays by agreement
        E01  | 1965-01-01 | 1   | 110         | 2028-01-31 | yes  | last day of three years of agreement
        E01  | 1965-01-01 | 1   | 110         | 2028-02-01 | no   | after three years of agreement
        E01  | 1964-12-31 | 1   | 110         | 2024-12-31 | no   | retired before agreements were possible
        E01  | 1964-12-31 | 1   | 110         | 2025-02-01 | no   | the same: no agreement afterwards
        E01  | 1971-06-25 | 2   | 410         | 2026-11-24 | yes  | woman, retires tomorrow at 55 and 5 months
        E01  | 1971-06-24 | 2   | 410         | 2026-11-24 | no   | woman, retired today
        E04  | 1966-06-24 | 1   | 120         | 2026-11-24 | no   | civil servant: no agreement
        E05  | 1966-06-24 | 1   | 120         | 2026-11-24 | yes  | institution: by agreement
        E01  |            | 1   | 410         | 2026-11-24 | yes  | day of birth not known, but employed
    """):
        found = said(row, date.fromisoformat(row["on"]))
        assert (found["310"] == "MUST") == (row["owes"] == "yes"), row


def test_since_when_what_is_owed(table):
    """社会保险法 2011-07-01, 国发〔2015〕2号 2014-10-01, 国办发〔2019〕10号 2020-01-01."""
    for row in table("""
        work | on         | 110  | 310  | 210  | 410  | 510  | 120
        E01  | 2011-06-30 |      |      |      |      |      |
        E01  | 2011-07-01 | MUST | MUST | MUST | MUST | MUST |
        E05  | 2014-09-30 |      | MUST | MUST | MUST | MUST |
        E05  | 2014-10-01 |      | MUST | MUST | MUST | MUST | MUST
        E01  | 2019-12-31 | MUST | MUST | MUST | MUST | MUST |
        E01  | 2020-01-01 | MUST | MUST | MUST | MUST | MUST |
    """):
        found = said({"work": row["work"]}, date.fromisoformat(row["on"]))
        assert {code: found[code] for code in row if code in SHORT} == {c: row[c] for c in row if c in SHORT}, row


def test_maternity_comes_with_medical_since_the_two_were_joined():
    def maternity(on: date) -> bool:
        found = duties(person({"work": "E01", "by employer": "110 310"}), on=on)
        return next(one.met for one in found if one.scheme is Scheme.MATERNITY)

    assert (maternity(date(2019, 12, 31)), maternity(date(2020, 1, 1))) == (False, True)


def test_where_somebody_comes_from(table):
    for row in table("""
        from                | lives here | work | on         | 110  | 310  | 170 | 390 | who
        LOCAL               |            | N03  | 2026-11-24 | MAY  | MAY  | MAY | MAY | hukou here, wherever he lives
        ELSEWHERE           | yes        | N03  | 2026-11-24 | MAY  |      |     | MAY | resident from another province, without work
        ELSEWHERE           |            | N03  | 2026-11-24 |      |      |     |     | neither hukou nor home here
        ELSEWHERE           |            | E06  | 2026-11-24 | MAY  | MAY  |     |     | works flexibly here
        ELSEWHERE           | yes        | E06  | 2026-11-24 | MAY  | MAY  |     | MAY | works and lives here
        ELSEWHERE           |            | E01  | 2026-11-24 | MUST | MUST |     |     | an employee, from wherever
        ELSEWHERE           |            | X02  | 2026-11-24 |      |      |     |     | works elsewhere and comes from elsewhere
        ELSEWHERE           |            | N01  | 2026-11-24 |      |      |     | MAY | student of a school here
        HK_MACAO_TAIWAN     | yes        | E01  | 2019-12-31 |      |      |     |     | before 人社部令第41号
        HK_MACAO_TAIWAN     | yes        | E01  | 2020-01-01 | MUST | MUST |     |     | since
        HK_MACAO_TAIWAN     | yes        | N03  | 2019-12-31 |      |      |     |     | before
        HK_MACAO_TAIWAN     | yes        | N03  | 2020-01-01 |      |      | MAY | MAY | with a residence permit
        HK_MACAO_TAIWAN     |            | N03  | 2020-01-01 |      |      |     |     | without
        HK_MACAO_TAIWAN     | yes        | E06  | 2020-01-01 | MAY  | MAY  |     | MAY | flexible work, with a residence permit
        HK_MACAO_TAIWAN     |            | N01  | 2020-01-01 |      |      |     | MAY | student
        FOREIGNER           |            | E01  | 2011-10-14 |      |      |     |     | before 人社部令第16号
        FOREIGNER           |            | E01  | 2011-10-15 | MUST | MUST |     |     | since
        FOREIGNER           | yes        | N03  | 2026-11-24 |      |      |     |     | without work
        PERMANENT_FOREIGNER | yes        | N03  | 2026-11-24 |      |      |     | MAY | with a permanent residence card
    """):
        found = said(row, date.fromisoformat(row["on"]))
        assert {code: found[code] for code in ("110", "310", "170", "390")} == {
            code: row[code] for code in ("110", "310", "170", "390")
        }, row


def test_a_newborn_may_join_whether_or_not_the_hukou_is_made():
    assert said({"born": "2026-11-20", "from": "ELSEWHERE", "newborn": "yes"})["390"] == "MAY"
    assert said({"born": "2026-11-20", "from": "ELSEWHERE"})["390"] == ""


def test_one_pension_and_one_medical_scheme_at_a_time(table):
    """What shuts the other out; met with *; of two open ones each names the other."""
    for row in table("""
        work | alone   | stopped | elsewhere | open and held
        N03  |         |         |           | 110/170 310/390 170/110 390/310
        N03  | 390     |         |           | 110/170 170/110 390*
        N03  | 170 390 |         |           | 170* 390*
        E06  | 110     |         |           | 110* 310/390 390/310
        E06  | 110 310 |         |           | 110* 310*
        E06  | 110 390 |         |           | 110* 390*
        N03  |         | 110     |           | 110/170 310/390 170/110 390/310
        N03  | 170     | 110     |           | 310/390 170* 390/310
        X01  |         |         | 110       | 110* 310/390 390/310
        X01  | 390     |         | 110 310   | 110* 310* 390*
    """):
        found = duties(person(row), on=TODAY)
        short = {scheme: code for code, scheme in SHORT.items()}
        cells = [
            short[one.scheme] + ("*" if one.met else f"/{short[one.instead]}" if one.instead else "") for one in found
        ]
        assert " ".join(cells) == row["open and held"], row


def test_pensioners(table):
    for row in table("""
        work | retired from | paid | alone | 310 | 390 | else
        N03  | 170          | yes  |       |     | MAY | nothing
        N03  | 110          | yes  |       | MAY | MAY | nothing
        N03  | 110          | yes  | 310   | MAY |     | nothing
        N03  | 120          | yes  | 310   |     |     | nothing
        E01  | 170          | yes  |       |     | MAY | nothing
        N03  | 170          | no   |       |     | MAY | nothing
    """):
        found = said(row | {"born": "1958-03-01"})
        assert (found.pop("310"), found.pop("390")) == (row["310"], row["390"]), row
        assert not any(found.values()), row


def test_past_retirement_without_the_years_one_may_go_on_paying(table):
    for row in table("""
        alone | stopped | work | 110
        110   |         | E06  | MAY
              | 110     | N03  | MAY
              |         | N03  |
    """):
        assert said(row | {"born": "1964-01-01"})["110"] == row["110"], row


def test_nothing_is_said_of_the_dead():
    assert duties(replace(person({"work": "E01"}), dead=True), on=TODAY) == ()


@pytest.mark.parametrize(
    ("employment", "work"),
    [(Employment.EMPLOYER, "E01"), (Employment.PUBLIC_SECTOR, "PUBLIC"), (Employment.NONE, "N03")],
)
def test_the_gap_of_the_whole_city_asks_for_the_same_as_the_rules_for_one(employment, work):
    for on in ("2011-06-30", "2011-07-01", "2014-09-30", "2019-12-31", "2020-01-01", "2026-11-24"):
        today = day(on)
        assert today
        owed = {
            one.scheme for one in duties(person({"work": work}), on=today) if one.duty is Duty.MUST and one.confirmed
        }
        if employment is Employment.PUBLIC_SECTOR and on < "2014-10-01":
            continue  # the gap begins with their pension: nobody is in it before
        assert owed == must(employment, on=today), on


def test_the_occupations_are_the_boxes_of_the_form():
    assert {one.value for one in Occupation} - {"PUBLIC"} == {code.code for code in codes("occupation")}
    assert all(one.label for one in Occupation)


def test_every_rule_names_its_law_and_says_why():
    assert all(rule.law and rule.why.endswith("。") for rule in RULES)
