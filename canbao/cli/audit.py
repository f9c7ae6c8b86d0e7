"""`canbao audit verify|seal|anchor|scan`."""

from __future__ import annotations

import click

from canbao.cli.context import at_the_machine, now
from canbao.cli.output import BUSY, REFUSED_BY_RULE, explain, json_option, print_json, print_table, say
from canbao.rules.roles import Actor, Role
from canbao.services import audit as journal


@click.group()
def audit() -> None:
    """封存、核验操作日志，生成封存凭证，检查异常查询。"""


@audit.command()
def seal() -> None:
    """封存尚未封存的日志。"""
    with explain({journal.JournalBusy: (BUSY, lambda _: "有业务正在写入日志，暂时无法封存。请稍后再试。")}):
        sealed = journal.seal(at=now())
    say(f"本次封存 {sealed.entries} 条。")


@audit.command()
@at_the_machine(Role.AUDIT_ADMINISTRATOR)
def anchor(actor: Actor) -> None:
    """封存日志并生成凭证：留存一份，打印一份签字存档。"""
    at = now()
    with explain({journal.JournalBusy: (BUSY, lambda _: "有业务正在写入日志，暂时无法封存。请稍后再试。")}):
        journal.seal(at=at)
    made = journal.anchor(actor=actor, at=at)
    click.echo(
        "\n".join(
            [
                "全民参保登记操作日志封存凭证",
                f"凭证编号：{made.number}    日期：{made.on:%Y年%m月%d日}",
                f"封存序号：{made.seal}    累计条数：{made.entries}    末条编号：{made.last_id}",
                f"SM3：{made.digest}",
                "审计管理员（签字）：              监督人（签字）：              日期：",
            ]
        )
    )


@audit.command()
def scan() -> None:
    """检查新增日志中的异常查询，产生告警。"""
    say(f"新增告警 {journal.scan(at=now())} 条。")


@audit.command()
@at_the_machine(Role.AUDIT_ADMINISTRATOR)
@click.option("--printed", multiple=True, metavar="SM3", help="纸质凭证上的 SM3 摘要，可多次给出，一并核对。")
@json_option
@click.pass_context
def verify(ctx: click.Context, actor: Actor, printed: tuple[str, ...], as_json: bool) -> None:
    """核验日志自封存以来是否被改动；有问题时逐条指出，退出码为 4。"""
    report = journal.verify(actor=actor, at=now(), printed=printed)
    if as_json:
        print_json(_plain(report))
    else:
        _show(report)
    ctx.exit(REFUSED_BY_RULE if report.findings else 0)


def _plain(report: journal.Report) -> dict[str, object]:
    return {
        "intact": report.intact,
        "seals": report.seals,
        "sealed": report.sealed,
        "unsealed": report.unsealed,
        "anchors": report.anchors,
        "digest": report.digest,
        "findings": [
            {"harm": found.harm.value, "number": found.number, "at": found.at, "says": found.says}
            for found in report.findings
        ],
    }


def _show(report: journal.Report) -> None:
    say(f"已封存 {report.sealed} 条（{report.seals} 次），尚未封存 {report.unsealed} 条。SM3：{report.digest}")
    say(
        f"已与留存的 {report.anchors} 份封存凭证核对。"
        if report.anchors
        else "还没有封存凭证。请每天执行 canbao audit anchor。"
    )
    if not report.findings:
        say("日志完好。")
        return
    rows = [
        {"number": str(found.number or ""), "at": found.at, "harm": found.harm.label, "says": found.says}
        for found in report.findings
    ]
    columns = {"number": "编号", "harm": "问题", "at": "时间", "says": "现在的内容"}
    print_table(rows, columns=columns, title="日志已被改动")
