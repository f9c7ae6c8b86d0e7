"""`canbao intake`: receive, preview, approve, commit, reverse, list, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from canbao.cli.context import acts_as, now
from canbao.cli.labels import SOURCES, STATES
from canbao.cli.match import run_staged
from canbao.cli.output import (
    BUSY,
    REFUSED_BY_RULE,
    REFUSED_INPUT,
    USAGE,
    Stop,
    explain,
    json_option,
    print_json,
    progress,
    say,
)
from canbao.cli.receipts import held, show_list, show_preview, show_receipts
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.roles import Actor, Role
from canbao.services import intake as service
from canbao.services import matching, registry
from canbao.services.intake import Receipt

_ACTS = {"approve": "放行", "commit": "提交"}
_SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    DeliveryRefused: (REFUSED_INPUT, lambda error: f"拒收:{error.sentence}"),
    service.DeliveryBusy: (BUSY, lambda error: "另一个进程正在接收同一份数据,请稍后再试。"),
    service.NoSuchBatch: (USAGE, lambda error: f"没有编号为 {error.batch_id} 的批次。用 canbao intake list 查看。"),
    service.SamePerson: (
        REFUSED_BY_RULE,
        lambda error: f"{error.account} 接收或已放行过这一批次,不能再由本人{_ACTS[error.act]}。请换一个人(--as)办理。",
    ),
    service.WrongStatus: (
        REFUSED_BY_RULE,
        lambda error: f"批次 {error.batch_id} {STATES[error.status]},不能办理这一步。用 canbao intake list 查看。",
    ),
    service.BatchHeld: (REFUSED_BY_RULE, lambda error: held(error.batch_id, error.breakers)),
    matching.AlreadyRunning: (BUSY, lambda error: "正在进行信息比对,请等它结束后再撤销。"),
    registry.LaterActs: (
        REFUSED_BY_RULE,
        lambda error: f"此后已有人对这些人员办理过业务,不能直接撤销:{'、'.join(map(str, error.person_ids))}。",
    ),
    service.LaterBatchDepends: (
        REFUSED_BY_RULE,
        lambda error: f"批次 {error.later_id} 是在批次 {error.batch_id} 之上提交的,请先撤销批次 {error.later_id}。",
    ),
}


@click.group()
def intake() -> None:
    """接收、预览、提交、撤销各部门报送的数据。"""


@intake.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", default="", help="来源(没有清单时)")
@click.option("--kind", default="", help="full 全量 / delta 增量(没有清单时)")
@click.option("--as-of", default="", help="数据日期,如 2026-10-31(没有清单时)")
@json_option
@acts_as(Role.MUNICIPAL_OPERATOR)
def receive(paths: tuple[Path, ...], source: str, kind: str, as_of: str, as_json: bool, actor: Actor) -> None:
    """接收报送的数据:文件夹(内有 manifest.json)、若干这样的文件夹的上级文件夹,或单个文件。"""
    receipts: list[Receipt] = []
    refusals: list[DeliveryRefused] = []
    for path in [delivery for given in paths for delivery in service.delivery_paths(given) or [given]]:
        try:
            receipts.append(_receive(path, source, kind, as_of, actor))
        except DeliveryRefused as refusal:
            say(f"拒收 {path}:{refusal.sentence}")
            refusals.append(refusal)
    show_receipts(receipts, refusals, as_json)
    if refusals:
        raise Stop(f"{len(refusals)} 份数据被拒收,其余 {len(receipts)} 份已接收。", code=REFUSED_INPUT)


@intake.command()
@click.argument("batch", type=int)
@json_option
def preview(batch: int, as_json: bool) -> None:
    """一个批次提交后会改变什么:按区县、按字段。"""
    with explain(_SENTENCES):
        seen = service.preview(batch)
    if as_json:
        print_json(seen)
    else:
        show_preview(seen)


@intake.command()
@click.argument("batch", type=int)
@click.option("--reason", required=True, help="放行理由")
@acts_as(Role.MUNICIPAL_APPROVER)
def approve(batch: int, reason: str, actor: Actor) -> None:
    """放行被拦截的批次;须由接收人以外的两个人各放行一次。"""
    with explain(_SENTENCES):
        released = service.approve(batch, actor=actor, at=now(), reason=reason)
    done = released.status == "PREPARED"
    say(f"批次 {batch} 已放行,可以提交。" if done else f"批次 {batch} 已有一人放行,还须另一人放行。")


@intake.command()
@click.argument("batch", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="提交所有待提交的批次,按数据日期先后")
@json_option
@acts_as(Role.MUNICIPAL_APPROVER)
def commit(batch: int | None, every: bool, as_json: bool, actor: Actor) -> None:
    """提交批次,须由接收人以外的人办理。"""
    if (batch is None) == (not every):
        raise click.UsageError("请给出批次编号,或用 --all。")
    committed = []
    for number in [batch] if batch is not None else [waiting.pk for waiting in service.waiting()]:
        with explain(_SENTENCES), progress(f"提交批次 {number}"):
            done = service.commit(number, actor=actor, at=now())
        committed.append({"batch": done.pk, "source": done.delivery.source, "digest": done.state_digest})
        say(f"批次 {done.pk} 已提交:{SOURCES[done.delivery.source]}现有 {done.state_rows:,} 条记录。")
    if as_json:
        print_json(committed)
    if committed:
        say("登记库还没有变。提交完各来源后,请执行 canbao match run 比对并更新登记库。")
    else:
        say("没有待提交的批次。")
    if every and (held := [row["batch"] for row in service.batch_list() if row["status"] == "HELD"]):
        say(f"被拦截而没有提交的批次:{'、'.join(map(str, held))}。用 canbao intake preview 查看。")


@intake.command()
@click.argument("batches", nargs=-1, required=True, type=int, metavar="批次...")
@click.option("--reason", required=True, help="撤销理由")
@acts_as(Role.MUNICIPAL_APPROVER)
def reverse(batches: tuple[int, ...], reason: str, actor: Actor) -> None:
    """撤销已提交的批次,各来源恢复到提交之前,登记库随之恢复。

    可一次给出几个批次:按提交的先后倒序撤销,最后只重新比对一次;其中有一个不能撤销,就都不撤销。
    """
    with explain(_SENTENCES):
        undone = service.reverse_many(batches, actor=actor, at=now(), reason=reason)
    for batch in undone:
        say(f"批次 {batch.pk}({SOURCES[batch.delivery.source]},{batch.delivery.as_of})已撤销,该来源恢复到提交之前。")
    _match_again(actor)


def _match_again(actor: Actor) -> None:
    """What other batches brought in the same run comes back."""
    say("重新比对其余数据,使登记库与之一致:")
    try:
        report = run_staged(actor)
    except matching.NothingToMatch:
        say("已没有任何已提交的数据,登记库已清空。")
    except matching.AlreadyRunning as busy:
        raise Stop("批次已撤销,但另一次比对正在进行。请等它结束后执行 canbao match run。", code=BUSY) from busy
    else:
        say(
            "登记库已是撤销前那一次比对的结果。" if report.repeated else f"第 {report.run.pk} 次比对完成,登记库已更新。"
        )


@intake.command("list")
@json_option
def list_(as_json: bool) -> None:
    """所有报送和批次。"""
    rows = service.batch_list()
    if as_json:
        print_json(rows)
        return
    show_list(rows)


@intake.command()
@click.argument("batch", type=int)
def errors(batch: int) -> None:
    """列出退回和暂存行的文件,以及更正后怎样送回。"""
    with explain(_SENTENCES):
        paths = service.error_files(batch)
        seen = service.preview(batch)
    for path in paths:
        click.echo(path)
    if paths:
        say(
            "每行末尾的“退回原因”说明错在哪里。用 Excel 更正各行,保留表头和“退回原因”列,保存后送回:\n"
            f"  canbao intake receive 更正后的文件 --source {seen['source']} --kind delta --as-of {seen['as_of']}"
        )
    else:
        say(f"批次 {batch} 没有退回或暂存的行。")


def _receive(path: Path, source: str, kind: str, as_of: str, actor: Actor) -> Receipt:
    at = now()
    try:
        manifest = service.announced(path, source=source, kind=kind, as_of=as_of)
    except DeliveryRefused as refusal:
        service.record_refusal(refusal, path=path, actor=actor, at=at)
        raise
    with explain({kind: text for kind, text in _SENTENCES.items() if kind is not DeliveryRefused}):
        return service.receive(manifest, actor=actor, at=at, watch=progress)
