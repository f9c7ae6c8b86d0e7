"""From accepted states to the register: all accounted for, repeated without effect, reversed without trace."""

from __future__ import annotations

from types import SimpleNamespace

import duckdb
import pytest

from canbao.services import matching, registry
from canbao.services.matching import running
from canbao.store.models import Enrolment, Household, MatchCase, MatchRun, Person, RunState
from tests.integration.intake.builders import RECEIVER
from tests.integration.register.conftest import SECOND, THIRD, Register, employed, number, town

pytestmark = pytest.mark.django_db(transaction=True)


def links(register: Register, run: MatchRun) -> list[tuple[str, str, int, str, str]]:
    path = register.desk.home / run.folder / "links.parquet"
    return duckdb.sql(
        f"select source, record_key, person_id, rule, band from '{path}' order by source, record_key"
    ).fetchall()


def test_every_accepted_record_has_one_person_and_one_reason(register: Register) -> None:
    people = town()
    register.accept(people)
    register.accept(employed(people[:20]), source="employee")

    run = register.run().run

    found = links(register, run)
    assert len(found) == 50 == len({(source, key) for source, key, *_ in found})
    assert {(rule, band) for *_, rule, band in found} == {("SAME_NUMBER", "exact"), ("NO_PARTNER", "alone")}
    assert Person.objects.count() == 30
    assert Enrolment.objects.count() == 20


def test_the_same_inputs_make_no_second_run(register: Register) -> None:
    register.accept(town())
    first = register.run()

    again = register.run(SECOND)

    assert again.repeated
    assert first.run.applied_at and first.run.applied_at > first.run.started_at
    assert again.run.pk == first.run.pk
    assert MatchRun.objects.count() == 1


def test_what_fails_once_a_run_is_applied_leaves_it_its_folder(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(3))
    with monkeypatch.context() as patch:
        patch.setattr(running, "TABLES", (SimpleNamespace(name="no_such_table"),))
        with pytest.raises(FileNotFoundError):
            register.run()

    applied = MatchRun.objects.get()
    assert applied.state == RunState.APPLIED and len(links(register, applied)) == 3
    register.accept(town(4), as_of="2026-11-11")
    assert register.run(SECOND).run.counts["new"]["person"] == 1


def test_a_household_number_that_many_fill_in_is_no_household(register: Register) -> None:
    filled = ("99999999", "1", "500113000000000", "5009990001")
    register.accept([row | {"户号": filled[n % 4]} for n, row in enumerate(town(8))])
    register.run()

    assert set(Person.objects.values_list("household_no", flat=True)) == {None, "5009990001"}
    assert list(Household.objects.values_list("household_no", "members")) == [("5009990001", 2)]


def test_without_anything_committed_there_is_nothing_to_match(register: Register) -> None:
    with pytest.raises(matching.NothingToMatch):
        register.run()


def test_a_delta_changes_only_its_people(register: Register) -> None:
    people = town()
    register.accept(people)
    register.run()
    before = dict(Person.objects.values_list("doc_number", "version"))

    moved = people[3] | {"户籍地址": "重庆市渝北区解放路9号", "op": "U"}
    report = register_delta(register, [moved])

    after = dict(Person.objects.values_list("doc_number", "version"))
    assert {n for n in after if after[n] != before[n]} == {number(4)}
    assert report.written is not None
    assert report.written.changed["person"] == 1
    assert report.written.new["person"] == 0


def register_delta(register: Register, rows: list[dict[str, str]]) -> matching.RunReport:
    register.accept(rows, kind="delta", as_of="2026-11-09")
    return register.run(SECOND)


def test_reversing_a_batch_gives_back_the_register_it_found(register: Register) -> None:
    people = town()
    register.accept(people)
    register.accept(employed(people[:20]), source="employee")
    first = register.run().run
    digest, cases = registry.digest(), open_cases()
    batch = register.accept(
        [
            people[3] | {"姓名": "完全另名", "op": "U"},
            people[4] | {"op": "D"},
            town(31)[30] | {"op": "I"},
        ],
        kind="delta",
        as_of="2026-11-09",
    )
    register.run(SECOND)
    assert registry.digest() != digest
    assert open_cases() != cases  # one number, two names

    register.reverse(batch, THIRD)

    assert registry.digest() == digest
    assert open_cases() == cases
    assert MatchRun.objects.get(state=RunState.APPLIED).pk == first.pk


