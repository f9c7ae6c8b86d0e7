"""What programs do to numbers and dates on their way."""

from __future__ import annotations

import random

from canbao.rules.damage import DateDamage, NumberDamage, date_damage, is_rounded_column, number_damage
from canbao.rules.identity import check_digit


def test_what_happened_to_a_number(table):
    for row in table("""
        column       | sent                  | damage     | lost
        household_no | 5.00113E+11           | SCIENTIFIC | yes
        household_no | 5.00113e+11           | SCIENTIFIC | yes
        household_no | 5E+11                 | SCIENTIFIC | yes
        household_no | 5.00113E11            | SCIENTIFIC | yes
        household_no | ５．００１１３Ｅ＋１１ | SCIENTIFIC | yes
        household_no | 5E11                  | PERHAPS    | no
        household_no | 1.5                   | DECIMAL    | no
        household_no | 500113000000          | ROUNDED    | yes
        household_no | 500113001234          |            |
        household_no | 500112001000          |            |
        household_no | 500113001234.0        | DECIMAL    | no
        household_no | 1000000               |            |
        division     | 5.00112E+11           | SCIENTIFIC | yes
        division     | 500112000000          |            |
        division     | 500112.0              | DECIMAL    | no
        phone        | 1.35E+10              | SCIENTIFIC | yes
        phone        | 13512340001.0         | DECIMAL    | no
        phone        | 13,512,340,001        | GROUPED    | no
        phone        | 13512340001,13512340002 |          |
        phone        | 13512340001           |            |
        card_no      | 6217001234567890000   | ROUNDED    | yes
        card_no      | 6217001234567891234   |            |
        card_no      | D99900000             |            |
        person_no    | 1E10                  | PERHAPS    | no
        person_no    | 1.0E10                | SCIENTIFIC | yes
        doc_number   | 5.00901E+17           | SCIENTIFIC | yes
        doc_number   | 5E17                  | SCIENTIFIC | yes
        doc_number   | 500901000000000000    | ROUNDED    | yes
        doc_number   | 500901201506017000    | ROUNDED    | yes
        doc_number   | 500901199005010115.00 | DECIMAL    | yes
        doc_number   | 500,901,199,005,010,115 | GROUPED  | yes
        doc_number   | 500901199005010115    |            |
        doc_number   | 500901900501011       |            |
        doc_number   | E12345000             |            |
        mother_number | 500901198507120000   | ROUNDED    | yes
        sex          | 1.0                   | DECIMAL    | no
        household_no | 1-Mar                 | DATED      | no
        household_no | Mar-01                | DATED      | no
        household_no | 3月1日                | DATED      | no
        household_no | ３月１日              | DATED      | no
        household_no | 1:30                  | DATED      | no
        household_no | 12:30:00 PM           | DATED      | no
        household_no | 2026-03-01 00:00:00   | DATED      | no
        household_no | 2026/3/1 8:05         | DATED      | no
        household_no | 2026年3月             | DATED      | no
        household_no | 2026-03-01            | PERHAPS_DATE | no
        household_no | 2026-13-01            |            |
        household_no | 3-1                   |            |
        household_no | 2026-1                |            |
        household_no | H-3-1                 |            |
        card_no      | 1-MAR-26              | DATED      | no
        employer_no  | 3月1日                | DATED      | no
        phone        | 1:30                  | DATED      | no
        doc_number   | 2026-03-01            | DATED      | no
        doc_number   | 500901199005010115/500901199005010123 | TWO_NUMBERS | no
        doc_number   | 500901199005010115 500901900501011    | TWO_NUMBERS | no
        doc_number   | 500901199005010115、500901199005010123 | TWO_NUMBERS | no
        doc_number   | 张三500901199005010115 | WORDED    | no
        doc_number   | 50090119900501011X（已注销） | WORDED | no
        doc_number   | 身份证：500901199005010115 | WORDED | no
        doc_number   | 军字第1234567号       |            |
        doc_number   | 军字第123456号(2020)   |            |
        mother_number | 500901198507120000/500901198507120019 | TWO_NUMBERS | no
        address      | 5.00113E+11           |            |
        name         | 5.00113E+11           |            |
    """):
        found = number_damage(row["column"], row["sent"])
        assert (found.kind if found else "") == row["damage"], row
        assert not found or found.lost == (row["lost"] == "yes"), row


def test_a_number_that_ends_in_zeros_and_passes_its_check_digit_is_whole():
    first17 = next(f"50090119900501{n}00" for n in range(10) if check_digit(f"50090119900501{n}00") == "0")
    assert number_damage("doc_number", first17 + "0") is None


def numbers(count: int) -> list[str]:
    draw = random.Random(3)
    first = [
        f"5009{draw.randrange(100):02}19{draw.randrange(40, 99)}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}"
        f"{draw.randrange(1000):03}"
        for _ in range(count)
    ]
    return [number + check_digit(number) for number in first]


def test_a_column_that_was_rounded_shows_in_its_shares():
    whole = [number for number in numbers(400) if number.isdigit()]
    assert not is_rounded_column(whole)
    assert is_rounded_column([number[:15] + "000" for number in whole])
    assert is_rounded_column([str(int(float(number))) for number in whole])
    assert is_rounded_column([number[:15] + "000" if i % 10 == 0 else number for i, number in enumerate(whole)])
    assert not is_rounded_column([number[:15] + "000" for number in whole[:10]]), "too few to tell"


def test_dates_that_could_be_two_are_not_guessed(table):
    for row in table("""
        sent                      | damage
        1990111                   | SEVEN_DIGITS
        １９９０１１１            | SEVEN_DIGITS
        2015.1                    | YEAR_MONTH_DECIMAL
        2015.10                   |
        2015.2                    |
        2015.01                   |
        33000                     | SERIAL
        33000.5                   | SERIAL
        19900111.0                | DECIMAL
        199001.0                  | DECIMAL
        1.9900111E+07             | SCIENTIFIC
        01/02/1990                | ORDER
        1-2-90                    | ORDER
        90年1月2日                | ORDER
        1/2/1990 0:00             | ORDER
        05-MAR-87                 | ORDER
        05-3月 -87                | ORDER
        05-Mar-1987               |
        2015-01-01T16:00:00Z      | ZONE
        2015-01-01T16:00:00.000+0000 | ZONE
        2015-01-01 00:00:00-05    | ZONE
        2015-01-01T00:00:00+08:00 |
        2015-01-01 00:00:00       |
        农历1990年五月初三        | LUNAR
        631152000                 | EPOCH
        631152000000              | EPOCH
        1990-01-11                |
        1990/1/11                 |
        1978.2.3                  |
        1990年1月11日             |
        19900111                  |
        199001                    |
        00000000                  |
        9999-12-31                |
    """):
        assert (date_damage("birth_date", row["sent"]) or "") == row["damage"], row


def test_only_dates_are_looked_at_as_dates():
    assert date_damage("person_no", "1990111") is None


def test_every_damage_has_a_sentence():
    assert all(kind.label for kind in (*NumberDamage, *DateDamage))
