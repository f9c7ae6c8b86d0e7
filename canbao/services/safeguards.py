"""Whether what protects a register is in force on this machine: who may read the home, its keys, the waits of the database, the disk,
who reaches the pages, the watch over the journal and the evidence for it outside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection

from canbao.outside import home_permissions, serving
from canbao.rules.period import HERE
from canbao.services import audit
from canbao.store.models import KeyCheck
from canbao.store.sealed import PURPOSES, check_value

GB = 2**30
SHOWN = 3
_LIMITS = {"statement_timeout": "语句", "lock_timeout": "等锁", "idle_in_transaction_session_timeout": "事务空闲"}


class Grade(StrEnum):
    GOOD = "GOOD"
    WATCH = "WATCH"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One thing looked at. says: what it is; todo: what to do, empty where nothing is."""

    name: str
    grade: Grade
    says: str
    todo: str = ""


def look(*, every_file: bool = False) -> list[Safeguard]:
    """All of them. every_file: each paper too, which takes a while where there are millions."""
    return [_permissions(every_file), _keys(), *_limits(), _disk(), *_reached(), _alarm_scan(), *_evidence()]


def _permissions(every_file: bool) -> Safeguard:
    home = Path(settings.CANBAO_HOME)
    found = list(islice(home_permissions.find(home, every_file=every_file), SHOWN + 1))
    if not found:
        return Safeguard("目录权限", Grade.GOOD, "只有本账户可以读写")
    names = "、".join(str(one.path.relative_to(home)) for one in found[:SHOWN])
    more = " 等" if len(found) > SHOWN else ""
    todo = f"请执行 chmod -R go= -- {home}，并查明原因。"
    return Safeguard("目录权限", Grade.BAD, f"其他账户可以读写：{names}{more}", todo)


def _keys() -> Safeguard:
    noted = dict(KeyCheck.objects.values_list("name", "value"))
    ours = {f"secret_key/{purpose}": check_value(settings.SECRET_KEY, purpose) for purpose in PURPOSES}
    if any(noted.get(name, value) != value for name, value in ours.items()):
        todo = "正在使用的密钥不是这个登记库的。请立即停止服务，从备份恢复 secret_key。"
        return Safeguard("密钥", Grade.BAD, "与登记库记录的校验值不符", todo)
    if ours.keys() - noted.keys():
        return Safeguard("密钥", Grade.WATCH, "还没有记录校验值", "请执行 canbao init。")
    return Safeguard("密钥", Grade.GOOD, "与登记库记录的校验值一致")


def _limits() -> Iterator[Safeguard]:
    with connection.cursor() as cursor:
        cursor.execute("select name, setting::bigint, current_setting(name) from pg_settings where name = any(%s)",
                       [list(_LIMITS)])  # fmt: skip
        found = {name: (number, text) for name, number, text in cursor.fetchall()}
    says = "，".join(f"{label} {found[name][1]}" for name, label in _LIMITS.items())
    if all(number for number, _ in found.values()):
        yield Safeguard("数据库等待时限", Grade.GOOD, says)
        return
    yield Safeguard(
        "数据库等待时限", Grade.BAD, says, "有的时限没有生效（0 为不限）。请检查 DATABASE_URL 中的 options。"
    )


def _disk() -> Safeguard:
    total, _, free = shutil.disk_usage(settings.CANBAO_HOME)
    share = free / total
    bad, watch = share < 0.1 or free < 5 * GB, share < 0.2
    todo = "磁盘空间不足，写满后将无法办理业务。请清理旧的备份和来文，或扩容。" if bad or watch else ""
    grade = Grade.BAD if bad else Grade.WATCH if watch else Grade.GOOD
    return Safeguard("磁盘空间", grade, f"剩余 {free / GB:,.0f} GB（共 {total / GB:,.0f} GB）", todo)


def _reached() -> Iterator[Safeguard]:
    """Without a proxy the pages are for this machine alone."""
    for server in serving.listening(Path(settings.CANBAO_HOME)):
        if not serving.is_loopback(server.host):
            grade = Grade.WATCH if server.behind_proxy else Grade.BAD
            todo = "其他机器可以绕过代理直接连接。请改用 --host 127.0.0.1，由本机的代理转接；代理在另一台机器的，用防火墙只放行它。"
            yield Safeguard("网页监听地址", grade, f"{server.address}，不只是本机", todo)
        elif server.behind_proxy or settings.CANBAO_PRACTICE:
            yield Safeguard("网页监听地址", Grade.GOOD, f"{server.address}，只限本机")
        else:
            todo = "只能在本机试用。正式使用请在前面设置 TLS 代理，并设置 CANBAO_TLS=1。"
            yield Safeguard("网页监听地址", Grade.WATCH, f"{server.address}，没有代理", todo)


def _alarm_scan() -> Safeguard:
    """The scan that should run every few minutes, and has not."""
    delay = audit.scan_delay()
    says = f"检查到 {delay.scanned_to.astimezone(HERE):%Y-%m-%d %H:%M}" if delay.scanned_to else "还没有检查过"
    if not delay.is_late:
        return Safeguard("告警检查", Grade.GOOD, says)
    grade = Grade.BAD if delay.scanned_to else Grade.WATCH
    todo = "日志没有按时检查，其间的异常还没有告警。请确认后台进程在运行（canbao serve 或 canbao worker）。"
    return Safeguard("告警检查", grade, says, todo)


def _evidence() -> Iterator[Safeguard]:
    """Whether the ends of the journal's chain have got outside the machine, on each way."""
    reached = audit.reached()
    if not reached:
        todo = "取得服务器全部权限的人可以重做日志而不被发现。请设置 CANBAO_TSA_URL 或 CANBAO_SYSLOG。"
        yield Safeguard("机外存证", Grade.WATCH, "没有设置", todo)
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (now,) = cursor.fetchone()
    for way, state in reached:
        says = f"最近一次 {state.at.astimezone(HERE):%Y-%m-%d %H:%M}" if state.at else "还没有成功过"
        late = Grade.BAD if state.is_late(now, by=audit.VERY_LATE) else Grade.WATCH
        todo = f"凭证没有存到机外，其间的日志不能证明没有被重做。请检查网络和设置。{state.error}"
        on_time = not state.is_late(now)
        yield Safeguard(f"机外存证：{way.label}", Grade.GOOD if on_time else late, says, "" if on_time else todo)
