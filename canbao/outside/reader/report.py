"""What protects the reading of foreign files on this system, in words: for `canbao doctor` and the health page."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from canbao.outside.reader.client import protections
from canbao.outside.reader.failures import ReaderUnavailableError
from canbao.outside.reader.limits import Group, Operation
from canbao.outside.reader.lock import Protection, Trial
from canbao.outside.reader.protections import Protections


class ProtectionGrade(StrEnum):
    HOLDS = "HOLDS"
    WEAKER = "WEAKER"  # files are read, behind fewer walls
    REFUSED = "REFUSED"  # files, or those of a format, are not read

    @property
    def label(self) -> str:
        return {"HOLDS": "有效", "WEAKER": "较弱", "REFUSED": "无效"}[self.value]


@dataclass(frozen=True, slots=True)
class ProtectionFinding:
    """One protection. says: what was found; todo: what to do, empty where nothing is."""

    name: str
    grade: ProtectionGrade
    says: str
    todo: str = ""


_FORMATS: Final = {
    Operation.LOOK_PICTURE: "图片", Operation.DRAW_PICTURE: "图片", Operation.LOOK_PDF: "PDF", Operation.DRAW_PDF: "PDF",
    Operation.WORKBOOK: "电子表格（.xlsx、.ods）", Operation.PARQUET: "Parquet", Operation.GUNZIP: "gzip",
}  # fmt: skip
_ESSENTIAL: Final = "这台机器不能限制读取进程，系统不会打开任何外来文件。请换到普通的 Linux 主机或虚拟机上运行。"
_CONTAINER: Final = "如在容器中运行，请检查容器的 seccomp 配置是否禁止了它。"


def findings(groups: Iterable[Group] = tuple(Group)) -> list[ProtectionFinding]:
    """Tried anew where the reader processes of this process have not been started yet."""
    found: dict[str, ProtectionFinding] = {}
    for group in groups:
        try:
            for finding in _of(protections(group)):
                if _rank(finding) >= _rank(found.get(finding.name)):
                    found[finding.name] = finding
        except ReaderUnavailableError:
            return [
                ProtectionFinding(
                    "读取进程",
                    ProtectionGrade.REFUSED,
                    "不能启动",
                    "请检查安装是否完整：重新执行安装步骤，再执行 canbao doctor。",
                )
            ]
    return list(found.values())


def _rank(finding: ProtectionFinding | None) -> int:
    return list(ProtectionGrade).index(finding.grade) if finding else -1


def _of(found: Protections) -> Iterator[ProtectionFinding]:
    """The worst of the groups counts."""
    yield _tried("内存和处理器时间限度", found, {Trial.MEMORY}, "超出限度的读取被终止")
    yield _tried("打不开其他文件", found, {Trial.FILES, Trial.WRITING}, "读取进程只有交给它的一个文件")
    yield _tried("连不上网络和数据库", found, {Trial.NETWORK}, "读取进程不能建立任何连接")
    yield _programs(found)
    yield _account(found)
    yield _landlock(found)
    yield _seccomp(found)
    yield _watch(found)
    yield _formats(found)


def _tried(name: str, found: Protections, trials: set[Trial], says: str) -> ProtectionFinding:
    if found.refused >= trials and Protection.LIMITS in found.held:
        return ProtectionFinding(name, ProtectionGrade.HOLDS, says)
    return ProtectionFinding(name, ProtectionGrade.REFUSED, "没有限制住", _ESSENTIAL)


def _programs(found: Protections) -> ProtectionFinding:
    if found.refused >= {Trial.PROCESSES, Trial.PROGRAMS}:
        return ProtectionFinding("不能启动其他程序", ProtectionGrade.HOLDS, "读取进程不能启动程序，也不能再生出进程")
    return ProtectionFinding("不能启动其他程序", ProtectionGrade.WEAKER, "没有完全限制住", _CONTAINER)


def _account(found: Protections) -> ProtectionFinding:
    if os.geteuid():
        return ProtectionFinding("账户", ProtectionGrade.HOLDS, "以普通账户运行")
    if {Protection.ACCOUNT, Protection.PRIVILEGES} <= found.used:
        return ProtectionFinding("账户", ProtectionGrade.HOLDS, "以 root 运行，读取时换用没有权限的账户")
    return ProtectionFinding(
        "账户", ProtectionGrade.WEAKER, "以 root 运行，读取时不能换用没有权限的账户", "请用普通账户运行登记系统。"
    )


def _landlock(found: Protections) -> ProtectionFinding:
    if Protection.LANDLOCK in found.used:
        return ProtectionFinding("文件隔离（Landlock）", ProtectionGrade.HOLDS, f"内核支持，第 {found.landlock} 版")
    return ProtectionFinding(
        "文件隔离（Landlock）",
        ProtectionGrade.WEAKER,
        "内核不支持或没有启用",
        f"请升级到 Linux 5.13 以上的内核。{_CONTAINER}",
    )


def _seccomp(found: Protections) -> ProtectionFinding:
    if Protection.SECCOMP in found.used:
        return ProtectionFinding("系统调用过滤（seccomp）", ProtectionGrade.HOLDS, "只允许读取所必需的调用")
    if Protection.SECCOMP in found.held:
        return ProtectionFinding(
            "系统调用过滤（seccomp）",
            ProtectionGrade.WEAKER,
            "与本机的程序库不合，没有使用",
            "请把这一行报给维护人员。",
        )
    return ProtectionFinding("系统调用过滤（seccomp）", ProtectionGrade.WEAKER, "内核或处理器不支持", _CONTAINER)


def _watch(found: Protections) -> ProtectionFinding:
    if found.watched:
        return ProtectionFinding("内存监视", ProtectionGrade.HOLDS, "每 20 毫秒查看一次读取进程占用的内存")
    return ProtectionFinding("内存监视", ProtectionGrade.WEAKER, "看不到 /proc", "请挂载 /proc。")


def _formats(found: Protections) -> ProtectionFinding:
    if not found.unreadable:
        return ProtectionFinding("能读的格式", ProtectionGrade.HOLDS, "、".join(dict.fromkeys(_FORMATS.values())))
    names = "、".join(dict.fromkeys(_FORMATS[operation] for operation in sorted(found.unreadable)))
    return ProtectionFinding(
        "能读的格式", ProtectionGrade.REFUSED, f"{names} 的样例读不出来", "请检查安装是否完整，或把这一行报给维护人员。"
    )
