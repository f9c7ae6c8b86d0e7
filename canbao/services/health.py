"""Is everything running: what the system administrator looks at each morning. Counts, sizes and times; no persons."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import version

import django
from django.db import connection
from django.utils import timezone

from canbao.outside.reader.limits import Group
from canbao.outside.reader.report import ProtectionGrade, findings
from canbao.rules.cadence import EXPECTED, Lateness, lateness
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit, safeguards
from canbao.store.models import MatchRun, RunState, SourceState

GB = 2**30


class Light(StrEnum):
    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"

    @property
    def label(self) -> str:
        return {"GREEN": "正常", "YELLOW": "注意", "RED": "须处理"}[self.value]

    @property
    def tone(self) -> str:
        """As the pages colour it."""
        return {"GREEN": "ok", "YELLOW": "wait", "RED": "bad"}[self.value]


@dataclass(frozen=True)
class Item:
    """One thing looked at; todo: what to do, empty where nothing is."""

    name: str
    light: Light
    says: str
    todo: str = ""


@dataclass(frozen=True)
class Source:
    """A department's deliveries: how fresh the newest state is."""

    name: str
    light: Light
    as_of: object
    rows: int
    days: int
    says: str


@dataclass(frozen=True)
class Health:
    items: list[Item]
    sources: list[Source]
    versions: list[tuple[str, str]]

    @property
    def light(self) -> Light:
        """The worst of all."""
        lights = {item.light for item in self.items} | {source.light for source in self.sources}
        return next(light for light in (Light.RED, Light.YELLOW, Light.GREEN) if light in lights)


def look(*, actor: Actor, at: datetime) -> Health:
    """Raises access.NotAllowed."""
    access.require(actor, Permission.HEALTH_VIEW)
    items = [_database(), *_queue(at), _seal(), *_anchor(at), *_safeguards(), _foreign_files(), _match(at)]
    return Health(items, list(_sources(at)), _versions())


def _database() -> Item:
    with connection.cursor() as cursor:
        cursor.execute("select pg_database_size(current_database()), count(*) from pg_stat_activity")
        size, connections = cursor.fetchone()
    return Item("数据库", Light.GREEN, f"运行正常，占用 {_size(size)}，{connections} 个连接")


def _queue(at: datetime) -> Iterator[Item]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select to_regclass('procrastinate_jobs') is not null and to_regclass('procrastinate_workers') is not null"
        )
        if not cursor.fetchone()[0]:
            return
        cursor.execute("select max(last_heartbeat) from procrastinate_workers")
        beat = cursor.fetchone()[0]
        cursor.execute(
            "select count(*), min(e.at) from procrastinate_jobs j left join procrastinate_events e"
            " on e.job_id = j.id and e.type = 'deferred'"
            " where j.status = 'todo' and (j.scheduled_at is null or j.scheduled_at <= %s)",
            [at],
        )
        waiting, oldest = cursor.fetchone()
    yield _worker(beat, at)
    todo = "任务积压。请确认后台进程在运行；持续积压请检查服务器负载。"
    age = at - oldest if oldest else timedelta()
    light = _grade(age, timedelta(minutes=15), timedelta(hours=1))
    says = f"{waiting} 个任务等待" + (f"，最早的已等 {_span(age)}" if oldest else "")
    yield Item("任务队列", light, says, "" if light is Light.GREEN else todo)


def _worker(beat: datetime | None, at: datetime) -> Item:
    todo = "后台进程没有运行，比对、封存、告警检查都停了。请重新启动 canbao serve。"
    if beat is None:
        return Item("后台进程", Light.RED, "没有运行", todo)
    light = _grade(at - beat, timedelta(minutes=1), timedelta(minutes=5))
    return Item("后台进程", light, f"{_span(at - beat)}前有响应", "" if light is Light.GREEN else todo)


def _seal() -> Item:
    """Measured by the oldest entry that waits to be sealed: an idle night needs no seal."""
    last, waiting = audit.last_seal(), audit.unsealed()
    says = f"最近一次封存 {timezone.localtime(last.sealed_at):%Y-%m-%d %H:%M}" if last else "还没有封存过"
    if not waiting.is_long:
        return Item("日志封存", Light.GREEN, says)
    todo = (
        "日志没有按时封存，封存前的改动无法发现。请检查后台进程和长时间占用数据库的会话，必要时执行 canbao audit seal。"
    )
    return Item("日志封存", Light.RED, f"{says}；{waiting.count} 条未封存，最早的已等 {_span(waiting.age)}", todo)


