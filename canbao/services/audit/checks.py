"""The four layers of a verification: entries, seals, anchors, and the tables themselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

from canbao.services.audit.anchors import anchors
from canbao.services.audit.chain import START, digest_of, leaves_of, unpacked
from canbao.services.audit.findings import Finding, Harm, Report
from canbao.services.audit.journal import Event
from canbao.store.models.journal import JournalEntry, JournalSeal

MANY = 100  # entries lost from one seal, from which on they are named together
GONE = "封存时还在，现已不在"


@dataclass
class Chain:
    """What the walk remembers for the checks after it."""

    digests: dict[int, str] = field(default_factory=lambda: {0: START})
    last_ids: dict[int, int] = field(default_factory=dict)


def walk(report: Report, seen: Chain) -> None:
    upto = 0
    harmed: dict[int, tuple[bytes, bytes]] = {}
    for link in JournalSeal.objects.order_by("id").iterator(chunk_size=20):
        if link.prev_digest != report.digest:
            report.findings.append(Finding(Harm.SEAL_MISSING, link.pk))
            upto = link.from_id - 1
        if digest_of(link) != link.digest:
            report.findings.append(Finding(Harm.SEAL_CHANGED, link.pk))
        report.findings += _compare(
            unpacked(bytes(link.leaves)), _by_id(leaves_of(upto, link.to_id)), harmed, link.sealed_at
        )
        report.digest, upto = link.digest, link.to_id
        report.seals += 1
        report.sealed += link.count
        seen.digests[link.pk], seen.last_ids[link.pk] = link.digest, link.to_id
    report.findings += _harmed(harmed)
    with connection.cursor() as cursor:
        cursor.execute("select count(*), min(at) from journal where id > %s", [upto])
        report.unsealed, report.unsealed_since = cursor.fetchone()


def _by_id(leaves: Iterator[tuple[int, bytes]]) -> dict[int, list[bytes]]:
    """The table's key is (id, at): one id may be made to stand there twice."""
    found: dict[int, list[bytes]] = defaultdict(list)
    for number, leaf in leaves:
        found[number].append(leaf)
    return found


def _compare(
    sealed: dict[int, bytes],
    found: dict[int, list[bytes]],
    harmed: dict[int, tuple[bytes, bytes]],
    sealed_at: datetime,
) -> list[Finding]:
    """Entry by entry; what differs goes to `harmed`, to be told apart when all of it is known."""
    for number in sealed.keys() & found.keys():
        if sealed[number] not in found[number]:
            harmed[number] = (sealed[number], found[number][0])
    gone = sorted(sealed.keys() - found.keys())
    extra = {number for number, leaves in found.items() if len(leaves) > 1 or number not in sealed}
    findings = [Finding(Harm.INSERTED, number) for number in extra]
    if len(gone) > MANY:
        says = f"第 {gone[0]} 条至第 {gone[-1]} 条之间共 {len(gone)} 条"
        return [*findings, Finding(Harm.DELETED, gone[0], at=sealed_at, says=says)]
    return findings + [Finding(Harm.DELETED, number, at=sealed_at, says=GONE) for number in gone]


def _harmed(harmed: dict[int, tuple[bytes, bytes]]) -> list[Finding]:
    """Contents that merely stand under each other's numbers were exchanged."""
    moved = Counter(found for _, found in harmed.values()) & Counter(sealed for sealed, _ in harmed.values())
    return [
        Finding(Harm.REORDERED if found in moved else Harm.CHANGED, number) for number, (_, found) in harmed.items()
    ]


def against_anchors(report: Report, seen: Chain) -> Iterator[Finding]:
    """The newest good anchor and the first broken one enclose what was rewritten."""
    kept = anchors()
    report.anchors = len(kept)
    good = 0
    for item in kept:
        anchor = item.anchor
        if not item.genuine:
            yield Finding(Harm.ANCHOR_CHANGED, anchor.number)
        elif seen.digests.get(anchor.seal) == anchor.digest:
            good = anchor.last_id
        else:
            says = f"{anchor.on:%Y-%m-%d}的凭证：问题在第 {good + 1} 条至第 {anchor.last_id} 条之间"
            yield Finding(Harm.ANCHOR_BROKEN, anchor.number, says=says)
    there = {item.anchor.number for item in kept}
    for number in JournalEntry.objects.filter(event=Event.JOURNAL_ANCHORED).values_list("target_id", flat=True):
        if int(number) not in there:
            yield Finding(Harm.ANCHOR_MISSING, int(number))


def months(findings: list[Finding]) -> Iterator[Finding]:
    """A table named like a month that is no partition was detached; a month that lost entries and has no table was dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""select substr(relname, 9), relispartition from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r' and relname ~ '^journal_\d{4}_\d\d$'"""
        )
        attached = dict(cursor.fetchall())
    lost = {found.at.astimezone(UTC).strftime("%Y_%m") for found in findings if found.harm is Harm.DELETED and found.at}
    for month in sorted({*(lost - attached.keys()), *(name for name, part in attached.items() if not part)}):
        yield Finding(Harm.MONTH_MISSING, int(month.replace("_", "")), says=month.replace("_", "年") + "月")


def bent() -> Iterator[Finding]:
    """A trigger or a rule could swallow or rewrite what is appended; a grant would let the application change it."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            with tables as (
                select oid, relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
                and (relname in ('journal', 'journal_seal') or relname ~ '^journal_\d{4}_\d\d$'))
            select relname || '：触发器 ' || tgname from tables join pg_trigger on tgrelid = tables.oid where not tgisinternal
            union all
            select relname || '：规则 ' || rulename from tables join pg_rewrite on ev_class = tables.oid
            union all
            select relname || '：' || login || ' 有修改权限' from tables, unnest(array['canbao_worker', 'canbao_web']) login
            where has_table_privilege(login, tables.oid, 'update,delete,truncate')
            union all
            select 'journal：行级安全被关闭' from pg_class
            where oid = 'public.journal'::regclass and not (relrowsecurity and relforcerowsecurity)
            order by 1"""
        )
        for (what,) in cursor.fetchall():
            yield Finding(Harm.OBSTRUCTED, 0, says=what)
