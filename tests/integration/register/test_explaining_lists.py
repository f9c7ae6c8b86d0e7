"""Rows of the lists that explain why somebody is not insured: applied, a case, or nobody; the three add up."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Sum
from django.test import Client
from python_calamine import CalamineWorkbook

from canbao.rules.budgets import Budget
from canbao.rules.roles import Actor, Role
from canbao.services import access, matching, registry
from canbao.services.accounts.signing import FACTOR_PASSED
from canbao.services.matching import listed, nobody_file
from canbao.store.models import Account, Batch, JournalEntry, ListedSpell, LookCount, MatchCase, MatchDecision, Person
from tests.integration.intake.builders import RECEIVER, Row, insured
from tests.integration.register.conftest import FIRST, SECOND, THIRD, Register, number, town
from tests.worlds import account

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor("li", Role.MUNICIPAL_OPERATOR)


def died(serial: int, name: str, *, on: str = "20261001", **more: str) -> Row:
    return {"证件号码": number(serial), "姓名": name, "死亡日期": on} | more


def outcomes(run: matching.RunReport, source: str) -> dict[str, int]:
    return {outcome: rows for outcome, rows in run.run.counts["lists"][source].items() if rows}


def test_every_row_is_applied_a_case_or_nobody(register: Register) -> None:
    people = town(10)
    register.accept(people)
    register.accept(
        [
            died(1, people[0]["姓名"]),
            died(2, people[1]["姓名"][:2] + "鸣"),  # written by its sound
            died(3, "欧阳若兰"),  # somebody else's name under the number
            died(77, "赵四海"),
        ],
        source="deaths",
    )

    run = register.run()

    assert outcomes(run, "deaths") == {"APPLIED": 2, "CASE": 1, "NOBODY": 1}
    assert sum(run.run.counts["lists"]["deaths"].values()) == 4
    dead = Person.objects.filter(death_on=date(2026, 10, 1)).order_by("doc_number")
    assert [(p.doc_number, p.scope) for p in dead] == [(number(1), None), (number(2), None)]
    assert Person.objects.count() == 10, "a list adds nobody"
    case = MatchCase.objects.get(kind="LISTED_PERSON")
    assert case.person_ids == [register.person(number(3)).pk]
    assert "号码相同" in case.reason and "姓名不同" in case.reason


def the_case(register: Register) -> MatchCase:
    register.accept(town(10))
    register.accept([died(3, "欧阳若兰")], source="deaths")
    register.run()
    return MatchCase.objects.get(kind="LISTED_PERSON")


def decide(case: MatchCase, *, same: bool) -> MatchCase:
    return matching.decide(case.pk, same=same, reason="已向殡葬核实", on=SECOND.date(), actor=CLERK, at=SECOND)


def test_a_clerk_who_decides_applies_the_row_at_once_and_later_runs_obey(register: Register) -> None:
    case = the_case(register)

    assert decide(case, same=True).state == "DECIDED"

    person = register.person(number(3))
    assert (person.death_on, person.scope) == (date(2026, 10, 1), None)
    assert ListedSpell.objects.get().person_id == person.pk
    run = register.run(THIRD)
    assert outcomes(run, "deaths") == {"APPLIED": 1}
    assert register.person(number(3)).death_on == date(2026, 10, 1)
    assert MatchCase.objects.get(pk=case.pk).state == "DECIDED"


def test_what_was_decided_is_taken_back_as_if_it_had_never_been(register: Register) -> None:
    case = the_case(register)
    before = registry.digest()
    decide(case, same=True)
    assert registry.digest() != before

    matching.undo(case.pk, on=THIRD.date(), actor=CLERK, at=THIRD)

    assert registry.digest() == before
    assert not MatchDecision.objects.exists()


def test_taking_back_after_a_run_leaves_it_to_the_next_run(register: Register) -> None:
    case = the_case(register)
    before = registry.digest()
    decide(case, same=True)
    register.accept(town(11), as_of="2026-11-11")
    register.run(THIRD)
    assert register.person(number(3)).death_on

    matching.undo(case.pk, on=THIRD.date(), actor=CLERK, at=THIRD)
    register.reverse(register.accept(town(12), as_of="2026-11-12"), THIRD.replace(hour=5))

    assert register.person(number(3)).death_on is None
    assert registry.digest() != before  # the eleventh person


def test_a_row_that_is_not_about_the_person_is_about_nobody(register: Register) -> None:
    case = the_case(register)
    decide(case, same=False)

    run = register.run(THIRD)

    assert outcomes(run, "deaths") == {"NOBODY": 1}
    assert register.person(number(3)).death_on is None
    assert MatchCase.objects.get(pk=case.pk).state == "DECIDED"


def test_a_person_dies_once_and_a_clerk_says_on_which_day(register: Register) -> None:
    people = town(10)
    register.accept(people)
    register.accept(
        [died(1, people[0]["姓名"]), died(1, people[0]["姓名"][:2] + "鸣", on="20261005"), died(2, people[1]["姓名"])],
        source="deaths",
    )
    run = register.run()
    assert outcomes(run, "deaths") == {"APPLIED": 2, "CASE": 1}
    assert register.person(number(1)).death_on == date(2026, 10, 1) and ListedSpell.objects.count() == 2
    case = MatchCase.objects.get(kind="LISTED_PERSON")
    assert case.person_ids == [register.person(number(1)).pk] and "死亡日期不同" in case.reason

    decide(case, same=True)

    assert register.person(number(1)).death_on == date(2026, 10, 5)
    assert outcomes(register.run(THIRD), "deaths") == {"APPLIED": 3}
    assert register.person(number(1)).death_on == date(2026, 10, 5)
    assert not MatchCase.objects.filter(kind="LISTED_PERSON", state="OPEN").exists()


def test_rows_that_come_again_corrected_add_up_and_leave_nothing_behind(register: Register) -> None:
    """A death that was another's, one that never was, one that is told of somebody new: the three figures are those of the list."""
    people = town(6)
    register.accept(people)
    first = [
        died(n, people[n - 1]["姓名"]) | {"记录编号": f"D{n}"} for n in (1, 2, 3)
    ] + [died(77, "赵四海") | {"记录编号": "D4"}]  # fmt: skip
    register.accept(first, source="deaths")
    register.run()
    corrected = [
        died(4, people[3]["姓名"]) | {"记录编号": "D1", "变更标志": "U"},
        first[1] | {"变更标志": "D"},
        first[2] | {"死亡日期": "20261009", "变更标志": "U"},
        died(5, people[4]["姓名"]) | {"记录编号": "D4", "变更标志": "U"},
        died(78, "赵四江") | {"记录编号": "D5", "变更标志": "I"},
    ]
    batch = register.accept(corrected, source="deaths", kind="delta", as_of="2026-11-05")

    run = register.run(SECOND)

    assert outcomes(run, "deaths") == {"APPLIED": 3, "NOBODY": 1}
    found = matching.outcomes_of(batch.pk, actor=RECEIVER)
    assert found is not None and found.total == batch.state_rows == 4
    dead = {p.doc_number: (p.death_on, p.scope) for p in Person.objects.filter(death_on__isnull=False)}
    assert dead == {
        number(3): (date(2026, 10, 9), None), number(4): (date(2026, 10, 1), None), number(5): (date(2026, 10, 1), None),
    }  # fmt: skip
    assert register.person(number(1)).scope == register.person(number(2)).scope == register.person(number(6)).scope
    assert ListedSpell.objects.count() == 3


