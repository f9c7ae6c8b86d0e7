"""Weights, verdicts and the parting of one number among several names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from canbao.rules.holders import NameUse, partition
from canbao.rules.match_labels import CASE_LABELS, RULE_SENTENCES, CaseKind, sentences
from canbao.rules.matching import (
    LINK_BITS,
    MARGIN_BITS,
    Agreement,
    Band,
    Near,
    NumberLink,
    Rule,
    band,
    births_near,
    may_link,
    prior,
    rarity,
    rule_for,
    score,
)
from canbao.rules.names import NameLevel
from canbao.rules.near_numbers import citizen_like, numbers_near, slips

CITY = 34_000_000
ALIKE = Agreement(NameLevel.SAME, rarity(9_000, CITY), birth=Near.SAME, sex=Near.SAME)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (ALIKE, Band.ALONE),
        (replace(ALIKE, area=Near.SAME), Band.STRONG),
        (replace(ALIKE, area=Near.NEAR), Band.CLERICAL),
        (replace(ALIKE, area=Near.OTHER), Band.ALONE),
        (replace(ALIKE, homes=1), Band.STRONG),
        (replace(ALIKE, name=NameLevel.PART, homes=1), Band.ALONE),
        (replace(ALIKE, number=NumberLink.REPAIRED, sex=Near.UNKNOWN), Band.STRONG),
        (Agreement(NameLevel.DIFFERENT, 6.0, number=NumberLink.REPAIRED), Band.ALONE),
        (Agreement(NameLevel.PLACEHOLDER, 6.0, birth=Near.SAME, sex=Near.SAME, mother=True), Band.CLERICAL),
        (Agreement(NameLevel.PLACEHOLDER, 6.0, birth=Near.SAME, sex=Near.SAME, certificate=True), Band.STRONG),
    ],
)
def test_the_verdict_on_evidence_in_the_whole_city(seen, expected):
    assert band(score(seen), None, CITY) is expected


def test_a_second_best_near_by_leaves_the_verdict_to_a_clerk():
    best = prior(CITY) + LINK_BITS + 5
    assert band(best, best - MARGIN_BITS, CITY) is Band.STRONG
    assert band(best, best - MARGIN_BITS + 0.1, CITY) is Band.CLERICAL


@pytest.mark.parametrize("people", range(1_000, 1_050))
def test_a_sum_just_enough_is_enough_whatever_the_size_of_the_register(people):
    assert band(round(prior(people) + LINK_BITS, 6), None, people) is Band.STRONG


def test_names_of_brothers_link_only_with_a_document():
    part = Agreement(NameLevel.PART, 6.0, birth=Near.SAME)
    assert not may_link(part)
    assert may_link(replace(part, number=NumberLink.REPAIRED))
    other = replace(part, name=NameLevel.DIFFERENT)
    assert not may_link(replace(other, number=NumberLink.REPAIRED))
    assert may_link(replace(other, card=True))
    assert not may_link(replace(other, certificate=True)) and not may_link(replace(part, certificate=True))
    assert may_link(replace(other, name=NameLevel.PLACEHOLDER, certificate=True))


def test_birth_and_sex_speak_against_an_equal_number():
    """A check digit stands against one of the two, a document without one against none."""
    for number, against in ((NumberLink.SAME, 2), (NumberLink.REPAIRED, 2), (NumberLink.DOCUMENT, 1)):
        seen = replace(ALIKE, number=number)
        assert may_link(seen) and may_link(replace(seen, birth=Near.UNKNOWN, sex=Near.UNKNOWN))
        assert may_link(replace(seen, birth=Near.OTHER)) == (against == 2)
        assert may_link(replace(seen, sex=Near.OTHER)) == (against == 2)
        assert not may_link(replace(seen, birth=Near.OTHER, sex=Near.OTHER))


def test_a_placeholder_number_of_a_thousand_names_is_divided_at_once():
    """Each pair compared would take a minute."""
    names = [f"{chr(0x5000 + n % 30)}{chr(0x6000 + n)}" for n in range(1500)]
    parts = partition([NameUse(name, rows=2 if n == 0 else 1) for n, name in enumerate(names)])
    assert parts[0] == 0 and len(set(parts)) > 1400


def test_the_first_rule_that_applies_gives_its_name():
    everything = replace(ALIKE, number=NumberLink.REPAIRED, mother=True, person_no=True)
    assert rule_for(everything) is Rule.DAMAGED_NUMBER
    assert rule_for(replace(everything, number=NumberLink.NONE)) is Rule.NEWBORN_MOTHER
    assert rule_for(replace(ALIKE, person_no=True)) is Rule.SAME_PERSON_NO
    assert rule_for(ALIKE) is Rule.SAME_TRAITS


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("", "", 0), ("ab", "ba", 1), ("ca", "abc", 2), ("abc", "", 3), ("abcd", "badc", 2), ("1234", "1264", 1)],
)
def test_slips_are_substituted_lost_added_or_swapped_signs(a, b, expected):
    assert slips(a, b) == slips(b, a) == expected


def test_an_old_number_is_near_its_long_form():
    old, full = "500999800101001", "500999198001010012"
    assert numbers_near(old, full) is numbers_near(full, old) is NumberLink.CLOSE
    assert numbers_near("500999850101999", full) is NumberLink.FAR


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("500999198001010012", True),
        ("50099919800I010012", True),
        ("E12345678", False),
        ("ABC123456789012", False),
        (None, False),
    ],
)
def test_what_may_have_been_meant_as_a_citizen_number(number, expected):
    assert citizen_like(number) is expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (date(1980, 3, 4), Near.SAME),
        (date(1981, 3, 4), Near.NEAR),
        (date(1980, 4, 3), Near.NEAR),
        (date(1981, 4, 4), Near.OTHER),
    ],
)
def test_how_near_two_births_are(other, expected):
    assert births_near(date(1980, 3, 4), other) is expected


def test_rarity_lies_between_its_bounds():
    assert rarity(1, CITY) == 17.0
    assert rarity(CITY, CITY) == 6.0
    assert rarity(1, 1024) == 10.0


@pytest.mark.parametrize(
    ("others", "parts"),
    [
        ([NameUse("张国墙")], [0, 0]),
        ([NameUse("张国")], [0, 0]),
        ([NameUse("张国庆")], [0, 0]),
        ([NameUse("张国庆", held_elsewhere=True)], [0, 1]),
        ([NameUse("欧阳雪")], [0, 1]),
        ([NameUse("欧阳雪", former=frozenset({"张国强"}))], [0, 0]),
        ([NameUse("张大山", kin=True, birth_fits=True)], [0, 0]),
        ([NameUse("张大山", kin=True)], [0, 1]),
        ([NameUse("王芳之子", birth_fits=True)], [0, 0]),
        ([NameUse("王芳之子", birth_fits=False)], [0, 1]),
        ([NameUse("欧阳雪"), NameUse("欧阳血")], [0, 1, 1]),
    ],
)
def test_which_names_under_one_number_are_its_holder(others, parts):
    assert partition([NameUse("张国强", rows=3, official=True), *others]) == parts


def test_every_rule_and_case_has_its_words():
    assert set(RULE_SENTENCES) == set(Rule)
    assert set(CASE_LABELS) == set(CaseKind)
    for_, against = sentences(replace(ALIKE, area=Near.OTHER))
    assert for_ and against
