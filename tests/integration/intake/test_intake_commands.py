"""The commands: what a script can rely on."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from canbao.cli.main import run
from tests.integration.intake.builders import Desk, people, police, text_of


class OpenHouse:
    """The test's database is up already."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def is_made(self) -> bool:
        return True

    def is_practice(self) -> bool:
        return True

    def load_django(self) -> None: ...

    def start_database(self) -> None: ...

    def is_initialised(self) -> bool:
        return True

    def initialise(self, *, at: datetime) -> None: ...


def canbao(desk: Desk, *args: str) -> int:
    return run(OpenHouse(desk.home), ["intake", *args])


def test_from_receive_to_reverse(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        desk.deliver([*people(20), police(21, 性别="男的")], as_of=f"2026-{9 + number}-01")
    everything = str(desk.folder)
    assert canbao(desk, "receive", everything, "--as", "zhang", "--json") == 0
    received = json.loads(capsys.readouterr().out)["received"]
    assert [row["quarantined"] for row in received] == [1, 1]
    numbers = [str(row["batch"]) for row in received]
    assert canbao(desk, "preview", numbers[0]) == 0 and "悦来" not in capsys.readouterr().out
    assert canbao(desk, "errors", numbers[0]) == 0 and all(
        map(Path.is_file, map(Path, capsys.readouterr().out.split()))
    )
    assert canbao(desk, "commit", "--all", "--as", "zhang") == 4
    assert canbao(desk, "commit", "--all", "--as", "li") == 0
    assert canbao(desk, "receive", everything, "--as", "zhang") == 0 and "没有改变" in capsys.readouterr().err
    assert canbao(desk, "reverse", numbers[0], "--as", "li", "--reason", "错") == 4
    assert canbao(desk, "reverse", numbers[1], "--as", "li", "--reason", "错") == 0
    assert canbao(desk, "preview", "999999") == 2
    capsys.readouterr()
    assert canbao(desk, "list", "--json") == 0
    assert [row["status"] for row in json.loads(capsys.readouterr().out)] == ["COMMITTED", "REVERSED"]


def test_one_refused_delivery_does_not_stop_the_others(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.deliver(people(3), rows=4)
    desk.deliver(people(3), source="tax")
    desk.deliver(people(4))
    assert canbao(desk, "receive", str(desk.folder), "--as", "zhang", "--json") == 3
    result = json.loads(capsys.readouterr().out)
    assert [row["rows"] for row in result["received"]] == [4]
    assert sorted(refusal["code"] for refusal in result["refused"]) == ["MANIFEST:ROWS", "MANIFEST:SOURCE"]


def test_a_held_batch_needs_two_approvals(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.deliver(people(30, 性别="5"))
    assert canbao(desk, "receive", str(desk.folder), "--as", "zhang", "--json") == 4
    number = str(json.loads(capsys.readouterr().out)["received"][0]["batch"])
    assert canbao(desk, "commit", number, "--as", "li") == 4
    assert canbao(desk, "commit", "--all", "--as", "li") == 4
    assert canbao(desk, "approve", number, "--as", "zhang", "--reason", "好") == 4
    assert canbao(desk, "approve", number, "--as", "li", "--reason", "好") == 0
    assert canbao(desk, "approve", number, "--as", "wang", "--reason", "好") == 0
    capsys.readouterr()
    assert canbao(desk, "preview", number) == 0
    told = capsys.readouterr().err
    assert "曾被拦截" in told and "li、wang 放行" in told and "已被拦截" not in told
    assert canbao(desk, "commit", number, "--as", "li") == 4 and "第一放行人" in capsys.readouterr().err
    assert canbao(desk, "commit", number, "--as", "wang") == 0


def test_what_was_received_before_says_where_it_stands(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(desk.deliver(people(3)))
    canbao(desk, "receive", folder, "--as", "zhang")
    capsys.readouterr()
    assert canbao(desk, "receive", folder, "--as", "zhang") == 0 and "待提交" in capsys.readouterr().err
    assert canbao(desk, "commit", "--all", "--as", "li") == 0
    assert canbao(desk, "receive", folder, "--as", "zhang") == 0 and "已提交,不必再办" in capsys.readouterr().err


def test_receive_says_what_it_replaces_and_what_it_leaves(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    canbao(desk, "receive", str(desk.deliver(people(3))), "--as", "zhang", "--json")
    first = json.loads(capsys.readouterr().out)["received"][0]["batch"]
    folder = desk.deliver(people(4))
    (folder / "police_99.csv").write_text(text_of(people(2)), encoding="utf-8")
    assert canbao(desk, "receive", str(folder), "--as", "zhang") == 0
    told = capsys.readouterr().err
    assert f"批次 {first} 是同一来源" in told and "police_99.csv 不在清单里" in told


def test_a_commit_tells_its_figures_and_stops_when_more_would_end(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for rows, day in ((people(60), "2026-10-01"), (people(59), "2026-11-01")):
        canbao(desk, "receive", str(desk.deliver(rows, as_of=day)), "--as", "zhang")
    capsys.readouterr()
    assert canbao(desk, "commit", "--all", "--as", "li") == 4
    told = capsys.readouterr().err
    assert "新增 60、变动 0、终止 0" in told and "新增 0、变动 0、终止 1,而预览时是新增 59、变动 0、终止 0" in told
    assert len(desk.state()) == 60
    assert canbao(desk, "commit", "--all", "--as", "li") == 0 and len(desk.state()) == 59


def test_refused_announcements_are_listed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.deliver(people(3), source="tax")
    (desk.deliver(people(3)) / "police_01.csv").unlink()
    (desk.deliver(people(3)) / "manifest.json").write_text('{"source": "police",', encoding="utf-8")
    assert canbao(desk, "receive", str(desk.folder), str(desk.folder / "没有"), "--as", "zhang") == 3
    told = capsys.readouterr().err
    assert "Expecting" not in told and "这个文件或文件夹" in told
    assert canbao(desk, "list") == 0 and "tax" in capsys.readouterr().out
    assert canbao(desk, "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert sorted((row["source"], row["status"]) for row in rows) == [("police", "REFUSED"), ("tax", "REFUSED")]


def test_a_corrected_error_file_comes_back_with_one_command(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.deliver([*people(30), police(31, 性别="男的"), police(32, 出生日期="1990")])
    assert canbao(desk, "receive", str(desk.folder), "--as", "zhang", "--json") == 0
    number = str(json.loads(capsys.readouterr().out)["received"][0]["batch"])
    assert canbao(desk, "commit", number, "--as", "li") == 0 and "canbao match run" in capsys.readouterr().err
    assert canbao(desk, "errors", number) == 0
    said = capsys.readouterr()
    options = said.err.split("更正后的文件")[1].split()
    text = Path(said.out.split()[1]).read_text("utf-8-sig")
    corrected = desk.folder / "police_01_errors.csv"
    corrected.write_text(text.replace("男的", "1"), encoding="gb18030")  # as a spreadsheet saves it; one row left wrong

    assert canbao(desk, "receive", str(corrected), *options, "--as", "zhang", "--json") == 0

    row = json.loads(capsys.readouterr().out)["received"][0]
    assert (row["status"], row["new"], row["quarantined"]) == ("PREPARED", 1, 1)
    assert canbao(desk, "errors", str(row["batch"])) == 0
    assert "第 3 行" in Path(capsys.readouterr().out.split()[1]).read_text("utf-8-sig")
