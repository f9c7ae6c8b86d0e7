"""Prove that nothing in the journal was touched since it was sealed, or name what was.

Four layers, each catching who got round the one before: entries against their seals; seals against the one before; the chain
against the anchors kept outside the database and printed; the tables themselves against being quietly bent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import Count, Sum

from canbao.rules.division import CITY
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.anchors import anchors
from canbao.services.audit.chain import START, digest_of, last_seal, leaves_of, unpacked
from canbao.services.audit.journal import Event, record
from canbao.services.audit.reading import real_names, require, told_by_id
from canbao.store.models.journal import JournalEntry, JournalSeal

MANY = 100  # entries lost from one seal, from which on they are named together
GONE = "封存时还在，现已不在"
TOLD = 200  # findings for which the entry is read again and said in a sentence
NOTED = 50  # findings that go into the journal entry of the verification


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


class OnlyPart(Exception):
    """Only a city's auditor reads the whole journal; to any other, what is out of sight would look deleted."""


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


def verify(*, actor: Actor, at: datetime, printed: Iterable[str] = ()) -> Report:
    """Compare entries with seals, seals with each other and with the anchors; goes on record itself.

    printed: digests copied from signed sheets.
    Raises NotAllowed, OnlyPart.
    """
    require(actor, Permission.JOURNAL_VERIFY)
    if actor.office != CITY:
        raise OnlyPart(actor.office)
    report = Report()
    seen = _Chain()
    _walk(report, seen)
    report.findings += _against_anchors(report, seen)
    report.findings += [
        Finding(Harm.PRINTED_UNKNOWN, 0, says=digest)
        for digest in printed
        if digest.lower() not in seen.digests.values()
    ]
    report.findings += [*_months(report.findings), *_bent()]
    report.findings = _told(report.findings)
    _note(report, actor=actor, at=at)
    return report


@dataclass
class _Chain:
    """What the walk remembers for the checks after it."""

    digests: dict[int, str] = field(default_factory=lambda: {0: START})
    last_ids: dict[int, int] = field(default_factory=dict)


def _walk(report: Report, seen: _Chain) -> None:
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


def _against_anchors(report: Report, seen: _Chain) -> Iterator[Finding]:
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


def _months(findings: list[Finding]) -> Iterator[Finding]:
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


def _bent() -> Iterator[Finding]:
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


_ENTRIES = frozenset({Harm.CHANGED, Harm.DELETED, Harm.INSERTED, Harm.REORDERED})


def _told(findings: list[Finding]) -> list[Finding]:
    """Entries first by number, each with what it says today."""
    entries = sorted((found for found in findings if found.harm in _ENTRIES), key=lambda found: found.number)
    rest = [found for found in findings if found.harm not in _ENTRIES]
    said = told_by_id([found.number for found in entries[:TOLD]])
    told = [
        Finding(found.harm, found.number, *said[found.number]) if found.number in said else found for found in entries
    ]
    return told + rest


def _kept(found: Finding) -> str:
    """What the journal keeps of it: not the sentence of an entry, which is told anew whenever it is read."""
    return found.says if found.harm not in _ENTRIES or found.harm is Harm.DELETED else ""


def _note(report: Report, *, actor: Actor, at: datetime) -> None:
    detail: dict[str, object] = {
        "sealed": report.sealed,
        "intact": report.intact,
        "digest": report.digest,
        "found": len(report.findings),
        "findings": [[found.harm.value, found.number, _kept(found)] for found in report.findings[:NOTED]],
    }
    with transaction.atomic():
        record(Event.JOURNAL_VERIFIED, actor=actor, at=at, target_kind="journal", detail=detail)


@dataclass(frozen=True)
class Verified:
    """What the newest verification came to; of its findings the first are told again as they stand today."""

    at: datetime
    by: str
    sealed: int
    found: int
    findings: list[Finding]


@dataclass(frozen=True)
class Standing:
    """The chain as it is now, without looking into it."""

    seals: int
    sealed: int
    unsealed: int
    digest: str
    sealed_at: datetime | None
    verified: Verified | None


def standing(*, actor: Actor) -> Standing:
    """Raises NotAllowed."""
    require(actor, Permission.JOURNAL_VIEW)
    last = last_seal()
    total = JournalSeal.objects.aggregate(seals=Count("pk"), entries=Sum("count"))
    return Standing(
        seals=total["seals"],
        sealed=total["entries"] or 0,
        unsealed=JournalEntry.objects.filter(pk__gt=last.to_id if last else 0).count(),
        digest=last.digest if last else START,
        sealed_at=last.sealed_at if last else None,
        verified=_verified(),
    )


def _verified() -> Verified | None:
    newest = JournalEntry.objects.filter(event=Event.JOURNAL_VERIFIED).order_by("-at", "-pk").first()
    if newest is None:
        return None
    detail = newest.detail
    findings = [Finding(Harm(harm), int(number), says=says) for harm, number, says in detail.get("findings", [])]
    who = real_names([newest.account]).get(newest.account, newest.account)
    return Verified(newest.at, who, int(detail["sealed"]), int(detail.get("found", 0)), _told(findings))
