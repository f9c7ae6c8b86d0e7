"""`canbao intake`: receive, preview, approve, commit, reverse, list, errors."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from canbao.cli.context import acts_as, now
from canbao.cli.output import (
    BUSY,
    REFUSED_BY_RULE,
    REFUSED_INPUT,
    USAGE,
    Stop,
    explain,
    json_option,
    print_json,
    print_table,
    progress,
    say,
)
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.roles import Actor, Role
from canbao.services import intake as service
from canbao.services import matching, registry
from canbao.services.intake import Receipt

FIGURES = {
    "accepted": "接受",
    "unchanged": "未变",
    "quarantined": "暂存",
    "rejected": "退回",
    "new": "新增",
    "changed": "变动",
    "ended": "终止",
}
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
        lambda error: f"批次 {error.batch_id} 现在的状态是 {error.status},不能办理这一步。",
    ),
    service.BatchHeld: (REFUSED_BY_RULE, lambda error: _held(error.batch_id, error.breakers)),
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
    _show_receipts(receipts, refusals, as_json)
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
        _show_preview(seen)


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
        say(f"批次 {done.pk}({done.delivery.source})已提交,现有 {done.state_rows:,} 条记录,摘要 {done.state_digest}。")
    if as_json:
        print_json(committed)
    elif not committed:
        say("没有待提交的批次。")
    if every and (held := [row["batch"] for row in service.batch_list() if row["status"] == "HELD"]):
        say(f"被拦截而没有提交的批次:{'、'.join(map(str, held))}。用 canbao intake preview 查看。")


@intake.command()
@click.argument("batch", type=int)
@click.option("--reason", required=True, help="撤销理由")
@acts_as(Role.MUNICIPAL_APPROVER)
def reverse(batch: int, reason: str, actor: Actor) -> None:
    """撤销已提交的批次,该来源恢复到提交之前。"""
    with explain(_SENTENCES):
        undone = service.reverse(batch, actor=actor, at=now(), reason=reason)
        with suppress(matching.NothingToMatch):
            matching.run(actor=actor, at=now())  # what other batches brought in the same run comes back
    say(f"批次 {batch}({undone.delivery.source})已撤销,该来源恢复到提交之前。")


@intake.command("list")
@json_option
def list_(as_json: bool) -> None:
    """所有报送和批次。"""
    rows = service.batch_list()
    if as_json:
        print_json(rows)
        return
    columns = {"delivery": "报送", "batch": "批次", "source": "来源", "kind": "种类", "as_of": "日期", "rows": "行数"}
    columns |= {"status_label": "状态"} | FIGURES | {"refusal": "拒收原因"}
    print_table([row | row["counts"] for row in rows], columns=columns)


@intake.command()
@click.argument("batch", type=int)
def errors(batch: int) -> None:
    """列出退回和暂存行的文件,可更正后重新报送。"""
    with explain(_SENTENCES):
        paths = service.error_files(batch)
    for path in paths:
        click.echo(path)
    if not paths:
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


def _show_receipts(receipts: list[Receipt], refusals: list[DeliveryRefused], as_json: bool) -> None:
    rows = [
        {
            "batch": receipt.batch.pk,
            "source": receipt.delivery.source,
            "kind": receipt.delivery.kind,
            "as_of": receipt.delivery.as_of,
            "rows": receipt.delivery.rows,
            "status": str(receipt.batch.status),
            "known": receipt.known,
        }
        | receipt.batch.counts
        for receipt in receipts
    ]
    if as_json:
        print_json(
            {"received": rows, "refused": [{"code": r.code, "file": r.file, "why": r.sentence} for r in refusals]}
        )
        return
    columns = {"batch": "批次", "source": "来源", "kind": "种类", "as_of": "日期", "rows": "行数"} | FIGURES
    print_table([row for row in rows if not row["known"]], columns=columns) if not all(
        r.known for r in receipts
    ) else None
    for receipt in receipts:
        _remark(receipt)


def _remark(receipt: Receipt) -> None:
    batch = receipt.batch
    if receipt.known:
        say(f"{receipt.delivery.source} {receipt.delivery.as_of}:已接收过(批次 {batch.pk}),什么都没有改变。")
        return
    for file in receipt.delivery.files:
        if file["mended"]:
            found = "、".join(f"{character} {times} 处" for character, times in file["mended"].items())
            say(f"{file['name']}:按 GB 18030-2022 更正了旧码位的字:{found}")
        if file["unknown_columns"]:
            say(f"{file['name']}:不认识的列已原样保留:{'、'.join(file['unknown_columns'])}")
    for path in service.error_files(batch.pk):
        say(f"退回和暂存的行:{path}")
    if batch.breakers:
        say(_held(batch.pk, batch.breakers))


def _held(batch_id: int, breakers: list[dict[str, str]]) -> str:
    causes = ";".join(f"{one['label']}({one['found']},上限 {one['limit']})" for one in breakers)
    return f"批次 {batch_id} 已被拦截:{causes}。须由接收人以外的两个人核实后放行:canbao intake approve {batch_id}"


def _show_preview(seen: Mapping[str, Any]) -> None:
    heading = f"批次 {seen['batch']} · {seen['title']} · {seen['kind']} · {seen['as_of']} · {seen['status_label']}"
    print_table([seen["counts"]], columns=FIGURES, title=heading)
    figures = {name: label for name, label in FIGURES.items() if name != "accepted"}
    print_table(seen["districts"], columns={"district": "区划", "name": "区县"} | figures, title="按区县")
    if seen["changed_fields"]:
        print_table(seen["changed_fields"], columns={"label": "字段", "records": "变动的记录"}, title="按字段")
    if seen["warnings"]:
        print_table(seen["warnings"], columns={"label": "提示", "rows": "行数"}, title="提示(不影响接收)")
    if seen["conflicts"]:
        print_table(seen["conflicts"], columns={"label": "矛盾", "count": "数量"}, title="矛盾(比对后逐一判定)")
    if seen["breakers"]:
        say(_held(seen["batch"], seen["breakers"]))
