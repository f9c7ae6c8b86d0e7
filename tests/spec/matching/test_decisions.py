"""What a clerk decided stands, whatever the evidence."""

from __future__ import annotations


def test_a_doubt_decided_to_be_one_person_is_one(match):
    match(
        """
        office | key | number             | name | born       | sex | place     | who | rule    | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001 | A   | DECIDED | strong
        医保   | 2   |                    | 张伟 | 1980-01-01 | 1   |           | A   | DECIDED | strong
        """,
        same="1-2",
    )


def test_a_doubt_decided_to_be_two_people_is_not_asked_again(match):
    match(
        """
        office | key | number             | name | born       | sex | place     | who | rule       | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001 | A   | NO_PARTNER | alone
        医保   | 2   |                    | 张伟 | 1980-01-01 | 1   |           | B   | NO_PARTNER | alone
        """,
        apart="1-2",
    )


def test_a_link_that_a_clerk_undid_stays_undone_also_through_a_third_record(match):
    match(
        """
        office | key | number             | name   | born       | sex | phone       | who | rule        | band
        公安   | 1   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 1   |             | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 1   | 13800000001 | A   | SAME_NUMBER | exact
        医保   | 3   |                    | 欧阳雪 | 1980-01-01 | 1   | 13800000001 | A   | SAME_TRAITS | strong
        养老   | 4   |                    | 欧阳雪 | 1980-01-01 | 1   | 13800000001 | B   | NO_PARTNER  | alone
        """,
        apart="1-4 3-4",
    )


def test_of_two_held_apart_neither_is_given_to_the_person_both_would_join(match):
    match(
        """
        office | key | number             | name   | born       | sex | phone       | who | rule        | band
        公安   | 1   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 1   |             | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 1   | 13800000001 | A   | SAME_NUMBER | exact
        医保   | 3   |                    | 欧阳雪 | 1980-01-01 | 1   | 13800000001 | B   | NO_PARTNER  | clerical
        养老   | 4   |                    | 欧阳雪 | 1980-01-01 | 1   | 13800000001 | C   | NO_PARTNER  | clerical
        """,
        apart="3-4",
        doubts="2-3 2-4",
    )


def test_two_numbers_decided_to_be_one_person_are_joined(match):
    match(
        """
        office | key | number             | name | born       | who | rule        | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 张伟 | 1980-01-01 | A   | SAME_NUMBER | exact
        养老   | 3   | 500999198505050210 | 张伟 | 1985-05-05 | A   | DECIDED     | strong
        """,
        same="3-1",
    )
