"""The SM3 chain over the journal.

A seal covers all entries after the last one, in the order of their ids. An id is drawn inside the inserting
transaction, so a lower id may be committed after a higher one. Sealing therefore first waits, for a moment, until no
transaction is appending (`journal_quiet`): then every id drawn so far is committed or lost, and no entry can turn up
later below a sealed one. Transaction horizons would need no lock, but the numbers they rest on do not survive a dump
and restore into another server. A long transaction makes sealing give up (JournalBusy) and be tried again later.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from canbao.rules.roles import Actor
from canbao.services.audit.journal import Event, record
from canbao.store.models.journal import JournalSeal

SEAL_ROWS = 50_000
WAIT = "3s"
START = "0" * 64
_LEAF = struct.Struct(">q16s")

# Every column but the id, framed by length so that no two rows read alike.
_CONTENT = """
    select id, array_to_string(array(
        select coalesce(octet_length(part) || ':' || part, '-') from unnest(array[
            to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
            event, account, role, office, area, target_kind, target_id, basis, detail::text]) with ordinality u(part, n)
        order by n), ',')
    from journal where id > %s and id <= %s order by id"""


class JournalBusy(Exception):
    """Some transaction has been appending for too long; seal later."""


@dataclass(frozen=True)
class Sealed:
    """What one call of `seal` covered; no entries leave the digest as it was."""

    entries: int
    digest: str


class Harm(StrEnum):
    CHANGED = "CHANGED"
    DELETED = "DELETED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    SEAL_CHANGED = "SEAL_CHANGED"
    SEAL_MISSING = "SEAL_MISSING"


@dataclass(frozen=True)
class Finding:
    """One entry (or one seal) that is not what it was when sealed."""

    harm: Harm
    number: int


@dataclass
class Report:
    """The outcome of a verification."""

    seals: int = 0
    sealed: int = 0
    unsealed: int = 0
    digest: str = START
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings


def seal(*, at: datetime) -> Sealed:
    """Seal every committed entry that is not sealed yet.

    Raises JournalBusy.
    """
    upto = _quiet_id()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('canbao.journal_seal'))")
        last = JournalSeal.objects.order_by("-id").first()
        done, digest, entries = (last.to_id, last.digest, 0) if last else (0, START, 0)
        for leaves in _batches(_leaves(done, upto), SEAL_ROWS):
            link = _link(prev_digest=digest, leaves=leaves, at=at)
            link.save(force_insert=True)
            digest, entries = link.digest, entries + link.count
    return Sealed(entries=entries, digest=digest)


def verify(*, actor: Actor, at: datetime) -> Report:
    """Compare every sealed entry with its seal, and every seal with the one before; goes on record itself."""
    report = Report()
    upto = 0
    for link in JournalSeal.objects.order_by("id").iterator(chunk_size=20):
        if link.prev_digest != report.digest:
            report.findings.append(Finding(Harm.SEAL_MISSING, link.pk))
            upto = link.from_id - 1
        if _digest_of(link) != link.digest:
            report.findings.append(Finding(Harm.SEAL_CHANGED, link.pk))
        report.findings += _compare(_unpacked(bytes(link.leaves)), dict(_leaves(upto, link.to_id)))
        report.digest, upto = link.digest, link.to_id
        report.seals += 1
        report.sealed += link.count
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from journal where id > %s", [upto])
        report.unsealed = cursor.fetchone()[0]
    with transaction.atomic():
        detail: dict[str, object] = {"sealed": report.sealed, "intact": report.intact, "digest": report.digest}
        record(Event.JOURNAL_VERIFIED, actor=actor, at=at, target_kind="journal", detail=detail)
    return report


def anchor(*, on: date) -> str:
    """The text to print and sign for one day: who holds it can prove that no seal up to then was replaced."""
    last = JournalSeal.objects.order_by("-id").first()
    total = sum(JournalSeal.objects.values_list("count", flat=True))
    return "\n".join(
        [
            "全民参保登记操作日志封存凭证",
            f"日期:{on:%Y年%m月%d日}",
            f"封存序号:{last.pk if last else 0}    累计条数:{total}",
            f"SM3:{last.digest if last else START}",
            "签字:              日期:",
        ]
    )


def _leaves(after: int, upto: int) -> Iterator[tuple[int, bytes]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_CONTENT, [after, upto])
        for number, content in cursor:
            yield number, _sm3(content.encode())[:16]


def _quiet_id() -> int:
    """The highest id of a moment in which nobody was appending; the writers wait no longer than this look."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('lock_timeout', %s, true)", [WAIT])
            cursor.execute("select journal_quiet()")
            cursor.execute("select coalesce(max(id), 0) from journal")
            return int(cursor.fetchone()[0])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise JournalBusy from error
        raise


def _batches(leaves: Iterator[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    for leaf in leaves:
        batch.append(leaf)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _link(*, prev_digest: str, leaves: list[tuple[int, bytes]], at: datetime) -> JournalSeal:
    link = JournalSeal(
        from_id=leaves[0][0],
        to_id=leaves[-1][0],
        count=len(leaves),
        leaves=b"".join(_LEAF.pack(*leaf) for leaf in leaves),
        prev_digest=prev_digest,
        sealed_at=at,
    )
    link.digest = _digest_of(link)
    return link


def _digest_of(link: JournalSeal) -> str:
    head = f"{link.prev_digest},{link.from_id},{link.to_id},{link.count},{link.sealed_at.astimezone(UTC).isoformat()},"
    return _sm3(head.encode() + bytes(link.leaves)).hex()


def _unpacked(leaves: bytes) -> dict[int, bytes]:
    whole = len(leaves) - len(leaves) % _LEAF.size  # a seal cut short is reported by its digest
    return dict(_LEAF.iter_unpack(leaves[:whole]))


def _compare(sealed: dict[int, bytes], found: dict[int, bytes]) -> list[Finding]:
    """Entry by entry; contents that merely stand under each other's numbers were reordered."""
    harmed = {number for number in sealed.keys() & found.keys() if sealed[number] != found[number]}
    moved = Counter(found[number] for number in harmed) & Counter(sealed[number] for number in harmed)
    findings = [Finding(Harm.REORDERED if found[n] in moved else Harm.CHANGED, n) for n in harmed]
    findings += [Finding(Harm.DELETED, number) for number in sealed.keys() - found.keys()]
    findings += [Finding(Harm.INSERTED, number) for number in found.keys() - sealed.keys()]
    return sorted(findings, key=lambda finding: finding.number)


def _sm3(content: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize()
