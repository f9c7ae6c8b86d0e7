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
    ("已入库", "已报送"),
    100,
    "已参保人员入库率＝社会保险业务系统报送、已入库的参保记录数÷现行有效的报送记录总数。"
    "现行有效：各业务系统最近一次全量报送，加上此后已提交的增量报送；"
    "已入库：其中通过校验并已比对到登记库人员的；暂存待更正的和退回的，算已报送、未入库。"
    "退回的记录不一定能认出地区，因此只按全市统计，不分机构。",
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
INSURANCE: Final = (
    "employee",
    "public_pension",
    "resident_pension",
    "resident_medical",
)  # the systems that deliver the insured


@dataclass(frozen=True, slots=True)
class Delivered:
    """The rows of one insurance system that count now. taken: accepted; held_back: held for correction or given back; matched: of
    those accepted, as many as the last comparison read into the register."""

    taken: int
    held_back: int
    matched: int


@article(8)
def in_register(systems: Iterable[Delivered]) -> tuple[int, int]:
    """Above and below the line of 入库率: registered rows in the central register / rows that should be there, as Hunan
    and the ministry (89 % in 2017) count it.

    What is held back should be there and is not; what was taken and not compared yet neither.
    """
    every = list(systems)
    return sum(min(one.matched, one.taken) for one in every), sum(one.taken + one.held_back for one in every)


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
