"""Whose word counts when sources differ."""

from __future__ import annotations

from datetime import date

import pytest

from canbao.rules.survivorship import FIELDS, Nature, Offer, UnknownField, choose, field_rule, ranks


def test_whose_value_counts(table):
    for row in table("""
        field         | offers                                                              | wins
        name          | employee=张三@2026-10 police=张叁@2020-01                           | police
        name          | employee=张三@2020-01 health=张叁@2019-01                           | health
        birth_date    | resident_pension=1980-01-01@2026-10 employee=1980-01-02@2020-01     | employee
        phone         | employee=1@2026-10 health=2@2020-01                                 | health
        home_address  | police=甲@2026-10                                                   |
        hukou_address | health=甲@2026-10 police=乙@2020-01                                 | police
        employer_no   | resident_medical=1@2026-10 public_pension=2@2020-01                 | public_pension
        death_on      | health=1@2026-10 police=2@2026-10 deaths=3@2020-01                  | deaths
        name          | police=张三@2026-05 manual=张叁@2026-06                             | manual
        name          | police=张三@2026-07 manual=张叁@2026-06                             | police
        name          | employee=张三@2026-07 manual=张叁@2026-06                           | manual
        name          | police=@2026-07 employee=张三@2020-01                               | employee
        name          | police=□小宝@2026-07 health=䶮小宝@2020-01                           | health
        name          | police=?小宝@2026-07 health=??宝@2026-07 employee=䶮小宝@2020-01     | employee
        name          | police=??小宝@2026-07 health=䶮小宝@2020-01                          | health
        name          | police=\ue000小宝@2026-07 health=䶮小宝@2020-01                      | health
        name          | police=\ue863小宝@2026-07 health=䶮小宝@2020-01                      | police
        name          | police=□小宝@2026-07 health=王大明@2020-01                           | police
        name          | police=□小宝@2026-07 health=䶮小保@2020-01                           | police
        name          | police=□小宝@2026-07 health=小宝@2020-01                             | police
        name          | police=张伟@2026-07 health=张□@2020-01                               | police
        name          | police=□小宝@2026-07 manual=䶮小宝@2026-06 health=龙小宝@2020-01     | health
        name          | police=□小宝@2026-05 manual=䶮小宝@2026-06 health=龙小宝@2020-01     | manual
        former_name   | police=□小宝@2026-07 health=䶮小宝@2020-01                           | police
    """):
        offers = []
        for text in row["offers"].split():
            source, rest = text.split("=")
            value, month = rest.split("@")
            value = value.replace("\\ue000", "\ue000").replace("\\ue863", "\ue863")
            offers.append(Offer(source, value, date.fromisoformat(month + "-01")))
        best = choose(row["field"], offers)
        assert (best.source if best else "") == row["wins"], row


def test_within_one_source_the_newest_counts_and_then_the_smallest_key():
    old, new = Offer("employee", "甲", date(2020, 1, 1), "1"), Offer("employee", "乙", date(2026, 1, 1), "2")
    twin = Offer("employee", "丙", date(2026, 1, 1), "3")
    assert choose("name", [twin, old, new]) is new


def test_birth_date_sex_and_number_can_only_have_been_wrong():
    corrected = {field for field, rule in FIELDS.items() if rule.nature is Nature.CORRECTED}
    assert {"birth_date", "sex", "doc_number", "doc_type"} <= corrected
    assert not corrected & {"name", "hukou_type", "hukou_address", "home_address", "phone", "ethnicity"}


def test_a_field_without_a_rule_is_refused():
    with pytest.raises(UnknownField):
        field_rule("colour")
    assert ("name", "police", 0) in ranks()
