"""Templates that departments fill in: every source, both kinds, understood when they come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from canbao.bulk.sources import source_map, sources
from canbao.bulk.sources.advice import unexplained
from canbao.bulk.sources.headers import resolve
from canbao.outside.sheets import workbook
from canbao.services import intake
from tests.integration.intake.builders import RECEIVER, Desk, counts


@pytest.mark.parametrize("kind", ["full", "delta"])
def test_every_heading_of_a_template_is_understood(tmp_path: Path, kind: str) -> None:
    for source in sorted(sources()):
        intake.write_template(tmp_path / "t.xlsx", source, kind, actor=RECEIVER)
        (header,) = CalamineWorkbook.from_path(str(tmp_path / "t.xlsx")).get_sheet_by_index(0).to_python()
        found = resolve(header, columns=source_map(source), kind=kind)
        assert not found.unknown and (found.op is not None) == (kind == "delta")
        assert set(found.positions) == {column.code for column in source_map(source).columns}


def test_a_filled_template_is_received(desk: Desk, tmp_path: Path) -> None:
    given = {
        "户籍人员编号": "0012", "公民身份号码": "500901199001010026", "姓名": "张三", "性别": "2", "出生日期": "1990-01-01",
        "户籍区划": "500112015", "户籍状态": "正常", "变更标志": "I",
    }  # fmt: skip
    items = intake.template_items("police", "delta", actor=RECEIVER)
    with workbook(tmp_path / "filled.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [item.heading for item in items])
        sheet.write_row(1, 0, [given.get(item.heading, "") for item in items])
    receipt = desk.receive(tmp_path / "filled.xlsx", source="police", kind="delta", as_of="2026-10-31")
    assert counts(receipt.batch) == {"accepted": 1, "new": 1}


def test_codes_are_told_as_they_may_be_written(tmp_path: Path) -> None:
    told = {item.heading: item for item in intake.template_items("police", "full", actor=RECEIVER)}
    assert (
        told["性别"].how.startswith("填代码或名称：0 未知的性别、1 男性、2 女性")
        and told["性别"].must == "必须有此列，每行必填"
    )
    assert "AAC006" in told["出生日期"].others
    assert intake.template_key("police") == "“户籍人员编号”（没有的，凭“公民身份号码”）"


@pytest.mark.parametrize(("source", "kind"), [("nobody", "full"), ("police", "weekly")])
def test_what_there_is_no_template_of(tmp_path: Path, source: str, kind: str) -> None:
    with pytest.raises(intake.NoSuchTemplateError):
        intake.write_template(tmp_path / "t.xlsx", source, kind, actor=RECEIVER)


def test_every_problem_says_what_to_do() -> None:
    assert unexplained() == frozenset()
