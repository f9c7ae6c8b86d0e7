"""How much one account may look up within an hour and a day before the system stops it (规程第十九、二十条; GB/T 35273 7.1).

An alarm asks somebody to look; a budget stops the account until the next hour or day, or until a second person allows more. The
limits are policy data: each is a parameter of `rules.policy`, named by `parameter_name`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from canbao.rules.article import article
from canbao.rules.period import HERE
from canbao.rules.roles import ADMINISTRATORS, NOT_A_POST, Role


class Budget(StrEnum):
    """What is counted. The value is kept in the table of counts and stands in the names of the parameters."""

    SEARCHES = "SEARCHES"
    FILES = "FILES"
    CASES = "CASES"
    UNMASKED = "UNMASKED"
    NUMBERS = "NUMBERS"
    LINES = "LINES"
    LISTS = "LISTS"
    PICTURES = "PICTURES"
    DOWNLOADS = "DOWNLOADS"
    FORMS = "FORMS"
    UNKNOWN_IDS = "UNKNOWN_IDS"

    @property
    def label(self) -> str:
        return _WORDS[self][0]

    @property
    def unit(self) -> str:
        return _WORDS[self][1]

    @property
    def counts(self) -> str:
        """The sentence that says what is counted, for the policy and the page of the account."""
        return _WORDS[self][2]


_WORDS: Final[Mapping[Budget, tuple[str, str, str]]] = {
    Budget.SEARCHES: ("查询人员", "次", "在辖区内查询人员。"),
    Budget.FILES: ("打开人员档案", "次", "打开人员档案、来源记录，打印查询记录。"),
    Budget.CASES: ("打开比对疑点", "件", "打开比对疑点，两边人员的记录同时显示。"),
    Budget.UNMASKED: ("查看原文", "次", "说明理由后查看隐藏项目的原文。"),
    Budget.NUMBERS: ("全市查重", "次", "登记、录入前的全市查重，辖区外查询。"),
    Budget.LINES: ("打开名单人员", "人", "打开走访名单中的人员、登记表，显示电话。"),
    Budget.LISTS: ("翻阅名单", "页", "翻阅走访名单、疑点清单、变更申请。"),
    Budget.PICTURES: ("查看证明材料", "页", "查看证明材料的页面。"),
    Budget.DOWNLOADS: ("下载文件", "次", "下载导出文件、打印文件和退回文件。"),
    Budget.FORMS: ("成批打印原文登记表", "份", "成批打印不隐藏内容的登记表，每人一份。"),
    Budget.UNKNOWN_IDS: ("打开不存在的编号", "次", "打开不存在、或不在辖区内的编号。"),
}


class Group(StrEnum):
    """Roles with the same limits; EVERYBODY where the limits of the offices hold for the villages too."""

    EVERYBODY = "EVERYBODY"
    OFFICE = "OFFICE"
    VILLAGE = "VILLAGE"

    @property
    def label(self) -> str:
        return {"EVERYBODY": "", "OFFICE": "（镇街以上）", "VILLAGE": "（村社）"}[self.value]


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that may be looked up within one hour and one day, by the clock."""

    hour: int
    day: int


# An ordinary day fits twice: 200 visits and 60 people found in a village, 500 cases or 250 forms in a town office; the forms of a
# town (3,400 people of a round) are printed in full in one go. Of what answers
# across the whole city there is less: each of those answers tells something about somebody else's area.
ALLOWANCES: Final[Mapping[tuple[Budget, Group], Allowance]] = {
    (Budget.SEARCHES, Group.OFFICE): Allowance(200, 1000),
    (Budget.FILES, Group.OFFICE): Allowance(150, 800),
    (Budget.CASES, Group.OFFICE): Allowance(500, 2000),
    (Budget.UNMASKED, Group.OFFICE): Allowance(60, 200),
    (Budget.NUMBERS, Group.OFFICE): Allowance(120, 500),
    (Budget.NUMBERS, Group.VILLAGE): Allowance(40, 150),
    (Budget.LINES, Group.OFFICE): Allowance(600, 3000),
    (Budget.LINES, Group.VILLAGE): Allowance(300, 1200),
    (Budget.LISTS, Group.OFFICE): Allowance(300, 1500),
    (Budget.LISTS, Group.VILLAGE): Allowance(200, 800),
    (Budget.PICTURES, Group.OFFICE): Allowance(400, 2000),
    (Budget.DOWNLOADS, Group.OFFICE): Allowance(60, 200),
    (Budget.FORMS, Group.OFFICE): Allowance(5000, 10_000),
    (Budget.UNKNOWN_IDS, Group.EVERYBODY): Allowance(30, 100),
}
LIFT_HOURS: Final = (1, 2, 4, 8, 24)
LIFT_TIMES: Final = 2  # a request may ask for so many times the allowance of a day


def group_of(budget: Budget, role: Role) -> Group | None:
    """The group whose limits hold for a role; None where nothing is counted (another system has its own daily quota)."""
    if not role or role in NOT_A_POST:
        return None
    own = Group.VILLAGE if role is Role.VILLAGE_SURVEYOR else Group.OFFICE
    return next(one for one in (Group.EVERYBODY, own, Group.OFFICE) if (budget, one) in ALLOWANCES)


def parameter_name(budget: Budget, group: Group, span: str) -> str:
    """The name of the policy's parameter. span: hour or day."""
    whose = "" if group is Group.EVERYBODY else f"{group.value.lower()}_"
    return f"budget_{budget.value.lower()}_{whose}{span}"


@article(20)
def allowance(budget: Budget, role: Role, values: Mapping[str, int]) -> Allowance | None:
    """What a role may look up by the policy in force; None for no limit.

    values: the policy's parameters by name (`rules.policy.in_force`).
    """
    group = group_of(budget, role)
    if group is None:
        return None
    return Allowance(*(values[parameter_name(budget, group, span)] for span in ("hour", "day")))


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour that an instant lies in, as the clocks of the offices show it."""
    return at.astimezone(HERE).replace(minute=0, second=0, microsecond=0)


def renews_at(at: datetime, *, by_day: bool) -> datetime:
    """When an exhausted allowance begins anew: with the next hour, or at midnight."""
    hour = hour_of(at)
    return hour.replace(hour=0) + timedelta(days=1) if by_day else hour + timedelta(hours=1)


def budgets_of(role: Role) -> Iterator[Budget]:
    """The budgets that matter to the work of a role: a village searches nobody, an administrator opens no file."""
    if role in NOT_A_POST:
        return iter(())
    own = {Group.EVERYBODY}
    if role not in ADMINISTRATORS:
        own.add(Group.VILLAGE if role is Role.VILLAGE_SURVEYOR else Group.OFFICE)
    return (budget for budget in Budget if any((budget, one) in ALLOWANCES for one in own))
