"""`canbao demo`: a practice home with an invented city in it, and its pages."""

from __future__ import annotations

import os

import click

from canbao.cli.init import make
from canbao.cli.main import House
from canbao.cli.output import REFUSED_BY_RULE, Stop


@click.command()
@click.option("--people", type=click.IntRange(1000, 34_000_000), default=100_000, show_default=True, help="城市人数")
@click.option("--seed", type=click.IntRange(1), default=1, show_default=True, help="随机种子,相同则城市相同")
@click.option("--serve/--no-serve", "serves", default=True, help="建成后启动网页服务(默认),或到此为止")
@click.option("--host", default="127.0.0.1", show_default=True, help="网页服务监听的地址")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="网页服务监听的端口")
@click.pass_context
def demo(ctx: click.Context, people: int, seed: int, serves: bool, host: str, port: int) -> None:
    """建立练习环境,虚构一座城市,接收各部门数据,建成登记库并报告结果,然后打印各岗位的账号,启动网页服务。

    须用 CANBAO_HOME 指定一个单独的目录;make demo 用的是 ./demo。可重复执行。
    """
    if not os.environ.get("CANBAO_HOME"):
        raise Stop(
            "演示须有单独的目录,以免与真实数据混在一起。请执行 make demo,或:CANBAO_HOME=./demo canbao demo",
            code=REFUSED_BY_RULE,
        )
    house: House = ctx.obj
    make(house, practice=True)
    # only now are there secrets for Django to read
    from canbao.cli.demo_city import build
    from canbao.cli.serve import check_free, run

    if serves:
        check_free(host, port)
    build(house.home, people, seed)
    if serves:
        run(ctx, host=host, port=port, with_worker=True)
