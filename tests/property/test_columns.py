"""What every column promises of any text: its normal form can be kept, and what says nothing or was damaged identifies nobody."""

from __future__ import annotations

from datetime import date

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from canbao.bulk.canonical import FACTS
from canbao.rules.columns import COLUMNS, Column, Problem, Type
from canbao.rules.damage import DATE_PATTERNS, NUMBER_PATTERNS, number_damage
from canbao.rules.documents import identifies
from canbao.rules.fillers import NO_LETTER, NOTHING, WORDS, is_filler
from canbao.rules.identity import birth_of, check_digit, is_valid_citizen, sex_of
from canbao.rules.names import name_key
from canbao.rules.privacy import Kind, Level, privacy_of
from canbao.rules.sounds import sound_of
from canbao.rules.text import code_form

WRITTEN = [column for column in COLUMNS.values() if column.form]
TEXT = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=90),
    st.text(st.sampled_from("0123456789.E+-Xx无不详/庄双龖A·() \u200bﷺ"), max_size=310),
    st.sampled_from(sorted(WORDS)),
)
each_column = pytest.mark.parametrize("column", WRITTEN, ids=lambda column: column.name)

# Where a column is kept: model fields by the name of the column, or where they are called otherwise.
KEPT_AS = {
    "division": ("Person.hukou_division", "Person.home_division", "Enrolment.enrolment_division", "Household.division"),
    "address": ("Person.hukou_address", "Person.home_address", "Household.address", "SurveyTask.address"),
    "phone": ("Person.phone", "SurveyTask.phone"),
    "doc_number": ("Person.doc_number", "PersonDocument.number"),
    "person_no": ("BusinessNumber.number",),
    "record_key": ("Enrolment.record_key",),
    "employer_no": ("Enrolment.employer_no", "Employer.employer_no"),
    "employer_uscc": ("Employer.uscc",),
    "employer_name": ("Employer.name",),
    "card_no": ("Card.card_no",),
    "card_status": ("Card.card_status",),
    "household_no": ("Person.household_no", "Household.household_no", "SurveyTask.household_no"),
    "relation_to_head": ("Person.relation_to_head", "SurveyTask.relation_to_head"),
    "scheme": ("Enrolment.scheme",),
    "enrol_status": ("Enrolment.enrol_status",),
    "payment_status": ("Enrolment.payment_status",),
    "capacity": ("Enrolment.capacity",),
    "extra": ("ListedSpell.remark",),
}
UNBOUNDED = {"ListedSpell.remark"}  # a text of any length


def fields_of(column: Column) -> list[tuple[str, int | None]]:
    found = []
    for place in KEPT_AS.get(column.name, (f"Person.{column.name}",)):
        model, _, name = place.partition(".")
        found.append((place, apps.get_model("store", model)._meta.get_field(name).max_length))
    return found


def test_every_canonical_column_is_in_the_table() -> None:
    assert set(COLUMNS) == {"record_key", *FACTS}
    assert {name for name, kind in FACTS.items() if kind == "DATE"} == {
        name for name, column in COLUMNS.items() if column.type is Type.DATE
    }


@each_column
def test_the_longest_value_is_what_the_store_holds(column: Column) -> None:
    for place, longest in fields_of(column):
        assert longest == (None if place in UNBOUNDED else column.longest), place


@pytest.mark.parametrize("place", ["MatchCaseRecord", "ListedSpell"])
def test_a_key_has_room_where_cases_and_spells_name_it(place: str) -> None:
    assert apps.get_model("store", place)._meta.get_field("record_key").max_length >= COLUMNS["record_key"].longest


@pytest.mark.parametrize("column", [c for c in COLUMNS.values() if c.table], ids=lambda column: column.name)
def test_every_code_can_be_written(column: Column) -> None:
    for place, longest in fields_of(column):
        assert longest is not None and longest >= column.longest, place


@each_column
@given(sent=TEXT)
def test_what_is_taken_can_be_written(column: Column, sent: str) -> None:
    value = column.written(sent)
    assert column.written(value) == value
    assert "\0" not in value.encode().decode()
    if column.problem(value) is not Problem.TOO_LONG:
        assert len(value) <= column.longest
        if column.type is Type.NAME:
            assert len(name_key(value)) <= 128 and len(sound_of(name_key(value)) or "") <= 400


@given(TEXT, st.sampled_from([None, "01", "02", "04", "06", "07", "08", "17", "99", "B1"]))
def test_a_filler_or_a_damaged_number_never_identifies(number: str, doc_type: str | None) -> None:
    if is_filler("doc_number", number) or number_damage("doc_number", number):
        assert not identifies(doc_type, number)


@given(st.dates(date(1901, 1, 2), date(2026, 11, 1)), st.integers(0, 999))
def test_a_valid_number_identifies_whoever_was_born_and_is_what_it_says(born: date, serial: int) -> None:
    first17 = f"500901{born:%Y%m%d}{serial:03}"
    number = first17 + check_digit(first17)
    assert identifies("01", number) and identifies("01", number, birth_of(number), sex_of(number))
    assert identifies(None, f" '{number.lower()}")
    wrong = number[:17] + ("1" if number[17] != "1" else "2")
    assert not identifies("01", wrong)
    rounded = number[:15] + "000"
    assert is_valid_citizen(rounded) or not identifies("01", rounded)


@each_column
@given(sent=TEXT)
def test_damage_and_filler_do_not_hang_on_the_writing(column: Column, sent: str) -> None:
    value = column.written(sent)
    assert is_filler(column.name, value) == is_filler(column.name, sent)
    assert number_damage(column.name, value) == number_damage(column.name, sent)


def test_words_for_nothing_stand_as_they_are_looked_up() -> None:
    assert all(code_form(word) == word for word in WORDS)


def test_what_may_be_told_back_hides_nobody() -> None:
    for name, column in COLUMNS.items():
        if column.told and not name.startswith("employer_"):
            privacy = privacy_of(name)
            assert privacy.kind is Kind.NONE and privacy.level is not Level.SENSITIVE, name


def test_patterns_are_of_the_kind_that_set_engines_know() -> None:
    """No look-around, no back-reference: RE2 and PostgreSQL read them as Python does."""
    patterns = [pattern for _, pattern in DATE_PATTERNS]
    patterns += [pattern for kind in NUMBER_PATTERNS.values() for _, pattern in kind]
    patterns += [NO_LETTER, *NOTHING.values(), *(column.shape for column in COLUMNS.values())]
    assert not any(
        mark in pattern for pattern in patterns for mark in ("(?=", "(?!", "(?<", r"\1", r"\d", r"\w", r"\s")
    )