def test_a_row_of_a_list_is_about_one_person(register: Register) -> None:
    """One has the number, another the name and the birth date: each has a case, and one of them can have died."""
    register.accept(town(10))
    foreigner = insured(1, AAC147="E12345678", AAC003="欧阳若兰", AAC004="1", AAC006="19900101")
    register.accept([foreigner], source="employee")
    register.accept([died(3, "欧阳若兰")], source="deaths")
    register.run()
    first, second = MatchCase.objects.filter(kind="LISTED_PERSON").order_by("pk")
    decide(first, same=True)

    with pytest.raises(matching.NotDecidable) as refused:
        decide(second, same=True)

    assert refused.value.why is matching.Refusal.ROW_GIVEN
    assert Person.objects.filter(death_on__isnull=False).count() == 1
    assert decide(second, same=False).state == "DECIDED"


def test_spells_stand_in_the_register_on_both_clocks(register: Register) -> None:
    people = town(5)
    register.accept(people)
    name, spell = people[0]["姓名"], {"入学日期": "20240901", "毕业日期": "20270630", "学校": "某大学"}
    register.accept([{"记录编号": "S1", "证件号码": number(1), "姓名": name} | spell], source="students")
    register.run()
    later = {"记录编号": "S1", "证件号码": number(1), "姓名": name} | spell | {"毕业日期": "20280630"}
    register.accept([later], source="students", as_of="2026-11-09")
    register.run(SECOND)
    register.accept([later | {"证件号码": number(2), "姓名": people[1]["姓名"]}], source="students", as_of="2026-11-15")
    register.run(THIRD)

    who = register.person(number(1)).pk

    def known(at: object, on: str) -> list[tuple[date, date, str]]:
        rows = registry.as_of(who, valid_on=date.fromisoformat(on), known_at=at).listed  # type: ignore[arg-type]
        return [(row["from_on"], row["until_on"], row["remark"]) for row in rows]

    began, school = date(2024, 9, 1), "某大学"
    assert known(FIRST, "2026-11-30") == [(began, date(2027, 6, 30), school)]
    assert known(SECOND, "2026-11-30") == [(began, date(2028, 6, 30), school)]
    assert known(SECOND, "2026-11-01") == [(began, date(2027, 6, 30), school)]
    assert known(THIRD, "2026-11-30") == []


