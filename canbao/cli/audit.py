"""`canbao audit verify|seal|anchor|deliver|scan`; keygen and sign, which need no register, are in `cli.signing`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from canbao.cli.context import at_the_machine, now
from canbao.cli.output import (
    BUSY,
    REFUSED_BY_RULE,
    REFUSED_INPUT,
    Stop,
    explain,
    json_option,
    print_json,
    print_table,
    say,
)
from canbao.cli.signing import keygen, sign
from canbao.outside.signatures import SignatureFileError, SigningKeyError
from canbao.rules.anchors import Anchor, AnchorTextError, text_of
from canbao.rules.roles import Actor, Role
from canbao.services import audit as journal

Sentences = dict[type[Exception], tuple[int, Callable[..., str]]]
_BUSY: Sentences = {journal.JournalBusy: (BUSY, lambda _: "有业务正在写入日志，暂时无法封存。请稍后再试。")}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """封存、核验操作日志，生成封存凭证并存到机外，检查异常查询。"""


audit.add_command(keygen)
audit.add_command(sign)


@audit.command()
def seal() -> None:
    """封存尚未封存的日志。"""
    with explain(_BUSY):
        sealed = journal.seal()
    say(f"本次封存 {sealed.entries} 条。")


@audit.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="把凭证写成文件，拿去由审计员签名。")
@click.option("--signature", type=_FILE, help="收存审计员签好名带回的文件，不生成新凭证。")
@at_the_machine(Role.AUDIT_ADMINISTRATOR)
def anchor(actor: Actor, out: Path | None, signature: Path | None) -> None:
    """封存日志并生成凭证：留存一份，打印一份签字存档。"""
    if signature:
        _keep(signature, actor)
        return
    with explain(_BUSY):
        journal.seal()
    made = journal.anchor(actor=actor, at=now())
    if out:
        out.write_text(text_of(made), encoding="ascii")
    click.echo(_sheet(made))


def _keep(signature: Path, actor: Actor) -> None:
    problems: Sentences = {
        SignatureFileError: (
            REFUSED_INPUT,
            lambda _: f"{signature} 不是用审计员的密钥（CANBAO_AUDITOR_KEY）签名的凭证。",
        ),
        SigningKeyError: (REFUSED_INPUT, lambda _: "没有设置 CANBAO_AUDITOR_KEY，或所指的文件不是 Ed25519 公钥。"),
        AnchorTextError: (REFUSED_INPUT, lambda _: f"{signature} 里没有封存凭证。"),
    }
    with explain(problems):
        kept = journal.keep_signature(signature.read_text(encoding="utf-8", errors="replace"), actor=actor, at=now())
    say(f"已收存第 {kept.number} 号凭证的签名。")


def _sheet(made: Anchor) -> str:
    return "\n".join(
        [
            "全民参保登记操作日志封存凭证",
            f"凭证编号：{made.number}    时间：{made.at.astimezone():%Y年%m月%d日 %H:%M:%S}    登记库：{made.register}",
            f"封存序号：{made.seal}    累计条数：{made.entries}    末条编号：{made.last_id}",
            f"SM3：{made.digest}",
            "审计管理员（签字）：              监督人（签字）：              日期：",
        ]
    )


@audit.command()
@click.pass_context
def deliver(ctx: click.Context) -> None:
    """把最近的凭证存到机外：取时间戳，送日志接收方。后台进程每十分钟做一次。"""
    if not journal.ways():
        raise Stop("没有设置机外存证。请设置 CANBAO_TSA_URL 或 CANBAO_SYSLOG。", code=REFUSED_BY_RULE)
    done = journal.deliver(at=now())
    if not done:
        raise Stop("还没有凭证。请先执行 canbao audit anchor。", code=REFUSED_BY_RULE)
    for way, state in done.items():
        say(f"{way.label}：{state.error or f'第 {state.number} 号凭证已送出。'}")
    ctx.exit(BUSY if any(state.error for state in done.values()) else 0)


@audit.command()
def scan() -> None:
    """检查新增日志中的异常查询和没有按时封存的日志，产生告警。"""
    say(f"新增告警 {journal.scan(at=now()) + journal.watch(at=now())} 条。")


@audit.command()
@at_the_machine(Role.AUDIT_ADMINISTRATOR)
@click.option("--printed", multiple=True, metavar="SM3", help="纸质凭证上的 SM3 摘要，可多次给出，一并核对。")
@click.option("--syslog", type=_FILE, help="日志接收方收到的文件，请从接收方直接取得。")
@click.option("--tokens", type=_FOLDER, help="时间戳所在目录；不写时用登记库目录下的。")
@click.option("--tsa-cert", "tsa_certificates", type=_FILE, help="时间戳机构的根证书（PEM），请用自己保管的一份。")
@click.option("--key", type=_FILE, help="审计员的公钥，请用自己保管的一份。")
@click.option("--signatures", type=_FOLDER, help="审计员签名所在目录；不写时用登记库目录下的。")
@json_option
@click.pass_context
def verify(ctx: click.Context, /, actor: Actor, as_json: bool, **given: Path | tuple[str, ...] | None) -> None:
    """核验日志是否被改动，能证明到什么时候；有问题时逐条指出。有问题，或有日志没有按时封存，退出码为 4。"""
    unusable: Sentences = {SigningKeyError: (REFUSED_INPUT, lambda _: "所给的公钥不是 Ed25519 公钥。")}
    with explain(unusable):
        report = journal.verify(actor=actor, at=now(), given=journal.GivenEvidence(**given))  # type: ignore[arg-type]
    if as_json:
        print_json(_plain(report))
    else:
        _show(report)
    ctx.exit(0 if report.intact else REFUSED_BY_RULE)


def _plain(report: journal.Report) -> dict[str, object]:
    proven = report.proven
    return {
        "intact": report.intact,
        "verdict": report.verdict,
        "proven": proven and {
            "until": proven.anchor.at, "number": proven.anchor.number, "last_id": proven.anchor.last_id,
            "by": proven.source.value, "witnessed_at": proven.at,
        },
        "after": report.after,
        "seals": report.seals,
        "sealed": report.sealed,
        "unsealed": report.unsealed,
        "overdue": report.overdue and {"count": report.overdue.count, "since": report.overdue.since},
        "anchors": report.anchors,
        "digest": report.digest,
        "witnesses": [
            {"source": item.source.value, "count": item.count, "first_at": item.first_at, "last_at": item.last_at,
             "last_number": item.last_number} for item in report.witnesses
        ],
        "notices": report.notices,
        "findings": [
            {"harm": found.harm.value, "number": found.number, "at": found.at, "says": found.says}
            for found in report.findings
        ],
    }  # fmt: skip


def _show(report: journal.Report) -> None:
    say(f"已封存 {report.sealed} 条（{report.seals} 次），尚未封存 {report.unsealed} 条。SM3：{report.digest}")
    if report.findings:
        rows = [
            {"number": str(found.number or ""), "at": found.at, "harm": found.harm.label, "says": found.says}
            for found in report.findings
        ]
        columns = {"number": "编号", "harm": "问题", "at": "时间", "says": "现在的内容"}
        print_table(rows, columns=columns, title="日志已被改动")
    for item in report.witnesses:
        place = "机外" if item.source.is_outside else "本机"
        say(f"相符的存证（{place}）：{item.source.label} {item.count} 份，最近是第 {item.last_number} 号。")
    for notice in report.notices:
        say(notice)
    say(report.verdict)
