"""What a verification may find: the kinds of harm, one finding, all of them, and how they are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from canbao.services.audit.chain import START
from canbao.services.audit.reading import told_by_id

TOLD = 200  # findings for which the entry is read again and said in a sentence


class Harm(StrEnum):
    CHANGED = "CHANGED"
    DELETED = "DELETED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    SEAL_CHANGED = "SEAL_CHANGED"
    SEAL_MISSING = "SEAL_MISSING"
    ANCHOR_BROKEN = "ANCHOR_BROKEN"
    ANCHOR_CHANGED = "ANCHOR_CHANGED"
    ANCHOR_MISSING = "ANCHOR_MISSING"
    PRINTED_UNKNOWN = "PRINTED_UNKNOWN"
    MONTH_MISSING = "MONTH_MISSING"
    OBSTRUCTED = "OBSTRUCTED"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Harm.CHANGED: "内容被改动",
    Harm.DELETED: "被删除",
    Harm.INSERTED: "事后插入",
    Harm.REORDERED: "内容与别的条目对调",
    Harm.SEAL_CHANGED: "封存记录本身被改动",
    Harm.SEAL_MISSING: "它之前的封存记录缺失或被替换",
    Harm.ANCHOR_BROKEN: "与封存凭证不符：凭证之前的日志被截断，或连同封存一起被重做",
    Harm.ANCHOR_CHANGED: "留存的封存凭证被改动",
    Harm.ANCHOR_MISSING: "日志记载生成过的封存凭证已不在",
    Harm.PRINTED_UNKNOWN: "纸质凭证上的摘要不在封存链中",
    Harm.MONTH_MISSING: "整月的日志分区被移走或删除",
    Harm.OBSTRUCTED: "日志表被加上触发器、规则或修改权限",
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


@dataclass
class Report:
    """The outcome of a verification."""

    seals: int = 0
    sealed: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    anchors: int = 0
    digest: str = START
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings


ENTRIES = frozenset({Harm.CHANGED, Harm.DELETED, Harm.INSERTED, Harm.REORDERED})


def told(findings: list[Finding]) -> list[Finding]:
    """Entries first by number, each with what it says today."""
    entries = sorted((found for found in findings if found.harm in ENTRIES), key=lambda found: found.number)
    rest = [found for found in findings if found.harm not in ENTRIES]
    said = told_by_id([found.number for found in entries[:TOLD]])
    spoken = [
        Finding(found.harm, found.number, *said[found.number]) if found.number in said else found for found in entries
    ]
    return spoken + rest
