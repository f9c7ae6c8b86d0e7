"""People found: everything is searched before anybody is added."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections

from canbao.rules.roles import Actor, Role
from canbao.rules.sounds import sound_of
from canbao.rules.twins import Likeness
from canbao.services import access
from canbao.services.survey import finding, found_list, founding, known_elsewhere, own_list
from canbao.services.survey.visiting import Clash, WrongAnswers
from canbao.store.models import (
    FoundPerson,
    JournalEntry,
    Person,
    PersonDocument,
    PersonDocumentHistory,
    PersonMerge,
    SurveyRound,
    SurveyTask,
)
from tests.integration.survey.test_visiting import FOREIGN, TOWN, VILLAGE, WORKER, as_web
from tests.worlds import AT, LONG_AGO, ON, number, person, survey_round, survey_task

CLERK = Actor("li", Role.TOWN_CLERK, TOWN)
BORN = "19620314"
pytestmark = pytest.mark.django_db


def old_form(whole: str) -> str:
    return whole[:6] + whole[8:17]


def registered(person_id: int, office: str = FOREIGN, name: str = "张三", **facts: Any) -> Person:
    who = person(person_id, office, name=name, **facts)
    Person.objects.filter(pk=who.pk).update(name_sound=sound_of(who.name_key))
    return who


def submission(round_: SurveyRound, chosen: str = "", note: str = "", **facts: Any) -> founding.FoundSubmission:
    return founding.FoundSubmission(uuid4(), round_.pk, {"name": "张三"} | facts, chosen, note)


def answered(found: founding.FoundSubmission) -> founding.FoundReceipt | founding.MustChoose:
    with as_web():
        return founding.report(found, actor=WORKER, at=AT)


def sent(found: founding.FoundSubmission) -> founding.FoundReceipt:
    done = answered(found)
    assert isinstance(done, founding.FoundReceipt), done
    return done


def asked(found: founding.FoundSubmission) -> founding.MustChoose:
    done = answered(found)
    assert isinstance(done, founding.MustChoose), done
    return done


def twins_of(found: founding.FoundSubmission) -> list[finding.Twin]:
    return list(asked(found).twins)


def test_of_two_people_found_the_one_under_an_old_number_and_a_former_spelling_is_noticed() -> None:
    round_ = survey_round()
    known = registered(
        1, name="劉建國", birth_date=date(1962, 3, 14), doc_number=old_form(number(77, BORN)), former_name="刘建国"
    )
    first = submission(round_, name="刘建国", doc_number=number(77, BORN))
    (twin,) = twins_of(first)
    assert (twin.likeness, twin.person_id) == (Likeness.SAME, known.pk) and twin.where and "15位" in twin.why[0]
    assert asked(replace(first, chosen=founding.NEW, note="不是")).missing is founding.Missing.OTHER_NUMBER
    done = sent(replace(first, chosen=founding.key_of(twin, first.client_id)))
    assert done.came is founding.Came.LINE_MADE
    line = SurveyTask.objects.get(pk=done.task_id)
    assert (line.person_id, line.office_path, line.state, line.reasons) == (known.pk, VILLAGE, "TO_VISIT", ["FOUND"])
    assert line.name == "刘建国"  # as typed, not as registered elsewhere
    second = sent(submission(round_, name="王小二", birth_date="1980-05-06", sex="1"))
    assert second.came is founding.Came.ADDED
    made = FoundPerson.objects.get(pk=second.found_id)
    assert made.state == "PROVISIONAL" and SurveyTask.objects.get(found_id=made.pk).state == "VISITED"


@pytest.mark.parametrize(
    ("facts", "known", "likeness"),
    [
        ({"doc_number": number(5, BORN)}, {"doc_number": number(5, BORN)}, "SAME"),
        ({"doc_number": old_form(number(5, BORN))}, {"doc_number": number(5, BORN)}, "SAME"),
        ({"doc_number": "E12345678", "doc_type": "16"}, {"also": "E12345678"}, "SAME"),
        ({"doc_number": number(5, BORN)[:10] + "9" + number(5, BORN)[11:]}, {"doc_number": number(5, BORN)}, "LIKELY"),
        ({"birth_date": "1962-03-14", "sex": "1"}, {}, "LIKELY"),
        ({"name": "章叁", "birth_date": "1962-03-14"}, {}, "PERHAPS"),
        ({"birth_date": "1970-01-01", "phone": "13812345678"}, {"phone": "13812345678"}, "PERHAPS"),
        ({"birth_date": "1962-03-14", "doc_number": number(8, BORN)}, {"doc_number": number(9, BORN)}, "PERHAPS"),
        ({"birth_date": "1962-03-15"}, {}, None),
        ({"name": "李四", "birth_date": "1962-03-14"}, {}, None),
    ],
)
def test_how_somebody_is_noticed(facts: dict[str, Any], known: dict[str, Any], likeness: str | None) -> None:
    round_ = survey_round()
    also = known.pop("also", "")
    who = registered(1, **{"birth_date": date(1962, 3, 14), "doc_number": number(1, BORN)} | known)
    if also:
        PersonDocument.objects.create(
            person_id=who.pk, number=also, sources="police", office_path=FOREIGN, valid_from=LONG_AGO, recorded_at=AT,
            basis="test",
        )  # fmt: skip
    typed = founding.read_facts({"name": "张三"} | facts, on=ON, number_seen=True)
    with as_web():
        found = finding.alike(founding.traits_of(typed), round_id=round_.pk, actor=WORKER, at=AT)
    assert [one.likeness.value for one in found] == ([likeness] if likeness else [])


def test_the_same_person_found_five_times_is_one_and_the_number_with_other_content_a_clash() -> None:
    round_ = survey_round()
    found = submission(round_, birth_date="1990-02-03")
    assert len({sent(found).number for _ in range(5)}) == 1
    assert FoundPerson.objects.count() == SurveyTask.objects.count() == 1
    with pytest.raises(Clash):
        sent(replace(found, facts={"name": "张四", "birth_date": "1990-02-03"}))


def test_a_number_that_cannot_be_right_is_kept_only_after_a_look_at_the_certificate() -> None:
    wrong = number(5, BORN)[:17] + ("0" if number(5, BORN)[17] != "0" else "1")
    found = submission(survey_round(), doc_number=wrong, birth_date="1962-03-14", phone="1380000")
    with pytest.raises(founding.NumberUnsure) as unsure:
        sent(found)
    assert unsure.value.fields.keys() == {"doc_number", "phone"}
    found = replace(found, facts=found.facts | {"phone": "13800000000"}, number_seen=True)
    assert sent(found).came is founding.Came.ADDED
    assert FoundPerson.objects.get().note == founding.NUMBER_SEEN


@pytest.mark.django_db(transaction=True)
def test_two_villages_that_find_the_same_person_at_the_same_moment_make_one_record() -> None:
    round_ = survey_round()
    together, came = threading.Barrier(2, timeout=20), list[str]()

    def send(spelled: str) -> None:
        with as_web():
            together.wait()
            done = founding.report(submission(round_, doc_number=spelled), actor=WORKER, at=AT)
            came.append("ALIKE" if isinstance(done, founding.MustChoose) else done.came)
        connections.close_all()

    both = [threading.Thread(target=send, args=(one,)) for one in (number(5, BORN), old_form(number(5, BORN)))]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert sorted(came) == ["ADDED", "ALIKE"] and FoundPerson.objects.count() == 1


def test_somebody_likely_is_added_only_with_a_word_why_it_is_not_he() -> None:
    round_ = survey_round()
    registered(1, birth_date=date(1990, 2, 3))
    found = submission(round_, birth_date="1990-02-03", chosen=founding.NEW)
    assert asked(found).missing is founding.Missing.NOTE
    assert not FoundPerson.objects.exists()
    assert sent(replace(found, note="看过户口簿，是另一户")).came is founding.Came.ADDED
    assert FoundPerson.objects.get().alike[0]["likeness"] == "LIKELY"


def test_who_is_on_the_own_list_is_gone_to_and_who_is_on_another_is_noted() -> None:
    round_ = survey_round()
    own = survey_task(round_, registered(1, VILLAGE, doc_number=number(1, BORN)))
    other = survey_task(round_, registered(2, FOREIGN, doc_number=number(2, BORN)))
    first, second = (submission(round_, doc_number=number(n, BORN)) for n in (1, 2))
    chosen = [replace(one, chosen=founding.key_of(twins_of(one)[0], one.client_id)) for one in (first, second)]
    assert (sent(chosen[0]).came, sent(chosen[0]).task_id) == (founding.Came.ON_LIST, own.pk)
    assert sent(chosen[1]).came is founding.Came.ELSEWHERE and sent(chosen[1]).task_id is None
    assert list(SurveyTask.objects.values_list("pk", flat=True)) == [own.pk, other.pk]
    with as_web(Actor("zhao", Role.DISTRICT_CLERK, FOREIGN[:6])) as _:
        page = found_list.found_people(Actor("zhao", Role.DISTRICT_CLERK, FOREIGN[:6]), round_.pk, on=ON, at=AT)
    assert [row.name for row in page.elsewhere] == ["张三"]


def test_who_was_met_elsewhere_is_told_however_many_others_were_met_since() -> None:
    round_ = survey_round()
    abroad = Actor("zhao", Role.DISTRICT_CLERK, FOREIGN[:6])
    known = [registered(1, FOREIGN), *(registered(n, VILLAGE) for n in range(2, 8))]
    given = {
        "round_id": round_.pk,
        "office_path": VILLAGE,
        "found_by": "x",
        "found_at": AT,
        "state": "KNOWN",
        "digest": "",
    }
    FoundPerson.objects.bulk_create(
        FoundPerson(
            client_id=uuid4(), receipt=uuid4().hex[:16], name=who.name, person_id=who.pk, settled_by="li", settled_at=AT, **given
        )
        for who in (known[0], *known[1:] * 400)
    )  # fmt: skip
    with as_web(abroad):
        page = found_list.found_people(abroad, round_.pk, on=ON, at=AT)
    assert len(page.elsewhere) == 1


def test_a_number_that_somebody_else_had_earlier_is_taken_and_ones_own_is_not() -> None:
    round_ = survey_round()
    other, who, stands = registered(1, FOREIGN), registered(2, VILLAGE), registered(3, VILLAGE)
    task = survey_task(round_, who)
    for holder, serial in ((other.pk, 900), (who.pk, 901), (4, 902)):
        PersonDocumentHistory.objects.create(
            person_id=holder, number=number(serial), doc_type="01", sources="police", office_path=FOREIGN, version=1,
            basis="run:1", closed_basis="run:2", valid=(date(2020, 1, 1), ON), recorded=(AT, None),
        )  # fmt: skip
    PersonMerge.objects.create(
        from_person_id=4, into_person_id=stands.pk, basis="case:1", merged_by="li", merged_at=AT, office_path=VILLAGE
    )

    def taken(serial: int, by_other_than: int | None) -> bool:
        with as_web(CLERK):
            return finding.is_taken(number(serial), task_id=task.pk, by_other_than=by_other_than, actor=CLERK, at=AT)

    assert taken(900, who.pk)
    assert not taken(901, who.pk) and taken(901, None)
    assert not taken(902, stands.pk) and taken(902, who.pk)
    assert not taken(903, who.pk)


def test_the_question_is_on_record_and_a_bare_name_is_none() -> None:
    round_ = survey_round()
    with pytest.raises(WrongAnswers):
        sent(submission(round_))
    sent(submission(round_, birth_date="1990-02-03"))
    assert JournalEntry.objects.get(event="LOOKED_FOR_TWIN").detail == {"hits": 0}
    assert set(JournalEntry.objects.values_list("event", flat=True)) == {"LOOKED_FOR_TWIN", "PERSON_FOUND"}


def test_the_town_says_who_it_is_or_refuses_with_a_reason() -> None:
    round_ = survey_round()
    known = registered(1, VILLAGE, birth_date=date(1990, 2, 3))
    one = sent(submission(round_, birth_date="1990-02-03", chosen=founding.NEW, note="另一户"))
    two = sent(submission(round_, name="王小二", birth_date="1980-05-06"))
    with as_web(CLERK):
        sheet = found_list.sheet(one.found_id or 0, actor=CLERK, on=ON, at=AT)
        assert [beside.person_id for beside in sheet.beside] == [known.pk]
        assert known.doc_number not in str(sheet.beside)
        with pytest.raises(found_list.NotAlike):
            found_list.is_known(two.found_id or 0, person_id=known.pk, actor=CLERK, at=AT)
        with pytest.raises(found_list.NoReason):
            found_list.refuse(two.found_id or 0, reason=" ", actor=CLERK, at=AT)
        found_list.is_known(one.found_id or 0, person_id=known.pk, actor=CLERK, at=AT)
        found_list.refuse(two.found_id or 0, reason="住在邻区", actor=CLERK, at=AT)
        with pytest.raises(found_list.NotWaiting):
            found_list.refuse(one.found_id or 0, reason="x", actor=CLERK, at=AT)
    assert SurveyTask.objects.get(found_id=one.found_id).person_id == known.pk
    assert SurveyTask.objects.get(found_id=two.found_id).state == "DROPPED"


def test_a_line_of_somebody_whom_another_office_registers_comes_to_an_end_with_its_name() -> None:
    round_ = survey_round()
    known = registered(1, FOREIGN, doc_number=number(1, BORN))
    found = submission(round_, doc_number=number(1, BORN))
    done = sent(replace(found, chosen=founding.key_of(twins_of(found)[0], found.client_id)))
    new = sent(submission(round_, name="王小二", birth_date="1980-05-06"))
    with as_web(CLERK):
        shown = found_list.sheet(done.found_id or 0, actor=CLERK, on=ON, at=AT)
        assert shown.responsible == finding.town_words(FOREIGN) and not shown.entry
        assert known_elsewhere.close(done.found_id or 0, actor=CLERK, at=AT) == shown.responsible
        for ended in (done, new):
            with pytest.raises(known_elsewhere.NotElsewhere):
                known_elsewhere.close(ended.found_id or 0, actor=CLERK, at=AT)
        shown = found_list.sheet(done.found_id or 0, actor=CLERK, on=ON, at=AT)
    assert shown.responsible == "" and finding.town_words(FOREIGN) in shown.settled_reason
    assert SurveyTask.objects.get(person_id=known.pk).state == "DROPPED"


def test_what_is_asked_is_not_called_registered() -> None:
    round_ = survey_round()
    task = survey_task(round_, person(1, VILLAGE), asks=["hukou_address"], phone=None)
    new = sent(submission(round_, name="王小二", birth_date="1980-05-06"))
    with as_web():
        door = own_list.door(task.pk, actor=WORKER, on=ON, at=AT)
        assert "户籍地址" not in door.registered and door.registered
        assert not {item.label for item in door.items} & set(door.registered)
        assert own_list.door(new.task_id or 0, actor=WORKER, on=ON, at=AT).registered == ()


def test_no_question_reads_all_the_people() -> None:
    """Indexes only: with sequential scans forbidden nothing is left that needs one."""
    round_ = survey_round()
    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and 'FROM "person' in sql:
            with connection.cursor() as cursor:
                cursor.execute("set local enable_seqscan = off")
            with context["connection"].connection.cursor() as plain:
                plain.execute("explain " + sql, params)
                plans.append("\n".join(str(row[0]) for row in plain.fetchall()))
        return execute(sql, params, many, context)

    typed = finding.Traits("张三", birth_date=date(1962, 3, 14), doc_number=number(5, BORN), phone="13812345678")
    with as_web(), connection.execute_wrapper(explained):
        finding.alike(typed, round_id=round_.pk, actor=WORKER, at=AT)
    assert len(plans) >= 5
    assert [plan for plan in plans if "Seq Scan on person" in plan] == []


def test_nobody_without_the_post_may_ask() -> None:
    reader = Actor("guide", Role.GUIDE, TOWN)
    with pytest.raises(access.NotAllowed), as_web(reader):
        finding.alike(finding.Traits("张三", phone="1"), round_id=1, actor=reader, at=AT)
