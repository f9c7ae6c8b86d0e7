"""What a sender calls his columns and files is data: it never becomes part of a statement."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from canbao.outside.files.refusal import DeliveryRefused
from canbao.services import intake
from tests.integration.intake.builders import AT, COMMITTER, Desk, counts, errors_of, people, police, text_of

SECRET = "database-password"
NAMES = {
    "ends the name and begins another statement": (
        "k\" from read_parquet('{file}')) to '{out}/1.csv' (format csv); copy (select content from read_text('{secret}'))"
        " to '{out}/stolen.csv' (format csv); copy (select 1 as \"x"
    ),
    "a name in quotes": '"',
    "quotes inside": "a\"\"b'c''d",
    "a statement": "'; drop table broken_lines; --",
    "a comment": "/* 姓名 --",
    "a place of a template": "{sql} {} %s %(name)s $1 ?",
    "a number of ours": "c1",
    "a name of ours": "file_row_number",
    "another of ours": "row",
}


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "out").mkdir()
    return {
        "file": str(tmp_path / "sent/x.parquet"),
        "secret": str(tmp_path / "secret.txt"),
        "out": str(tmp_path / "out"),
    }


def fill(name: str, told: dict[str, str]) -> str:
    for place, value in told.items():
        name = name.replace("{" + place + "}", value)
    return name


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_column_of_parquet_with_any_name_is_only_a_column(desk: Desk, told: dict[str, str], name: str) -> None:
    columns = pa.Table.from_pylist(people(3)).to_pydict()
    sent = pa.table({fill(name, told): ["一", "二", "三"]} | columns)
    pq.write_table(sent, told["file"])
    with suppress(DeliveryRefused):
        batch = desk.receive(Path(told["file"]), source="police", kind="full", as_of="2026-10-31").batch
        assert counts(batch) == {"accepted": 3, "new": 3}
        intake.commit(batch.pk, actor=COMMITTER, at=AT)
        assert set(desk.state()) == {"P000001", "P000002", "P000003"}
    _nothing_was_done(desk, told)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_column_of_text_with_any_name_comes_back_under_it(desk: Desk, told: dict[str, str], name: str) -> None:
    """The row that is not taken goes back below the sender's own header, whatever that says."""
    name = fill(name, told)
    rows = [police(n) | {name: f"值{n}"} for n in (1, 2)] + [police(3, 出生日期="19900230") | {name: "值3"}]
    header = [f'"{part.replace(chr(34), chr(34) * 2)}"' for part in rows[0]]
    with suppress(DeliveryRefused):
        batch = desk.receive(desk.deliver(text_of(rows, header))).batch
        assert counts(batch) == {"accepted": 2, "new": 2, "quarantined": 1}
        (back,) = errors_of(batch)
        assert back["户籍人员编号"] == "P000003" and "值3" in back.values()
    _nothing_was_done(desk, told)


@pytest.mark.parametrize("name", ["a'b.csv", "a;b.csv", "a'); drop table x; --.csv", '"a".csv'])
def test_a_file_with_any_name_goes_back_under_it(desk: Desk, name: str) -> None:
    batch = desk.receive(desk.deliver([police(1), police(2, 出生日期="19900230")], name=name)).batch
    assert counts(batch) == {"accepted": 1, "new": 1, "quarantined": 1}
    (path,) = intake.error_files(batch.pk)
    assert path.name == f"{name.split('.')[0]}_errors.csv"
    assert [row["户籍人员编号"] for row in errors_of(batch)] == ["P000002"]


def _nothing_was_done(desk: Desk, told: dict[str, str]) -> None:
    assert not list(Path(told["out"]).iterdir())
    for path in desk.home.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()
