"""关于实施渐进式延迟法定退休年龄的决定: the age rises from 2025, by month of birth."""

from __future__ import annotations

from datetime import date

from canbao.rules.retirement import Line, line_of, reaches, retires_on


def test_the_age_rises_with_the_month_of_birth_up_to_its_end(table):
    for row in table("""
        line     | born       | retires on | which is
        MEN_60   | 1964-12-31 | 2024-12-31 | the last day of the old age
        MEN_60   | 1965-01-01 | 2025-02-01 | 60 years 1 month
        MEN_60   | 1965-04-30 | 2025-05-30 | 60 years 1 month
        MEN_60   | 1965-05-01 | 2025-07-01 | 60 years 2 months
        MEN_60   | 1976-08-15 | 2039-07-15 | 62 years 11 months
        MEN_60   | 1976-09-15 | 2039-09-15 | 63 years
        MEN_60   | 1990-01-01 | 2053-01-01 | 63 years
        WOMEN_55 | 1969-12-31 | 2024-12-31 | the last day of the old age
        WOMEN_55 | 1970-01-01 | 2025-02-01 | 55 years 1 month
        WOMEN_55 | 1970-05-01 | 2025-07-01 | 55 years 2 months
        WOMEN_55 | 1981-08-15 | 2039-07-15 | 57 years 11 months
        WOMEN_55 | 1981-09-15 | 2039-09-15 | 58 years
        WOMEN_50 | 1974-12-31 | 2024-12-31 | the last day of the old age
        WOMEN_50 | 1975-01-01 | 2025-02-01 | 50 years 1 month
        WOMEN_50 | 1975-02-28 | 2025-03-28 | 50 years 1 month
        WOMEN_50 | 1975-03-01 | 2025-05-01 | 50 years 2 months
        WOMEN_50 | 1984-10-15 | 2039-09-15 | 54 years 11 months
        WOMEN_50 | 1984-11-15 | 2039-11-15 | 55 years
    """):
        assert retires_on(date.fromisoformat(row["born"]), Line[row["line"]]).isoformat() == row["retires on"], row


def test_which_age_is_whose(table):
    for row in table("""
        sex | joined alone on | line
        1   |                 | MEN_60
        1   | 1995-12-31      | MEN_60
        2   |                 | WOMEN_55
        2   | 1995-12-31      | WOMEN_50
        2   | 1996-01-01      | WOMEN_55
        9   |                 | MEN_60
    """):
        joined = date.fromisoformat(row["joined alone on"]) if row["joined alone on"] else None
        assert line_of(row["sex"], joined_alone_on=joined).name == row["line"], row


def test_a_birthday_that_the_month_lacks_falls_on_its_last_day():
    assert reaches(date(2008, 2, 29), 16) == date(2024, 2, 29)
    assert reaches(date(2008, 2, 29), 17) == date(2025, 2, 28)
    assert retires_on(date(1965, 10, 31), Line.MEN_60) == date(2026, 1, 31)
    assert retires_on(date(1965, 12, 31), Line.MEN_60) == date(2026, 3, 31)
    assert retires_on(date(1966, 4, 30), Line.MEN_60) == date(2026, 8, 30)
