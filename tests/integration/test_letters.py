"""The letter of one person from the register: within the area, on record, as of a day; and on his file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from canbao.rules.circumstances import Occupation
from canbao.rules.codes import Scheme
from canbao.rules.letters import Kind
from canbao.rules.roles import Actor, Role
from canbao.services import access, audit, letters, personfile
from canbao.store.models import Enrolment, JournalEntry
from tests.worlds import AT, LONG_AGO, ON, account, foreign_town, number, person, town_offices

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> str:
    return town_offices()[0]


def clerk(town: str, role: Role = Role.TOWN_CLERK) -> Actor:
    return Actor("li", role, town)


def enrolled(person_id: int, town: str, *schemes: Scheme, **more: Any) -> None:
    facts = {"source": "employee", "state": "PAYING", "employer_no": "E100"} | more
    for scheme in schemes:
        Enrolment.objects.create(
            person_id=person_id, scheme=scheme, record_key=f"{scheme}{person_id}", office_path=town,
            valid_from=more.get("valid_from", LONG_AGO), recorded_at=AT, basis="run:1",
            **{name: value for name, value in facts.items() if name != "valid_from"},
        )  # fmt: skip


def test_the_letter_is_told_within_the_area_only_and_the_look_is_on_record(town: str) -> None:
    person(1, town, hukou_status="NORMAL")
    person(2, foreign_town(town))
    enrolled(1, town, Scheme.EMPLOYEE_PENSION, Scheme.EMPLOYEE_MEDICAL)
    with access.acting_as(clerk(town)):
        told = letters.letter_of(1, on=ON, actor=clerk(town), at=AT)
    assert (told.letter.kind, told.unmet, told.occupation) == (Kind.EMPLOYER, 2, Occupation.EMPLOYEE)
    assert told.letter.owed == (Scheme.UNEMPLOYMENT, Scheme.WORK_INJURY)
    assert told.letter.salutation == "尊敬的张三先生（女士）："
    with pytest.raises(access.NotFound):
        letters.letter_of(2, on=ON, actor=clerk(town), at=AT)
    with pytest.raises(access.NotAllowed):
        letters.letter_of(1, on=ON, actor=clerk(town, Role.SYSTEM_ADMINISTRATOR), at=AT)
    looks = JournalEntry.objects.filter(event=audit.Event.PERSON_VIEWED)
    assert list(looks.values_list("target_id", "area")) == [("1", town)]


def test_what_was_declared_changes_the_letter(town: str) -> None:
    person(1, town, hukou_status="NORMAL")
    said = {"on": ON, "actor": clerk(town), "at": AT}
    assert letters.letter_of(1, **said).letter.kind is Kind.ALONE
    assert letters.letter_of(1, **said, occupation=Occupation.EMPLOYEE).letter.kind is Kind.EMPLOYER
    student = letters.letter_of(1, **said, occupation=Occupation.STUDENT).letter
    assert student.open_to == ((Scheme.RESIDENT_MEDICAL,),)


def test_the_letter_is_that_of_its_day(town: str) -> None:
    person(1, town, hukou_status="NORMAL", birth_date=date(1958, 3, 1))
    enrolled(1, town, Scheme.RESIDENT_PENSION, source="resident_pension", state="DRAWING", employer_no=None,
             pension_since=date(2022, 4, 1), valid_from=date(2022, 4, 1))  # fmt: skip
    asked = {"actor": clerk(town), "at": AT + timedelta(days=1)}
    assert letters.letter_of(1, on=date(2022, 3, 31), **asked).letter.kind is Kind.ALONE
    assert letters.letter_of(1, on=date(2022, 4, 1), **asked).letter.text == "您已于2022年4月起按月领取养老待遇。"


def test_the_file_tells_the_same_and_one_look_is_one_entry(town: str) -> None:
    person(1, town, hukou_status="NORMAL")
    asked = {"actor": clerk(town), "at": AT}
    file = personfile.open_file(1, valid_on=ON, known_at=None, today=ON, **asked)
    assert JournalEntry.objects.filter(event=audit.Event.PERSON_VIEWED).count() == 1
    assert file.told and file.told.letter == letters.letter_of(1, on=ON, **asked).letter
    assert personfile.open_file(1, valid_on=date(2019, 1, 1), known_at=None, today=ON, **asked).told is None


def test_the_file_says_so_where_the_target_group_told_in_bulk_differs(town: str) -> None:
    asked = {"actor": clerk(town), "at": AT, "valid_on": ON, "known_at": None, "today": ON}
    person(1, town, hukou_status="NORMAL", gap="MISSING_SCHEME", birth_date=date(1960, 1, 1))
    person(2, town, hukou_status="NORMAL", gap="MISSING_SCHEME")
    for one in (1, 2):
        enrolled(one, town, Scheme.WORK_INJURY)
    assert personfile.open_file(1, **asked).gap_differs and not personfile.open_file(2, **asked).gap_differs


def test_the_section_of_the_page_through_the_web_login(town: str, request: pytest.FixtureRequest) -> None:
    client = Client()
    client.force_login(account("li", Role.TOWN_CLERK, town), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor_passed"] = True
    session.save()
    person(1, town, hukou_status="NORMAL")
    enrolled(1, town, Scheme.EMPLOYEE_PENSION)
    person(2, town, hukou_status="NORMAL", death_on=date(2026, 1, 5))
    request.getfixturevalue("as_web")
    page = client.get(reverse("person", args=[1])).content.decode()
    section = page.split('id="duties"')[1].split("</section>")[0]
    assert "您所在的用人单位还应为您参加城镇职工基本医疗保险、失业保险、工伤保险、生育保险。" in section
    assert "社会保险法第四十四条" in section and "4</b> 个险种应参加而未参加" in section
    assert number(1) not in page
    dead = client.get(reverse("person", args=[2])).content.decode().split('id="duties"')[1].split("</section>")[0]
    assert "不打印" in dead and "blockquote" not in dead
