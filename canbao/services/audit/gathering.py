"""Gather the evidence: read each place where an anchor was left, and say which of it cannot be believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
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
from canbao.services.audit.events import Event
from canbao.services.audit.evidence import AnchorEvidence, Gathered, GivenEvidence, Source
from canbao.services.audit.findings import Finding, Harm

CLOCKS_APART = timedelta(hours=1)  # by which the clock of a time stamp authority and ours may differ


def gather(given: GivenEvidence) -> Gathered:
    """From everywhere that is given or set. Raises SigningKeyError, OSError for what is given and cannot be read.

    While it is gathered an anchor may be made: first its line in the file, then its line in the journal, then what gets
    outside. Read the other way round, nothing seems to be missing that was only about to be written.
    """
    found = Gathered()
    heads = _received(given.syslog) if given.syslog else {}
    stamped = _from_stamps(found, given)
    _from_signatures(found, given)
    known = _from_journal(found)
    _from_file(found)
    _remembered_stamps(found, given, stamped, known)
    if given.syslog:
        _from_receiver(found, given.syslog, heads)
    return found


def _from_file(found: Gathered) -> None:
    for place, kept in enumerate(anchors(), start=1):
        if kept.anchor:
            found.evidence.append(AnchorEvidence(Source.FILE, kept.anchor, kept.anchor.at))
        if kept.is_torn:
            found.notices.append(f"留存文件第 {place} 行没有写完（当时断电或程序中止），前后的封存凭证齐全。")
        elif not kept.genuine:
            number = kept.anchor.number if kept.anchor else 0
            found.findings.append(Finding(Harm.ANCHOR_CHANGED, number, says=f"留存文件第 {place} 行"))


def _from_journal(found: Gathered) -> dict[int, tuple[str, int]]:
    """What the journal itself remembers; returns the SHA-256 of each time stamp it knows of, and by which entry."""
    tokens: dict[int, tuple[str, int]] = {}
    for number, at, line, stamped, token in _records():
        try:
            found.evidence.append(AnchorEvidence(Source.RECORD, read_line(line), at, number))
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


def _from_stamps(found: Gathered, given: GivenEvidence) -> dict[int, str]:
    """Every time stamp that holds; returns the SHA-256 of each, by number."""
    places, roots = _places(given), _roots(found, given)
    if places and not roots:
        found.notices.append(f"没有给出时间戳机构的根证书，{len(places)} 枚时间戳没有核对。")
        return {}
    looked_at = places if given.stamps is None else places[-given.stamps :]
    if len(looked_at) < len(places):
        found.notices.append(
            f"只核对了最近 {len(looked_at)} 枚时间戳，共 {len(places)} 枚；全部核对请用 canbao audit verify。"
        )
    return dict(_from_stamp(found, place, roots) for place in looked_at)


def _places(given: GivenEvidence) -> list[Path]:
    return sorted((given.tokens or folder() / "tokens").glob("*/*.tsr"))


def _remembered_stamps(
    found: Gathered, given: GivenEvidence, stamped: dict[int, str], known: dict[int, tuple[str, int]]
) -> None:
    """Those that the journal knows of have to be there, as they were; one that is named as bad is not named again."""
    there = {int(place.stem) for place in _places(given) if place.stem.isdecimal()}
    bad = {found.number for found in found.findings if found.harm is Harm.STAMP_BAD}
    for number, (token, entry) in sorted((number, what) for number, what in known.items() if number not in bad):
        if number not in there:
            found.findings.append(Finding(Harm.STAMP_MISSING, number, says=f"第 {entry} 条日志所记"))
        elif stamped.get(number, token) != token:
            found.findings.append(Finding(Harm.STAMP_MISSING, number, says=f"与第 {entry} 条日志所记的摘要不同"))


def _roots(found: Gathered, given: GivenEvidence) -> list[x509.Certificate]:
    path = given.tsa_certificates or (Path(settings.CANBAO_TSA_ROOT) if settings.CANBAO_TSA_ROOT else None)
    if path is None:
        return []
    try:
        return roots_in(path)
    except TimeStampError as error:
        found.notices.append(f"时间戳机构的根证书不能使用：{error}")
        return []


def _from_stamp(found: Gathered, place: Path, roots: list[x509.Certificate]) -> tuple[int, str]:
    """Its number and SHA-256; what does not hold is named and is no evidence."""
    number = int(place.stem) if place.stem.isdecimal() else 0
    token = b""
    try:
        token, text = place.read_bytes(), place.with_suffix(".txt").read_bytes()
        at, anchor = verified(token, text=text, roots=roots), read_line(text.decode("ascii", "replace"))
    except (OSError, TimeStampError, AnchorTextError) as error:
        found.findings.append(Finding(Harm.STAMP_BAD, number, says=str(error)[:200]))
        return number, sha256(token).hexdigest()
    if anchor.number != number:
        found.findings.append(Finding(Harm.STAMP_BAD, number, says="编号与文件名不符"))
    elif abs(at - anchor.at) > CLOCKS_APART:
        says = f"凭证 {anchor.at:%Y-%m-%d %H:%M}，时间戳 {at:%Y-%m-%d %H:%M} UTC"
        found.findings.append(Finding(Harm.STAMP_LATE, number, says=says))
    else:
        found.evidence.append(AnchorEvidence(Source.STAMP, anchor, at))
    return number, sha256(token).hexdigest()


def _received(path: Path) -> dict[Anchor, None]:
    """Each head in a receiver's file once; what the receiver wrote around them does not matter."""
    heads: dict[Anchor, None] = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                heads[read_line(line)] = None
            except AnchorTextError:
                continue
    return heads


def _from_receiver(found: Gathered, path: Path, heads: dict[Anchor, None]) -> None:
    """Those of this register, under the name it has or had; others may share the file."""
    own = {register_name(settings.CANBAO_REGISTER)} | {item.anchor.register for item in found.evidence}
    mine = [AnchorEvidence(Source.RECEIVER, anchor, anchor.at) for anchor in heads if anchor.register in own]
    found.evidence += mine
    if not mine:
        others = sorted({anchor.register for anchor in heads})
        names = f"；其中有 {'、'.join(others[:5])} 的" if others else ""
        found.findings.append(Finding(Harm.RECEIVER_EMPTY, 0, says=f"{path.name}{names}"))


def _from_signatures(found: Gathered, given: GivenEvidence) -> None:
    places = sorted((given.signatures or folder() / "signatures").glob("*.sig"))
    key = _key(found, given)
    if places and key is None:
        found.notices.append(f"没有给出审计员的公钥，{len(places)} 份签名没有核对。")
    for place in places if key else []:
        assert key
        _from_signature(found, place, key)


def _key(found: Gathered, given: GivenEvidence) -> Path | None:
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
        found.evidence.append(AnchorEvidence(Source.SIGNATURE, read_line(signed.text), signed.at))
    except (OSError, signatures.SignatureFileError, AnchorTextError):
        found.findings.append(Finding(Harm.SIGNATURE_BAD, number, says=place.name))
