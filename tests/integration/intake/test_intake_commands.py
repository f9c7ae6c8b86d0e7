"""The commands: what a script can rely on."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from canbao.cli.main import run
from tests.integration.intake.builders import Desk, people, police


class OpenHouse:
    """The test's database is up already."""

    def __init__(self, home: Path) -> None:
        self.home = home

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
    assert canbao(desk, "errors", numbers[0]) == 0 and Path(capsys.readouterr().out.strip()).is_file()
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
    assert canbao(desk, "receive", str(desk.folder), "--as", "zhang", "--json") == 0
    number = str(json.loads(capsys.readouterr().out)["received"][0]["batch"])
    assert canbao(desk, "commit", number, "--as", "li") == 4
    assert canbao(desk, "approve", number, "--as", "zhang", "--reason", "好") == 4
    assert canbao(desk, "approve", number, "--as", "li", "--reason", "好") == 0
    assert canbao(desk, "approve", number, "--as", "wang", "--reason", "好") == 0
    assert canbao(desk, "commit", number, "--as", "li") == 0


def test_a_corrected_error_file_comes_back_with_one_command(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.deliver([*people(30), police(31, 性别="男的"), police(32, 出生日期="1990")])
    assert canbao(desk, "receive", str(desk.folder), "--as", "zhang", "--json") == 0
    number = str(json.loads(capsys.readouterr().out)["received"][0]["batch"])
    assert canbao(desk, "commit", number, "--as", "li") == 0 and "canbao match run" in capsys.readouterr().err
    assert canbao(desk, "errors", number) == 0
    said = capsys.readouterr()
    options = said.err.split("更正后的文件")[1].split()
    text = Path(said.out.strip()).read_text("utf-8-sig")
    corrected = desk.folder / "police_01_errors.csv"
    corrected.write_text(text.replace("男的", "1"), encoding="gb18030")  # as a spreadsheet saves it; one row left wrong

    assert canbao(desk, "receive", str(corrected), *options, "--as", "zhang", "--json") == 0

    row = json.loads(capsys.readouterr().out)["received"][0]
    assert (row["status"], row["new"], row["quarantined"]) == ("PREPARED", 1, 1)
    assert canbao(desk, "errors", str(row["batch"])) == 0
    assert "第 3 行" in Path(capsys.readouterr().out.strip()).read_text("utf-8-sig")
