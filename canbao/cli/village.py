"""`canbao village`: villages from addresses worked out, and their figures."""

from __future__ import annotations

from typing import Any

import click

from canbao.cli.context import acts_as, now
from canbao.cli.output import BUSY, explain, json_option, print_json, print_table, say, stages
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.rules.village_choice import AssignmentState
from canbao.services import villages
from canbao.services.survey import placed

SENTENCES: dict[type[Exception], tuple[int, Any]] = {
    villages.AlreadyRefreshingError: (BUSY, lambda error: "村(社区)正在判定,请等它结束后再试。"),
}


@click.group()
def village() -> None:
    """按地址判定人员所属村(社区):部门只登记到镇街的人,从地址、同户和本人其他登记中判定。"""


@village.command("refresh")
@click.option("--whole", is_flag=True, help="全市重新归纳,不只是有变化的镇街")
@json_option
@acts_as(Role.MUNICIPAL_OPERATOR, need=Permission.MATCH_RUN)
def refresh_(whole: bool, as_json: bool, actor: Actor) -> None:
    """判定有变化的镇街,第一次为全市;信息比对之后自动执行。"""
    with explain(SENTENCES), stages("判定村(社区)", total=2) as show_stage:
        since = placed.moved_since()
        run = villages.refresh(actor=actor, at=now(), whole=whole, step=show_stage)
        lines = placed.follow(actor=actor, at=now(), since=since)
    if as_json:
        print_json({"towns": run.towns if run else 0, "lines": lines, **(run.counts if run else {})})
    elif run is None:
        say("自上次判定以来没有变化。")
    else:
        say(
            f"已判定 {run.towns:,} 个镇街:{run.counts['decided']:,} 人的判定有变化,{run.counts['moved']:,} 人调整了村(社区)。"
        )


@village.command("figures")
@json_option
@acts_as(Role.MUNICIPAL_ANALYST, need=Permission.VILLAGE_VIEW)
def figures(as_json: bool, actor: Actor) -> None:
    """按机构列出村(社区)怎样确定的人数。"""
    rows = [
        {"office": row.name, "people": row.everybody, "known": row.known}
        | {state.value: row.by_state.get(state, 0) for state in AssignmentState}
        | {"share": row.percent}
        for row in villages.counts(actor)
    ]
    if as_json:
        print_json(rows)
        return
    names = {"office": "机构", "people": "登记人数", "known": "部门已登记"}
    names |= {state.value: state.label for state in AssignmentState} | {"share": "已有村(社区)"}
    print_table(rows, columns=names, title="村(社区)")
