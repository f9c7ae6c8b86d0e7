"""`canbao`: a table of commands, each loaded only when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import click

from canbao.cli.chinese import speak
from canbao.cli.output import BUG, INTERRUPTED, REFUSED_BY_RULE, Stop, say
from canbao.outside import error_log

# They make a home, and only then can Django read its secrets.
MAKERS = frozenset({"init", "demo"})
WITHOUT_HOME = MAKERS | {"doctor"}  # looks at the machine, and at a register where there is one
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("canbao.cli.init:init", "建立正式登记库;加 --practice 建立练习环境(可重复执行)"),
    "demo": ("canbao.cli.demo:demo", "建立练习环境,虚构一座城市,接收各部门数据,建成登记库并报告结果"),
    "serve": ("canbao.cli.serve:serve", "启动网页服务和后台任务进程"),
    "worker": ("canbao.cli.worker:worker", "只启动后台任务进程(serve 会自动启动一个)"),
    "intake": ("canbao.cli.intake:intake", "接收、预览、提交、撤销各部门报送的数据"),
    "match": ("canbao.cli.match:match", "信息比对:运行、说明一条记录为何归到这个人、判定疑点"),
    "village": ("canbao.cli.village:village", "按地址判定人员所属村(社区),列出各镇街的情况"),
    "links": ("canbao.cli.links:links", "导出每条来源记录与登记人员的对应关系"),
    "cases": ("canbao.cli.cases:cases", "列出需要人工判定的疑点,对照查看其中一件"),
    "person": ("canbao.cli.person:person", "查看一名登记人员(可指定日期和当时所知),凭依据更正"),
    "status": ("canbao.cli.status:status", "查看登记库现状"),
    "doctor": ("canbao.cli.doctor:doctor", "检查这台机器能否安全地打开外来文件,登记库的保护是否有效"),
    "account": ("canbao.cli.account:account", "建立首批管理员,列出账号,批准凭据重置"),
    "audit": ("canbao.cli.audit:audit", "封存、核验操作日志"),
}

# Commands of the auditor's own machine: no folder is made there, no database looked for.
WITHOUT_REGISTER = {("audit", "keygen"), ("audit", "sign")}


NOT_MADE = (
    "{home} 里还没有登记库。正式使用请执行 canbao init,练习请执行 canbao init --practice;"
    "登记库在别处的,请设置环境变量 CANBAO_HOME。"
)


class House(Protocol):
    """What the roof lends to the commands: the folder, the database, Django."""

    home: Path

    def is_made(self) -> bool:
        """Whether `init` or `demo` has begun a register in the folder."""

    def is_practice(self) -> bool:
        """Whether the people in it are invented."""

    def make(self, *, practice: bool) -> None:
        """Make the folder and its secrets, of this kind for ever. Raises Stop for an existing one of the other kind."""

    def load_django(self) -> None:
        """Enough to import models; starts nothing."""

    def start_database(self) -> None:
        """The server runs from here to the end of the process."""

    def is_initialised(self) -> bool:
        """Whether the database is as this version of the program needs it."""

    def check_schema(self) -> None:
        """Refuse a database of another version."""

    def keep_database(self) -> None:
        """Start the database anew should it have been killed."""

    def prepare_web(self) -> None:
        """The files that pages are served with."""

    def initialise(self, *, at: datetime) -> None:
        """Make or bring up to date the database and its reference data."""


class LazyGroup(click.Group):
    """Knows the names and one line about each command; imports a command's module when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if tuple(args[:2]) in WITHOUT_REGISTER:
            ctx.meta["canbao.without_register"] = True
            from canbao.cli.signing import audit

            return args[0], audit, args[1:]
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        house: House = ctx.obj
        if cmd_name not in WITHOUT_HOME:
            house.load_django()
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=False, no_args_is_help=True)
@click.version_option(package_name="canbao", prog_name="canbao", help="显示版本。", message="%(prog)s %(version)s")
@click.pass_context
def canbao(ctx: click.Context) -> None:
    """全民参保登记:谁参了保,谁没有参保,为什么。

    登记库的全部数据位于环境变量 CANBAO_HOME 所指的目录。
    """
    if _only_asks_for_help() or not ctx.invoked_subcommand or "canbao.without_register" in ctx.meta:
        return
    house: House = ctx.obj
    if ctx.invoked_subcommand in WITHOUT_HOME or ctx.invoked_subcommand not in COMMANDS:
        return
    if not house.is_made():
        raise Stop(NOT_MADE.format(home=house.home), code=REFUSED_BY_RULE)
    say_kind(house)
    house.start_database()
    if not house.is_initialised():
        how = "canbao init --practice" if house.is_practice() else "canbao init"
        raise Stop(
            f"登记库 {house.home} 还没有建完,或者由另一版本的程序建立。请先备份,再执行 {how}。", code=REFUSED_BY_RULE
        )


def say_kind(house: House) -> None:
    """The first line of every command: nobody takes invented people for real ones."""
    if house.is_practice():
        say(f"练习环境,人员均为虚构:{house.home}")


def run(house: House, args: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    speak()
    try:
        result = canbao.main(args=list(args), prog_name="canbao", obj=house, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (KeyboardInterrupt, click.exceptions.Abort):
        say("已中断。")
        return INTERRUPTED
    except click.ClickException as error:
        _show(error)
        return error.code if isinstance(error, Stop) else error.exit_code
    except Exception as error:
        _report_bug(house.home, error)
        return BUG


def _show(error: click.ClickException) -> None:
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else "canbao"
        say(f"命令用法有误:{error.format_message()}\n用 {where} --help 查看用法。")
    elif isinstance(error, Stop):
        say(error.message)
    else:
        error.show()


def _report_bug(home: Path, error: Exception) -> None:
    """The operator gets the message; the log gets only where it happened, as messages may hold personal data."""
    first_line = (str(error).splitlines() or [""])[0]
    say(f"程序内部错误:{type(error).__name__}: {first_line}")
    log = home / "errors.log"
    try:
        error_log.note(log, error, at=datetime.now(UTC))
        say(f"出错位置已记入 {log}。请把该文件连同所用命令交给维护人员。")
    except OSError:
        say(f"出错位置无法记入 {log}，请检查磁盘空间和目录权限。")


def _only_asks_for_help() -> bool:
    return "--help" in sys.argv
