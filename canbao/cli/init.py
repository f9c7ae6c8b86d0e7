"""`canbao init`."""

from __future__ import annotations

import click

from canbao.cli.context import now
from canbao.cli.output import say


@click.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """建立数据库和数据库账户,装入行政区划、机构与代码表。可重复执行。"""
    ctx.obj.initialise(at=now())
    say(f"登记库已就绪:{ctx.obj.home}")
