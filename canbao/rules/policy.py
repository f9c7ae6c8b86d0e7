"""The security parameters by GB/T 22239-2019 level 3 (8.1.4): their defaults, and how far each may be tightened.

A setting is never looser than its loosest value, which is the default except where the standard leaves more room (sessions,
budgets of looks).
The strictest value keeps the system usable: nobody can be locked out of it by a typing error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from canbao.rules.budgets import ALLOWANCES, Budget, Group, parameter_name


class Kind(StrEnum):
    NUMBER = "NUMBER"
    SWITCH = "SWITCH"  # 1 on, 0 off


@dataclass(frozen=True, slots=True)
class Parameter:
    """loosest, strictest: the two ends of what may be set; which of them is the larger number tells what "tighter" means."""

    name: str
    group: str
    label: str
    sentence: str
    default: int
    loosest: int
    strictest: int
    unit: str = ""
    clause: str = ""
    kind: Kind = Kind.NUMBER

    @property
    def rises(self) -> bool:
        """Whether a larger number is the stricter one."""
        return self.strictest > self.loosest

    @property
    def is_fixed(self) -> bool:
        return self.strictest == self.loosest

    def allows(self, value: int) -> bool:
        return min(self.loosest, self.strictest) <= value <= max(self.loosest, self.strictest)

    def say(self, value: int) -> str:
        """The value as it is read on screen."""
        return ("是" if value else "否") if self.kind is Kind.SWITCH else f"{value} {self.unit}".strip()


class UnknownParameter(LookupError):
    """No parameter has this name."""


class TooLoose(ValueError):
    """The value is looser than the standard's; `parameter.loosest` is the bound."""

    def __init__(self, parameter: Parameter, value: int) -> None:
        super().__init__(parameter.name, value)
        self.parameter = parameter
        self.value = value


class TooStrict(TooLoose):
    """The value would make the system unusable; `parameter.strictest` is the bound."""


def _p(
    name: str, group: str, label: str, default: int, strictest: int, unit: str, clause: str, sentence: str
) -> Parameter:
    return Parameter(name, group, label, sentence, default, default, strictest, unit, clause)


def _switch(name: str, group: str, label: str, default: int, clause: str, sentence: str) -> Parameter:
    return Parameter(name, group, label, sentence, default, default, 1, "", clause, Kind.SWITCH)


_PASSWORD, _LOCK, _SESSION, _FACTOR, _ACCOUNT, _WATCH = "密码", "登录失败", "会话", "双因素认证", "账号", "审计告警"
_A, _B, _D, _C = "8.1.4.1 a", "8.1.4.1 b", "8.1.4.1 d", "8.1.4.2 c"

