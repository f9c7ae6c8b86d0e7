"""What there is to hold against the chain: anchors as the file, the journal, time stamps, a receiver, a signature have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from canbao.rules.anchors import Anchor
from canbao.services.audit.findings import Finding


class Source(StrEnum):
    """Who says it; from outside: anybody who rules this machine cannot make them say something else afterwards."""

    FILE = "FILE"
    RECORD = "RECORD"
    STAMP = "STAMP"
    RECEIVER = "RECEIVER"
    SIGNATURE = "SIGNATURE"
    PAPER = "PAPER"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_outside(self) -> bool:
        return self not in (Source.FILE, Source.RECORD)


_LABELS = {
    Source.FILE: "本机留存文件",
    Source.RECORD: "日志中的记载",
    Source.STAMP: "时间戳",
    Source.RECEIVER: "日志接收方的文件",
    Source.SIGNATURE: "审计员签名",
    Source.PAPER: "签字的纸质凭证",
}


@dataclass(frozen=True)
class AnchorEvidence:
    """An anchor as somebody has it. at: when it was witnessed; entry: of the journal, that remembers it."""

    source: Source
    anchor: Anchor
    at: datetime
    entry: int = 0


@dataclass(frozen=True)
class GivenEvidence:
    """What the auditor brings: digests from signed sheets, and where time stamps, a receiver's file and keys are.

    Without a path the settings and the folder of the home are used, which anybody who rules the machine may have changed.
    stamps: how many of the newest are verified, where not all of them.
    """

    printed: tuple[str, ...] = ()
    tokens: Path | None = None
    tsa_certificates: Path | None = None
    syslog: Path | None = None
    key: Path | None = None
    signatures: Path | None = None
    stamps: int | None = None


@dataclass
class Gathered:
    """All evidence, what is wrong with some of it, and what should be known."""

    evidence: list[AnchorEvidence] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
