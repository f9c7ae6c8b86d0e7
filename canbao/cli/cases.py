"""`canbao cases`: the conflicts that an office has to settle."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from canbao.cli.context import acts_as, now
from canbao.cli.labels import CASES
from canbao.cli.output import json_option, print_json, print_table, say
from canbao.rules.offices import office_full_name
from canbao.rules.roles import Actor, Role
from canbao.services import matching

_COLUMNS = ("case_id", "kind", "person_ids", "record_keys", "reason", "office")


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "csv"]), default="table", help="输出格式")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="输出文件")
@click.option("--kind", type=click.Choice(list(CASES)), help="只列一类")
@click.option("--all", "everything", is_flag=True, help="包括已处理和已消失的")
@click.option("--limit", type=int, default=30, show_default=True, help="表格最多列多少件")
@json_option
@acts_as(Role.MUNICIPAL_ANALYST)
def cases(form: str, out: Path | None, kind: str | None, everything: bool, limit: int, as_json: bool, actor: Actor) -> None:
    """需要人工判定的疑点:一号多人、疑似同一人、一人多号、号码无效、已死亡仍参保等。"""
    rows = matching.export_cases(kind=kind, everything=everything, actor=actor, at=now())
    if as_json:
        print_json(list(rows))
    elif form == "csv" or out is not None:
        with _target(out) as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for row in rows:
                joined = {"person_ids": ";".join(map(str, row["person_ids"])), "record_keys": ";".join(row["record_keys"])}
                writer.writerow((row | joined)[column] for column in _COLUMNS)
    else:
        _print(rows, limit)


@contextmanager
def _target(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        yield file
    say(f"已写出:{out}")


def _print(rows: Iterator[dict[str, object]], limit: int) -> None:
    shown: list[dict[str, object]] = []
    total = 0
    for row in rows:
        total += 1
        if len(shown) < limit:
            shown.append(row | {"kind": CASES[str(row["kind"])], "office": office_full_name(str(row["office"]))})
    if not total:
        say("没有待处理的疑点。")
        return
    columns = {"case_id": "编号", "kind": "类别", "person_ids": "人员", "record_keys": "记录", "reason": "说明", "office": "经办机构"}
    print_table(shown, columns=columns, title=f"疑点 {total:,} 件")
    if total > len(shown):
        say(f"只列出前 {len(shown)} 件;全部请用 --format csv。")
