"""One number, names written otherwise, and names of somebody else."""

from __future__ import annotations


def test_a_name_written_otherwise_under_one_number_is_the_same_person(match):
    match("""
        office | key | number             | name       | former | born       | who | rule                   | band
        公安   | 1   | 500999198001010012 | 张国强     | 张二娃 | 1980-01-01 | A   | SAME_NUMBER            | exact
        职工   | 2   | 500999198001010012 | 張國強     |        |            | A   | SAME_NUMBER            | exact
        职工   | 3   | 500999198001010012 | 张 国　强  |        |            | A   | SAME_NUMBER            | exact
        养老   | 4   | 500999198001010012 | 章国强     |        |            | A   | SAME_NUMBER_OTHER_NAME | strong
        医保   | 5   | 500999198001010012 | 张国?      |        |            | A   | SAME_NUMBER_OTHER_NAME | strong
        机关   | 6   | 500999198001010012 | 张国\ue001 |        |            | A   | SAME_NUMBER_OTHER_NAME | strong
        机关   | 7   | 500999198001010012 | 张国庆     |        |            | A   | SAME_NUMBER_OTHER_NAME | strong
        卫健   | 8   | 500999198001010012 | 张二娃     |        |            | A   | SAME_NUMBER_OTHER_NAME | strong
    """)


def test_the_dot_of_a_name_is_written_in_many_ways(match):
    match("""
        office | key | number             | name         | born       | who | rule        | band
        公安   | 1   | 500999198001010012 | 买买提·艾力  | 1980-01-01 | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 买买提•艾力  |            | A   | SAME_NUMBER | exact
        卫健   | 3   | 500999198001010012 | 买买提．艾力 |            | A   | SAME_NUMBER | exact
        卫健   | 4   | 500999198001010012 | 买买提艾力   |            | A   | SAME_NUMBER | exact
    """)


def test_one_number_used_by_two_people_is_held_apart(match):
    match("""
        office | key | number             | name   | born       | who | rule        | band
        公安   | 1   | 500999198001010012 | 张伟   | 1980-01-01 | A   | SAME_NUMBER | strong
        职工   | 2   | 500999198001010012 | 张伟   | 1980-01-01 | A   | SAME_NUMBER | strong
        养老   | 3   | 500999198001010012 | 欧阳雪 | 1985-05-05 | B   | SAME_NUMBER | strong
        医保   | 4   | 500999198001010012 | 欧阳雪 |            | B   | SAME_NUMBER | strong
    """)


def test_who_uses_anothers_number_is_found_under_the_own_one(match):
    match("""
        office | key | number             | name   | born       | sex | place     | phone       | who | rule        | band
        公安   | 1   | 500999198001010012 | 张伟   | 1980-01-01 | 1   | 500999001 |             | A   | NO_PARTNER  | alone
        公安   | 2   | 500999198505050229 | 欧阳雪 | 1985-05-05 | 2   | 500999001 |             | B   | SAME_NUMBER | exact
        卫健   | 3   | 500999198505050229 | 欧阳雪 | 1985-05-05 | 2   | 500999001 | 13800000001 | B   | SAME_NUMBER | exact
        养老   | 4   | 500999198001010012 | 欧阳雪 | 1985-05-05 | 2   | 500999001 | 13800000001 | B   | SAME_TRAITS | strong
    """)


def test_a_newborn_under_the_mothers_number_is_not_the_mother(match):
    match("""
        office | key | number             | name     | born       | sex | place     | who | rule        | band
        公安   | 1   | 500999198505050229 | 王芳     | 1985-05-05 | 2   | 500999001 | A   | SAME_NUMBER | strong
        职工   | 2   | 500999198505050229 | 王芳     | 1985-05-05 | 2   | 500999001 | A   | SAME_NUMBER | strong
        医保   | 3   | 500999198505050229 | 王芳之子 | 2026-03-15 | 1   | 500999001 | B   | NO_PARTNER  | alone
    """)
