"""Searching as the web's login: people outside the area are not found in any way, and every search is on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from canbao.rules.identity import check_digit
from canbao.rules.names import name_key
from canbao.rules.offices import office_full_name
from canbao.rules.roles import Actor, Role
from canbao.rules.searching import FEW, MOST_SHOWN, Problem, Reason
from canbao.rules.sounds import sound_of
from canbao.services import access, lookup
from canbao.services.lookup import Match
from canbao.store.models import (
    BusinessNumber,
    Card,
    JournalEntry,
    Person,
    PersonDocument,
    PersonDocumentHistory,
    PersonHistory,
    PersonMerge,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HERE, THERE = "500101500101001", "500101500101017"
VILLAGE = HERE + "001"
CLERK = Actor("chen", Role.TOWN_CLERK, HERE)
DISTRICT = Actor("luo", Role.DISTRICT_CLERK, "500101")
FAR = "500112500112015"


def number(serial: int, born: str = "19800506") -> str:
    first = f"500901{born}{serial:03d}"
    return first + check_digit(first)


def person(pk: int, name: str, office: str, **facts: Any) -> Person:
    """Somebody with the same number in the documents, and a business number and card of his own."""
    known = {
        "name": name, "name_key": name_key(name), "name_sound": sound_of(name_key(name)), "sex": "1", "gap": "LAPSED",
        "birth_date": date(1980, 5, 6), "doc_type": "01", "doc_number": number(pk), "office_path": office,
        "version": 1, "valid_from": date(2020, 1, 1), "recorded_at": AT, "basis": "test",
    } | facts  # fmt: skip
    made = Person.objects.create(id=pk, **known)
    kept = {"person_id": pk, "office_path": office}
    dated = {"valid_from": date(2020, 1, 1), "recorded_at": AT, "basis": "test"}
    PersonDocument.objects.create(**kept, **dated, number=known["doc_number"], doc_type="01", sources="police")
    BusinessNumber.objects.create(**kept, **dated, source="employee", number=f"77{pk:06d}")
    Card.objects.create(**kept, card_no=f"C{pk:08d}")
    return made


@pytest.fixture
def people() -> None:
    person(1, "张伟", VILLAGE)
    person(2, "张炜", HERE)
    person(3, "张伟民", HERE, birth_date=date(1980, 12, 31))
    person(11, "张伟", THERE)
    person(12, "曾国强", THERE)


@pytest.fixture
def asked(people: None) -> Iterator[Any]:
    """Search as the web's login does, in the area of the actor."""

    def ask(text: str, actor: Actor = CLERK, **more: str) -> lookup.Found:
        with connection.cursor() as cursor:
            cursor.execute("set local role canbao_web")
        try:
            with access.acting_as(actor):
                return lookup.search(text, actor=actor, on=TODAY, at=AT, **more)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("set local role canbao_worker")

    return ask


def ids(found: lookup.Found) -> list[int]:
    return [hit.person_id for hit in found.hits]


@pytest.mark.parametrize(
    ("typed", "here"),
    [
        (number(1), [1]),
        (number(1)[:6] + number(1)[8:17], [1]),
        ("77000001", [1]),
        ("C00000001", [1]),
        ("张伟", [1, 3]),
        ("張偉", [1, 3]),
        ("zhangwei", [2, 1]),
        ("zhang wei 1980-5", [2, 1]),
        ("zw 1980", [2, 1]),
        ("zwm 1980", [3]),
        ("曾国强", []),
        ("zeng guo qiang", []),
        ("zgq 1980", []),
    ],
)
def test_a_town_finds_its_own_people_and_nobody_elses(asked: Any, typed: str, here: list[int]) -> None:
    found = asked(typed)
    assert sorted(ids(found)) == sorted(here)
    assert not found.more


@pytest.mark.parametrize("typed", [number(11), number(12), "77000012", "C00000012"])
def test_somebody_of_another_town_looks_like_nobody(asked: Any, typed: str) -> None:
    nobody = asked("77999999")
    found = asked(typed)
    assert (found.hits, found.words, found.more) == (nobody.hits, nobody.words, nobody.more) == ((), found.words, False)
    assert asked(typed, actor=DISTRICT).hits  # he is there


def test_row_security_holds_when_the_first_wall_is_gone(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "within", lambda rows, actor: rows)
    assert not asked(number(12)).hits and not asked("77000012").hits and not asked("C00000012").hits
    assert asked(number(1)).hits


def test_another_towns_name_is_no_place_of_ones_own(asked: Any) -> None:
    for place in ("太白街道", THERE, "500112"):
        with pytest.raises(lookup.TooLittle) as little:
            asked("张伟", place=place)
        assert little.value.query.problem is Problem.UNKNOWN_PLACE
    assert ids(asked("张伟", DISTRICT, place="太白街道")) == ids(asked("张伟 太白街道", DISTRICT)) == [11]


