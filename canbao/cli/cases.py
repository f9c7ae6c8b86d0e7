"""`canbao cases`: the conflicts that an office has to settle, and one of them with both sides."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from canbao.cli.context import acts_as, in_full, now
from canbao.cli.labels import CASES, SETTLING, SOURCES, STATES
from canbao.cli.match import SENTENCES
from canbao.cli.output import explain, json_option, print_json, print_table, say
from canbao.cli.records import HIDDEN, print_records, print_sides
from canbao.cli.words import office_in_words
from canbao.outside.sheets import CsvWriter
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import matching

_COLUMNS = ("case_id", "kind", "person_ids", "record_keys", "reason", "office")
_KINDS = "、".join(f"{code} {name}" for code, name in CASES.items())
_NAMED = 3  # more people or records than this are only counted in a list


@click.command()
@click.argument("case_id", type=int, required=False, metavar="[编号]")
@click.option("--format", "form", type=click.Choice(["table", "csv"]), default="table", help="输出格式")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="输出文件(CSV)")
@click.option("--kind", type=click.Choice(list(CASES)), metavar="类别", help=f"只列一类:{_KINDS}")
@click.option(
    "--office", default="", metavar="机构", help="只列一个经办机构及其下级,写机构编码,如 500112 或 500112500112015"
)
@click.option("--all", "everything", is_flag=True, help="包括已判定和已消失的")
@click.option("--limit", type=int, metavar="件数", default=30, show_default=True, help="表格最多列多少件")
@click.option("--full", is_flag=True, help="查看一件时不隐藏证件号码、电话和地址")
@json_option
@acts_as(Role.MUNICIPAL_ANALYST, need=Permission.CASE_VIEW)
def cases(
    case_id: int | None,
    form: str,
    out: Path | None,
    kind: str | None,
    office: str,
    everything: bool,
    limit: int,
    full: bool,
    as_json: bool,
    actor: Actor,
) -> None:
    """需要人工判定的疑点:一号多人、疑似同一人、一人多号、号码无效、已死亡仍参保等。

    给出编号时,对照显示这一件涉及的各方,并说明如何处理。
    """
    if case_id is not None:
        _show_one(case_id, full, as_json, actor)
        return
    rows = matching.export_cases(kind=kind, everything=everything, office=office, actor=actor, at=now())
    if as_json:
        print_json(list(rows))
    elif form == "csv" or out is not None:
        with _target(out) as file:
            _write(rows, file)
    else:
        _print(rows, limit)


def _write(rows: Iterator[dict[str, Any]], file: IO[str]) -> None:
    writer = CsvWriter(file)
    writer.writerow(_COLUMNS)
    for row in rows:
        joined = {"person_ids": ";".join(map(str, row["person_ids"])), "record_keys": ";".join(row["record_keys"])}
        writer.writerow((row | joined)[column] for column in _COLUMNS)


@contextmanager
def _target(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        yield file
    say(f"已写出:{out}")


def _print(rows: Iterator[dict[str, Any]], limit: int) -> None:
    shown: list[dict[str, object]] = []
    total = 0
    for row in rows:
        total += 1
        if len(shown) < limit:
            shown.append(_line(row))
    if not total:
        say("没有符合条件的疑点。")
        return
    columns = {
        "case_id": "编号",
        "kind": "类别",
        "persons": "人员",
        "records": "记录",
        "reason": "说明",
        "office": "经办机构",
    }
    print_table(shown, columns=columns, title=f"疑点 {total:,} 件")
    if total > len(shown):
        say(f"只列出前 {len(shown)} 件;多列几件用 --limit,全部导出用 --format csv --out 文件。")
    say("查看一件、对照各方:canbao cases 编号")


def _line(row: dict[str, Any]) -> dict[str, object]:
    return {
        "case_id": str(row["case_id"]),
        "kind": CASES[row["kind"]],
        "persons": _first(list(map(str, row["person_ids"])), "人"),
        "records": _first([_record(key) for key in row["record_keys"]], "条"),
        "reason": row["reason"],
        "office": f"{office_in_words(row['office'])}({row['office']})",
    }


def _first(texts: Sequence[str], unit: str) -> str:
    more = f" 等 {len(texts)} {unit}" if len(texts) > _NAMED else ""
    return "、".join(texts[:_NAMED]) + more


def _record(key: str) -> str:
    source, _, rest = key.partition(":")
    return f"{SOURCES.get(source, source)} {rest}"


def _show_one(case_id: int, full: bool, as_json: bool, actor: Actor) -> None:
    at = now()
    if full:
        actor = in_full(actor, Role.TOWN_CLERK)  # the clerk who decides it may see it whole
    with explain(SENTENCES):
        view = matching.view_case(case_id, actor=actor, at=at, full=full)
    case = view.case
    if as_json:
        whole = {column: getattr(case, column) for column in ("kind", "state", "person_ids", "reason")}
        print_json({"case_id": case.pk, "office": case.office_path, "records": view.records} | whole)
        return
    on = day_of(at)
    click.echo(f"疑点 {case.pk} · {CASES[case.kind]} · {STATES[case.state]} · {office_in_words(case.office_path)}")
    if len(case.person_ids) > 1:
        print_sides(view, on=on)
    print_records(view.records, title=f"涉及的来源记录 {len(view.records)} 条", on=on)
    for sentence in case.reason.split("；"):  # the evidence for, the evidence against, the verdict
        click.echo(f"  {sentence}")
    _say_how(view)
    if not full:
        say(HIDDEN)


def _say_how(view: matching.CaseView) -> None:
    case = view.case
    if case.state == "DECIDED":
        say(f"这一件已判定。撤销判定:canbao match undo {case.pk}")
    elif case.state == "GONE":
        say("这一件已不再出现,无须处理。")
    else:
        say(SETTLING[case.kind])
    if view.decidable:
        say(f'是同一人:canbao match decide {case.pk} --same --reason "书面依据"(两份登记合并)')
        say(f'不是同一人:canbao match decide {case.pk} --different --reason "书面依据"(以后不再提出)')
