"""`canbao audit verify|seal`."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from canbao.cli.context import acts_as, now
from canbao.cli.output import BUSY, REFUSED_BY_RULE, explain, json_option, print_json, print_table, say
from canbao.rules.roles import Actor, Role
from canbao.services import audit as journal

HARMS = {
    "CHANGED": "内容被改动",
    "DELETED": "被删除",
    "INSERTED": "事后插入",
    "REORDERED": "被调换顺序",
    "SEAL_CHANGED": "封存记录本身被改动",
    "SEAL_MISSING": "它之前的封存记录缺失或被替换",
}


@click.group()
def audit() -> None:
    """封存、核验操作日志。"""


@audit.command()
def seal() -> None:
    """封存尚未封存的日志,打印当日可签字留存的凭证。"""
    at = now()
    with explain({journal.JournalBusy: (BUSY, lambda _: "有业务正在写入日志,暂时无法封存。请稍后再试。")}):
        sealed = journal.seal(at=at)
    say(f"本次封存 {sealed.entries} 条。")
    click.echo(journal.anchor(on=at.astimezone(ZoneInfo("Asia/Shanghai")).date()))


@audit.command()
@acts_as(Role.AUDIT_ADMINISTRATOR)
@json_option
@click.pass_context
def verify(ctx: click.Context, actor: Actor, as_json: bool) -> None:
    """核验日志自封存以来是否被改动;有问题时逐条指出,退出码为 4。"""
    report = journal.verify(actor=actor, at=now())
    if as_json:
        print_json(
            {
                "intact": report.intact,
                "seals": report.seals,
                "sealed": report.sealed,
                "unsealed": report.unsealed,
                "digest": report.digest,
                "findings": [{"harm": found.harm.value, "number": found.number} for found in report.findings],
            }
        )
    else:
        say(f"已封存 {report.sealed} 条({report.seals} 次),尚未封存 {report.unsealed} 条。SM3:{report.digest}")
        if report.findings:
            rows = [{"number": str(found.number), "harm": HARMS[found.harm]} for found in report.findings]
            print_table(rows, columns={"number": "编号", "harm": "问题"}, title="日志已被改动")
        else:
            say("日志完好。")
    ctx.exit(REFUSED_BY_RULE if report.findings else 0)