def test_a_line_tells_enough_and_not_the_number(asked: Any) -> None:
    (hit,) = asked(number(1)).hits
    assert (hit.name, hit.birth, hit.sex, hit.match) == ("张伟", "1980年5月", "男性", Match.NUMBER)
    assert number(1) not in repr(hit) and hit.number.startswith("500") and "*" in hit.number


def test_exact_names_come_before_beginnings_and_the_own_office_first(asked: Any) -> None:
    found = asked("张伟")
    assert [(hit.person_id, hit.match) for hit in found.hits] == [(1, Match.NAME), (3, Match.BEGINNING)]


def test_many_are_capped_and_said_to_be_more(people: None, asked: Any) -> None:
    for pk in range(100, 100 + MOST_SHOWN + 1):
        person(pk, "王芳", HERE)
    found = asked("王芳")
    assert (len(found.hits), found.more) == (MOST_SHOWN, True)


def test_a_whole_city_is_not_listed(people: None, asked: Any) -> None:
    city = Actor("qian", Role.MUNICIPAL_ANALYST, "50")
    for pk in range(100, 100 + FEW + 1):
        person(pk, "王芳", HERE)
    for typed in ("王芳", "zhangwei 1980", "zw"):
        with pytest.raises(lookup.TooLittle) as little:
            asked(typed, city)
        assert little.value.query.problem is Problem.TOO_WIDE
    assert sorted(ids(asked("张伟 1980", city))) == sorted(ids(asked("张伟", city))) == [1, 11]  # so few are no list


def test_a_place_that_only_begins_so_is_chosen_by_the_clerk(asked: Any) -> None:
    with pytest.raises(lookup.TooLittle) as little:
        asked("张伟", DISTRICT, place="太白")
    assert little.value.query.problem is Problem.SEVERAL_PLACES and THERE in [one.path for one in little.value.places]


def test_only_those_who_may_search(asked: Any) -> None:
    with pytest.raises(access.NotAllowed):
        asked(number(1), Actor("wu", Role.AUDIT_ADMINISTRATOR, "50"))


def test_the_number_of_a_merged_entry_finds_who_it_became(people: None, asked: Any) -> None:
    dated = {"valid": (date(2020, 1, 1), None), "recorded": (AT, None), "version": 1, "basis": "test"}
    for gone, old in ((21, number(21)), (22, number(22))):
        PersonDocumentHistory.objects.create(person_id=gone, number=old, sources="", office_path=HERE, **dated)
        PersonHistory.objects.create(
            person_id=gone, name="张威", name_key="张威", gap="LAPSED", doc_number=old, office_path=HERE, **dated
        )
    PersonMerge.objects.create(
        from_person_id=21, into_person_id=1, basis="x", merged_by="li", merged_at=AT, office_path=HERE
    )
    (survivor,) = asked(number(21)).hits
    assert (survivor.person_id, survivor.match, survivor.merged) == (1, Match.MERGED, 1)
    (ended,) = asked(number(22)).hits
    assert (ended.person_id, ended.ended) == (22, True)


def test_each_search_is_on_record_without_its_terms(asked: Any) -> None:
    asked(number(1))
    asked(number(2))
    asked("张伟")
    entries = list(JournalEntry.objects.filter(event="SEARCHED").order_by("id"))
    one, two, name = [entry.detail for entry in entries]
    assert one["stem"] == two["stem"] and one["digest"] != two["digest"] and "stem" not in name
    assert [one["kind"], name["kind"], one["hits"], name["hits"]] == ["NUMBER", "NAME", 1, 2]
    said = " ".join(map(str, (one, two, name)))
    assert "张" not in said and number(1)[:10] not in said


def test_a_look_outside_needs_a_reason_the_role_and_both_number_and_name(people: None) -> None:
    person(31, "曾国强", FAR)

    def look(doc: str, name: str, actor: Actor = DISTRICT, note: str = "迁入核实") -> lookup.Responsible | None:
        with access.acting_as(actor):
            return lookup.look_outside(doc, name, reason=Reason.OTHER, note=note, actor=actor, at=AT)

    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_web")
    found = look(number(31), "曾国强")
    assert found == lookup.Responsible("曾国强", office_full_name(FAR), ended=False)
    assert look(number(31), "曾国富") is None
    with pytest.raises(access.NotAllowed):
        look(number(31), "曾国强", CLERK)
    for note in ("", "查曾国强", "号码500901198005"):
        with pytest.raises(lookup.NotSaid):
            look(number(31), "曾国强", note=note)
    with pytest.raises(lookup.TooLittle):
        look("", "曾国强")
    with access.acting_as(DISTRICT):
        assert not lookup.search(number(31), actor=DISTRICT, on=TODAY, at=AT).hits  # the area is the own one again
    with connection.cursor() as cursor:
        cursor.execute("set local role canbao_worker")
    hit, miss = JournalEntry.objects.filter(event="LOOKED_OUTSIDE").order_by("id")
    assert (hit.target_id, hit.area, hit.basis) == ("31", FAR, f"{Reason.OTHER.label}：迁入核实")
    assert (miss.target_id, miss.area, miss.detail["hits"]) == ("", "", 0)
