"""What there is to hold against the chain: anchors as the file, the journal, time stamps, a receiver, a signature have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.db import connection

from canbao.outside import signatures
from canbao.outside.timestamps import TimeStampError, roots_in, verified
from canbao.rules.anchors import Anchor, AnchorTextError, read_line, register_name
from canbao.services.audit.anchors import anchors
from canbao.services.audit.delivered import folder
from canbao.services.audit.findings import Finding, Harm
from canbao.services.audit.journal import Event

CLOCKS_APART = timedelta(hours=1)  # by which the clock of a time stamp authority and ours may differ


class Source(StrEnum):
    """Who says it; from outside: whoever rules this machine cannot make them say something else afterwards."""

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
class Evidence:
    """An anchor as somebody has it. at: when it was witnessed; entry: of the journal, that remembers it."""

    source: Source
    anchor: Anchor
    at: datetime
    entry: int = 0


@dataclass(frozen=True)
class Given:
    """What the auditor brings: digests from signed sheets, and where time stamps, a receiver's file and keys are.

    Without a path the settings and the folder of the home are used, which whoever rules the machine may have changed.
    """

    printed: tuple[str, ...] = ()
    tokens: Path | None = None
    tsa_certificates: Path | None = None
    syslog: Path | None = None
    key: Path | None = None
    signatures: Path | None = None


@dataclass
class Gathered:
    """All evidence, what is wrong with some of it, and what should be known."""

    evidence: list[Evidence] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def gather(given: Given) -> Gathered:
    """From everywhere that is given or set. Raises SigningKeyError, OSError for what is given and cannot be read."""
    found = Gathered()
    _from_file(found)
    tokens = _from_journal(found)
    _from_stamps(found, given, tokens)
    if given.syslog:
        _from_receiver(found, given.syslog)
    _from_signatures(found, given)
    return found


def _from_file(found: Gathered) -> None:
    for place, kept in enumerate(anchors(), start=1):
        if kept.anchor:
            found.evidence.append(Evidence(Source.FILE, kept.anchor, kept.anchor.at))
        if not kept.genuine:
            number = kept.anchor.number if kept.anchor else 0
            found.findings.append(Finding(Harm.ANCHOR_CHANGED, number, says=f"留存文件第 {place} 行"))


def _from_journal(found: Gathered) -> dict[int, tuple[str, int]]:
    """What the journal itself remembers; returns the SHA-256 of each time stamp it knows of, and by which entry."""
    tokens: dict[int, tuple[str, int]] = {}
    for number, at, line, stamped, token in _records():
        try:
            found.evidence.append(Evidence(Source.RECORD, read_line(line), at, number))
        except AnchorTextError:
            found.notices.append(f"第 {number} 条日志记载的封存凭证无法辨认。")
            continue
        if stamped.isdecimal() and token:
            tokens[int(stamped)] = token, number
    return tokens


def _records() -> Iterator[tuple[int, datetime, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, at, coalesce(detail->>'anchor', ''), left(coalesce(detail->>'stamped', ''), 12),"
            " coalesce(detail->>'token', '') from journal"
            " where event = %s and at between '1900-01-01' and '9000-01-01' order by id",
            [Event.JOURNAL_ANCHORED],
        )
        yield from cursor.fetchall()


def _from_stamps(found: Gathered, given: Given, known: dict[int, tuple[str, int]]) -> None:
    tokens = given.tokens or folder() / "tokens"
    places = sorted(tokens.glob("*/*.tsr"))
    roots = _roots(found, given)
    if places and not roots:
        found.notices.append(f"没有给出时间戳机构的根证书，{len(places)} 枚时间戳没有核对。")
    for place in places if roots else []:
        _from_stamp(found, place, roots, known)
    there = {int(place.stem) for place in places if place.stem.isdecimal()}
    for number in sorted(known.keys() - there):
        found.findings.append(Finding(Harm.STAMP_MISSING, number, says=f"第 {known[number][1]} 条日志所记"))


def _roots(found: Gathered, given: Given) -> list[x509.Certificate]:
    path = given.tsa_certificates or (Path(settings.CANBAO_TSA_ROOT) if settings.CANBAO_TSA_ROOT else None)
    if path is None:
        return []
    try:
        return roots_in(path)
    except TimeStampError as error:
        found.notices.append(f"时间戳机构的根证书不能使用：{error}")
        return []


def _from_stamp(found: Gathered, place: Path, roots: list[x509.Certificate], known: dict[int, tuple[str, int]]) -> None:
    number = int(place.stem) if place.stem.isdecimal() else 0
    try:
        token, text = place.read_bytes(), place.with_suffix(".txt").read_bytes()
        at, anchor = verified(token, text=text, roots=roots), read_line(text.decode("ascii", "replace"))
    except (OSError, TimeStampError, AnchorTextError) as error:
        found.findings.append(Finding(Harm.STAMP_BAD, number, says=str(error)))
        return
    if anchor.number != number:
        found.findings.append(Finding(Harm.STAMP_BAD, number, says="编号与文件名不符"))
    if number in known and known[number][0] != sha256(token).hexdigest():
        found.findings.append(Finding(Harm.STAMP_MISSING, number, says=f"与第 {known[number][1]} 条日志所记的摘要不同"))
    if abs(at - anchor.at) > CLOCKS_APART:
        found.findings.append(
            Finding(Harm.STAMP_LATE, number, says=f"凭证 {anchor.at:%Y-%m-%d %H:%M} 时间戳 {at:%Y-%m-%d %H:%M} UTC")
        )
    found.evidence.append(Evidence(Source.STAMP, anchor, at))


def _from_receiver(found: Gathered, path: Path) -> None:
    """Lines of our own and of other registers, each head once; what a receiver wrote around them does not matter."""
    own = {register_name(settings.CANBAO_REGISTER)} | {item.anchor.register for item in found.evidence}
    heads: dict[Anchor, None] = {}
    others: set[str] = set()
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                anchor = read_line(line)
            except AnchorTextError:
                continue
            if anchor.register in own:
                heads[anchor] = None
            else:
                others.add(anchor.register)
    found.evidence += [Evidence(Source.RECEIVER, anchor, anchor.at) for anchor in heads]
    if not heads:
        names = f"；其中有 {'、'.join(sorted(others)[:5])} 的" if others else ""
        found.findings.append(Finding(Harm.RECEIVER_EMPTY, 0, says=f"{path.name}{names}"))


def _from_signatures(found: Gathered, given: Given) -> None:
    places = sorted((given.signatures or folder() / "signatures").glob("*.sig"))
    key = _key(found, given)
    if places and key is None:
        found.notices.append(f"没有给出审计员的公钥，{len(places)} 份签名没有核对。")
    for place in places if key else []:
        assert key
        _from_signature(found, place, key)


def _key(found: Gathered, given: Given) -> Path | None:
    key = given.key or (Path(settings.CANBAO_AUDITOR_KEY) if settings.CANBAO_AUDITOR_KEY else None)
    try:
        if key:
            signatures.fingerprint(key)
    except signatures.SigningKeyError:
        if given.key:
            raise
        found.notices.append("CANBAO_AUDITOR_KEY 所指的文件不是 Ed25519 公钥。")
        return None
    return key


def _from_signature(found: Gathered, place: Path, key: Path) -> None:
    number = int(place.stem) if place.stem.isdecimal() else 0
    try:
        signed = signatures.opened(place.read_text(encoding="utf-8", errors="replace"), public=key)
        found.evidence.append(Evidence(Source.SIGNATURE, read_line(signed.text), signed.at))
    except (OSError, signatures.SignatureFileError, AnchorTextError):
        found.findings.append(Finding(Harm.SIGNATURE_BAD, number, says=place.name))
