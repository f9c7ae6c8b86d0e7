"""`canbao status`."""

from __future__ import annotations

from dataclasses import asdict

import click

from canbao.cli.output import json_option, print_json, print_table
from canbao.services import overview

STATES = {
    "RECEIVING": "接收中",
    "RECEIVED": "已接收",
    "REFUSED": "已拒收",
    "PREPARED": "待提交",
    "HELD": "已拦截",
    "COMMITTED": "已提交",
    "REVERSED": "已撤销",
    "REPLACED": "已被替代",
    "RUNNING": "运行中",
    "APPLIED": "已入库",
    "FAILED": "未完成",
    "RETRACTED": "已撤销",
}
NAMES = {"persons": "人员", "enrolments": "参保", "cases": "待处理冲突"}


@click.command()
@json_option
def status(as_json: bool) -> None:
    """查看登记库现状:报送、批次、各来源、人数、最近一次比对、摘要和占用空间。"""
    now = overview.look()
    if as_json:
        print_json(asdict(now))
        return
    print_table(_lines(now), columns={"what": "项目", "value": "现状"}, title=f"登记库 {now.home}")
    if now.states:
        columns = {"source": "来源", "rows": "记录数", "as_of": "数据日期", "batch": "批次"}
        print_table(now.states, columns=columns, title="各来源最近接受的数据")


def _lines(now: overview.Overview) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = [
        {"what": "报送", "value": _states(now.deliveries)},
        {"what": "批次", "value": _states(now.batches)},
    ]
    for name, count in now.counts.items():
        lines.append({"what": NAMES[name], "value": f"{count:,}"})
    if now.last_run:
        lines.append(
            {"what": "最近一次比对", "value": f"第 {now.last_run['id']} 号,{STATES[str(now.last_run['state'])]}"}
        )
    if now.last_act_at:
        lines.append({"what": "最近一次办理", "value": now.last_act_at})
    if now.digest:
        lines.append({"what": "登记库摘要", "value": now.digest})
    used = ",".join(f"{name} {size / 2**20:,.0f} MB" for name, size in now.bytes_on_disk.items())
    lines.append({"what": "占用空间", "value": used})
    return lines


def _states(counts: dict[str, int]) -> str:
    return ",".join(f"{STATES.get(state, state)} {count:,}" for state, count in counts.items()) or "无"
