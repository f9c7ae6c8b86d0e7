"""The figures of a run on one page."""

from __future__ import annotations

from typing import Any

import click

from canbao.cli.labels import BANDS, CASES, GAPS, LEFT_OUT, RULES, SCOPES, SOURCES, STEPS
from canbao.cli.output import print_table
from canbao.rules.match_labels import Outcome

_WRITTEN = {
    "person": "人员",
    "enrolment": "参保",
    "person_document": "证件",
    "business_number": "业务编号",
    "listed_spell": "名单记录",
}


def show_run(counts: dict[str, Any]) -> None:
    """What linked the records, the cases, and the people by scope and gap."""
    links = _crossed(counts["links"], "rule", "band", "records", RULES, BANDS)
    print_table(
        links,
        columns={"name": "归并依据"} | BANDS | {"total": "合计"},
        title=f"来源记录 {counts['records']:,} 条,各凭什么归到人",
    )
    click.echo("殡葬、外省参保、在校、服刑、现役的名单只用来说明已知的人为何未参保或不再属登记对象,不计入上表。\n")
    lists = [
        {"source": SOURCES[source]} | {str(o): rows.get(o, 0) for o in Outcome} | {"total": sum(rows.values())}
        for source, rows in counts.get("lists", {}).items()
    ]
    columns = {"source": "名单"} | {str(o): o.label for o in Outcome} | {"total": "合计"}
    print_table(lists, columns=columns, title="名单上的人")
    _show_left_out(counts.get("left_out") or {})
    cases = [{"kind": CASES[kind], "cases": number} for kind, number in counts["cases"].items()]
    print_table(cases, columns={"kind": "需人工判定的疑点", "cases": "件数"})
    people = _crossed(counts["people"], "scope", "gap", "people", SCOPES, GAPS)
    number = sum(row["people"] for row in counts["people"])
    print_table(people, columns={"name": "登记范围"} | GAPS | {"total": "合计"}, title=f"登记人员 {number:,} 人")


def _show_left_out(left_out: dict[str, Any]) -> None:
    """Values that the register cannot hold; the rest of the run went on."""
    rows = [
        one | {"source": SOURCES[one["source"]], "reason": LEFT_OUT[one["reason"]],
               "is_row_out": "整行没有使用" if one["is_row_out"] else "这一项没有使用"}
        for one in left_out.get("shown", ())
    ]  # fmt: skip
    columns = {"source": "来源", "file": "文件", "row": "行", "column": "列", "reason": "原因", "is_row_out": "处理"}
    if rows:
        print_table(rows, columns=columns, title=f"有 {left_out['rows']:,} 行含登记库不能保存的内容,其余照常比对")


def show_written(counts: dict[str, Any]) -> None:
    """What the run changed in the register, and how long each stage took."""
    verbs = {"new": "新增", "changed": "变动", "ended": "终止"}
    rows = [
        {"table": label} | {verb: counts[verb].get(name, 0) for verb in verbs if verb in counts}
        for name, label in _WRITTEN.items()
    ]
    print_table(rows, columns={"table": "写入登记库"} | verbs)
    if seconds := counts.get("seconds"):
        told = ",".join(f"{label} {seconds[stage]:.1f}" for stage, label in STEPS.items() if stage in seconds)
        click.echo(f"用时 {sum(seconds.values()):.1f} 秒:{told}")


def _crossed(
    rows: list[dict[str, Any]], down: str, across: str, figure: str, names: dict[str, str], columns: dict[str, str]
) -> list[dict[str, Any]]:
    """A list of counts as a table with a column per value of `across`."""
    table: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = table.setdefault(row[down], {"name": names[row[down]], **dict.fromkeys(columns, 0), "total": 0})
        line[row[across]] += row[figure]
        line["total"] += row[figure]
    return [table[key] for key in names if key in table]
