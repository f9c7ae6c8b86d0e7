"""What is told of somebody who is registered elsewhere: name and town to those who know who he is, to others that there is one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from canbao.services.survey import finding, found_list, founding
from canbao.store.models import FoundPerson, JournalEntry
from tests.integration.api.test_field import browser, lines, post
from tests.integration.survey.test_finding import BORN, CLERK, asked, registered, sent, submission
from tests.integration.survey.test_visiting import FOREIGN, WORKER, as_web
from tests.worlds import AT, ON, number, survey_round

__all__ = ["lines"]
pytestmark = pytest.mark.django_db
HIDDEN = {"name": "欧阳修远", "birth_date": date(1962, 3, 14), "doc_number": number(5, BORN), "phone": "13812345678"}


@pytest.mark.parametrize("chosen", ["", founding.NEW])
@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ({"name": "王小二", "doc_number": number(5, BORN)}, HIDDEN),
        ({"name": "欧阳修道", "doc_number": number(5, BORN)}, HIDDEN),  # one character of three is another
        ({"name": "王小二", "doc_number": number(5, BORN)}, HIDDEN | {"name": "王小五"}),
        ({"name": "王小二", "doc_number": number(5, BORN)[:6] + number(5, BORN)[8:17]}, HIDDEN),
    ],
)
def test_a_number_with_another_name_is_not_turned_into_a_name(
    typed: dict[str, Any], known: dict[str, Any], chosen: str
) -> None:
    who = registered(1, **known)
    found = asked(submission(survey_round(), chosen=chosen, note="核对过", **typed))
    assert (found.number_taken, found.twins, found.certain) == (True, (), True)
    assert not FoundPerson.objects.exists()
    (line,) = JournalEntry.objects.all()
    assert line.event == "LOOKED_FOR_TWIN" and line.detail["hits"] == 1 and line.detail["stem"]
    assert who.doc_number not in json.dumps(line.detail) and who.name not in repr(found)


def test_the_key_of_somebody_who_is_not_told_chooses_nobody() -> None:
    who = registered(1, **HIDDEN)
    found = submission(survey_round(), name="王小二", doc_number=number(5, BORN))
    guessed = finding.Twin(finding.Likeness.SAME, (), "", FOREIGN, person_id=who.pk)
    assert asked(replace(found, chosen=founding.key_of(guessed, found.client_id))).number_taken
    assert not FoundPerson.objects.exists()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": "欧阳修远", "doc_number": number(5, BORN)}, "证件号码相同"),
        ({"name": "欧阳修远", "birth_date": "1962-03-14"}, "出生日期相同"),
    ],
)
def test_who_knows_number_and_name_or_name_and_birth_is_told_and_the_person_can_find_out(
    typed: dict[str, Any], why: str
) -> None:
    who = registered(1, **HIDDEN)
    (twin,) = asked(submission(survey_round(), **typed)).twins
    assert (twin.name, twin.where) == (who.name, finding.town_words(FOREIGN)) and why in twin.why
    told = JournalEntry.objects.get(event="POSSIBLE_DUPLICATE_TOLD")
    assert (told.target_kind, told.target_id, told.area, told.account) == ("person", "1", FOREIGN, WORKER.account)


def test_a_name_that_only_sounds_alike_is_not_spelled_out() -> None:
    """Anybody who has a number and guesses the sound of the name would learn the name."""
    registered(1, **HIDDEN)
    answer = asked(submission(survey_round(), name="欧阳修元", doc_number=number(5, BORN)))
    assert (answer.number_taken, answer.twins) == (True, ())
    assert not JournalEntry.objects.filter(event="POSSIBLE_DUPLICATE_TOLD").exists()


SLIP = number(5, BORN)[:10] + "9" + number(5, BORN)[11:]  # wrong, and one digit away from the number that is registered


def likely(round_id: Any, **more: Any) -> founding.FoundSubmission:
    return replace(submission(round_id, name="欧阳修道", doc_number=SLIP, **more), number_seen=True)


def test_of_somebody_very_alike_it_is_said_that_there_is_one() -> None:
    round_ = survey_round()
    registered(1, **HIDDEN)
    found = likely(round_)
    first = asked(found)
    assert (first.unsure, first.number_taken, first.twins) == (True, False, ())
    assert asked(replace(found, chosen=founding.NEW)).missing is founding.Missing.NOTE
    assert sent(replace(found, chosen=founding.NEW, note="两户人家，看过户口簿")).came is founding.Came.ADDED
    (kept,) = FoundPerson.objects.get().alike
    assert (kept["told"], kept["where"]) == (False, "")


def test_the_town_sees_of_another_area_no_more_and_the_office_itself_sees_all() -> None:
    round_ = survey_round()
    registered(1, **HIDDEN)
    done = sent(likely(round_, chosen=founding.NEW, note="两户人家，看过户口簿"))
    with as_web(CLERK):
        sheet = found_list.sheet(done.found_id or 0, actor=CLERK, on=ON, at=AT)
        with pytest.raises(found_list.NotAlike):
            found_list.is_known(done.found_id or 0, person_id=1, actor=CLERK, at=AT)
    shut = [one for one in sheet.beside if not one.told]
    assert [(one.name, one.where, one.why, one.facts, one.person_id, one.may_be) for one in shut] == [
        ("", "", (), {}, None, False)
    ]
    FoundPerson.objects.filter(pk=done.found_id).update(office_path=FOREIGN)
    clerk = replace(CLERK, office=FOREIGN[:15])
    with as_web(clerk):
        own = found_list.sheet(done.found_id or 0, actor=clerk, on=ON, at=AT)
    (known,) = [one for one in own.beside if one.person_id == 1]
    assert known.ours and known.facts["name"].text == "欧阳修远"


def test_neither_page_nor_interface_says_whose_number_it_is(lines: Any) -> None:
    own, _ = lines
    facts = {"name": "王小二", "doc_number": number(2)}
    sent_ = {"client_id": str(uuid4()), "round_id": own.round_id, "facts": facts}
    status, problem = post(browser(), "found", sent_)
    assert (status, problem["code"], problem["twins"]) == (409, "NUMBER_TAKEN", [])
    page = browser().post("/field/found/new/", {"client_id": str(uuid4()), "round_id": own.round_id, **facts})
    said = page.content.decode()
    assert page.status_code == 409 and "该号码已有登记，与所填姓名不符" in said and "张三" not in said
    assert "登记为新人员" not in said
