"""`canbao serve`: the web and one worker, kept alive until told to stop."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import click
from django.conf import settings

from canbao.cli.keeping import Kept, keep_all
from canbao.cli.output import BUSY, REFUSED_BY_RULE, Stop, say
from canbao.outside import serving
from canbao.services import accounts, evidence, intake, uploads


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="监听的端口")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="网页服务的进程数")
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True, help="每个进程的线程数")
@click.option("--no-worker", is_flag=True, help="不启动后台任务进程(另外用 canbao worker 启动)")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, workers: int, threads: int, no_worker: bool) -> None:
    """启动网页服务和后台任务进程,直到 Ctrl-C。其中一个中途退出,会自动重新启动。"""
    run(ctx, host=host, port=port, workers=workers, threads=threads, with_worker=not no_worker)


def run(ctx: click.Context, *, host: str, port: int, workers: int = 2, threads: int = 4, with_worker: bool) -> None:
    """The same for `canbao demo`."""
    check_host(host)
    check_free(host, port)
    _check_accounts()
    house = ctx.obj
    house.check_schema()
    house.prepare_web()
    uploads.sweep()
    evidence.sweep()
    intake.sweep()
    kept = [web(house.home, host=host, port=port, workers=workers, threads=threads)]
    if with_worker:
        kept.append(worker())
    server = serving.Listening(host.strip("[]"), port, settings.SECURE_PROXY_SSL_HEADER is not None)
    say(f"网址:http://{server.address}/(按 Ctrl-C 停止)")
    with serving.noted(house.home, server):
        keep_all(kept, each_turn=house.keep_database)


def web(home: Path, *, host: str, port: int, workers: int, threads: int) -> Kept:
    """gunicorn with threads, with the settings of `canbao.config.webserver`."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = ["--bind", bind, "--workers", str(workers), "--threads", str(threads)]
    command = [sys.executable, "-m", "gunicorn", "canbao.config.wsgi:application", *options]
    return Kept("网页服务", [*command, "--config", "python:canbao.config.webserver"], {"CANBAO_LOGIN": "web"})


def worker() -> Kept:
    return Kept("后台任务", [sys.executable, "-m", "canbao.config.entry", "worker"], {"CANBAO_LOGIN": "worker"})


def _check_accounts() -> None:
    """Accounts that nobody granted work in a practice home only; a register without administrators has nobody to let others in."""
    if accounts.has_demo_accounts() and not settings.CANBAO_PRACTICE:
        raise Stop(
            "正式登记库里有演示账号,不能启动。演示请执行 make demo;正式使用请用 CANBAO_HOME 另指定一个目录。",
            code=REFUSED_BY_RULE,
        )
    if not accounts.has_administrators():
        say("还没有管理员,无人可以登录。请先执行 canbao account first-admins 建立首批管理员。")


def check_host(host: str) -> None:
    """Beyond this machine passwords and personal facts travel through TLS only."""
    if not serving.is_loopback(host) and not settings.SECURE_PROXY_SSL_HEADER:
        raise Stop(
            f"不能直接在 {host} 上提供网页:密码和个人信息会以明文传送。"
            "请在前面设置 TLS 代理,由它转到本机,并设置环境变量 CANBAO_TLS=1 后再启动;只在本机使用时去掉 --host。",
            code=REFUSED_BY_RULE,
        )


def check_free(host: str, port: int) -> None:
    """--reuse-port would let two servers share a port without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise Stop(f"不能使用 {host}:{port}({reason})。请用 --port 换一个端口。", code=BUSY) from error
