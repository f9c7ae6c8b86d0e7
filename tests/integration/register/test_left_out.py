"""One row that the register cannot hold never stops the city: it is left out and told by source, row and column."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from canbao.bulk.comparison import is_examined
from canbao.services import matching
from canbao.services.matching import running
from canbao.store.models import MatchRun, Person, RunState, SourceState
from tests.integration.register.conftest import SECOND, THIRD, Register, employed, number, town

pytestmark = pytest.mark.django_db(transaction=True)


def spoil(register: Register, source: str, what: str) -> None:
    """An accepted state as an earlier version of the intake may have let it through."""
    path = register.desk.home / SourceState.objects.get(pk=source).path
    copy = Path(f"{path}.new")
    duckdb.sql(f"copy (select * replace ({what}) from '{path}') to '{copy}' (format parquet)")
    copy.replace(path)


def of(serial: int, value: str, column: str) -> str:
    return f"case when record_key = 'P{serial:06d}' then {value} else {column} end as {column}"


def test_what_cannot_be_written_is_left_out_and_told(register: Register) -> None:
    register.accept(town(9))
    spoil(register, "police", ", ".join([
        of(2, "repeat('9', 77)", "phone"), of(3, "'a' || chr(0)", "address"), of(5, "date '20000-01-01'", "status_on"),
        "case record_key when 'P000004' then repeat('王', 200) when 'P000006' then repeat('装', 120)"
        " when 'P000007' then repeat('㍿', 60) else name end as name",
    ]))  # fmt: skip

    run = register.run().run

    assert run.state == RunState.APPLIED and run.counts["left_out"]["rows"] == 4
    told = {one["row"]: (one["column"], one["reason"], one["is_row_out"]) for one in run.counts["left_out"]["shown"]}
    assert told == {
        3: ("phone", "TOO_LONG", False), 4: ("户籍地址", "UNWRITABLE", False), 5: ("姓名", "TOO_LONG", True),
        6: ("状态日期", "OUT_OF_RANGE", False),
    }  # fmt: skip
    assert {(one["source"], one["file"]) for one in run.counts["left_out"]["shown"]} == {("police", "police_01.csv")}
    assert Person.objects.count() == 8 and not Person.objects.filter(doc_number=number(4)).exists()
    for long in map(register.person, (number(6), number(7))):  # a name of any length has a key that can be written
        assert long.name_sound is None and 0 < len(long.name_key) <= 128


def test_a_sound_city_leaves_nothing_out_and_is_not_examined_again(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(6))
    register.accept([town(7)[6] | {"op": "I"}], kind="delta")
    monkeypatch.setattr("canbao.services.matching.unfit.leave_out", lambda *_, **__: pytest.fail("examined again"))
    assert register.run().run.counts["left_out"] == {}


def test_a_state_of_an_earlier_table_of_columns_is_examined_until_all_of_it_came_anew(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canbao.bulk.profiling.VERSION", "earlier")
    register.accept(town(6))
    monkeypatch.undo()
    register.accept([town(7)[6] | {"op": "I"}], kind="delta")
    state = register.desk.home / SourceState.objects.get(pk="police").path
    assert not is_examined(state) and len(pq.read_table(state)) == 7


def overlook(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nobody had foreseen what is wrong: the states are taken as they are."""
    monkeypatch.setattr("canbao.services.matching.unfit.is_examined", lambda path: True)


def test_a_row_that_the_database_refuses_is_left_out_and_the_others_are_written(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(40))
    register.accept(employed(town(40)), source="employee")
    spoil(
        register,
        "police",
        ", ".join([of(3, "repeat('七', 400)", "address"), of(17, "repeat('H1', 40)", "household_no")]),
    )
    spoil(register, "employee", "case when person_no = '10000005' then repeat('5', 50) else person_no end as person_no")
    overlook(monkeypatch)

    run = register.run().run

    shown = sorted(
        (told["source"], told["row"], told["column"], told["reason"]) for told in run.counts["left_out"]["shown"]
    )
    assert shown == [
        ("employee", 6, "AAC001 个人编号", "REFUSED"), ("police", 4, "户籍地址", "REFUSED"), ("police", 18, "户号", "REFUSED"),
    ]  # fmt: skip
    assert run.state == RunState.APPLIED and run.counts["left_out"]["rows"] == 3 and Person.objects.count() == 40
    assert register.person(number(3)).hukou_address is None and register.person(number(4)).hukou_address
    assert MatchRun.objects.count() == 1


def test_changes_that_the_database_refuses_are_left_out_as_well(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(20))
    register.run()
    moved = [row | ({"户籍地址": "重庆市渝北区新路1号"} if n in (2, 3) else {}) for n, row in enumerate(town(20), 1)]
    register.accept(moved, as_of="2026-11-05")
    spoil(register, "police", of(3, "repeat('七', 400)", "address"))
    overlook(monkeypatch)

    run = register.run(SECOND).run

    assert [told["row"] for told in run.counts["left_out"]["shown"]] == [4]
    assert register.person(number(2)).hukou_address == "重庆市渝北区新路1号"


def test_a_person_whose_rows_are_refused_without_a_column_stays_as_he_was(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of him is written and nothing ends; the next run that can writes what came meanwhile, under the same id."""
    register.accept(town(20))
    register.run()
    before = register.person(number(3))
    moved = [row | ({"户籍地址": "重庆市渝北区新路1号"} if n in (2, 3) else {}) for n, row in enumerate(town(21), 1)]
    register.accept(moved, as_of="2026-11-05")
    spoil(
        register,
        "police",
        "case when record_key in ('P000003', 'P000021') then repeat('王', 200) else name end as name",
    )
    overlook(monkeypatch)

    run = register.run(SECOND).run

    told = {
        (told["source"], told["row"], told["reason"], told["is_row_out"]) for told in run.counts["left_out"]["shown"]
    }
    assert told == {("police", 4, "PERSON_REFUSED", True), ("police", 22, "PERSON_REFUSED", True)}
    assert register.person(number(2)).hukou_address == "重庆市渝北区新路1号"
    assert register.person(number(3)).hukou_address == before.hukou_address and not run.counts["ended"]["person"]
    assert not Person.objects.filter(doc_number=number(21)).exists()

    register.accept(moved + town(22)[21:], as_of="2026-11-06")
    spoil(register, "police", "case when length(name) = 200 then '王明明' else name end as name")
    assert register.run(THIRD).run.counts["left_out"] == {}
    assert (
        register.person(number(3)).hukou_address == "重庆市渝北区新路1号" and register.person(number(3)).pk == before.pk
    )
    assert register.person(number(21)).name == "王明明"


def test_a_fault_that_no_row_explains_stops_the_run_and_says_where(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(6))
    spoil(register, "police", of(3, "repeat('七', 400)", "address"))
    overlook(monkeypatch)
    for found in ("records_of", "refused_whole"):
        monkeypatch.setattr(running, found, lambda *_, **__: [])

    with pytest.raises(matching.RunFaultError) as fault:
        register.run(SECOND)

    assert fault.value.where == "写入人员，项目“户籍地址”"
    assert "七" not in str(fault.value) and "七" not in str(fault.value.row) and fault.value.__cause__ is None
    assert MatchRun.objects.get().state == RunState.FAILED and not Person.objects.exists()
