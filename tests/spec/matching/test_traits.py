"""Records without a usable number: name, birth and sex with the place, the telephone or the address."""

from __future__ import annotations

_CROWD_NUMBERS = (
    "500999196003032005", "500999196103032010", "500999196203032026", "500999196303032031",
    "500999196403032047", "500999196503032052", "500999196603032068", "500999196703032073",
    "500999196803032089", "500999196903032094", "500999197003032106", "500999197103032111",
)  # fmt: skip


def test_a_common_name_with_birth_and_sex_needs_a_place_a_phone_or_an_address(match):
    match("""
        office | key | number             | name | born       | sex | place     | phone         | address        | who | rule        | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001 |               |                | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999002 | 13800000001   | 长江路12号3-2  | A   | SAME_NUMBER | exact
        医保   | 3   |                    | 张伟 | 1980-01-01 | 1   | 500999001 |               |                | A   | SAME_TRAITS | strong
        养老   | 4   |                    | 张伟 | 1980-01-01 | 1   |           | 138 0000 0001 |                | A   | SAME_TRAITS | strong
        卫健   | 5   |                    | 张伟 | 1980-01-01 | 1   | 500999002 |               | 长江路12号3幢2 | A   | SAME_TRAITS | strong
    """)


def test_a_common_name_with_birth_and_sex_alone_is_shown_to_a_clerk(match):
    match(
        """
        office | key | number             | name | born       | sex | place     | who | rule       | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001 | A   | NO_PARTNER | alone
        医保   | 2   |                    | 张伟 | 1980-01-01 | 1   |           | B   | NO_PARTNER | clerical
        """,
        doubts="1-2",
    )


def test_a_rare_name_with_birth_and_sex_is_enough(match):
    match("""
        office | key | number             | name   | born       | sex | place     | who | rule        | band
        公安   | 1   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 1   | 500999001 | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 欧阳雪 | 1980-01-01 | 1   | 500999001 | A   | SAME_NUMBER | exact
        医保   | 3   |                    | 欧阳雪 | 1980-01-01 | 1   |           | A   | SAME_TRAITS | strong
    """)


def test_two_who_look_alike_in_one_village_are_left_to_a_clerk(match):
    match(
        """
        office | key | number             | name | born       | sex | place        | who | rule       | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001001 | A   | NO_PARTNER | alone
        公安   | 2   | 500999198001010039 | 张伟 | 1980-01-01 | 1   | 500999001001 | B   | NO_PARTNER | alone
        医保   | 3   |                    | 张伟 | 1980-01-01 | 1   | 500999001001 | C   | NO_PARTNER | clerical
        """,
        doubts="1-3 2-3",
    )


def test_a_phone_tells_two_who_look_alike_apart(match):
    match("""
        office | key | number             | name | born       | sex | place        | phone       | who | rule        | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001001 |             | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001001 | 13800000001 | A   | SAME_NUMBER | exact
        公安   | 3   | 500999198001010039 | 张伟 | 1980-01-01 | 1   | 500999001001 |             | B   | NO_PARTNER  | alone
        医保   | 4   |                    | 张伟 | 1980-01-01 | 1   | 500999001001 | 13800000001 | A   | SAME_TRAITS | strong
    """)


def test_a_former_name_finds_its_bearer(match):
    match("""
        office | key | number             | name   | former | born       | sex | place     | who | rule        | band
        公安   | 1   | 500999198001010012 | 张国强 | 欧阳雪 | 1980-01-01 | 1   | 500999001 | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 张国强 |        | 1980-01-01 | 1   | 500999001 | A   | SAME_NUMBER | exact
        医保   | 3   |                    | 欧阳雪 |        | 1980-01-01 | 1   | 500999001 | A   | SAME_TRAITS | strong
    """)


def test_a_phone_of_very_many_people_is_no_home(match):
    crowd = "\n".join(
        f"职工 | c{i} | {number} | 路人{name} |  |  |  | 02300000000 | {name} | NO_PARTNER | alone"
        for i, (number, name) in enumerate(zip(_CROWD_NUMBERS, "甲乙丙丁戊己庚辛壬癸子丑", strict=True))
    )
    match(
        f"""
        office | key | number             | name | born       | sex | place     | phone       | who | rule       | band
        公安   | 1   | 500999198001010012 | 张伟 | 1980-01-01 | 1   | 500999001 | 02300000000 | A   | NO_PARTNER | alone
        医保   | 2   |                    | 张伟 | 1980-01-01 | 1   |           | 02300000000 | B   | NO_PARTNER | clerical
        {crowd}
        """,
        doubts="1-2",
    )


def test_one_person_number_of_one_office_is_one_person_unless_the_facts_speak_against_it(match):
    match("""
        office | key | number             | name   | born       | sex | person no | who | rule           | band
        职工   | 1   | 500999198001010012 | 张伟   | 1980-01-01 | 1   | 7001      | A   | SAME_NUMBER    | exact
        机关   | 2   | 500999198001010012 | 张伟   | 1980-01-01 | 1   | 9001      | A   | SAME_NUMBER    | exact
        职工   | 3   |                    | 张伟   | 1980-01-01 | 1   | 7001      | A   | SAME_PERSON_NO | strong
        职工   | 4   | 500999198505050229 | 欧阳雪 | 1985-05-05 | 2   | 7001      | B   | NO_PARTNER     | alone
    """)


def test_people_without_any_number_are_joined_among_themselves(match):
    match("""
        office | key | name   | born       | sex | place     | phone       | who | rule        | band
        医保   | 1   | 欧阳雪 | 1985-05-05 | 2   | 500999001 | 13800000001 | A   | SAME_TRAITS | strong
        养老   | 2   | 欧阳雪 | 1985-05-05 | 2   | 500999001 | 13800000001 | A   | SAME_TRAITS | strong
        卫健   | 3   | 王芳   | 1985-05-05 | 2   | 500999001 |             | B   | NO_PARTNER  | alone
    """)


def test_a_name_that_only_sounds_alike_needs_more_than_one_that_is_the_same(match):
    match(
        """
        office | key | number             | name   | born       | sex | place     | phone       | who | rule        | band
        公安   | 1   | 500999198001010012 | 李国强 | 1980-01-01 | 1   | 500999001 |             | A   | SAME_NUMBER | exact
        职工   | 2   | 500999198001010012 | 李国强 | 1980-01-01 | 1   | 500999001 | 13800000001 | A   | SAME_NUMBER | exact
        医保   | 3   |                    | 李国墙 | 1980-01-01 | 1   | 500999001 | 13800000001 | A   | SAME_TRAITS | strong
        养老   | 4   |                    | 李国庆 | 1980-01-01 | 1   | 500999001 | 13800000001 | B   | NO_PARTNER  | clerical
        养老   | 5   |                    | 李国?  | 1980-01-01 | 1   | 500999001 |             | A   | SAME_TRAITS | strong
        """,
        doubts="2-4 4-5",
    )
