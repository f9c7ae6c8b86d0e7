"""The outcome of a verification: what was found, and until when the journal can be vouched for, on whose word."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from canbao.rules.anchors import START
from canbao.services.audit.evidence import AnchorEvidence, Source
from canbao.services.audit.findings import Finding
from canbao.services.audit.sealing import Unsealed


@dataclass(frozen=True)
class Witness:
    """How much one source of evidence has to say: its anchors, the first and last of them."""

    source: Source
    count: int
    first_at: datetime
    last_at: datetime
    last_number: int


@dataclass
class Report:
    """The outcome of a verification.

    gaps: numbers up to the last seal under which nothing was ever sealed; lost: numbers given out after it that no entry has.
    proven: the evidence from outside that reaches furthest; notices: what is no harm, but should be known; overdue: what should have
    been sealed long ago.
    """

    seals: int = 0
    sealed: int = 0
    gaps: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    lost: int = 0
    anchors: int = 0
    digest: str = START
    findings: list[Finding] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    proven: AnchorEvidence | None = None
    notices: list[str] = field(default_factory=list)
    overdue: Unsealed | None = None

    @property
    def intact(self) -> bool:
        """Nothing was found, and nothing waits to be sealed for so long that it could have been changed unnoticed."""
        return not self.findings and not self.overdue

    @property
    def after(self) -> int:
        """How many entries came after what is proven from outside."""
        return max(0, self.sealed - (self.proven.anchor.entries if self.proven else 0)) + self.unsealed

    @property
    def verdict(self) -> str:
        """All of it in a sentence or two."""
        found = self._found()
        if self.proven is None:
            return found + "没有机外存证，只能证明封存之后没有被零星改动，不能证明没有被整体重做或截断。"
        anchor = self.proven.anchor
        return (
            f"{found}可证明至 {_moment(anchor.at)}（第 {anchor.number} 号凭证，截至第 {anchor.last_id} 条），"
            f"依据：{self.proven.source.label}。" + (f"此后的 {self.after} 条尚无机外存证。" if self.after else "")
        )

    def _found(self) -> str:
        if self.intact:
            return "日志完好。"
        found = f"日志有 {len(self.findings)} 处问题。" if self.findings else "已封存的日志没有发现问题。"
        if not self.overdue or not self.overdue.since:
            return found
        return (
            f"{found}日志没有按时封存：{self.overdue.count} 条未封存，最早的是 {_moment(self.overdue.since)}，其间被改动无法发现，"
            "不能断定全部日志未被改动。请检查后台进程和长时间占用数据库的会话，执行 canbao audit seal 后再核验。"
        )


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y年%m月%d日 %H:%M:%S}"
