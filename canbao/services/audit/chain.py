"""The SM3 chain over the journal.

A seal covers all entries after the last one, in the order of their numbers. A number is drawn inside the inserting transaction,
so a lower one may be committed after a higher one. Sealing therefore looks how far the numbers have come, then which
transactions hold the lock that every insert takes before it draws its number, and waits until exactly those have ended: from
then on no entry can turn up below (the way CREATE INDEX CONCURRENTLY waits). It asks for no lock itself, so nobody who
appends ever waits for it, not even the second connection of a transaction that is being waited for. Transaction horizons would
do as well, but the numbers they rest on do not survive a dump and restore into another server. A long transaction makes
sealing give up (JournalBusy), or wait on for exactly this one and in the end have its session ended (`sealing`, store/seals.sql).
"""

from __future__ import annotations

import struct
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

from canbao.rules.anchors import START
from canbao.store.models.journal import JournalSeal

SEAL_ROWS = 50_000
WAIT_SECONDS = 3.0
LOOK_EVERY_SECONDS = 0.02
LOOK_SELDOM_SECONDS = 1.0  # after that
END_BLOCKERS_SECONDS = 60.0  # how often it is looked whether those that are waited for have to go
ROWS_AT_ONCE = 5000
_LEAF = struct.Struct(">q16s")
_EMPTY = Hash(SM3())  # copying it is faster than making another

# Every column but the number, each behind its length so that no two entries read alike. Written out column by column: gathering
# them in an array takes three times as long.
_CONTENT = """
    select id, extract(epoch from at)::float8, event,
        coalesce(to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), at::text)
        || ',' || octet_length(event) || ':' || event || ',' || octet_length(account) || ':' || account
        || ',' || octet_length(role) || ':' || role || ',' || octet_length(office) || ':' || office
        || ',' || octet_length(area) || ':' || area || ',' || octet_length(target_kind) || ':' || target_kind
        || ',' || octet_length(target_id) || ':' || target_id || ',' || octet_length(basis) || ':' || basis
        || ',' || octet_length(detail::text) || ':' || detail::text
        || ',' || octet_length(terminal) || ':' || terminal || ',' || octet_length(request) || ':' || request
        || ',' || octet_length(login) || ':' || login || ',' || backend, login
    from journal where id > %s and id <= %s order by id, at"""

# An entry above what the sequence has given out was not appended by the application: it neither counts nor stands in the way.
_NUMBERS_SO_FAR = """
    select coalesce(max(id), 0) from journal where id <= (select last_value from journal_id_seq)"""

# Of another transaction, under its virtual number, which no other transaction of this server's life gets again. Our own
# entries are ours to see.
_APPENDING = """
    select distinct virtualtransaction from pg_locks
    where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
    and relation = 'public.journal'::regclass and mode = 'RowExclusiveLock' and granted and pid is distinct from pg_backend_pid()"""


class JournalBusy(Exception):
    """Some transaction has been appending for too long; seal later."""


@dataclass(frozen=True)
class Sealed:
    """What one call of `seal` covered; no entries leave the digest as it was."""

    entries: int
    digest: str


def seal(*, patient: bool = False) -> Sealed:
    """Seal every committed entry that is not sealed yet, each link in a transaction of its own.

    patient: wait for writers as long as it takes, and end the sessions that never come to an end. Raises JournalBusy.
    """
    upto, entries = _settled_number(patient=patient), 0
    while link := _seal_next(upto):
        entries += link.count
    last = last_seal()
    return Sealed(entries=entries, digest=last.digest if last else START)


def _seal_next(upto: int) -> JournalSeal | None:
    """The next link, dated by the database's clock like the entries; None where everything is sealed."""
    with transaction.atomic():
        at = _alone_at()
        last = last_seal()
        after, digest = (last.to_id, last.digest) if last else (0, START)
        leaves = list(islice(_without_repeats(leaves_of(after, upto)), SEAL_ROWS))
        if not leaves:
            return None
        link = _link(prev_digest=digest, leaves=leaves, at=at)
        link.save(force_insert=True)
        return link


def _alone_at() -> datetime:
    """Be the only one who seals until the end of the transaction; gives the instant. Raises JournalBusy."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select current_setting('lock_timeout')")
            usual = cursor.fetchone()[0]
            cursor.execute("select set_config('lock_timeout', %s, true)", [f"{WAIT_SECONDS * 1000:.0f}"])
            cursor.execute("select journal_seal_alone()")
            at: datetime = cursor.fetchone()[0]
            cursor.execute("select set_config('lock_timeout', %s, true)", [usual])
            return at
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise JournalBusy from error
        raise


def last_seal() -> JournalSeal | None:
    """The newest link of the chain."""
    return JournalSeal.objects.defer("leaves").order_by("-to_id").first()


class Row(NamedTuple):
    """An entry as the chain sees it. leaf: the shortened digest of its content; at: seconds since 1970; login: that wrote it."""

    id: int
    leaf: bytes
    at: float
    event: str
    login: str


def rows_of(after: int, upto: int) -> Iterator[Row]:
    """The entries of a range of numbers, in their order."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_CONTENT, [after, upto])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for number, at, event, content, login in rows:
                yield Row(number, _sm3(content.encode())[:16], at, event, login)


def leaves_of(after: int, upto: int) -> Iterator[tuple[int, bytes]]:
    """Number and shortened digest of the entries of a range of numbers."""
    return ((row.id, row.leaf) for row in rows_of(after, upto))


def _settled_number(*, patient: bool) -> int:
    """A number up to which every entry is committed or lost. Raises JournalBusy."""
    began = ended_at = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS_SO_FAR)
        upto = int(cursor.fetchone()[0])
        appending = _appending(cursor)
        while appending:
            now = time.monotonic()
            is_long = now > began + WAIT_SECONDS
            if is_long and not patient:
                raise JournalBusy
            if now > ended_at + END_BLOCKERS_SECONDS:
                end_blockers(appending)
                ended_at = now
            time.sleep(LOOK_SELDOM_SECONDS if is_long else LOOK_EVERY_SECONDS)
            appending &= _appending(cursor)
    return upto


def end_blockers(appending: Collection[str] = ()) -> int:
    """Have the sessions ended that keep the journal from being sealed (store/seals.sql says which); returns how many.

    appending: virtual numbers of the transactions that are waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute("select journal_end_blockers(%s)", [sorted(appending)])
        return int(cursor.fetchone()[0])


def _appending(cursor: CursorWrapper) -> set[str]:
    cursor.execute(_APPENDING)
    return {row[0] for row in cursor.fetchall()}


def _without_repeats(leaves: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """An owner can make one number stand there twice: that is for a verification to name, not to stop sealing."""
    before = 0
    for leaf in leaves:
        if leaf[0] != before:
            yield leaf
        before = leaf[0]


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
    digest = _EMPTY.copy()
    digest.update(content)
    return digest.finalize()
