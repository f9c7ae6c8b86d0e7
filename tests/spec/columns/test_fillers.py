"""What says nothing, although something is written."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules.columns import COLUMNS, Type
from canbao.rules.fillers import crowded_fillers, crowded_limit, filler, is_filler


def test_what_is_no_value_and_what_many_fill_in(table):
    for row in table(r"""
        column        | written              | filler
        doc_number    | 不详                 | NOTHING
        doc_number    | 未 知                | NOTHING
        doc_number    | NaN                  | NOTHING
        doc_number    | \N                   | NOTHING
        doc_number    | #N/A                 | NOTHING
        doc_number    | (null)               | NOTHING
        doc_number    | <NULL>               | NOTHING
        doc_number    | ＮＵＬＬ             | NOTHING
        doc_number    | 无身份证             | NOTHING
        doc_number    | ——                   | NOTHING
        doc_number    | ？                   | NOTHING
        doc_number    | 000000000000000000   | NOTHING
        doc_number    | 111111111111111111   | NOTHING
        doc_number    | 123456789012345678   | NOTHING
        doc_number    | XXXXXX               | NOTHING
        doc_number    | 500901190001010011   | DEFAULT
        doc_number    | 500901199005010115   |
        doc_number    | E12345678            |
        doc_number    | 军字第1234567号      |
        mother_number | 不详                 | NOTHING
        phone         | 00000000000          | NOTHING
        phone         | 023-0000000          | NOTHING
        phone         | 13800000000          | DEFAULT
        phone         | 13800138000          | DEFAULT
        phone         | １３９１１１１１１１１ | DEFAULT
        phone         | 13912345678          | DEFAULT
        phone         | 12333                | DEFAULT
        phone         | 13512340001          |
        phone         | 023-62890000         |
        card_no       | 0                    | NOTHING
        card_no       | D99900001            |
        household_no  | 同上                 | NOTHING
        household_no  | 〃                   | NOTHING
        name          | 〃                   | NOTHING
        address       | 〃〃                 | NOTHING
        phone         | 同前                 | NOTHING
        birth_date    | 同上                 | NOTHING
        household_no  | 500112001234         |
        person_no     | 1111                 |
        person_no     | 无                   | NOTHING
        address       | 不详                 | NOTHING
        address       | 略                   | NOTHING
        address       | 无名路1号            |
        employer_name | /                    | NOTHING
        employer_name | 无线电厂             |
        name          | 不详                 | NOTHING
        name          | NULL                 | NOTHING
        name          | -                    | NOTHING
        name          | ？？？               |
        name          | 张无                 |
        division      | 000000               | NOTHING
        sex           | 未知                 |
        card_no       | 11111111             | DEFAULT
        card_no       | 12345678             | DEFAULT
        household_no  | 1                    | DEFAULT
        household_no  | 99999999             | DEFAULT
        person_no     | 1                    | DEFAULT
        person_no     | 77                   |
        record_key    | 1                    |
        employer_no   | 11111111             |
        birth_certificate | P000000000       | NOTHING
        doc_number    | E00000000            | NOTHING
        doc_number    | E11111111            | DEFAULT
        doc_number    | E12345678            |
        birth_date    | 1900-01-01           | NOTHING
        birth_date    | 1899-12-30           | NOTHING
        birth_date    | 9999-12-31           | NOTHING
        birth_date    | 1990-01-01           | DEFAULT
        birth_date    | 1970-01-01           | DEFAULT
        birth_date    | 1990-01-02           |
        birth_date    | 1991-01-01           |
        birth_date    | 2020-01-01           |
    """):
        assert (filler(row["column"], row["written"]) or "") == row["filler"], row
        assert is_filler(row["column"], row["written"]) == bool(row["filler"]), row


def test_a_day_may_be_a_date_or_its_text():
    assert is_filler("birth_date", date(1900, 1, 1)) and not is_filler("birth_date", date(1986, 5, 3))


def test_values_far_above_chance_are_fillers(table):
    """A day of birth is shared by one in 25,000; a telephone by a home; a card by nobody."""
    for row in table("""
        column       | holders | people  | crowded
        birth_date   | 300     | 1000000 | no
        birth_date   | 500     | 1000000 | yes
        birth_date   | 10      | 1000    | no
        birth_date   | 20      | 1000    | yes
        phone        | 12      | 1000000 | no
        phone        | 13      | 1000000 | yes
        household_no | 20      | 1000000 | no
        household_no | 900     | 1000000 | yes
        card_no      | 3       | 1000000 | yes
        doc_number   | 4       | 1000000 | no
        doc_number   | 5       | 1000000 | yes
        name         | 90000   | 1000000 | no
        sex          | 500000  | 1000000 | no
    """):
        found = crowded_fillers(row["column"], {"甲": int(row["holders"]), "乙": 1}, int(row["people"]))
        assert found == ({"甲"} if row["crowded"] == "yes" else set()), row


def test_a_limit_of_zero_means_that_any_number_may_share():
    assert crowded_limit("name", 1000) == 0
    assert crowded_fillers("name", [("张伟", 999)], 1000) == frozenset()


@pytest.mark.parametrize("column", COLUMNS.values(), ids=lambda column: column.name)
def test_what_shows_nothing_is_nothing_in_every_column(column):
    assert is_filler(column.name, "")
    assert column.type in (Type.DATE, Type.CODE) or is_filler(column.name, " \u200b\t")