@pytest.mark.parametrize(("until", "gap"), [("20270101", "NONE"), ("20260101", "NONE_AT_ALL")])
def test_insured_elsewhere_explains_only_as_long_as_it_lasts(register: Register, until: str, gap: str) -> None:
    people = town(3)
    register.accept(people)
    ended = insured(1, AAC147=number(1), AAC003=people[0]["姓名"]) | {"AAC008": "4"}
    register.accept([ended], source="employee")
    row = {
        "证件号码": number(1),
        "姓名": people[0]["姓名"],
        "参保地": "四川省",
        "开始日期": "20250101",
        "终止日期": until,
    }
    register.accept([row], source="elsewhere")
    register.run()
    assert register.person(number(1)).gap == gap


def test_the_rows_of_nobody_are_shown_masked_page_by_page_and_on_record(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed, "PAGE", 2)
    register.accept(town(5))
    batch = register.accept([died(70 + n, f"赵四{'海江河湖山'[n]}") for n in range(5)], source="deaths")
    assert matching.outcomes_of(batch.pk, actor=RECEIVER) is None
    register.run()

    found = matching.outcomes_of(batch.pk, actor=RECEIVER)
    assert found is not None and (found.total, found.rows["NOBODY"]) == (5, 5)
    first, shown = matching.rows_of_nobody(batch.pk, actor=RECEIVER, at=FIRST), []
    monkeypatch.setattr(nobody_file, "MOST_IN_A_FILE", 3)
    files = [matching.file_of_nobody(batch.pk, part=part, actor=RECEIVER, at=FIRST) for part in (1, 2)]
    cells = [read_rows(file.read(), "xlsx")[1:] for _, file in files]
    assert [len(rows) for rows in cells] == [3, 2] and len({row[1] for rows in cells for row in rows}) == 5
    assert [name for name, _ in files] == [f"batch-{batch.pk}-nobody-{part}.xlsx" for part in (1, 2)]
    page = first
    while True:
        shown += [row["name"] for row in page.rows]
        if not page.after:
            break
        page = matching.rows_of_nobody(batch.pk, after=page.after, actor=RECEIVER, at=FIRST)
    assert sorted(shown) == sorted(f"赵四{'海江河湖山'[n]}" for n in range(5))
    assert not any(number(70 + n) in str(first.rows) for n in range(5))
    assert JournalEntry.objects.filter(event="LIST_ROWS_VIEWED").count() == 3
    with pytest.raises(access.NotAllowed):
        matching.rows_of_nobody(batch.pk, actor=Actor("x", Role.TOWN_CLERK, "500112500112015"), at=FIRST)


