"""What in an hour of the journal looks like reading the register by the list (规程第二十条; GB/T 22239 8.1.5.4).

Every rule counts what one account (or one terminal) did within an hour. An alarm accuses nobody: it asks somebody to look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from canbao.rules.article import article
from canbao.rules.period import HERE
from canbao.rules.terminals import counted_address

WINDOW: Final = timedelta(hours=1)


class AlarmKind(StrEnum):
    MANY_PEOPLE = "MANY_PEOPLE"
    MANY_TODAY = "MANY_TODAY"
    MANY_SEARCHES = "MANY_SEARCHES"
    ABOVE_USUAL = "ABOVE_USUAL"
    NUMBERS_IN_A_ROW = "NUMBERS_IN_A_ROW"
    FILES_IN_A_ROW = "FILES_IN_A_ROW"
    OUT_OF_HOURS = "OUT_OF_HOURS"
    MANY_UNMASKED = "MANY_UNMASKED"
    MANY_REFUSED = "MANY_REFUSED"
    MANY_ACCOUNTS = "MANY_ACCOUNTS"
    MANY_NUMBERS = "MANY_NUMBERS"
    BUDGET_SPENT = "BUDGET_SPENT"
    ACCOUNT_GUESSED = "ACCOUNT_GUESSED"
    RESET_DISPUTED = "RESET_DISPUTED"
    RESET_EMERGENCY = "RESET_EMERGENCY"
    JOURNAL_UNSEALED = "JOURNAL_UNSEALED"

    @property
    def label(self) -> str:
        return _WORDS[self][0]

    @property
    def meaning(self) -> str:
        """What was seen and what to ask, for the auditor who settles the alarm."""
        return _WORDS[self][1]


_WORDS: Final[Mapping[AlarmKind, tuple[str, str]]] = {
    AlarmKind.MANY_PEOPLE: ("大量查看", "一小时内打开的人员档案超过上限。请核对当日办理的业务能否解释。"),
    AlarmKind.MANY_TODAY: ("全天大量查看", "一天内打开的人员档案超过上限。请核对当日办理的业务能否解释。"),
    AlarmKind.MANY_SEARCHES: ("大量查询", "一小时内的查询次数超过上限。请核对是否有集中办理任务。"),
    AlarmKind.ABOVE_USUAL: ("远超平时", "一小时内打开的人员档案是本人平时的数倍。请核对是否有集中办理任务。"),
    AlarmKind.NUMBERS_IN_A_ROW: ("按号段试查", "一小时内查询了同一号段的多个不同号码，像是逐号试探。请核对纸质申请。"),
    AlarmKind.FILES_IN_A_ROW: ("按编号顺序打开", "一小时内按编号一个接一个地打开人员档案，像是批量抄录。"),
    AlarmKind.OUT_OF_HOURS: ("非工作时间查看", "在夜间或休息日查看人员档案。请核对加班安排。"),
    AlarmKind.MANY_UNMASKED: ("频繁查看原文", "一小时内多次查看隐藏项目的原文。请抽查所填理由。"),
    AlarmKind.MANY_REFUSED: (
        "频繁越权",
        "一小时内多次打开无权使用的页面，或者不存在、不在辖区内的编号。请了解是误操作还是试探。",
    ),
    AlarmKind.MANY_ACCOUNTS: ("一处终端试多个账号", "同一终端一小时内以多个账号登录失败。请到现场查看该终端。"),
    AlarmKind.MANY_NUMBERS: (
        "大量查重",
        "一小时内在全市范围查重的次数超过上限，像是拿号码试探姓名。请核对纸质登记表。",
    ),
    AlarmKind.BUDGET_SPENT: (
        "查阅额度用完",
        "账号的查阅额度已经用完，系统已停止其查阅。请核对当日办理的业务能否解释。",
    ),
    AlarmKind.ACCOUNT_GUESSED: (
        "一个账号多次登录失败",
        "一小时内这个账号登录失败很多次，可能有人在试密码。请问本人，并查看各终端。",
    ),
    AlarmKind.RESET_DISPUTED: (
        "否认凭据重置",
        "本人登录后声明凭据重置不是自己办理。请立即核对申请人、批准人和完成终端。",
    ),
    AlarmKind.RESET_EMERGENCY: ("应急批准凭据重置", "有人在服务器上不经两名管理员批准了凭据重置。请核对原因和本人。"),
    AlarmKind.JOURNAL_UNSEALED: (
        "日志未按时封存",
        "有日志超过十分钟没有封存，其间被改动无法发现。请通知系统管理员检查后台进程和长时间占用数据库的会话。",
    ),
}


class Deed(StrEnum):
    """The kinds of journal entries the rules look at."""

    OPENED = "OPENED"
    SEARCHED = "SEARCHED"
    UNMASKED = "UNMASKED"
    REFUSED = "REFUSED"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    NUMBER_TRIED = "NUMBER_TRIED"  # the whole city was searched for a possible duplicate
    ASKED = "ASKED"  # another system asked; how often it may is its quota
    DISPUTED = "DISPUTED"
    EMERGENCY = "EMERGENCY"


@dataclass(frozen=True, slots=True)
class Act:
    """One journal entry as the rules see it. target: the person's id; stem: the digest of a searched number's first digits."""

    id: int
    at: datetime
    deed: Deed
    account: str
    office: str = ""
    target: str = ""
    stem: str = ""
    digest: str = ""
    terminal: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """From how many on an hour is suspicious; the working day is from Monday to Friday."""

    people_per_hour: int = 60
    people_per_day: int = 300
    searches_per_hour: int = 120
    numbers_per_hour: int = 30
    usual_times: int = 3
    usual_least: int = 30
    sequential_numbers: int = 5
    sequential_files: int = 20
    out_of_hours: int = 3
    unmasked_per_hour: int = 20
    refused_per_hour: int = 10
    accounts_per_terminal: int = 5
    failures_per_account: int = 20
    office_hours_from: int = 8
    office_hours_to: int = 18

    @classmethod
    def chosen(cls, values: Mapping[str, int]) -> Limits:
        """The defaults with what the city's policy (`rules.policy`) says otherwise, by name."""
        known = {item.name for item in fields(cls)}
        return replace(cls(), **{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True)
class Suspicion:
    """subject: an account, or a terminal's address; the entries from first_id to last_id are behind it."""

    kind: AlarmKind
    subject: str
    office: str
    count: int
    first_id: int
    last_id: int
    from_at: datetime
    to_at: datetime


Found = tuple[AlarmKind, int, list[Act]]


@article(20)
def suspicions(
    acts: Iterable[Act], *, limits: Limits, usual: Mapping[str, float], today: Mapping[str, int]
) -> list[Suspicion]:
    """What one hour's acts give rise to.

    usual: people opened in an ordinary hour of each account (median); today: people it opened since midnight.
    """
    by_account: dict[str, list[Act]] = defaultdict(list)
    by_terminal: dict[str, list[Act]] = defaultdict(list)
    by_name: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        if act.deed is Deed.SIGN_IN_FAILED:
            by_terminal[counted_address(act.terminal)].append(act)
            by_name[act.account].append(act)
        else:
            by_account[act.account].append(act)
    found = [
        _suspicion(account, item)
        for account, own in by_account.items()
        for item in _of_account(own, limits, usual.get(account), today.get(account, 0))
    ]
    for terminal, tries in by_terminal.items():
        if terminal and len({act.account for act in tries}) >= limits.accounts_per_terminal:
            count = len({act.account for act in tries})
            found.append(_suspicion(terminal, (AlarmKind.MANY_ACCOUNTS, count, tries)))
    found += [
        _suspicion(account, (AlarmKind.ACCOUNT_GUESSED, len(tries), tries))
        for account, tries in by_name.items()
        if account and len(tries) >= limits.failures_per_account
    ]
    return found


def _of_account(acts: list[Act], limits: Limits, ordinary: float | None, today: int) -> list[Found]:
    opened = [act for act in acts if act.deed is Deed.OPENED]
    late = [act for act in opened if not is_working_time(act.at, limits)]
    people = len({act.target for act in opened})
    row = _longest_row(opened)
    stem = _commonest_stem(acts)
    checks: list[tuple[AlarmKind, int, int, list[Act]]] = [
        (AlarmKind.MANY_PEOPLE, people, limits.people_per_hour, opened),
        (AlarmKind.MANY_TODAY, today, limits.people_per_day, opened),
        (AlarmKind.NUMBERS_IN_A_ROW, len({act.digest for act in stem}), limits.sequential_numbers, stem),
        (AlarmKind.FILES_IN_A_ROW, len(row), limits.sequential_files, row),
        (AlarmKind.OUT_OF_HOURS, len({act.target for act in late}), limits.out_of_hours, late),
        *_counted(AlarmKind.MANY_SEARCHES, Deed.SEARCHED, limits.searches_per_hour, acts),
        *_counted(AlarmKind.MANY_NUMBERS, Deed.NUMBER_TRIED, limits.numbers_per_hour, acts),
        *_counted(AlarmKind.MANY_UNMASKED, Deed.UNMASKED, limits.unmasked_per_hour, acts),
        *_counted(AlarmKind.RESET_DISPUTED, Deed.DISPUTED, 1, acts),
        *_counted(AlarmKind.RESET_EMERGENCY, Deed.EMERGENCY, 1, acts),
        *_counted(AlarmKind.MANY_REFUSED, Deed.REFUSED, limits.refused_per_hour, acts),
    ]
    if ordinary is not None:
        least = max(limits.usual_least, round(limits.usual_times * ordinary))
        checks.append((AlarmKind.ABOVE_USUAL, people, least, opened))
    return [(kind, count, behind) for kind, count, least, behind in checks if behind and count >= least]


def _counted(kind: AlarmKind, deed: Deed, least: int, acts: list[Act]) -> list[tuple[AlarmKind, int, int, list[Act]]]:
    own = [act for act in acts if act.deed is deed]
    return [(kind, len(own), least, own)]


def is_working_time(at: datetime, limits: Limits) -> bool:
    """By the clock and the weekday; public holidays are not known here."""
    local = at.astimezone(HERE)
    return local.weekday() < 5 and limits.office_hours_from <= local.hour < limits.office_hours_to


def _longest_row(opened: list[Act]) -> list[Act]:
    """The longest run of ids that follow one another without a gap, each once."""
    first = {int(act.target): act for act in reversed(opened) if act.target.isdecimal()}
    best: list[Act] = []
    run: list[Act] = []
    for number in sorted(first):
        if number - 1 not in first:
            run = []
        run.append(first[number])
        best = run if len(run) > len(best) else best
    return best


def _commonest_stem(acts: list[Act]) -> list[Act]:
    """The searches, of the own area or of the whole city, and the questions of another system, under the stem with the most different numbers."""
    by_stem: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        if act.deed in (Deed.SEARCHED, Deed.NUMBER_TRIED, Deed.ASKED) and act.stem:
            by_stem[act.stem].append(act)
    return max(by_stem.values(), key=lambda own: len({act.digest for act in own}), default=[])


def _suspicion(subject: str, found: Found) -> Suspicion:
    kind, count, behind = found
    return Suspicion(
        kind=kind,
        subject=subject,
        office=behind[0].office,
        count=count,
        first_id=min(act.id for act in behind),
        last_id=max(act.id for act in behind),
        from_at=min(act.at for act in behind),
        to_at=max(act.at for act in behind),
    )
