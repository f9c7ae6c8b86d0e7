"""`canbao links`: which person each source record belongs to, as a file for others."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from canbao.cli.context import acts_as, now
from canbao.cli.match import SENTENCES
from canbao.cli.output import USAGE, Stop, explain, say
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor, Role
from canbao.services import matching


@click.command()
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", help="输出格式")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="输出文件;CSV 可不写,输出到标准输出。")
@acts_as(Role.MUNICIPAL_ANALYST, need=Permission.MATCH_EXPORT)
def links(form: str, out: Path | None, actor: Actor) -> None:
    """每条已接受记录一行:source, record_key, person_id, rule, band。"""
    to_terminal = out is None and sys.stdout.isatty()
    if form == "parquet" and to_terminal:
        raise Stop("Parquet 请用 --out 指定文件。", code=USAGE)
    with explain(SENTENCES):
        if out is not None:
            count = matching.export_links(out, form=form, actor=actor, at=now())
            say(f"已写出 {count:,} 条:{out}")
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "links"
            matching.export_links(file, form=form, actor=actor, at=now())
            with file.open("rb") as rows:
                while block := rows.read(1 << 20):
                    sys.stdout.buffer.write(block)