_ALL: Final[tuple[Parameter, ...]] = (
    _p("password_length", _PASSWORD, "密码最短长度", 10, 32, "个字符", _A, "少于这个长度的密码不予接受。"),
    _p("password_classes", _PASSWORD, "字符种类", 3, 4, "种", _A, "大写字母、小写字母、数字、符号四种中至少包含几种。"),
    _p("password_history", _PASSWORD, "不得重复最近密码", 5, 24, "个", _A, "新密码不得与最近用过的这些密码相同。"),
    _p("password_days", _PASSWORD, "密码有效期", 90, 7, "天", _A, "超过有效期，登录后须先修改密码。"),
    _switch("password_first_use", _PASSWORD, "首次登录修改密码", 1, _A, "用一次性密码登录后，须先改成自己的密码。"),
    _p("one_time_hours", _PASSWORD, "一次性密码、重置申请有效时间", 72, 1, "小时", _A, "过期未用的一次性密码、没有完成的凭据重置，须重新办理。"),
    _p("lock_failures", _LOCK, "连续失败次数", 5, 3, "次", _B, "同一账号在同一终端连续输错达到次数，即在该终端锁定；本人用过的设备单独计数，不受别处失败影响。"),
    _p("lock_minutes", _LOCK, "锁定时间", 30, 1440, "分钟", _B, "锁定期间正确的密码也不能登录；安全管理员可以解锁。"),
    _p(
        "lock_address_failures", _LOCK, "同一终端地址失败次数", 50, 10, "次", _B,
        "同一地址（可能是一个单位的出口）上各账号失败合计达到次数，该地址暂停登录；本人用过的设备除外。",
    ),
    _p("idle_minutes", _SESSION, "无操作退出", 15, 5, "分钟", _B, "超过这个时间没有操作，须重新登录。"),
    Parameter(
        "sessions", _SESSION, "同时在线会话数", "同一账号在别处登录时，超出的较早会话自动结束。", 1, 3, 1, "个", _B
    ),
    _p("session_hours", _SESSION, "会话最长时间", 12, 1, "小时", _B, "不论有无操作，到时须重新登录。"),
    _switch("factor_everybody", _FACTOR, "所有账号必须使用", 1, _D, "所有账号登录须用密码加动态口令，不能关闭。"),
    _p("account_idle_days", _ACCOUNT, "长期不用停用", 30, 7, "天", _C, "超过这个时间没有登录的账号自动停用。"),
    _p("unmask_minutes", _ACCOUNT, "原文显示时间", 10, 1, "分钟", "8.1.4.11", "说明理由查看隐藏项目后，到时自动恢复隐藏。"),
    _p("office_hours_from", _WATCH, "工作时间开始", 8, 10, "点", "8.1.5", "早于这个时间查看人员信息将产生告警。"),
    _p("office_hours_to", _WATCH, "工作时间结束", 18, 16, "点", "8.1.5", "晚于这个时间查看人员信息将产生告警。"),
    _p("people_per_hour", _WATCH, "每小时查看人数", 60, 10, "人", "8.1.5", "一个账号一小时内查看的人员超过此数将产生告警。"),
    _p("people_per_day", _WATCH, "每天查看人数", 300, 30, "人", "8.1.5", "一个账号一天内查看的人员超过此数将产生告警。"),
    _p("searches_per_hour", _WATCH, "每小时查询次数", 120, 20, "次", "8.1.5", "一个账号一小时内的查询超过此数将产生告警。"),
    _p("numbers_per_hour", _WATCH, "每小时查重次数", 30, 5, "次", "8.1.5", "一个账号一小时内的全市查重超过此数将产生告警。"),
    _p("sequential_numbers", _WATCH, "连号查询", 5, 3, "个", "8.1.5", "连续查询的证件号码依次相邻达到此数将产生告警。"),
)  # fmt: skip

_BUDGET: Final = "查阅额度"
_WIDEST, _NARROWEST = 3, 5  # times the default, and the part of it, that a budget may be set to


def _budgets() -> Iterator[Parameter]:
    """An hour's and a day's parameter for each budget and group of roles."""
    for (budget, group), allowed in ALLOWANCES.items():
        for span, words, default in (("hour", "每小时", allowed.hour), ("day", "每天", allowed.day)):
            yield _budget(budget, group, span, words, default)


def _budget(budget: Budget, group: Group, span: str, words: str, default: int) -> Parameter:
    return Parameter(
        name=parameter_name(budget, group, span),
        group=_BUDGET,
        label=f"{budget.label}，{words}{group.label}",
        sentence=f"{budget.counts}一个账号{words}超过此数即停止。",
        default=default,
        loosest=default * _WIDEST,
        strictest=default // _NARROWEST,
        unit=budget.unit,
        clause="8.1.4.3",
    )


PARAMETERS: Final[Mapping[str, Parameter]] = MappingProxyType(
    {parameter.name: parameter for parameter in (*_ALL, *_budgets())}
)


def parameter(name: str) -> Parameter:
    """Raises UnknownParameter."""
    if name not in PARAMETERS:
        raise UnknownParameter(name)
    return PARAMETERS[name]


def check(name: str, value: int) -> Parameter:
    """The parameter, if it may be set to the value.

    Raises UnknownParameter, TooLoose, TooStrict.
    """
    found = parameter(name)
    if not found.allows(value):
        below = value < min(found.loosest, found.strictest)
        raise (TooLoose if below == found.rises or found.is_fixed else TooStrict)(found, value)
    return found


def in_force(settings: Mapping[str, int]) -> Mapping[str, int]:
    """Every parameter's value; a setting that is no longer allowed (the standard was raised) gives way to the default."""
    return {
        name: settings[name] if name in settings and found.allows(settings[name]) else found.default
        for name, found in PARAMETERS.items()
    }
