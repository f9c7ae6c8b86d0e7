"""The file of one person: within the area, as of any two times, hidden by default, opened for a reason and some minutes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from canbao.rules.roles import Actor, Role
from canbao.rules.unmasking import Reason
from canbao.services import access, audit, personfile, registry, showing, unmasking
from canbao.store.models import BusinessNumber, Enrolment, FormEntry, Household, JournalEntry, PersonDocument
from tests.worlds import (
    AT,
    LONG_AGO,
    ON,
    account,
    foreign_town,
    number,
    person,
    survey_round,
    survey_task,
    town_offices,
)

pytestmark = pytest.mark.django_db
MOBILE = "1390" + "0000" + "456"
TODAY = ON


def clerk(town: str, role: Role = Role.TOWN_CLERK, name: str = "li") -> Actor:
    return Actor(name, role, town)


def insured(person_id: int, town: str, scheme: str = "EMPLOYEE_PENSION", **more: Any) -> None:
    facts = {"source": "employee", "state": "PAYING", "enrol_status": "1", "spell_from": date(2018, 3, 1),
             "first_enrolled_on": date(2012, 7, 1)} | more  # fmt: skip
    Enrolment.objects.create(
        person_id=person_id, scheme=scheme, record_key=f"E{person_id}", office_path=town,
        valid_from=LONG_AGO, recorded_at=AT, basis="run:1", **facts,
    )  # fmt: skip


@pytest.fixture
def town() -> str:
    return town_offices()[0]


def open_file(person_id: int, actor: Actor, **times: Any) -> personfile.File:
    asked = {"valid_on": None, "known_at": None} | times
    return personfile.open_file(person_id, today=TODAY, actor=actor, at=AT + timedelta(days=2), **asked)


def test_a_file_is_whole_and_hides_by_default(town: str) -> None:
    one = person(1, town, phone=MOBILE, hukou_address="重庆市某区人民路8号", household_no="5000990001")
    person(2, town, name="张小", household_no="5000990001", birth_date=date(2015, 5, 5), relation_to_head="子")
    person(3, foreign_town(town), name="张大", household_no="5000990001")
    Household.objects.create(household_no="5000990001", members=3, address="重庆市某区人民路8号", office_path=town)
    PersonDocument.objects.create(person_id=1, number=one.doc_number, doc_type="01", sources="police,employee",
                                  office_path=town, valid_from=LONG_AGO, recorded_at=AT, basis="run:1")  # fmt: skip
    insured(1, town)
    with access.acting_as(clerk(town)):
        file = open_file(1, clerk(town))
    assert file.shown
    assert file.shown.facts["phone"].text == "139****0456" and file.shown.facts["phone"].hidden
    assert file.shown.facts["hukou_address"].text == "重庆市某区人民路****"
    assert "*" in file.shown.documents[0]["number"].text and "公安户籍" in file.shown.documents[0]["sources"]
    assert file.insurances[0].scheme.value == "EMPLOYEE_PENSION" and len(file.insurances) == 8
    spells = file.insurances[0].spells
    assert [(spell.starts, spell.to, spell.certain) for spell in spells] == [
        (date(2012, 7, 1), date(2018, 3, 1), False),
        (date(2018, 3, 1), None, True),
    ]
    assert file.home and [member.name for member in file.home.members] == ["张小"] and file.home.count == 3
    assert file.age == 36
    assert one.doc_number not in repr(file) and MOBILE not in repr(file)


def test_a_foreign_person_is_not_there_and_the_look_is_on_record_with_his_office(town: str) -> None:
    person(1, town)
    person(2, foreign_town(town))
    open_file(1, clerk(town))
    with pytest.raises(access.NotFound):
        open_file(2, clerk(town))
    with pytest.raises(access.NotFound):
        open_file(77, clerk(town))
    with pytest.raises(access.NotAllowed):
        open_file(1, clerk(town, Role.SYSTEM_ADMINISTRATOR))
    looks = JournalEntry.objects.filter(event=audit.Event.PERSON_VIEWED)
    assert list(looks.values_list("target_id", "area")) == [("1", town)]


def test_an_ended_entry_stays_with_the_office_it_had_and_shows_its_last_day(town: str) -> None:
    person(1, town)
    registry.end(
        1, ended_on=date(2026, 11, 10), version=1, basis="死亡证明", actor=clerk(town), at=AT + timedelta(days=1)
    )
    file = open_file(1, clerk(town))
    assert file.stands.gone and file.stands.ended_on == date(2026, 11, 10) and file.on == date(2026, 11, 9)
    assert file.shown and file.shown.facts["name"].text == "张三"
    assert open_file(1, clerk(town), valid_on=ON).shown is None
    with pytest.raises(access.NotFound):
        open_file(1, clerk(foreign_town(town)))


def test_who_moved_away_leaves_only_what_the_old_office_knew(town: str) -> None:
    new = foreign_town(town)
    person(1, town)
    registry.correct(1, facts={"office_path": new, "phone": MOBILE}, valid_from=ON, version=1, basis="迁移证",
                     actor=clerk(town), at=AT + timedelta(days=1))  # fmt: skip
    old, now = open_file(1, clerk(town)), open_file(1, clerk(new))
    assert old.stands.gone and old.shown and old.shown.facts["phone"].text == ""
    assert not now.stands.gone and now.shown and now.shown.facts["phone"].text == "139****0456"
    assert all(change.version == 2 for change in now.changes)


def test_changes_say_what_was_before_and_hide_it_as_elsewhere(town: str) -> None:
    person(1, town, phone=None)
    registry.correct(1, facts={"phone": MOBILE, "ethnicity": "01"}, valid_from=ON, version=1, basis="户口簿",
                     actor=clerk(town), at=AT + timedelta(days=1))  # fmt: skip
    change = open_file(1, clerk(town)).changes[0]
    assert {one.label: (one.before.text, one.after.text) for one in change.fields} == {
        "联系电话": ("", "139****0456"),
        "民族": ("", "汉族"),
    }
    assert change.basis == "户口簿"
    entry = JournalEntry.objects.get(event=audit.Event.PERSON_CORRECTED)
    assert entry.area == town
    before = open_file(1, clerk(town), valid_on=date(2021, 1, 1))
    assert before.shown and before.shown.facts["phone"].text == ""


def test_a_merged_entry_leads_to_the_survivor_where_the_reader_may_open_it(town: str) -> None:
    person(1, town), person(2, town, name="张三丰")
    registry.merge(1, 2, on=ON, basis="户口簿", actor=clerk(town), at=AT + timedelta(days=1))
    assert personfile.survivor(2, actor=clerk(town)) == 1
    assert personfile.survivor(1, actor=clerk(town)) is None
    assert personfile.survivor(2, actor=clerk(foreign_town(town))) is None


def test_an_item_is_shown_for_a_reason_to_one_account_and_ends_by_itself(town: str) -> None:
    one = person(1, town, phone=MOBILE)
    li, wang = clerk(town), clerk(town, name="wang")
    with pytest.raises(unmasking.NotSaid):
        unmasking.unmask(1, item="phone", reason=Reason.OTHER, note="", actor=li, at=AT)
    with pytest.raises(unmasking.NotSaid):
        unmasking.unmask(1, item="phone", reason=Reason.CALL, note=f"电话{MOBILE}", actor=li, at=AT)
    with pytest.raises(unmasking.UnknownItem):
        unmasking.unmask(1, item="everything", reason=Reason.CALL, note="", actor=li, at=AT)
    with pytest.raises(access.NotAllowed):
        unmasking.unmask(1, item="phone", reason=Reason.CALL, note="", actor=clerk(town, Role.TOWN_ARCHIVIST), at=AT)
    with pytest.raises(access.NotFound):
        unmasking.unmask(1, item="phone", reason=Reason.CALL, note="", actor=clerk(foreign_town(town)), at=AT)

    until = unmasking.unmask(1, item="phone", reason=Reason.CALL, note="", actor=li, at=AT)

    def phone(actor: Actor, minutes: float) -> str:
        at = AT + timedelta(minutes=minutes)
        return showing.show(1, valid_on=ON, known_at=at, actor=actor, at=at).facts["phone"].text

    assert until == AT + timedelta(minutes=10)
    assert phone(li, 9) == MOBILE and phone(li, 10) == "139****0456" and phone(wang, 9) == "139****0456"
    shown = showing.show(1, valid_on=ON, known_at=AT, actor=li, at=AT)
    assert shown.facts["doc_number"].text != one.doc_number and shown.plain.facts["phone"] == MOBILE
    entry = JournalEntry.objects.get(event=audit.Event.UNMASKED)
    assert (entry.area, entry.detail["item"], entry.basis) == (town, "联系电话", "电话联系本人")
    assert MOBILE not in str(entry.detail)


def test_the_person_learns_who_looked_with_office_and_purpose(town: str) -> None:
    person(1, town, phone=MOBILE)
    open_file(1, clerk(town))
    unmasking.unmask(1, item="phone", reason=Reason.CALL, note="通知领卡", actor=clerk(town), at=AT)
    name, given, found = personfile.looks(1, since=None, until=None, actor=clerk(town), at=AT)
    assert (name.text, "*" in given.text) == ("张三", True)
    assert any(look.purpose == "电话联系本人：通知领卡" for look in found) and all(look.office for look in found)
    with pytest.raises(access.NotAllowed):
        personfile.looks(1, since=None, until=None, actor=clerk(town, Role.TOWN_ARCHIVIST), at=AT)


@pytest.fixture
def browser(town: str) -> Client:
    client = Client()
    client.force_login(account("li", Role.TOWN_CLERK, town), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor_passed"] = True
    session.save()
    return client


def test_the_page_through_the_web_login(town: str, browser: Client, request: pytest.FixtureRequest) -> None:
    person(1, town, phone=MOBILE)
    person(2, town, name="李四")
    BusinessNumber.objects.create(person_id=1, source="employee", number="2300001234", office_path=town,
                                  valid_from=LONG_AGO, recorded_at=AT, basis="run:1")  # fmt: skip
    insured(1, town)
    request.getfixturevalue("as_web")
    page = browser.get(reverse("person", args=[1])).content.decode()
    assert MOBILE not in page and number(1) not in page and "139****0456" in page and "<svg viewBox" in page
    assert "style=" not in page.split("<main")[1].split("</main")[0]
    asked = reverse("person-unmask", args=[1]) + "?field=phone"
    assert "查看理由" in browser.get(asked).content.decode()
    drawer = browser.get(asked, headers={"HX-Request": "true"}).content.decode()
    assert "查看理由" in drawer and "<html" not in drawer
    assert browser.post(asked, {"field": "phone", "reason": "OTHER", "note": ""}).status_code == 422
    assert browser.post(asked, {"field": "phone", "reason": "CALL"}).status_code == 302
    assert MOBILE in browser.get(reverse("person", args=[1])).content.decode()
    assert "没有任何参保记录" in browser.get(reverse("person", args=[2])).content.decode()
    past = browser.get(reverse("person", args=[1]) + "?on=2019-01-01").content.decode()
    assert "不是现在的情况" in past and "身份信息自 2020-01-01 起有记载" in past
    unborn = browser.get(reverse("person", args=[1]) + "?on=1989-01-01").content.decode()
    assert "这一天没有此人的登记" in unborn
    assert browser.get(reverse("person", args=[1]) + "?on=xx").status_code == 200
    assert "查看档案" in browser.get(reverse("person-looks", args=[1])).content.decode()


def test_a_day_before_the_first_load_is_answered_from_the_spells(town: str) -> None:
    person(1, town)
    insured(1, town)
    insured(1, town, "UNEMPLOYMENT", spell_from=date(2021, 1, 1), first_enrolled_on=date(2021, 1, 1))
    with access.acting_as(clerk(town)):
        file = open_file(1, clerk(town), valid_on=date(2019, 6, 1))
        assert open_file(1, clerk(town), valid_on=TODAY).identity_since is None
    assert file.shown and file.identity_since == LONG_AGO and file.told is None
    states = {one.scheme.value: one.state.value for one in file.insurances if one.enrolled}
    assert states == {"EMPLOYEE_PENSION": "PAYING"}


def test_who_is_insured_twice_is_flagged(town: str) -> None:
    person(1, town)
    insured(1, town, "EMPLOYEE_MEDICAL")
    insured(1, town, "RESIDENT_MEDICAL", source="resident_medical", state="INTERRUPTED")
    with access.acting_as(clerk(town)):
        assert open_file(1, clerk(town)).twice == []
        Enrolment.objects.update(state="PAYING")
        (pair,) = open_file(1, clerk(town)).twice
    assert "职工" in pair and "居民" in pair


def test_repeated_looks_of_a_day_are_one_line_and_acts_stay_apart() -> None:
    def look(minute: int, act: str = "查看档案", office: str = "甲") -> audit.Look:
        return audit.Look(AT + timedelta(minutes=minute), office, "岗", act, "事由")

    found = [look(9), look(8, office="乙"), look(7), look(6, "更正登记信息"), look(5, "更正登记信息"), look(-2000)]
    rows = personfile.grouped(found)
    assert [(row.look.act, row.look.office, row.count) for row in rows] == [
        ("查看档案", "甲", 2), ("查看档案", "乙", 1), ("更正登记信息", "甲", 1), ("更正登记信息", "甲", 1), ("查看档案", "甲", 1),
    ]  # fmt: skip
    assert (rows[0].first, rows[0].last) == (found[2].at, found[0].at)


def test_a_form_that_was_entered_stands_among_the_acts(town: str) -> None:
    task = survey_task(survey_round(), person(1, town))
    FormEntry.objects.create(
        task_id=task.pk, round_id=task.round_id, office_path=town, form_number="260000000014", entered_by="li", entered_at=AT,
        done_at=AT, answers={"phone": "1"}, fates={"phone": "NEW", "name": "CONTRADICTS"},
    )  # fmt: skip
    with access.acting_as(clerk(town)):
        (act,) = open_file(1, clerk(town)).acts
    assert act.act == "录入入户调查登记表" and act.purpose == "表号 260000000014，1 项写入登记库，1 项转变更申请"
