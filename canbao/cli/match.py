"""`canbao match`: run the matching, explain a link, decide a doubtful pair."""

from __future__ import annotations

from typing import Any

import click

from canbao.cli.context import acts_as, now
from canbao.cli.labels import BANDS, CASES, GAPS, RULES, SCOPES, SOURCES, STEPS
from canbao.cli.output import BUSY, REFUSED_BY_RULE, USAGE, Stop, explain, json_option, print_json, print_table, progress, say
from canbao.rules.roles import Actor, Role
from canbao.services import matching, registry

_NO_RUN = "尚未做过信息比对。请先执行 canbao match run。"
SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    matching.NothingToMatch: (USAGE, lambda error: "没有已提交的数据。请先 canbao intake receive 接收,并由另一人 canbao intake commit 提交。"),
    matching.AlreadyRunning: (BUSY, lambda error: "另一次比对正在进行,请等它结束后再试。"),
    matching.NoRun: (USAGE, lambda error: _NO_RUN),
    matching.NoSuchRecord: (USAGE, lambda error: f"没有主键为 {error} 的已接受记录。写法:来源:主键,例如 police:5000012345。"),
    matching.NotDecidable: (REFUSED_BY_RULE, lambda error: f"疑点 {error} 不存在、已处理,或不是两个人之间的判定。"),
    registry.NoBasis: (USAGE, lambda error: "更新须有书面依据(规程第十九条),请用 --reason 写明。"),
    registry.LaterActs: (
        REFUSED_BY_RULE,
        lambda error: f"此后已有人对这些人员办理过业务,不能直接撤销:{'、'.join(map(str, error.person_ids))}。请先撤销那些办理。",
    ),
}


@click.group()
def match() -> None:
    """信息比对。"""


@match.command("run")
@json_option
@acts_as(Role.MUNICIPAL_OPERATOR)
def run_(as_json: bool, actor: Actor) -> None:
    """比对全部已提交的数据,并据此更新登记库。"""
    report = run_with_progress(actor)
    if as_json:
        print_json({"run": report.run.pk, "repeated": report.repeated, "inputs": report.run.inputs, **report.run.counts})
        return
    show(report)


def run_with_progress(actor: Actor) -> matching.RunReport:
    """Run the matching, the stage in hand shown on the terminal."""
    with explain(SENTENCES), progress("比对", total=len(STEPS)) as advance:
        def step(name: str) -> None:
            advance(1)
            if name in STEPS:
                click.echo(f"\r  {STEPS[name]}…", err=True, nl=True)

        return matching.run(actor=actor, at=now(), step=step)


def show(report: matching.RunReport) -> None:
    """The figures of a run as tables."""
    counts = report.run.counts
    if report.repeated:
        say(f"自第 {report.run.pk} 次比对以来没有新提交的数据、判定或规则,登记库不变。")
    links = [r | {"rule": RULES[r["rule"]], "band": BANDS[r["band"]]} for r in counts["links"]]
    print_table(links, columns={"rule": "依据", "band": "等级", "records": "记录数"}, title=f"第 {report.run.pk} 次比对:归并依据")
    people = [r | {"scope": SCOPES[r["scope"]], "gap": GAPS[r["gap"]]} for r in counts["people"]]
    print_table(people, columns={"scope": "登记范围", "gap": "参保情况", "people": "人数"}, title="登记人员")
    cases = [{"kind": CASES[kind], "cases": n} for kind, n in counts["cases"].items()]
    print_table(cases, columns={"kind": "疑点类别", "cases": "件数"}, title="需人工判定的疑点")
    if report.written:
        said = report.written
        changes = [
            {"table": label, "new": said.new.get(name, 0), "changed": said.changed.get(name, 0), "ended": said.ended.get(name, 0)}
            for name, label in {"person": "人员", "enrolment": "参保", "person_document": "证件", "business_number": "业务编号"}.items()
        ]
        print_table(changes, columns={"table": "登记库", "new": "新增", "changed": "变动", "ended": "终止"}, title="本次写入")


@match.command("explain")
@click.argument("record")
@json_option
def explain_(record: str, as_json: bool) -> None:
    """说明一条来源记录为何归到这个人(RECORD 写作 来源:主键)。"""
    with explain(SENTENCES):
        found = matching.explain(record)
    if as_json:
        print_json({"run": found.run_id, "person_id": found.person_id, "own": found.own, "records": found.records})
        return
    for own in found.own:
        say(f"{SOURCES[own['source']]} {own['record_key']} → 人员 {found.person_id}:{RULES[own['rule']]}({BANDS[own['band']]})")
    columns = {"source": "来源", "record_key": "主键", "rule": "依据", "name": "姓名", "doc_number": "证件号码", "birth_date": "出生日期"}
    columns |= {"sex": "性别", "division": "区划", "phone": "电话", "address": "地址"}
    rows = [r | {"source": SOURCES[r["source"]], "rule": RULES[r["rule"]]} for r in found.records]
    print_table(rows, columns=columns, title="此人的全部来源记录")


@match.command("decide")
@click.argument("case", type=int)
@click.option("--same/--different", required=True, help="是同一人 / 不是同一人")
@click.option("--reason", required=True, help="书面依据")
@acts_as(Role.TOWN_CLERK)
def decide_(case: int, same: bool, reason: str, actor: Actor) -> None:
    """判定一件疑点:同一人即合并,不是同一人以后不再提出。"""
    at = now()
    with explain(SENTENCES):
        matching.decide(case, same=same, reason=reason, on=at.date(), actor=actor, at=at)
    say(f"疑点 {case} 已判定为{'同一人,已合并' if same else '不同的人'}。撤销:canbao match undo {case}")


@match.command("undo")
@click.argument("case", type=int)
@acts_as(Role.TOWN_CLERK)
def undo_(case: int, actor: Actor) -> None:
    """撤销对一件疑点的判定。"""
    at = now()
    with explain(SENTENCES):
        matching.undo(case, on=at.date(), actor=actor, at=at)
    say(f"疑点 {case} 的判定已撤销,恢复待处理。")


__all__ = ["SENTENCES", "Stop", "match", "run_with_progress", "show"]