def _anchor(at: datetime) -> Iterator[Item]:
    """The newest anchor; whether it has got outside the machine is told by `safeguards`."""
    newest = next(iter(audit.latest(1)), None)
    todo = "请检查后台进程；它每十分钟生成一份封存凭证。"
    if newest is None:
        yield Item("封存凭证", Light.YELLOW, "还没有生成过", todo)
    else:
        light = _grade(at - newest.at, audit.LATE, audit.VERY_LATE)
        says = f"最近一份 {timezone.localtime(newest.at):%Y-%m-%d %H:%M}"
        yield Item("封存凭证", light, says, "" if light is Light.GREEN else todo)


_GRADES = {safeguards.Grade.GOOD: Light.GREEN, safeguards.Grade.WATCH: Light.YELLOW, safeguards.Grade.BAD: Light.RED}


def _safeguards() -> Iterator[Item]:
    for found in safeguards.look():
        yield Item(found.name, _GRADES[found.grade], found.says, found.todo)


def _foreign_files() -> Item:
    """What protects the opening of pictures and PDF in this process; the worker runs on the same machine."""
    found = findings([Group.PAPERS])
    worst = max(found, key=lambda finding: list(ProtectionGrade).index(finding.grade))
    names = "、".join(finding.name for finding in found if finding.grade is worst.grade)
    match worst.grade:
        case ProtectionGrade.HOLDS:
            return Item("外来文件隔离", Light.GREEN, f"{len(found)} 项保护都有效")
        case ProtectionGrade.WEAKER:
            return Item("外来文件隔离", Light.YELLOW, f"较弱：{names}", f"{worst.todo}详情用 canbao doctor 查看。")
    return Item("外来文件隔离", Light.RED, f"无效：{names}", f"{worst.todo}详情用 canbao doctor 查看。")


def _match(at: datetime) -> Item:
    run = MatchRun.objects.order_by("-pk").first()
    if run is None:
        return Item("信息比对", Light.YELLOW, "还没有比对过", "接收并提交各部门数据后，由市级数据采集岗发起比对。")
    began = f"第 {run.pk} 号，{timezone.localtime(run.started_at):%Y-%m-%d %H:%M} 开始"
    if run.state == RunState.FAILED:
        return Item("信息比对", Light.RED, f"{began}，没有完成", "请通知市级数据采集岗重新发起比对。")
    if run.state == RunState.RUNNING:
        stuck = at - run.started_at > timedelta(hours=6)
        todo = "运行时间过长。请检查后台进程和服务器负载。" if stuck else ""
        return Item("信息比对", Light.YELLOW if stuck else Light.GREEN, f"{began}，正在运行", todo)
    return Item("信息比对", Light.GREEN, f"{began}，已完成")


_LIGHTS = {
    Lateness.IN_TIME: (Light.GREEN, "按时"),
    Lateness.LATE: (Light.YELLOW, "迟报，请提醒报送单位"),
    Lateness.VERY_LATE: (Light.RED, "严重迟报，请发函催报"),
    Lateness.NEVER: (Light.YELLOW, "从未报送，请确认是否约定了报送"),
}


def _sources(at: datetime) -> Iterator[Source]:
    states = {state.source: state for state in SourceState.objects.filter(batch__isnull=False)}
    for name, expected in EXPECTED.items():
        state = states.get(name)
        as_of = state.as_of if state else None
        light, says = _LIGHTS[lateness(name, as_of=as_of, on=day_of(at))]
        yield Source(expected.label, light, as_of, state.rows if state else 0, expected.days, says)


def _versions() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        server = str(cursor.fetchone()[0]).split()[0]
    return [
        ("全民参保登记系统", version("canbao")),
        ("PostgreSQL", server),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
    ]


def _size(size: float) -> str:
    return f"{size / GB:,.1f} GB" if size >= GB else f"{size / 2**20:,.0f} MB"


def _grade(age: timedelta, yellow: timedelta, red: timedelta) -> Light:
    return Light.RED if age > red else Light.YELLOW if age > yellow else Light.GREEN


def _span(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} 秒"
