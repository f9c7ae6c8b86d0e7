"""Records with a number: the same, written otherwise, old, or damaged."""

from __future__ import annotations

from canbao.bulk.matching.plain.entries import build
from canbao.bulk.matching.record import Record


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


def test_one_passport_number_with_another_birth_or_sex_is_two_people(match):
    match(
        """
        office | key | number    | name   | born       | sex | who | rule          | band
        职工   | 1   | E12345678 | 林志强 | 1990-08-08 | 1   | A   | SAME_DOCUMENT | exact
        卫健   | 2   | E12345678 | 林志强 | 1990-08-08 | 1   | A   | SAME_DOCUMENT | exact
        养老   | 3   | E12345678 | 林志强 | 1960-03-21 | 1   | B   | NO_PARTNER    | alone
        医保   | 4   | P7654321  | 王伟   | 1970-01-05 | 1   | C   | NO_PARTNER    | clerical
        卫健   | 5   | P7654321  | 王伟   | 1970-01-05 | 2   | D   | NO_PARTNER    | alone
    """,
        doubts="4-5",
    )


def test_a_few_digits_identify_nobody(match):
    match("""
        office | key | type | number          | name | born       | sex | who | rule          | band
        职工   | 1   | 02   | 2023            | 张伟 | 1970-01-05 | 1   | A   | NO_PARTNER    | alone
        卫健   | 2   | 02   | 2023            | 张伟 | 1994-08-09 | 2   | B   | NO_PARTNER    | alone
        医保   | 3   |      | 1234            | 张伟 |            |     | C   | NO_PARTNER    | alone
        养老   | 4   |      | 1234            | 张伟 |            |     | D   | NO_PARTNER    | alone
        医保   | 5   | 02   | 军字第1234567号 | 赵四 |            | 1   | E   | SAME_DOCUMENT | exact
        养老   | 6   | 02   | 军字第1234567号 | 赵四 |            | 1   | E   | SAME_DOCUMENT | exact
    """)


def test_a_number_under_many_names_is_filled_in(match):
    """Five of one office, and a sixth of another with the name of the first."""
    names = ("张伟", "赵四", "钱多多", "孙小红", "周大山")
    rows = [f"职工 | {n} | 02 | 20230001 | {name} | {n} | NO_PARTNER | alone" for n, name in enumerate(names, 1)]
    head = "office | key | type | number | name | who | rule | band"
    match("\n".join([head, *rows, "卫健 | 6 | 02 | 20230001 | 张伟 | 6 | NO_PARTNER | alone"]))
    match("\n".join([head, "职工 | 1 | 02 | 20230001 | 张伟 | 1 | SAME_DOCUMENT | exact", *rows[1:2],
                     "卫健 | 6 | 02 | 20230001 | 张伟 | 1 | SAME_DOCUMENT | exact"]))  # fmt: skip


def test_a_number_whose_check_digit_holds_and_whose_birth_cannot_be_is_damaged(match):
    match("""
        office | key | number             | name   | born       | sex | who | rule          | band
        公安   | 1   | 500999199013011236 | 欧阳雪 | 1990-12-30 | 2   | A   | SAME_DOCUMENT | exact
        卫健   | 2   | 500999199013011236 | 欧阳雪 | 1990-12-30 | 2   | A   | SAME_DOCUMENT | exact
    """)


def test_cards_households_and_person_numbers_that_many_fill_in_join_nobody(match):
    match("""
        office | key | name | born       | sex | place     | person no | card     | house    | who | rule       | band
        职工   | 1   | 王伟 | 1990-03-04 | 1   | 500999001 | 1         | 11111111 |          | A   | NO_PARTNER | alone
        职工   | 2   | 王伟 | 1961-07-08 | 2   | 500998001 | 1         |          |          | B   | NO_PARTNER | alone
        医保   | 3   | 王伟 | 1961-11-12 | 1   | 500997001 |           | 11111111 |          | C   | NO_PARTNER | alone
        养老   | 4   | 王伟 | 1970-11-12 | 1   | 500997002 |           | 12345678 |          | D   | NO_PARTNER | alone
        机关   | 5   | 王伟 | 1950-01-12 | 1   | 500996002 |           | 12345678 |          | E   | NO_PARTNER | alone
    """)


def test_a_padded_district_is_no_town():
    """Else all of a district would count as neighbours; tests/property holds the set engine to it."""
    records = [
        Record("police", place, "张伟", division=place) for place in ("500999000000", "500999000", "500999001000")
    ]
    entries, _ = build(records)
    assert [(e.town, e.district) for e in entries] == [(None, "500999"), (None, "500999"), ("500999001", "500999")]
