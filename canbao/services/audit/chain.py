"""The SM3 chain over the journal.

A seal covers all entries after the last one, in the order of their ids. An id is drawn inside the inserting
transaction, so a lower id may be committed after a higher one. Sealing therefore first waits, for a moment, until no
transaction is appending (`journal_quiet`): then every id drawn so far is committed or lost, and no entry can turn up
later below a sealed one. Transaction horizons would need no lock, but the numbers they rest on do not survive a dump
and restore into another server. A long transaction makes sealing give up (JournalBusy) and be tried again later.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

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
            event, account, role, office, area, target_kind, target_id, basis, detail::text,
            terminal, request]) with ordinality u(part, n)
        order by n), ',')
    from journal where id > %s and id <= %s order by id"""


class JournalBusy(Exception):
    """Some transaction has been appending for too long; seal later."""


@dataclass(frozen=True)
class Sealed:
    """What one call of `seal` covered; no entries leave the digest as it was."""

    entries: int
    digest: str


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
        for leaves in _batches(leaves_of(done, upto), SEAL_ROWS):
            link = _link(prev_digest=digest, leaves=leaves, at=at)
            link.save(force_insert=True)
            digest, entries = link.digest, entries + link.count
    return Sealed(entries=entries, digest=digest)


def last_seal() -> JournalSeal | None:
    """The newest link of the chain."""
    return JournalSeal.objects.defer("leaves").order_by("-id").first()


def leaves_of(after: int, upto: int) -> Iterator[tuple[int, bytes]]:
    """Id and shortened content digest of the entries of a range of ids."""
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
    link.digest = digest_of(link)
    return link


def digest_of(link: JournalSeal) -> str:
    """What the seal's digest has to be for what stands in it."""
    head = f"{link.prev_digest},{link.from_id},{link.to_id},{link.count},{link.sealed_at.astimezone(UTC).isoformat()},"
    return _sm3(head.encode() + bytes(link.leaves)).hex()


def unpacked(leaves: bytes) -> dict[int, bytes]:
    """What each entry was when sealed, by its id."""
    whole = len(leaves) - len(leaves) % _LEAF.size  # a seal cut short is reported by its digest
    return dict(_LEAF.iter_unpack(leaves[:whole]))


def _sm3(content: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize()
