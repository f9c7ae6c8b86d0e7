"""Reference data in PostgreSQL: the same as the rules, loaded once, brought up to date in place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from canbao.rules.division import load_tree
from canbao.rules.offices import office_table, scope_range
from canbao.rules.roles import Actor, Role
from canbao.services import reference
from canbao.store.models import Division, JournalEntry, Office, OfficeCoverage

AT = datetime(2026, 11, 1, tzinfo=UTC)
ACTOR = Actor("canbao-init", Role.SYSTEM_ADMINISTRATOR)

pytestmark = pytest.mark.django_db


def load() -> dict[str, tuple[int, int]]:
    return {change.table: (change.written, change.removed) for change in reference.load(actor=ACTOR, at=AT)}


def test_loading_twice_writes_once_and_is_on_record_once() -> None:
    first, second = load(), load()
    assert first["division"][0] == Division.objects.count()
    assert set(second.values()) == {(0, 0)}
    assert JournalEntry.objects.filter(event="REFERENCE_LOADED").count() == 1


def test_a_row_that_was_tampered_with_or_made_up_is_put_right() -> None:
    load()
    Office.objects.filter(path="500101").update(name="别的名字")
    Office.objects.create(path="500998", kind="AGENCY", name="没有的机构", parent="50")
    assert load()["office"] == (1, 1)
    assert Office.objects.get(path="500101").name.startswith("万州区")


def test_the_tables_answer_as_the_rules_do_for_every_division_on_a_day() -> None:
    load()
    on = date(2026, 11, 1)
    held = OfficeCoverage.objects.exclude(valid_to__lte=on).exclude(valid_from__gt=on)
    stored = dict(held.values_list("division", "office_id"))
    assert stored == {code: path for code, path in office_table(on) if load_tree().exists(code, on)}


def test_an_agency_and_all_below_it_are_one_range() -> None:
    load()
    below = Office.objects.filter(path__range=scope_range("500190"))
    assert (below.count(), below.filter(kind="TOWN_OFFICE").count()) == (110, 10)


def test_a_division_cannot_be_open_twice_nor_end_before_it_begins() -> None:
    load()
    for bad in ({"valid_from": date(2026, 2, 1)}, {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Division.objects.create(code="500101", name="万州区", level=3, parent="50", **bad)
