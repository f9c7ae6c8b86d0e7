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
from tests.integration.register.conftest import SECOND, Register, number, town

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


def test_what_nobody_foresaw_says_where_and_nothing_of_the_cell(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.accept(town(6))
    spoil(register, "police", "case when record_key = 'P000003' then repeat('七', 90) else phone end as phone")
    monkeypatch.setattr(running.unfit, "leave_out_unfit", lambda engine, taken, folder: (taken, {}))
    spoil(register, "police", "case when record_key = 'P000003' then repeat('七', 400) else address end as address")

    with pytest.raises(matching.RunFaultError) as fault:
        register.run(SECOND)

    assert fault.value.where == "写入人员，项目“户籍地址”"
    assert "七" not in str(fault.value) and fault.value.__cause__ is None
    assert MatchRun.objects.get().state == RunState.FAILED and not Person.objects.exists()
