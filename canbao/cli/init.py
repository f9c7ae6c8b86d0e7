"""`canbao init`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from canbao.cli.main import House, say_kind
from canbao.cli.output import say


@click.command()
@click.option("--practice", is_flag=True, help="建立练习环境:人员均为虚构,命令不核对密码。不加则建立正式登记库。")
@click.pass_context
def init(ctx: click.Context, practice: bool) -> None:
    """建立登记库:数据库、数据库账户、行政区划、机构与代码表。可重复执行。

    是正式登记库还是练习环境,在建立时决定,以后不能更改。
    """
    house: House = ctx.obj
    make(house, practice=practice)
    say(f"{'练习环境' if practice else '正式登记库'}已就绪:{house.home}")


def make(house: House, *, practice: bool) -> None:
    """The home and its database; for `canbao demo` too. Raises Stop for an existing home of the other kind."""
    house.make(practice=practice)
    say_kind(house)
    house.start_database()
    house.initialise(at=datetime.now(UTC))
