"""What a verification may find: the kinds of harm, one finding, and how many of them are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from canbao.services.audit.reading import told_by_id

TOLD = 200  # findings for which the entry is read again and said in a sentence
MANY = 100  # findings of one kind, from which on they are named together


class Harm(StrEnum):
    CHANGED = "CHANGED"
    DELETED = "DELETED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    ODD_TIME = "ODD_TIME"
    UNKNOWN_EVENT = "UNKNOWN_EVENT"
    NOT_GIVEN_OUT = "NOT_GIVEN_OUT"
    FOREIGN_LOGIN = "FOREIGN_LOGIN"
    SEAL_CHANGED = "SEAL_CHANGED"
    SEAL_MISSING = "SEAL_MISSING"
    ANCHOR_BROKEN = "ANCHOR_BROKEN"
    ANCHOR_CHANGED = "ANCHOR_CHANGED"
    ANCHOR_MISSING = "ANCHOR_MISSING"
    ANCHOR_DIFFERS = "ANCHOR_DIFFERS"
    END_CUT = "END_CUT"
    RECORD_FALSE = "RECORD_FALSE"
    STAMP_BAD = "STAMP_BAD"
    STAMP_LATE = "STAMP_LATE"
    STAMP_MISSING = "STAMP_MISSING"
    RECEIVER_EMPTY = "RECEIVER_EMPTY"
    SIGNATURE_BAD = "SIGNATURE_BAD"
    PRINTED_UNKNOWN = "PRINTED_UNKNOWN"
    MONTH_MISSING = "MONTH_MISSING"
    MONTH_EMPTIED = "MONTH_EMPTIED"
    OBSTRUCTED = "OBSTRUCTED"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Harm.CHANGED: "内容被改动",
    Harm.DELETED: "被删除",
    Harm.INSERTED: "事后插入",
    Harm.REORDERED: "内容与别的条目对调",
    Harm.ODD_TIME: "时间与前后条目不合",
    Harm.UNKNOWN_EVENT: "事项名称不是本系统写入的",
    Harm.NOT_GIVEN_OUT: "编号从未发放过，不是本系统写入的",
    Harm.FOREIGN_LOGIN: "不是用本系统的数据库账户写入的",
    Harm.SEAL_CHANGED: "封存记录本身被改动",
    Harm.SEAL_MISSING: "它之前的封存记录缺失或被替换",
    Harm.ANCHOR_BROKEN: "与封存凭证不符：凭证之前的日志被截断，或连同封存一起被重做",
    Harm.ANCHOR_CHANGED: "本机留存的封存凭证被改动",
    Harm.ANCHOR_MISSING: "日志记载生成过的封存凭证已不在本机",
    Harm.ANCHOR_DIFFERS: "封存凭证与日志所记的不一致",
    Harm.END_CUT: "机外存有这份凭证，日志里却没有：末尾的日志被截断",
    Harm.RECORD_FALSE: "日志里记载的凭证与封存链不符：是伪造的条目，或封存链被重做",
    Harm.STAMP_BAD: "时间戳无效，或不是对这份凭证签发的",
    Harm.STAMP_LATE: "时间戳的时间与凭证的时间相差过大：可能是事后重做后补签的",
    Harm.STAMP_MISSING: "日志记载取得过的时间戳已不在，或被替换",
    Harm.RECEIVER_EMPTY: "日志接收方的文件里没有本登记库的凭证",
    Harm.SIGNATURE_BAD: "审计员签名无效",
    Harm.PRINTED_UNKNOWN: "纸质凭证上的摘要不在封存链中",
    Harm.MONTH_MISSING: "整月的日志分区被移走或删除",
    Harm.MONTH_EMPTIED: "整月的日志分区被清空",
    Harm.OBSTRUCTED: "日志表的保护被改动",
}


@dataclass(frozen=True)
class Finding:
    """One entry, seal or anchor that is not what it was.

    at, says: of the entry as it stands today; of a deleted one only when it was sealed.
    """

    harm: Harm
    number: int
    at: datetime | None = None
    says: str = ""


ENTRIES = frozenset(
    {
        Harm.CHANGED,
        Harm.DELETED,
        Harm.INSERTED,
        Harm.REORDERED,
        Harm.ODD_TIME,
        Harm.UNKNOWN_EVENT,
        Harm.NOT_GIVEN_OUT,
        Harm.FOREIGN_LOGIN,
    }
)


def told(findings: list[Finding]) -> list[Finding]:
    """Entries first by number, each with what it says today."""
    entries = sorted((found for found in findings if found.harm in ENTRIES), key=lambda found: found.number)
    rest = [found for found in findings if found.harm not in ENTRIES]
    said = told_by_id([found.number for found in entries[:TOLD]])
    spoken = [
        Finding(found.harm, found.number, *said[found.number]) if found.number in said and not found.says else found
        for found in entries
    ]
    return spoken + rest


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """Of a kind that was found very often one finding that says how often."""
    kinds: dict[Harm, list[Finding]] = {}
    for found in findings:
        kinds.setdefault(found.harm, []).append(found)
    return [item for found in kinds.values() for item in (found if len(found) <= MANY else [_together(found)])]


def _together(found: list[Finding]) -> Finding:
    numbers = [item.number for item in found]
    says = f"编号 {min(numbers)} 至 {max(numbers)} 之间共 {len(numbers)} 处" + (
        f"；第一处：{found[0].says}" if found[0].says else ""
    )
    return Finding(found[0].harm, found[0].number, at=found[0].at, says=says)