def open_cases() -> list[tuple[str, str]]:
    return sorted(MatchCase.objects.filter(state="OPEN").values_list("kind", "subject"))


def test_one_of_two_batches_of_a_run_can_be_reversed_and_the_other_stays(register: Register) -> None:
    people = town()
    register.accept(people)
    register.accept(employed(people[:20]), source="employee")
    register.run()
    police = register.accept([people[3] | {"姓名": "另名", "op": "U"}], kind="delta", as_of="2026-11-09")
    insured = employed(people[:20])[5] | {"AAC008": "2", "op": "U"}
    register.accept([insured], source="employee", kind="delta", as_of="2026-11-09")
    register.run(SECOND)

    register.reverse(police, THIRD)

    assert register.person(number(4)).name == people[3]["姓名"]
    assert Enrolment.objects.get(record_key=insured["AAC001"] + "110").state == "INTERRUPTED"


def test_reversing_the_first_batch_empties_the_register(register: Register) -> None:
    batch = register.accept(town())
    register.run()

    with pytest.raises(matching.NothingToMatch):
        register.reverse(batch, SECOND)

    assert Person.objects.count() == 0
    assert registry.digest() == empty_digest(register)


def empty_digest(register: Register) -> str:
    Person.objects.all().delete()
    return registry.digest()


def test_a_person_keeps_its_id_over_runs_and_returns_to_it(register: Register) -> None:
    people = town()
    register.accept(people)
    register.run()
    ids = dict(Person.objects.values_list("doc_number", "id"))

    register_delta(register, [people[2] | {"op": "D"}])
    register.accept([people[2] | {"op": "I"}], kind="delta", as_of="2026-11-12")
    register.run(THIRD)

    assert dict(Person.objects.values_list("doc_number", "id")) == ids


def test_a_decision_merges_at_once_binds_later_runs_and_can_be_undone(register: Register) -> None:
    people = town()
    alike = people[7] | {"户籍人员编号": "P000099", "公民身份号码": number(99)}
    register.accept([*people, alike])
    unnumbered = {
        "居民编号": "H1", "证件号码": "", "姓名": alike["姓名"], "性别": "1", "出生日期": "19900101",
        "居住区划": "500112015", "居住类型": "常住",
    }  # fmt: skip
    register.accept([unnumbered], source="health")
    register.run()
    cases = MatchCase.objects.filter(kind="POSSIBLE_SAME")
    assert cases.count() >= 2  # it may be either of the two
    case = next(case for case in cases if register.person(number(8)).pk in case.person_ids)
    digest = registry.digest()

    matching.decide(case.pk, same=True, reason="户口簿", on=SECOND.date(), actor=RECEIVER, at=SECOND)
    assert Person.objects.count() == 31
    matching.undo(case.pk, on=SECOND.date(), actor=RECEIVER, at=SECOND.replace(hour=3))
    assert registry.digest() == digest

    matching.decide(case.pk, same=True, reason="户口簿", on=THIRD.date(), actor=RECEIVER, at=THIRD)
    register.run(THIRD.replace(hour=5))
    owner = {key: person for _, key, person, *_ in links(register, MatchRun.objects.latest("id"))}
    assert owner["H1"] == owner["P000008"] != owner["P000099"]
    assert Person.objects.count() == 31


def test_a_record_whose_birth_and_sex_are_both_against_its_number_is_for_a_clerk(register: Register) -> None:
    """One of the two may be mistyped; both make it likelier that the number is somebody else's. The records stay together."""
    people = town(4)
    register.accept(people)
    rows = employed(people)
    rows[0] |= {"AAC006": "19720315", "AAC004": "2" if number(1)[16] in "13579" else "1"}
    rows[1] |= {"AAC006": "19720315", "AAC004": "1" if number(2)[16] in "13579" else "2"}
    rows[2] |= {"AAC006": "19900102", "AAC004": "2" if number(3)[16] in "13579" else "1"}
    for row in rows[3:]:
        row |= {"AAC006": "", "AAC004": ""}
    register.accept(rows, source="employee")

    register.run()

    (case,) = MatchCase.objects.filter(kind="OTHER_FACTS")
    assert case.person_ids == [register.person(number(1)).pk] and Person.objects.count() == 4
    assert case.record_keys[0].startswith("employee:") and case.record_keys[1:] == ["police:P000001"]
    assert "1条记录的出生日期和性别都与号码不符" in case.reason
