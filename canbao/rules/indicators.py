"""The published figures of the survey, each with its two numbers, its aim and where it is defined (规程第八条).

The regulation names no figures. 入库率 and 登记率 are the two performance indicators by which Hunan held its districts to account
(已参保人员入库率 100 %, 未参保登记人员登记率 95 %; 衡阳市全民参保登记工作通报). The questions asked per household come from the promise
never to ask what the register knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from canbao.rules.article import article
from canbao.rules.duty import Gap
from canbao.rules.survey import TaskState, VisitReason


@dataclass(frozen=True, slots=True)
class Indicator:
    """parts: what is counted above and below the line; target: percent, None where none is set."""

    label: str
    parts: tuple[str, str]
    target: int | None
    definition: str
    source: str


IN_REGISTER: Final = Indicator(
    "入库率",
    ("已入库", "已参保"),
    100,
    "已参保人员入库率＝已参保且身份已经核定入库的人数÷社会保险业务系统报送的已参保人数。"
    "已参保：最近一次信息比对后，登记库中至少参加一种社会保险且未中断的人员；"
    "身份号码与他人冲突、尚未判定的，不算已入库。按现负责经办机构统计。",
    "省级绩效考核指标（已参保人员入库率，目标 100%）",
)
REGISTERED: Final = Indicator(
    "登记率",
    ("已登记", "未参保应登记"),
    95,
    "未参保登记人员登记率＝走访名单中登记表已录入的未参保人数÷走访名单中的未参保人数。"
    "未参保：列入名单的原因中有“未参保”；已剔除的不计入；没有登记表而办结的（拒访、查无此人等）不算已登记。",
    "省级绩效考核指标（未参保登记人员登记率，目标 95%）",
)
INSURED: Final = frozenset({Gap.NONE, Gap.MISSING_SCHEME})  # LAPSED was insured, and is not now


@article(8)
def is_to_register(reasons: Iterable[str], state: TaskState) -> bool:
    """Whether a line counts below the line of 登记率."""
    return VisitReason.NOT_ENROLLED in set(reasons) and state is not TaskState.DROPPED


@article(8)
def is_registered(reasons: Iterable[str], state: TaskState, *, form_entered: bool) -> bool:
    """Whether a line counts above the line of 登记率: sent back it does not, whatever was entered before."""
    done = state in (TaskState.ENTERED, TaskState.CLOSED)
    return is_to_register(reasons, state) and done and form_entered


def percent(above: int, below: int) -> Decimal | None:
    """With one place, cut off rather than rounded: 100.0 is said only when nobody is missing. None where there is nobody."""
    return (Decimal(100 * above) / below).quantize(Decimal("0.1"), ROUND_DOWN) if below else None


def is_reached(indicator: Indicator, above: int, below: int) -> bool | None:
    """Whether the aim is reached, by the whole numbers; None where there is nobody or no aim."""
    if not below or indicator.target is None:
        return None
    return 100 * above >= indicator.target * below


def sample_size(lines: int, share: int) -> int:
    """How many of a worker's lines are called back: the share rounded up, one at least."""
    return max(1, -(-lines * share // 100)) if lines and share else 0
