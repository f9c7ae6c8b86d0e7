"""What a clerk sees of records and cases: hidden by default, on record always, both sides beside each other."""

from __future__ import annotations

import json

import pytest

from canbao.cli.main import run
from canbao.services import audit, intake, matching, overview, registry
from canbao.store.models import JournalEntry, MatchCase, MatchRun, RunState
from tests.integration.intake.builders import COMMITTER, RECEIVER
from tests.integration.intake.test_intake_commands import OpenHouse
from tests.integration.register.conftest import FIRST, SECOND, THIRD, Register, employed, number, town

pytestmark = pytest.mark.django_db(transaction=True)


def canbao(register: Register, *args: str) -> int:
    return run(OpenHouse(register.desk.home), [*args, "--as", "zhang"])


def doubtful(register: Register) -> MatchCase:
    """A case about two people with different numbers who may be one."""
    people = town()
    alike = people[7] | {"户籍人员编号": "P000099", "公民身份号码": number(99)}
    register.accept([*people, alike])
    unnumbered = {
        "居民编号": "H1", "证件号码": "", "姓名": alike["姓名"], "性别": "1", "出生日期": "19900101",
        "居住区划": "500112015", "居住类型": "常住",
    }  # fmt: skip
    register.accept([unnumbered], source="health")
    register.run()
    return MatchCase.objects.filter(kind="POSSIBLE_SAME").order_by("id")[0]


def views() -> list[str]:
    seen = JournalEntry.objects.filter(event=audit.Event.PERSON_VIEWED)
    return sorted(seen.values_list("target_id", flat=True))


def test_an_explanation_hides_numbers_and_is_on_record(register: Register) -> None:
    register.accept(town())
    register.run()

    hidden = matching.explain("police:P000004", actor=RECEIVER, at=SECOND)
    whole = matching.explain("police:P000004", actor=RECEIVER, at=SECOND, full=True)

    assert "*" in hidden.own[0]["doc_number"] and "*" in hidden.records[0]["address"]
    assert whole.own[0]["doc_number"] == number(4)
    assert views() == [str(hidden.person_id)] * 2


def test_a_case_shows_both_sides_and_how_to_settle_it(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    case = doubtful(register)

    assert canbao(register, "cases", str(case.pk)) == 0

    page = capsys.readouterr()
    assert all(f"人员 {person_id}" in page.out for person_id in case.person_ids)
    assert "支持:" in page.out.replace("：", ":") and "反对" in page.out
    assert "--same" in page.err and "--different" in page.err
    assert "5009" not in page.out.replace("5009**", "")
    assert views() == sorted(map(str, case.person_ids))
    assert canbao(register, "cases", "999999") == 2


def test_an_office_lists_its_own_cases_only(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    case = doubtful(register)
    assert canbao(register, "cases", "--office", case.office_path[:6], "--json") == 0
    assert case.pk in [row["case_id"] for row in json.loads(capsys.readouterr().out)]
    assert canbao(register, "cases", "--office", "500101", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_merged_entry_says_where_it_went(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    case = doubtful(register)
    into, gone = sorted(case.person_ids)
    matching.decide(case.pk, same=True, reason="户口簿", on=FIRST.date(), actor=RECEIVER, at=SECOND)

    assert canbao(register, "person", "show", str(gone)) == 2

    assert f"已并入 人员 {into}" in capsys.readouterr().err
    assert registry.merged_into(gone) == into


def test_status_says_what_the_register_does_not_reflect_yet(register: Register) -> None:
    people = town()
    register.accept(people)
    assert overview.look().unmatched == ["police"]
    register.run()
    assert overview.look().unmatched == []
    register.accept(employed(people[:20]), source="employee")
    assert overview.look().unmatched == ["employee"]


def test_several_batches_are_reversed_at_once(register: Register) -> None:
    people = town()
    register.accept(people)
    register.run()
    digest = registry.digest()
    older = register.accept(employed(people[:20]), source="employee")
    register.run(SECOND)
    newer = register.accept([people[3] | {"户籍地址": "解放路9号", "op": "U"}], kind="delta", as_of="2026-11-09")
    register.run(SECOND.replace(hour=5))

    undone = intake.reverse_many([older.pk, newer.pk], actor=COMMITTER, at=THIRD, reason="报错")

    assert [batch.pk for batch in undone] == [newer.pk, older.pk]
    assert registry.digest() == digest
    assert register.run(THIRD).repeated


def test_of_several_batches_all_are_reversed_or_none(register: Register) -> None:
    people = town()
    below = register.accept(people)
    register.accept([people[3] | {"户籍地址": "解放路9号", "op": "U"}], kind="delta", as_of="2026-11-09")
    other = register.accept(employed(people[:20]), source="employee")

    with pytest.raises(intake.LaterBatchDepends):
        intake.reverse_many([below.pk, other.pk], actor=COMMITTER, at=THIRD, reason="报错")

    other.refresh_from_db()
    assert other.status == "COMMITTED"


def test_a_run_sweeps_what_a_killed_one_left(register: Register) -> None:
    register.accept(town())
    killed = MatchRun.objects.create(
        state=RunState.RUNNING, rule_version="x", engine="x", folder="runs/1", started_by="x", started_at=FIRST
    )
    left = [register.desk.home / "tmp" / f"run-{killed.pk}", register.desk.home / "runs" / "1"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "spill").touch()

    report = register.run()

    killed.refresh_from_db()
    assert killed.state == RunState.FAILED
    assert not any(folder.exists() for folder in left)
    assert set(report.run.counts["seconds"]) >= {"entries", "weighing", "person", "casebook"}
