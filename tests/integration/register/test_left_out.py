"""One row that the register cannot hold never stops the city: it is left out and told by source, row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

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


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("case when record_key = 'P000003' then repeat('9', 77) else phone end as phone", ("phone", "TOO_LONG", False)),
        ("case when record_key = 'P000003' then 'a' || chr(0) else address end as address", ("户籍地址", "UNWRITABLE", False)),
        ("case when record_key = 'P000003' then repeat('王', 200) else name end as name", ("姓名", "TOO_LONG", True)),
        ("case when record_key = 'P000003' then date '20000-01-01' else status_on end as status_on", ("状态日期", "OUT_OF_RANGE", False)),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_left_out_and_told(register: Register, what: str, told: tuple[Any, ...]) -> None:
    register.accept(town(6))
    spoil(register, "police", what)

    run = register.run().run

    assert run.state == RunState.APPLIED
    (one,) = run.counts["left_out"]["shown"]
    assert (one["column"], one["reason"], one["is_row_out"]) == told
    assert (one["source"], one["file"], one["row"]) == ("police", "police_01.csv", 4)
    assert Person.objects.count() == (5 if told[2] else 6)
    assert not told[2] or not Person.objects.filter(doc_number=number(3)).exists()


@pytest.mark.parametrize("name", ["repeat('装', 120)", "repeat('㍿', 60)"])
def test_a_name_of_any_length_has_a_key_that_can_be_written(register: Register, name: str) -> None:
    register.accept(town(6))
    spoil(register, "police", f"case when record_key = 'P000003' then {name} else name end as name")
    register.run()
    who = register.person(number(3))
    assert who.name_sound is None and 0 < len(who.name_key) <= 128


def test_a_sound_city_leaves_nothing_out(register: Register) -> None:
    register.accept(town(6))
    assert register.run().run.counts["left_out"] == {}


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
