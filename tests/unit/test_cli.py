"""The command line as a clerk meets it: Chinese words, plain sentences, exit codes."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from canbao.cli import main
from canbao.cli.context import acts_as
from canbao.cli.output import BUSY, REFUSED_BY_RULE, REFUSED_INPUT, Stop, explain, print_json, print_table, progress
from canbao.cli.serve import check_host
from canbao.cli.words import basis_in_words, in_words, office_in_words
from canbao.rules.budgets import Budget
from canbao.rules.roles import Actor, Role
from canbao.services import audit


class House:
    """Stands in for the roof; raises what it is told to when a command is looked up."""

    def __init__(self, home: Path, *, error: BaseException | None = None) -> None:
        self.home = home
        self.error = error

    def is_made(self) -> bool:
        return True

    def is_practice(self) -> bool:
        return False

    def load_django(self) -> None:
        if self.error:
            raise self.error

    def start_database(self) -> None: ...

    def is_initialised(self) -> bool:
        return True

    def initialise(self, *, at: datetime) -> None: ...


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "已中断"),
        (Stop("文件不完整。", code=REFUSED_INPUT), 3, "文件不完整。"),
        (Stop("正忙。", code=BUSY), 5, "正忙。"),
        (click.UsageError("x"), 2, "命令用法有误"),
        (ZeroDivisionError("number 17 of Li Si"), 1, "程序内部错误"),
    ],
)
def test_each_kind_of_end_has_its_exit_code(
    error: BaseException, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(House(tmp_path, error=error), ["status"]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_the_log_of_a_bug_says_where_and_nothing_about_whom(tmp_path: Path) -> None:
    main.run(House(tmp_path, error=ZeroDivisionError("number 17 of Li Si")), ["status"])
    text = (tmp_path / "errors.log").read_text()
    assert "load_django" in text
    assert "Li Si" not in text
    assert (tmp_path / "errors.log").stat().st_mode & 0o777 == 0o600


def test_help_and_usage_are_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(House(tmp_path), ["--help"]) == 0
    assert main.run(House(tmp_path), ["nothing"]) == 2
    captured = capsys.readouterr()
    assert "用法:" in captured.out
    assert "显示本说明" in captured.out
    assert "没有命令 nothing" in captured.err


def test_a_service_error_becomes_a_sentence_and_others_pass() -> None:
    class TooOld(Exception):
        year = 1990

    kinds = {TooOld: (REFUSED_INPUT, lambda error: f"{error.year} 年的数据太旧。")}
    with pytest.raises(Stop, match="1990 年") as stopped, explain(kinds):
        raise TooOld
    assert stopped.value.code == REFUSED_INPUT
    with pytest.raises(KeyError), explain(kinds):
        raise KeyError


def test_rows_are_shown_as_a_table_or_read_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "name": "张三",
        "rows": 12345,
        "on": date(2026, 10, 31),
        "at": datetime(2026, 10, 31, tzinfo=UTC),
        "no": None,
    }
    print_table([row], columns={"name": "姓名", "rows": "行数"})
    assert "12,345" in capsys.readouterr().out
    print_json(row)
    assert json.loads(capsys.readouterr().out) == {
        **row,
        "on": "2026-10-31",
        "at": "2026-10-31T08:00:00+08:00",
    }


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("读取", total=2) as advance:
        advance(1)
    assert capsys.readouterr().err == ""


def test_a_command_acts_in_the_name_given(db: None) -> None:
    seen: list[Actor] = []

    @click.command()
    @acts_as(Role.MUNICIPAL_APPROVER)
    def approve(actor: Actor) -> None:
        seen.append(actor)

    approve.main(["--as", "孙审批"], standalone_mode=False)
    assert seen == [Actor(account="孙审批", role=Role.MUNICIPAL_APPROVER)]


def test_a_budget_that_is_spent_is_a_sentence_and_a_refusal(db: None) -> None:
    at = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)

    @click.command()
    @acts_as(Role.MUNICIPAL_ANALYST)
    def show(actor: Actor) -> None:
        raise audit.BudgetSpentError(Budget.FILES, by_day=False, allowed=150, at=at)

    with pytest.raises(Stop, match="“打开人员档案”的额度（每小时 150 次）已经用完，11月20日 11:00 起恢复。") as stopped:
        show.main([], standalone_mode=False)
    assert stopped.value.code == REFUSED_BY_RULE


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("hukou_status", "MOVED_OUT", "迁出"),
        ("residence", "RESIDENT", "常住"),
        ("hukou_division", "500112015", "两江新区悦来街道（500112015）"),
        ("hukou_division", "110101", "110101"),
        ("doc_type", "no such code", "no such code"),
        ("number_disputed", False, "否"),
        ("phone", None, ""),
    ],
)
def test_codes_are_read_as_words(field: str, value: object, said: str) -> None:
    assert in_words(field, value, on=date(2026, 11, 1)) == said


def test_offices_are_named_from_above_and_acts_of_the_house_by_their_number() -> None:
    assert office_in_words("500102500102012") == "涪陵区社会保险经办机构 · 龙桥街道社会保障服务所"
    assert office_in_words("50") == "重庆市社会保险经办机构"
    assert basis_in_words("run:7") == "第 7 次比对"
    assert basis_in_words("户口簿(第17号)") == "户口簿(第17号)"


def test_a_title_keeps_its_line_above_a_narrow_table(capsys: pytest.CaptureFixture[str]) -> None:
    title = "批次 12 · 公安户籍 · 全量 · 2026-10-31 · 待提交"
    print_table([{"n": 1}], columns={"n": "数"}, title=title)
    assert capsys.readouterr().out.splitlines()[0] == title


@pytest.mark.parametrize(
    ("host", "is_refused"), [("127.0.0.1", False), ("::1", False), ("0.0.0.0", True), ("a.b", True)]
)
def test_nothing_is_served_beyond_this_machine_without_tls(host: str, is_refused: bool, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = None
    with pytest.raises(Stop, match="CANBAO_TLS=1") if is_refused else nullcontext():
        check_host(host)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    check_host(host)
