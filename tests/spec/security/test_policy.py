"""GB/T 22239-2019 8.1.4: what each parameter may be set to."""

from __future__ import annotations

import pytest

from canbao.rules.policy import (
    PARAMETERS,
    TooLoose,
    TooStrict,
    UnknownParameter,
    check,
    in_force,
)

# parameter, default, the loosest that is allowed, one step looser, the strictest, one step stricter
TABLE = """
    password_length       | 10  | 10  | 9   | 32   | 33
    password_classes      | 3   | 3   | 2   | 4    | 5
    password_history      | 5   | 5   | 4   | 24   | 25
    password_days         | 90  | 90  | 91  | 7    | 6
    one_time_hours        | 72  | 72  | 73  | 1    | 0
    lock_failures         | 5   | 5   | 6   | 3    | 2
    lock_minutes          | 30  | 30  | 29  | 1440 | 1441
    lock_address_failures | 50  | 50  | 51  | 10   | 9
    idle_minutes          | 15  | 15  | 16  | 5    | 4
    sessions              | 1   | 3   | 4   | 1    | 0
    session_hours         | 12  | 12  | 13  | 1    | 0
    account_idle_days     | 30  | 30  | 31  | 7    | 6
    unmask_minutes        | 10  | 10  | 11  | 1    | 0
    office_hours_from     | 8   | 8   | 7   | 10   | 11
    office_hours_to       | 18  | 18  | 19  | 16   | 15
    people_per_hour       | 60  | 60  | 61  | 10   | 9
    people_per_day        | 300 | 300 | 301 | 30   | 29
    searches_per_hour     | 120 | 120 | 121 | 20   | 19
    numbers_per_hour      | 30  | 30  | 31  | 5    | 4
    sequential_numbers    | 5   | 5   | 6   | 3    | 2
    budget_searches_office_hour | 200 | 600 | 601 | 40 | 39
    budget_searches_office_day  | 1000 | 3000 | 3001 | 200 | 199
    budget_files_office_hour    | 150 | 450 | 451 | 30 | 29
    budget_files_office_day     | 800 | 2400 | 2401 | 160 | 159
    budget_cases_office_hour    | 500 | 1500 | 1501 | 100 | 99
    budget_cases_office_day     | 2000 | 6000 | 6001 | 400 | 399
    budget_unmasked_office_hour | 60 | 180 | 181 | 12 | 11
    budget_unmasked_office_day  | 200 | 600 | 601 | 40 | 39
    budget_numbers_office_hour  | 120 | 360 | 361 | 24 | 23
    budget_numbers_office_day   | 500 | 1500 | 1501 | 100 | 99
    budget_numbers_village_hour | 40 | 120 | 121 | 8 | 7
    budget_numbers_village_day  | 150 | 450 | 451 | 30 | 29
    budget_lines_office_hour    | 600 | 1800 | 1801 | 120 | 119
    budget_lines_office_day     | 3000 | 9000 | 9001 | 600 | 599
    budget_lines_village_hour   | 300 | 900 | 901 | 60 | 59
    budget_lines_village_day    | 1200 | 3600 | 3601 | 240 | 239
    budget_lists_office_hour    | 300 | 900 | 901 | 60 | 59
    budget_lists_office_day     | 1500 | 4500 | 4501 | 300 | 299
    budget_lists_village_hour   | 200 | 600 | 601 | 40 | 39
    budget_lists_village_day    | 800 | 2400 | 2401 | 160 | 159
    budget_pictures_office_hour | 400 | 1200 | 1201 | 80 | 79
    budget_pictures_office_day  | 2000 | 6000 | 6001 | 400 | 399
    budget_downloads_office_hour | 60 | 180 | 181 | 12 | 11
    budget_downloads_office_day | 200 | 600 | 601 | 40 | 39
    budget_forms_office_hour    | 5000 | 15000 | 15001 | 1000 | 999
    budget_forms_office_day     | 10000 | 30000 | 30001 | 2000 | 1999
    budget_unknown_ids_hour     | 30 | 90 | 91 | 6 | 5
    budget_unknown_ids_day      | 100 | 300 | 301 | 20 | 19
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
FIXED = {"password_first_use", "factor_everybody"}


@pytest.mark.parametrize(("name", "default", "loosest", "looser", "strictest", "stricter"), ROWS, ids=lambda v: v)
def test_a_parameter_can_be_tightened_and_never_loosened(
    name: str, default: str, loosest: str, looser: str, strictest: str, stricter: str
) -> None:
    assert PARAMETERS[name].default == int(default)
    for value in (default, loosest, strictest):
        assert check(name, int(value)).name == name
    with pytest.raises(TooLoose) as loose:
        check(name, int(looser))
    assert not isinstance(loose.value, TooStrict) and loose.value.parameter.loosest == int(loosest)
    with pytest.raises(TooStrict):
        check(name, int(stricter))


@pytest.mark.parametrize("name", sorted(FIXED))
def test_what_the_standard_demands_cannot_be_switched_off(name: str) -> None:
    with pytest.raises(TooLoose):
        check(name, 0)


def test_the_table_has_every_parameter() -> None:
    assert {row[0] for row in ROWS} | FIXED == set(PARAMETERS)
    with pytest.raises(UnknownParameter):
        check("colour", 1)


def test_a_kept_setting_that_is_no_longer_allowed_gives_way_to_the_default() -> None:
    assert in_force({"password_length": 8, "lock_failures": 3, "gone": 1}) | {
        "password_length": 10,
        "lock_failures": 3,
    } == in_force({"lock_failures": 3})


def test_everybody_signs_in_with_a_second_factor_whatever_an_older_setting_says() -> None:
    assert in_force({"factor_everybody": 0, "factor_approvers": 0}) == in_force({})
    assert in_force({})["factor_everybody"] == 1
