"""Code tables, and what the raw codes and texts of each source mean in them."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules import codes
from canbao.rules.codes import Scheme


def test_what_a_raw_value_means_in_its_source(table):
    for row in table("""
        table            | source           | raw              | means
        scheme           | employee         | 110              | EMPLOYEE_PENSION
        scheme           | employee         | 310              | EMPLOYEE_MEDICAL
        scheme           | employee         | 210              | UNEMPLOYMENT
        scheme           | employee         | 410              | WORK_INJURY
        scheme           | employee         | 510              | MATERNITY
        scheme           | resident_pension | 170              | RESIDENT_PENSION
        scheme           | resident_pension | 150              | RESIDENT_PENSION
        scheme           | resident_medical | 390              | RESIDENT_MEDICAL
        scheme           | resident_medical | 380              | RESIDENT_MEDICAL
        scheme           | resident_medical | 391              | RESIDENT_MEDICAL
        scheme           | public_pension   | 120              | PUBLIC_SECTOR_PENSION
        scheme           | employee         | 150              | unknown
        scheme           | resident_medical | 410              | unknown
        scheme           | police           | 110              | unknown
        enrol_status     | employee         | 3                | 4
        enrol_status     | resident_pension | 4                | 4
        enrol_status     | employee         | 0                | unknown
        payment_status   | employee         | 3                | 3
        sex              | police           | 男               | 1
        sex              | health           | 男性             | 1
        sex              | employee         | 1                | 1
        sex              | police           | 女               | 2
        sex              | police           | 男孩             | unknown
        ethnicity        | police           | 汉               | 01
        ethnicity        | police           | 汉族             | 01
        ethnicity        | police           | 01               | 01
        ethnicity        | police           | 1                | 01
        ethnicity        | police           | HA               | 01
        ethnicity        | health           | 土家族           | 15
        ethnicity        | health           | 苗               | 06
        hukou_status     | police           | 正常             | NORMAL
        hukou_status     | police           | 迁出             | MOVED_OUT
        hukou_status     | police           | 死亡注销         | DECEASED
        hukou_status     | police           | 其他注销         | CANCELLED
        residence        | health           | 常住             | RESIDENT
        residence        | health           | 流动             | FLOATING
        residence        | health           | 离开             | LEFT
        hukou_type       | police           | 非农业           | 10
        hukou_type       | police           | 农业             | 20
        hukou_type       | police           | 居民户口         | 50
        hukou_type       | police           | 本地居民户口     | 51
        hukou_type       | police           | 非农业户口(城镇) | 10
        certificate_type | employee         | 01               | 01
        certificate_type | employee         | 居民身份证       | 01
        certificate_type | health           | 出生医学证明     | B1
        certificate_type | health           | 990201           | B1
    """):
        found = codes.mapping(row["table"], row["source"]).get(codes.raw_key(row["raw"]), "unknown")
        assert found == row["means"], row


def test_no_raw_value_means_two_things_and_all_meanings_are_codes():
    for table in codes.code_tables():
        seen: dict[tuple[str, str], str] = {}
        for _, source, raw, code in codes.mappings(table.name):
            assert seen.setdefault((source, raw), code) == code, (table.name, raw)
            assert code in codes.valid_codes(table.name)


def test_the_schemes_of_the_form_are_the_scheme_table():
    assert codes.valid_codes("scheme") == set(Scheme)
    assert Scheme.WORK_INJURY.label == "工伤保险"


def test_a_code_holds_from_its_first_day_until_the_day_it_ends():
    dated = codes.Code("t", "1", "甲", (), date(2020, 1, 1), date(2021, 1, 1), "")
    held = [
        dated.holds(on) for on in (date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1), None)
    ]
    assert held == [False, True, True, False, True]


def test_what_is_unknown_is_refused_not_guessed():
    with pytest.raises(codes.UnknownCode):
        codes.label("sex", "3")
    with pytest.raises(codes.UnknownTable):
        codes.mapping("colour", "police")
