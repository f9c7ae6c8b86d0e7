"""Twins, newborns under a certificate or the mother's number, and their later hukou."""

from __future__ import annotations


def test_twins_with_adjacent_numbers_are_two_people(match):
    match("""
        office | key | number             | name   | born       | sex | place     | phone       | house | who | rule        | band
        公安   | 1   | 500999201006070318 | 张子轩 | 2010-06-07 | 1   | 500999001 |             | H1    | A   | SAME_NUMBER | exact
        公安   | 2   | 500999201006070334 | 张子豪 | 2010-06-07 | 1   | 500999001 |             | H1    | B   | SAME_NUMBER | exact
        医保   | 3   | 500999201006070318 | 张子轩 | 2010-06-07 | 1   | 500999001 | 13800000001 |       | A   | SAME_NUMBER | exact
        医保   | 4   | 500999201006070334 | 张子豪 | 2010-06-07 | 1   | 500999001 | 13800000001 |       | B   | SAME_NUMBER | exact
    """)


def test_a_twin_under_the_number_of_the_other_goes_to_the_own_one(match):
    match("""
        office | key | number             | name   | born       | sex | place     | phone       | house | who | rule        | band
        公安   | 1   | 500999201006070318 | 张子轩 | 2010-06-07 | 1   | 500999001 |             | H1    | A   | NO_PARTNER  | alone
        公安   | 2   | 500999201006070334 | 张子豪 | 2010-06-07 | 1   | 500999001 |             | H1    | B   | SAME_NUMBER | exact
        卫健   | 3   | 500999201006070334 | 张子豪 | 2010-06-07 | 1   | 500999001 | 13800000001 |       | B   | SAME_NUMBER | exact
        医保   | 4   | 500999201006070318 | 张子豪 | 2010-06-07 | 1   | 500999001 | 13800000001 |       | B   | SAME_TRAITS | strong
    """)


def test_the_damaged_number_of_a_twin_follows_the_name(match):
    match("""
        office | key | number             | name   | born       | sex | place     | phone       | house | who | rule           | band
        公安   | 1   | 500999201006070318 | 张子轩 | 2010-06-07 | 1   | 500999001 |             | H1    | A   | NO_PARTNER     | alone
        公安   | 2   | 500999201006070334 | 张子豪 | 2010-06-07 | 1   | 500999001 |             | H1    | B   | SAME_NUMBER    | exact
        卫健   | 3   | 500999201006070334 | 张子豪 | 2010-06-07 | 1   | 500999001 | 13800000001 |       | B   | SAME_NUMBER    | exact
        医保   | 4   | 500999201006070314 | 张子豪 | 2010-06-07 | 1   | 500999001 | 13800000001 |       | B   | DAMAGED_NUMBER | strong
    """)


def test_nameless_twin_newborns_are_never_one(match):
    match(
        """
        office | key | name     | born       | sex | place     | cert | mother             | who | rule       | band
        卫健   | 1   | 王芳之子 | 2026-03-15 | 1   | 500999001 | B500001   | 500999198505050229 | A   | NO_PARTNER | clerical
        卫健   | 2   | 王芳之子 | 2026-03-15 | 1   | 500999001 | B500002   | 500999198505050229 | B   | NO_PARTNER | alone
        """,
        doubts="1-2",
    )


def test_a_newborn_is_known_by_certificate_then_by_the_mother(match):
    match("""
        office | key | number             | name     | born       | sex | place     | house | cert | mother             | who | rule           | band
        公安   | 1   | 500999198505050229 | 王芳     | 1985-05-05 | 2   | 500999001 | H1    |      |                    | A   | NO_PARTNER     | alone
        卫健   | 2   |                    | 王芳之子 | 2026-03-15 | 1   | 500999001 |       | B500001 | 500999198505050229 | B   | NEWBORN_MOTHER | strong
        卫健   | 3   |                    | 张子轩   | 2026-03-15 | 1   | 500999001 |       | B500001 | 500999198505050229 | B   | NEWBORN_MOTHER | strong
    """)


def test_a_newborn_who_gets_a_hukou_later_is_found_in_the_mothers_household(match):
    match("""
        office | key | number             | name     | born       | sex | place     | house | cert | mother             | who | rule           | band
        公安   | 1   | 500999198505050229 | 王芳     | 1985-05-05 | 2   | 500999001 | H1    |      |                    | A   | NO_PARTNER     | alone
        公安   | 2   | 500999202603150716 | 张子轩   | 2026-03-15 | 1   | 500999001 | H1    |      |                    | B   | SAME_NUMBER    | exact
        医保   | 3   | 500999202603150716 | 张子轩   | 2026-03-15 | 1   | 500999001 |       |      |                    | B   | SAME_NUMBER    | exact
        卫健   | 4   |                    | 王芳之子 | 2026-03-15 | 1   | 500999001 |       | B500001   | 500999198505050229 | B   | NEWBORN_MOTHER | strong
    """)


