"""`canbao intake`: receive, preview, approve, commit, reverse, list, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from canbao.cli.context import acts_as, now
from canbao.cli.labels import DEPARTMENTS, SOURCES, STATES
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
from canbao.cli.receipts import changes, held, preview_changed, show_list, show_preview, show_receipts
from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import intake as service
from canbao.services import matching, registry
from canbao.services.intake import Receipt
from canbao.services.survey import placed

_SOURCES = "、".join(f"{code} {name}" for code, name in DEPARTMENTS.items())
_ACTS = {
    "approve": "接收或已放行过这一批次,不能再由本人放行:须由接收人以外的两个人各放行一次。",
    "commit": "接收或首先放行了这一批次,不能由本人提交:提交人不能是接收人,也不能是第一放行人。",
}
_SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    DeliveryRefused: (REFUSED_INPUT, lambda error: f"拒收:{error.sentence}"),
    service.DeliveryBusy: (BUSY, lambda error: "有人正在接收同一份数据,请等它结束后再试。"),
    service.ReaderBusyError: (BUSY, lambda error: "现在打开的文件太多,没有轮到这份数据。请过一会儿再接收。"),
    service.ReaderUnavailableError: (
        REFUSED_BY_RULE,
        lambda error: "这台机器不能安全地打开外来文件,没有接收。用 canbao doctor 查看原因。",
    ),
    service.NoSuchBatch: (USAGE, lambda error: f"没有编号为 {error.batch_id} 的批次。用 canbao intake list 查看。"),
    service.SamePerson: (
        REFUSED_BY_RULE,
        lambda error: f"{error.account} {_ACTS[error.act]}请换一个人(--as)办理。",
    ),
    service.WrongStatus: (
        REFUSED_BY_RULE,
        lambda error: f"批次 {error.batch_id} {STATES[error.status]},不能办理这一步。用 canbao intake list 查看。",
    ),
    service.BatchHeld: (REFUSED_BY_RULE, lambda error: held(error.batch_id, error.breakers)),
    service.PreviewChanged: (REFUSED_BY_RULE, preview_changed),
    matching.AlreadyRunning: (BUSY, lambda error: "正在进行信息比对,请等它结束后再办理。"),
    registry.LaterActs: (
        REFUSED_BY_RULE,
        lambda error: (
            f"此后已有人对这些人员办理过业务,不能直接撤销:{'、'.join(map(str, error.person_ids))}。请先撤销那些办理。"
        ),
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
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="路径...")
@click.option("--source", default="", metavar="来源", help=f"没有清单时说明来源:{_SOURCES}")
@click.option("--kind", default="", metavar="种类", help="没有清单时说明种类:full 全量,delta 增量")
@click.option("--as-of", default="", metavar="日期", help="没有清单时说明数据日期,如 2026-10-31")
@json_option
@acts_as(Role.MUNICIPAL_OPERATOR, need=Permission.DELIVERY_RECEIVE)
def receive(paths: tuple[Path, ...], source: str, kind: str, as_of: str, as_json: bool, actor: Actor) -> None:
    """接收报送的数据:文件夹(内有 manifest.json)、若干这样的文件夹的上级文件夹,或单个文件。

    退出码:0 全部待提交;3 有数据被拒收;4 没有拒收,但有批次被拦截,须放行。
    """
    receipts: list[Receipt] = []
    refusals: list[DeliveryRefused] = []
    failed: list[Exception] = []  # one that fails does not keep the next from being received
    for path in [
        delivery for given in map(Path.resolve, paths) for delivery in service.delivery_paths(given) or [given]
    ]:
        try:
            receipts.append(_receive(path, source, kind, as_of, actor))
        except DeliveryRefused as refusal:
            say(f"拒收 {path}:{refusal.sentence}")
            refusals.append(refusal)
        except Stop as stop:
            say(f"没有接收 {path}:{stop.message}")
            failed.append(stop)
        except Exception as error:
            say(f"接收 {path} 时程序出错,没有接收这一份。")
            failed.append(error)
    show_receipts(receipts, refusals, as_json)
    if failed:
        raise failed[0]  # what nobody foresaw goes to the error log, as everywhere
    if refusals:
        raise Stop(f"{len(refusals)} 份数据被拒收,其余 {len(receipts)} 份已接收。", code=REFUSED_INPUT)
    if stopped := sum(receipt.batch.status == "HELD" for receipt in receipts):
        raise Stop(f"{stopped} 个批次被拦截,放行后才能提交。", code=REFUSED_BY_RULE)


@intake.command()
@click.argument("batch", type=int, metavar="批次")
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
@click.argument("batch", type=int, metavar="批次")
@click.option("--reason", required=True, metavar="理由", help="放行理由,例如向谁核实、结果如何")
@acts_as(Role.MUNICIPAL_APPROVER, need=Permission.DELIVERY_RELEASE)
def approve(batch: int, reason: str, actor: Actor) -> None:
    """放行被拦截的批次;须由接收人以外的两个人各放行一次。"""
    with explain(_SENTENCES):
        released = service.approve(batch, actor=actor, at=now(), reason=reason)
    done = released.status == "PREPARED"
    say(f"批次 {batch} 已放行,可以提交。" if done else f"批次 {batch} 已有一人放行,还须另一人放行。")


@intake.command()
@click.argument("batch", type=int, required=False, metavar="[批次]")
@click.option("--all", "every", is_flag=True, help="提交所有待提交的批次,按数据日期先后")
@json_option
@acts_as(Role.MUNICIPAL_APPROVER, need=Permission.DELIVERY_COMMIT)
def commit(batch: int | None, every: bool, as_json: bool, actor: Actor) -> None:
    """提交批次,须由接收人以外的人办理;曾被拦截的批次,第一放行人也不能提交。

    退出码:0 全部提交;4 有批次不能提交、须再看预览,或仍被拦截。
    """
    if (batch is None) == (not every):
        raise click.UsageError("请给出批次编号,或用 --all。")
    committed: list[dict[str, Any]] = []
    stopped: list[Stop] = []
    behind: set[str] = set()  # a later batch of a source does not overtake one that stopped
    numbers = {waiting.pk: waiting.delivery.source for waiting in service.waiting()} if every else {batch or 0: ""}
    for number, source in numbers.items():
        if source in behind:
            say(f"批次 {number} 没有提交:{SOURCES[source]}有更早的批次没有提交成。")
            continue
        try:
            committed.append(_commit(number, actor))
        except Stop as stop:
            if not every:
                raise
            say(stop.message)
            stopped.append(stop)
            behind.add(source)
    if as_json:
        print_json(committed)
    if committed:
        say("登记库还没有变。提交完各来源后,请执行 canbao match run 比对并更新登记库。")
    elif not stopped:
        say("没有待提交的批次。")
    _tell_rest(stopped, every=every)


def _commit(number: int, actor: Actor) -> dict[str, Any]:
    """One batch, with the figures that were applied."""
    with explain(_SENTENCES), progress(f"提交批次 {number}"):
        seen = service.preview(number)["counts"]
        done = service.commit(number, actor=actor, at=now())
    say(
        f"批次 {done.pk} 已提交:{SOURCES[done.delivery.source]}现有 {done.state_rows:,} 条记录({changes(done.counts)})。"
    )
    if done.counts != seen:
        say(f"提交时现有数据已与预览时不同,重新作了比较:预览时为{changes(seen)}。")
    return {"batch": done.pk, "source": done.delivery.source, "digest": done.state_digest, "counts": done.counts}


def _tell_rest(stopped: list[Stop], *, every: bool) -> None:
    """With --all: what stays behind, and an exit code that says so."""
    waiting = [row["batch"] for row in service.batch_list() if row["status"] == "HELD"] if every else []
    if waiting:
        say(f"被拦截而没有提交的批次:{'、'.join(map(str, waiting))}。用 canbao intake preview 查看。")
    if stopped or waiting:
        code = stopped[0].code if stopped else REFUSED_BY_RULE
        raise Stop("还有批次没有提交,见上。", code=code)


@intake.command()
@click.argument("batches", nargs=-1, required=True, type=int, metavar="批次...")
@click.option("--reason", required=True, metavar="理由", help="撤销理由")
@acts_as(Role.MUNICIPAL_APPROVER, need=Permission.DELIVERY_REVERSE)
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
    """What other batches brought in the same run comes back, and villages are worked out from what stands then."""
    say("重新比对其余数据,使登记库与之一致:")
    try:
        report = run_staged(actor)
    except matching.NothingToMatch:
        say("已没有任何已提交的数据,登记库已清空。")
    except matching.AlreadyRunning as busy:  # whose run works the villages out
        raise Stop("批次已撤销,但另一次比对正在进行。请等它结束后执行 canbao match run。", code=BUSY) from busy
    else:
        say(
            "登记库已是撤销前那一次比对的结果。" if report.repeated else f"第 {report.run.pk} 次比对完成,登记库已更新。"
        )
    placed.work_out(actor=actor, at=now())


@intake.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False), metavar="文件")
@click.option("--source", required=True, type=click.Choice(list(DEPARTMENTS)), help="来源")
@click.option("--kind", default="full", type=click.Choice(["full", "delta"]), help="full 全量,delta 增量")
@acts_as(Role.MUNICIPAL_OPERATOR, need=Permission.DELIVERY_VIEW)
def template(target: Path, source: str, kind: str, actor: Actor) -> None:
    """写出一个来源的空模板(.xlsx,各列为文本),交给报送部门填写。"""
    service.write_template(target, source, kind, actor=actor)
    say(f"{SOURCES[source]}的模板:{target}")


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
@click.argument("batch", type=int, metavar="批次")
@acts_as(Role.MUNICIPAL_OPERATOR, need=Permission.DELIVERY_ERRORS)
def errors(batch: int, actor: Actor) -> None:
    """列出退回和暂存行的文件,以及更正后怎样送回。"""
    with explain(_SENTENCES):
        paths = service.error_files(batch)
        seen = service.preview(batch)
    for path in paths:
        click.echo(path)
    if paths:
        _tell_without_books(paths)
        say(
            "每行开头的“退回原因”说明错在哪里、怎样更正。用 Excel、WPS 或 LibreOffice 打开 .xlsx 更正,"
            "表头和“退回编号”列请保留,保存后送回:\n"
            f"  canbao intake receive 更正后的文件 --source {seen['source']} --kind delta --as-of {seen['as_of']}"
        )
    else:
        say(f"批次 {batch} 没有退回或暂存的行。")


def _tell_without_books(paths: list[Path]) -> None:
    """Where there are more rows than anybody corrects in a spreadsheet."""
    books = {path.stem for path in paths if path.suffix == ".xlsx"}
    for path in paths:
        if path.stem not in books:
            say(
                f"{path.name} 的行数超过 {service.MOST_IN_A_BOOK:,},只有 CSV 格式:这样多的错误请报送部门在原系统整改后重新报送。"
            )


def _receive(path: Path, source: str, kind: str, as_of: str, actor: Actor) -> Receipt:
    at = now()
    try:
        manifest = service.announced(path, source=source, kind=kind, as_of=as_of)
    except DeliveryRefused as refusal:
        service.record_refusal(refusal, path=path, actor=actor, at=at)
        raise
    with explain({kind: text for kind, text in _SENTENCES.items() if kind is not DeliveryRefused}):
        return service.receive(manifest, actor=actor, at=at, watch=progress)
