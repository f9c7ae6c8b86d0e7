"""Records with a number: the same, written otherwise, old, or damaged."""

from __future__ import annotations


def test_the_same_valid_number_and_name_is_one_person(match):
    match("""
        office | key | number             | name | born       | who | rule        | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 张伟 | 1980-01-01 | A   | SAME_NUMBER | exact
        医保   | 3   | 500999198001010039 | 张伟 | 1980-01-01 | B   | NO_PARTNER  | alone
    """)


def test_width_case_and_blanks_of_a_number_do_not_matter(match):
    match("""
        office | key | number                               | name | born       | who | rule        | band
        公安   | 1   | 50099919900101005X                   | 张伟 | 1990-01-01 | A   | SAME_NUMBER | exact
        职工   | 2   | 50099919900101005x                   | 张伟 | 1990-01-01 | A   | SAME_NUMBER | exact
        医保   | 3   | ５００９９９１９９００１０１００５Ｘ | 张伟 | 1990-01-01 | A   | SAME_NUMBER | exact
        养老   | 4   | 500999 19900101 005*                 | 张伟 |            | A   | SAME_NUMBER | exact
    """)


def test_an_old_number_of_15_digits_is_read_as_its_long_form(match):
    match("""
        office | key | number             | name | born       | who | rule        | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | A   | SAME_NUMBER | exact
        养老   | 2   | 500999800101001    | 张伟 |            | A   | OLD_NUMBER  | strong
    """)


def test_an_old_number_beside_another_name_is_not_taken_for_the_holder(match):
    match("""
        office | key | number             | name   | born       | who | rule       | band
        公安   | 1   | 500999198001010012 | 张伟   | 1980-01-01 | A   | NO_PARTNER | alone
        养老   | 2   | 500999800101001    | 欧阳雪 |            | B   | NO_PARTNER | alone
    """)


def test_a_damaged_number_with_name_and_birth_finds_its_holder(match):
    match("""
        office | key | number              | name | born       | place     | who | rule           | band
        公安   | 1   | 500999198001010012  | 张伟 | 1980-01-01 | 500999001 | A   | SAME_NUMBER    | exact
        机关   | 2   | 500999198001010012  | 张伟 | 1980-01-01 | 500999001 | A   | SAME_NUMBER    | exact
        职工   | 3   | 500999198001011012  | 张伟 | 1980-01-01 | 500999001 | A   | DAMAGED_NUMBER | strong
        职工   | 4   | 500999190801010012  | 张伟 | 1980-01-01 | 500999001 | A   | DAMAGED_NUMBER | strong
        养老   | 5   | 50099919800101001   | 张伟 | 1980-01-01 | 500999001 | A   | DAMAGED_NUMBER | strong
        医保   | 6   | 5009991980010100112 | 张伟 | 1980-01-01 | 500999001 | A   | DAMAGED_NUMBER | strong
        卫健   | 7   | 50099919800I010012  | 张伟 | 1980-01-01 | 500999001 | A   | DAMAGED_NUMBER | strong
    """)


def test_a_damaged_number_under_another_name_is_not_repaired(match):
    match("""
        office | key | number             | name   | born       | who | rule       | band
        公安   | 1   | 500999198001010012 | 张伟   | 1980-01-01 | A   | NO_PARTNER | alone
        职工   | 2   | 500999198001010022 | 欧阳雪 | 1980-03-05 | B   | NO_PARTNER | alone
    """)


def test_two_damages_of_one_number_need_more_than_the_number(match):
    match("""
        office | key | number             | name   | born       | place     | who | rule        | band
        公安   | 1   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 500999001 | A   | SAME_NUMBER | exact
        机关   | 2   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 500999001 | A   | SAME_NUMBER | exact
        职工   | 3   | 500999198001017092 | 欧阳雪 | 1980-01-01 | 500999001 | A   | SAME_TRAITS | strong
        职工   | 4   | 500999198001017092 | 张伟   |            |           | B   | NO_PARTNER  | alone
    """)


def test_passports_and_permits_are_compared_as_written(match):
    match("""
        office | key | number    | name         | born       | sex | who | rule          | band
        职工   | 1   | E12345678 | 林志强       | 1990-08-08 | 1   | A   | SAME_DOCUMENT | exact
        卫健   | 2   | E12345678 | 林志强       | 1990-08-08 | 1   | A   | SAME_DOCUMENT | exact
        职工   | 3   | H12345678 | 黃志強       | 1960-12-12 | 1   | B   | SAME_DOCUMENT | exact
        卫健   | 4   | H12345678 | 黄志强       |            | 1   | B   | SAME_DOCUMENT | exact
        职工   | 5   | P7654321  | GARCIA Maria | 1978-09-09 | 2   | C   | SAME_DOCUMENT | exact
        卫健   | 6   | P7654321  | María García | 1978-09-09 | 2   | C   | SAME_DOCUMENT | exact
    """)


def test_one_passport_number_under_two_names_is_two_people(match):
    match("""
        office | key | number   | name         | born       | sex | who | rule       | band
        职工   | 1   | P7654321 | GARCIA MARIA | 1978-09-09 | 2   | A   | NO_PARTNER | alone
        卫健   | 2   | P7654321 | KIM YUNA     | 1990-08-08 | 2   | B   | NO_PARTNER | alone
    """)


def test_the_second_holder_of_a_number_is_not_his_look_alike(match):
    """B's number was also used by C; nothing of B goes to A, who has the same name, birthday and village."""
    match("""
        office | key | number             | name   | born       | sex | place     | person no | who | rule        | band
        公安   | 1   | 500999198001010012 | 夏帅家 | 1980-01-01 | 1   | 500999001 |           | A   | SAME_NUMBER | exact
        卫健   | 2   | 500999198001010012 | 夏帅家 | 1980-01-01 | 1   | 500999001 |           | A   | SAME_NUMBER | exact
        卫健   | 3   | 500999198001010055 | 夏帅家 | 1980-01-01 | 1   | 500999001 |           | B   | SAME_NUMBER | strong
        养老   | 4   | 500999198001010055 | 夏帅家 | 1980-01-01 | 1   | 500999001 |           | B   | SAME_NUMBER | strong
        职工   | 5   | 500999198001010055 | 欧阳雪 | 1985-05-05 | 2   | 500999009 | 77        | C   | SAME_NUMBER | strong
        职工   | 6   | 500999198001010055 | 欧阳雪 | 1985-05-05 | 2   | 500999009 | 77        | C   | SAME_NUMBER | strong
        职工   | 7   | 500999198001010055 | 欧阳雪 | 1985-05-05 | 2   | 500999009 | 77        | C   | SAME_NUMBER | strong
    """)