def used() -> int:
    """How many files the operator has fetched today."""
    return LookCount.objects.filter(account="zhang", budget=Budget.DOWNLOADS).aggregate(n=Sum("in_day"))["n"] or 0


def read_rows(content: bytes, form: str) -> list[list[str]]:
    if form == "xlsx":
        return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return [[cell.strip() for cell in row] for row in csv.reader(content.decode("utf-8-sig").splitlines())]


def test_the_page_of_the_delivery_says_where_the_rows_went(
    register: Register, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(5))
    batch = register.accept([died(1, town(1)[0]["姓名"]), died(77, "赵四海")], source="deaths")
    register.run()
    account("zhang", Role.MUNICIPAL_OPERATOR, "50")
    client.force_login(Account.objects.get(name="zhang"), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[FACTOR_PASSED] = True
    session.save()

    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert "名单上的人" in page and "登记库中无此人" in page and f"/batches/{batch.pk}/nobody/" in page
    assert "与该来源现有的行数相符" in page
    Batch.objects.filter(pk=batch.pk).update(state_rows=3)
    assert "与该来源现有的行数不符" in client.get(f"/batches/{batch.pk}/").content.decode()
    rows = client.get(f"/batches/{batch.pk}/nobody/").content.decode()
    assert "赵四海" in rows and number(77) not in rows
    assert "共 1 行" in rows and "死亡日期" in rows
    assert f"/batches/{batch.pk}/nobody/file/" in rows
    for most, form in ((20_000, "xlsx"), (0, "csv")):
        monkeypatch.setattr(nobody_file, "MOST_IN_A_BOOK", most)
        before = used()
        answer = client.get(f"/batches/{batch.pk}/nobody/file/")
        assert answer.status_code == 200 and f"batch-{batch.pk}-nobody.{form}" in answer["Content-Disposition"]
        cells = read_rows(b"".join(answer.streaming_content), form)
        assert ["死亡日期" in cells[0], "赵四海" in cells[1], number(77) in cells[1], len(cells)] == [
            True,
            True,
            True,
            2,
        ]
        assert used() == before + 1 and not list((Path(settings.CANBAO_HOME) / "tmp").glob("nobody-*"))
    assert client.get(f"/batches/{batch.pk}/nobody/file/?part=2").status_code == 404, "they are one file"
    assert JournalEntry.objects.filter(event="DELIVERY_ERRORS_DOWNLOADED").count() == 2
    narrowed = client.get(f"/batches/{batch.pk}/nobody/?wanted=四海").content.decode()
    assert "赵四海" in narrowed
    missed = client.get(f"/batches/{batch.pk}/nobody/?wanted=李逵").content.decode()
    assert "赵四海" not in missed and "没有找到" in missed


def test_the_figures_of_a_delta_are_those_of_the_whole_list_and_stand_with_the_newest_batch(
    register: Register, client: Client
) -> None:
    """Three figures that add up to the list are not said to add up to the fewer rows of the delta."""
    register.accept(town(5))
    first = register.accept([died(1, town(1)[0]["姓名"]), died(77, "赵四海")], source="deaths")
    delta = register.accept([died(78, "赵四江") | {"变更标志": "I"}], source="deaths", kind="delta")
    register.run()
    account("zhang", Role.MUNICIPAL_OPERATOR, "50")
    client.force_login(Account.objects.get(name="zhang"), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[FACTOR_PASSED] = True
    session.save()

    page = client.get(f"/batches/{delta.pk}/").content.decode()
    assert "与该来源现有的行数相符" in page and page.count("与收到的行数相符") == 1
    earlier = client.get(f"/batches/{first.pk}/").content.decode()
    assert f'href="/batches/{delta.pk}/#outcomes"' in earlier and 'id="outcomes"' not in earlier
