"""`canbao match`: run the matching, explain a link, decide a doubtful pair."""

from __future__ import annotations

from typing import Any

import click

from canbao.cli.context import acts_as, now
from canbao.cli.figures import show_run, show_written
from canbao.cli.labels import BANDS, RULES, SOURCES, STEPS
from canbao.cli.output import (
    BUSY,
    REFUSED_BY_RULE,
    USAGE,
    explain,
    json_option,
    print_json,
    say,
    stages,
)
from canbao.cli.records import HIDDEN, print_records
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import access, matching, registry
from canbao.services.survey import placed

_NO_RUN = "尚未做过信息比对。请先执行 canbao match run。"
WHY = {
    matching.Refusal.NOT_WAITING: "它已判定、已转办、已消失,或尚未判定。用 canbao cases 编号 查看。",
    matching.Refusal.NOT_TWO_PEOPLE: "它不是「两人是否同一人」的问题,由数据来源更正。",
    matching.Refusal.ALREADY_GIVEN: "您已判定过,须由另一人判定。",
    matching.Refusal.OFFICE_ABOVE: "两人意见不同,由上级经办机构判定。",
    matching.Refusal.NO_RIGHT: "该岗位不能判定疑点。",
    matching.Refusal.ROW_GIVEN: "名单的这一行已认定为另一人。确需改认的,请先撤销那一件的判定。",
}
SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    matching.NothingToMatch: (
        USAGE,
        lambda error: "没有已提交的数据。请先 canbao intake receive 接收,并由另一人 canbao intake commit 提交。",
    ),
    matching.AlreadyRunning: (BUSY, lambda error: "另一次比对正在进行,请等它结束后再试。"),
    matching.InputsChanged: (
        BUSY,
        lambda error: "比对期间有新的提交或判定,为免覆盖,本次没有写入。请再执行一次 canbao match run。",
    ),
    matching.RunFaultError: (
        REFUSED_BY_RULE,
        lambda error: (
            f"比对停在“{error.where}”:有一项内容登记库不能保存,登记库没有变。请把这一句和 errors.log 一并告知系统管理员。"
        ),
    ),
    matching.NoRun: (USAGE, lambda error: _NO_RUN),
    matching.NoSuchRecord: (
        USAGE,
        lambda error: (
            f"已接受的数据里没有记录 {error}。写法为 来源:主键,例如 police:5000012345;刚提交的数据须先 canbao match run。"
        ),
    ),
    access.NotFound: (USAGE, lambda error: f"没有编号为 {error} 的疑点。用 canbao cases 查看。"),
    matching.NotDecidable: (REFUSED_BY_RULE, lambda error: f"疑点 {error} 不能这样办理:{WHY[error.why]}"),
    matching.AlreadyOne: (
        REFUSED_BY_RULE,
        lambda error: f"疑点 {error} 的两人已因另一件疑点合并,不能再判为不同的人;如有误,请先撤销那一件。",
    ),
    registry.NoBasis: (USAGE, lambda error: "更新须有书面依据(规程第十九条),请用 --reason 写明。"),
    registry.LaterActs: (
        REFUSED_BY_RULE,
        lambda error: (
            f"此后已有人对这些人员办理过业务,不能直接撤销:{'、'.join(map(str, error.person_ids))}。请先撤销那些办理。"
        ),
    ),
}


@click.group()
def match() -> None:
    """信息比对:把各来源的记录归到人,更新登记库;说明归并依据;判定疑点。"""


@match.command("run")
@json_option
@acts_as(Role.MUNICIPAL_OPERATOR, need=Permission.MATCH_RUN)
def run_(as_json: bool, actor: Actor) -> None:
    """比对全部已提交的数据,并据此更新登记库。"""
    report = run_with_progress(actor)
    if as_json:
        print_json(
            {"run": report.run.pk, "repeated": report.repeated, "inputs": report.run.inputs, **report.run.counts}
        )
        return
    if report.repeated:
        say(
            f"自第 {report.run.pk} 次比对以来没有新提交的数据、判定或规则,登记库不变。以下是第 {report.run.pk} 次比对的结果。"
        )
    else:
        say(f"第 {report.run.pk} 次比对完成,登记库已更新。")
    show_run(report.run.counts)
    show_written(report.run.counts)
    if report.run.counts["cases"]:
        say("查看疑点:canbao cases;逐件判定:canbao cases 编号")


def run_with_progress(actor: Actor) -> matching.RunReport:
    """Run the matching, the stage in hand shown on the terminal."""
    with explain(SENTENCES):
        return run_staged(actor)


def run_staged(actor: Actor) -> matching.RunReport:
    """The same for callers with sentences of their own."""
    with stages("比对", total=len(STEPS)) as show_stage:

        def step(name: str) -> None:
            if name in STEPS:
                show_stage(STEPS[name])

        report = matching.run(actor=actor, at=now(), step=step)
        if not report.repeated:
            placed.work_out(actor=actor, at=now(), step=show_stage)
        return report


@match.command("explain")
@click.argument("record", metavar="来源:主键")
@click.option("--full", is_flag=True, help="不隐藏证件号码、电话和地址")
@json_option
@acts_as(Role.MUNICIPAL_ANALYST, need=Permission.MATCH_EXPORT)
def explain_(record: str, full: bool, as_json: bool, actor: Actor) -> None:
    """说明一条来源记录为何归到这个人,例如 police:5000012345。查看留有记录。"""
    at = now()
    with explain(SENTENCES):
        found = matching.explain(record, actor=actor, at=at, full=full)
    if as_json:
        print_json({"run": found.run_id, "person_id": found.person_id, "own": found.own, "records": found.records})
        return
    for own in found.own:
        say(
            f"{SOURCES[own['source']]} {own['record_key']} → 人员 {found.person_id}:"
            f"{RULES[own['rule']]}({BANDS[own['band']]})"
        )
    title = f"人员 {found.person_id} 的全部来源记录 {len(found.records)} 条"
    print_records(found.records, title=title, on=day_of(at))
    if not full:
        say(HIDDEN)


_NEXT = {"SECOND": "这一件抽中双人判定,须另一人独立判定", "ESCALATED": "两人意见不同,由上级经办机构判定"}


@match.command("decide")
@click.argument("case", type=int, metavar="疑点编号")
@click.option("--same/--different", required=True, help="是同一人 / 不是同一人")
@click.option("--reason", required=True, metavar="依据", help="书面依据,例如 户口簿、身份证原件")
@acts_as(Role.TOWN_CLERK, need=Permission.CASE_DECIDE)
def decide_(case: int, same: bool, reason: str, actor: Actor) -> None:
    """判定一件疑点:同一人即合并,不是同一人以后不再提出。先用 canbao cases 编号 对照各方。"""
    at = now()
    with explain(SENTENCES):
        decided = matching.decide(case, same=same, reason=reason, on=day_of(at), actor=actor, at=at)
    if decided.state != "DECIDED":
        say(f"疑点 {case} 的意见已记下,尚未生效:{_NEXT[decided.state]}。撤回:canbao match undo {case}")
        return
    say(f"疑点 {case} 已判定为{'同一人,已合并' if same else '不同的人'}。撤销:canbao match undo {case}")


@match.command("undo")
@click.argument("case", type=int, metavar="疑点编号")
@acts_as(Role.TOWN_CLERK, need=Permission.CASE_DECIDE)
def undo_(case: int, actor: Actor) -> None:
    """撤销对一件疑点的判定。"""
    at = now()
    with explain(SENTENCES):
        matching.undo(case, on=day_of(at), actor=actor, at=at)
    say(f"疑点 {case} 的判定已撤销,恢复待判定。")
