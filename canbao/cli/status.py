"""`canbao status`."""

from __future__ import annotations

from dataclasses import asdict

import click

from canbao.cli.labels import SOURCES, STATES
from canbao.cli.output import json_option, print_json, print_table, say
from canbao.services import overview

NAMES = {"persons": "人员", "enrolments": "参保", "cases": "待判定疑点"}


@click.command()
@json_option
def status(as_json: bool) -> None:
    """查看登记库现状:报送、批次、各来源、人数、最近一次比对、摘要和占用空间。"""
    now = overview.look()
    if as_json:
        print_json(asdict(now))
        return
    print_table(_lines(now), columns={"what": "项目", "value": "现状"}, title=f"登记库 {now.home}")
    for found in now.safeguards:
        if found.todo:
            say(f"{found.name}:{found.says}。{found.todo}")
    if now.states:
        columns = {"source": "来源", "rows": "记录数", "as_of": "数据日期", "batch": "批次"}
        rows = [row | {"source": SOURCES[str(row["source"])], "batch": _text(row["batch"])} for row in now.states]
        print_table(rows, columns=columns, title="各来源最近提交的数据")
    if now.unmatched:
        names = "、".join(SOURCES[source] for source in now.unmatched)
        say(f"自最近一次比对以来,{names} 的数据有变动,登记库尚未反映。请执行 canbao match run。")
    if now.batches.get("PREPARED"):
        say(f"有 {now.batches['PREPARED']} 个批次等待由接收人以外的人提交:canbao intake commit --all --as 账户")
    if now.batches.get("HELD"):
        say(f"有 {now.batches['HELD']} 个批次被拦截,须两人核实后放行:canbao intake list 查看。")


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
    lines += [{"what": found.name, "value": found.says} for found in now.safeguards]
    return lines


def _states(counts: dict[str, int]) -> str:
    return ",".join(f"{STATES.get(state, state)} {count:,}" for state, count in counts.items()) or "无"


def _text(number: object) -> str:
    return "" if number is None else str(number)