def test_a_nameless_newborn_beside_twins_with_a_hukou_is_left_to_a_clerk(match):
    match(
        """
        office | key | number             | name     | born       | sex | place     | house | cert | mother             | who | rule       | band
        公安   | 1   | 500999198505050229 | 王芳     | 1985-05-05 | 2   | 500999001 | H1    |      |                    | A   | NO_PARTNER | alone
        公安   | 2   | 500999202603150716 | 张子轩   | 2026-03-15 | 1   | 500999001 | H1    |      |                    | B   | NO_PARTNER | alone
        公安   | 3   | 500999202603150732 | 张子豪   | 2026-03-15 | 1   | 500999001 | H1    |      |                    | C   | NO_PARTNER | alone
        卫健   | 4   |                    | 王芳之子 | 2026-03-15 | 1   | 500999001 |       | B500001   | 500999198505050229 | D   | NO_PARTNER | clerical
        """,
        doubts="2-4 3-4",
    )


def test_the_certificate_alone_identifies_a_newborn(match):
    """Some systems take it for a document number; a child of the other sex with another certificate is another child."""
    match(
        """
        office | key | number     | name     | born       | sex | place     | phone       | cert       | who | rule           | band
        卫健   | 1   |            | 郑沐涵   | 2026-03-15 | 1   | 500999001 |             | Q509940344 | A   | NEWBORN_MOTHER | clerical
        医保   | 2   | Q509940344 | 王芳之子 | 2026-03-15 | 1   | 500999002 | 13800000001 |            | A   | NEWBORN_MOTHER | clerical
        卫健   | 3   |            | 王芳之女 | 2026-03-15 | 2   | 500999002 | 13800000001 | V509048032 | B   | NO_PARTNER     | alone
    """,
        doubts="1-3",
    )


def test_a_twin_whose_name_sounds_like_the_others_is_left_to_a_clerk(match):
    match(
        """
        office | key | number             | name   | born       | sex | place     | house | cert       | mother             | who | rule       | band
        公安   | 1   | 500999198505050229 | 吴素莲 | 1985-05-05 | 2   | 500999001 | H1    |            |                    | M   | NO_PARTNER | alone
        公安   | 2   | 500999202603150310 | 冯欣宇 | 2026-03-15 | 1   | 500999001 | H1    |            |                    | A   | NO_PARTNER | alone
        卫健   | 3   |                    | 冯欣语 | 2026-03-15 | 1   | 500999001 |       | Q509940001 | 500999198505050229 | B   | NO_PARTNER | clerical
        卫健   | 4   |                    | 吴素莲之子 | 2026-03-15 | 1   | 500999001 |       | Q509940002 | 500999198505050229 | C   | NO_PARTNER | clerical
    """,
        doubts="2-3 2-4 3-4",
    )


def test_another_child_under_the_certificate_is_left_to_a_clerk(match):
    """Mixed up, or copied for the other twin."""
    match(
        """
        office | key | name   | born       | sex | place     | cert       | who | rule       | band
        卫健   | 1   | 王小花 | 2025-03-01 | 2   | 500999001 | Q509940344 | A   | NO_PARTNER | clerical
        医保   | 2   | 赵大山 | 2024-07-09 | 1   | 500998001 | Q509940344 | B   | NO_PARTNER | alone
        卫健   | 3   | 张大宝 | 2025-05-05 | 1   | 500999001 | Q509940555 | C   | NO_PARTNER | clerical
        卫健   | 4   | 张小宝 | 2025-05-05 | 1   | 500999001 | Q509940555 | D   | NO_PARTNER | alone
    """,
        doubts="1-2 3-4",
    )


def test_a_certificate_of_zeros_joins_nobody(match):
    match("""
        office | key | name     | born       | sex | place     | cert       | who | rule       | band
        卫健   | 1   | 王小花   | 2025-03-01 | 2   | 500999001 | P000000000 | A   | NO_PARTNER | alone
        医保   | 2   | 吴敏之女 | 2025-03-01 | 2   | 500998001 | P000000000 | B   | NO_PARTNER | alone
    """)
