"""`canbao doctor`: what this machine can and cannot protect."""

from __future__ import annotations

from dataclasses import asdict

import click

from canbao.cli.output import REFUSED_BY_RULE, Stop, json_option, print_json, print_table, say
from canbao.outside.reader.report import ProtectionGrade, findings


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """检查这台机器能否安全地打开外来文件(图片、PDF、电子表格 .xlsx 和 .ods、Parquet、gzip),哪些保护有效,哪些没有。

    退出码:0 可以打开(可能有保护较弱,见表);4 有保护无效,有关的外来文件会被拒绝。
    """
    found = findings()
    if as_json:
        print_json([asdict(finding) | {"label": finding.grade.label} for finding in found])
    else:
        rows = [
            {"name": finding.name, "grade": finding.grade.label, "says": finding.says, "todo": finding.todo}
            for finding in found
        ]
        columns = {"name": "保护", "grade": "结果", "says": "情况", "todo": "处理办法"}
        print_table(rows, columns=columns, title="打开外来文件时的保护")
    if invalid := [finding.name for finding in found if finding.grade is ProtectionGrade.REFUSED]:
        raise Stop(f"无效的保护:{'、'.join(invalid)}。有关的外来文件会被拒绝,见表。", code=REFUSED_BY_RULE)
    weaker = [finding.name for finding in found if finding.grade is ProtectionGrade.WEAKER]
    say(f"可以打开外来文件;较弱的保护:{'、'.join(weaker)}。" if weaker else "可以打开外来文件,各项保护都有效。")
