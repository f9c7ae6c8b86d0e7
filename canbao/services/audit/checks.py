"""The walk along the chain: entries against their seals, each seal against the one before, times against the order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from canbao.services.audit.chain import Row, digest_of, rows_of, unpacked
from canbao.services.audit.compare import Comparison
from canbao.services.audit.events import Event
from canbao.services.audit.findings import MANY, Finding, Harm
from canbao.services.audit.report import Report
from canbao.store.models.journal import FIRST, LAST, JournalSeal

SEALS_AT_ONCE = 20
GONE = "封存时还在，现已不在"
LOWEST = -(2**63)
# Number and time of a line are drawn in the same instant, but the clock of the server may be put right meanwhile.
CLOCK_SECONDS = 300.0
_EVENTS = frozenset(event.value for event in Event)
_LOGINS = frozenset({"canbao_web", "canbao_worker"})


@dataclass
class Walk:
    """Where the walk along the chain has come to.

    harmed: sealed and found leaves of entries that differ, to be told apart when all are known; latest: the time of the entry
    that was written last so far, in seconds since 1970.
    """

    report: Report
    comparison: Comparison
    upto: int = LOWEST
    latest: float = float("-inf")
    harmed: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)

    def go(self) -> None:
        """From the first entry to the last."""
        for link in _links():
            self._link(link)
        self.report.findings += _split_reordered(self.harmed)
        self.report.findings += self.comparison.finish()
        self._unsealed()

    def _link(self, link: JournalSeal) -> None:
        report = self.report
        if link.prev_digest != report.digest:
            report.findings.append(Finding(Harm.SEAL_MISSING, link.pk))
            self.upto = link.from_id - 1
        if digest_of(link) != link.digest:
            report.findings.append(Finding(Harm.SEAL_CHANGED, link.pk))
        sealed, rows = unpacked(bytes(link.leaves)), list(rows_of(self.upto, link.to_id))
        findings = list(self._compare(sealed, rows, link.sealed_at))
        report.findings += findings
        named = {found.number for found in findings} | self.harmed.keys()
        report.findings += self._odd([row for row in rows if row.id not in named], until=link.sealed_at.timestamp())
        report.gaps += max(0, link.to_id - max(self.upto, 0) - link.count)
        report.digest, self.upto = link.digest, link.to_id
        report.seals += 1
        report.sealed += link.count
        self.comparison.see(link, entries=report.sealed)

    def _compare(self, sealed: dict[int, bytes], rows: list[Row], sealed_at: datetime) -> Iterator[Finding]:
        """Entry by entry. The table's key is (id, at): one number may be made to stand there twice."""
        found: dict[int, list[bytes]] = defaultdict(list)
        for row in rows:
            found[row.id].append(row.leaf)
        for number in sealed.keys() & found.keys():
            if sealed[number] not in found[number]:
                self.harmed[number] = (sealed[number], found[number][0])
        gone = sorted(sealed.keys() - found.keys())
        extra = {number for number, leaves in found.items() if len(leaves) > 1 or number not in sealed}
        yield from (Finding(Harm.INSERTED, number) for number in sorted(extra))
        if len(gone) > MANY:
            says = f"第 {gone[0]} 条至第 {gone[-1]} 条之间共 {len(gone)} 条"
            yield Finding(Harm.DELETED, gone[0], at=sealed_at, says=says)
        else:
            yield from (Finding(Harm.DELETED, number, at=sealed_at, says=GONE) for number in gone)

    def _odd(self, rows: Iterable[Row], *, until: float) -> Iterator[Finding]:
        """Lines that are older than those before them, or newer than their seal; of events nobody knows, by other logins."""
        for row in rows:
            if row.at < self.latest - CLOCK_SECONDS or row.at > until + CLOCK_SECONDS:
                yield Finding(Harm.ODD_TIME, row.id)
            else:
                self.latest = max(self.latest, row.at)
            if row.event not in _EVENTS:
                yield Finding(Harm.UNKNOWN_EVENT, row.id)
            if row.login not in _LOGINS:
                yield Finding(Harm.FOREIGN_LOGIN, row.id)

    def _unsealed(self) -> None:
        """What came after the last seal: counted, and held against what the database has given out."""
        report, sealed_to = self.report, max(self.upto, 0)
        with connection.cursor() as cursor:
            cursor.execute(
                "select last_value, is_called, extract(epoch from clock_timestamp())::float8 from journal_id_seq"
            )
            last, is_called, now = cursor.fetchone()
            given = last if is_called else 0
            cursor.execute(
                "select count(*), min(at) filter (where at between %s and %s) from journal where id > %s and id <= %s",
                [FIRST, LAST, self.upto, given],
            )
            report.unsealed, report.unsealed_since = cursor.fetchone()
            cursor.execute("select id from journal where id > %s order by id limit %s", [given, MANY + 1])
            report.findings += [Finding(Harm.NOT_GIVEN_OUT, number) for (number,) in cursor.fetchall()]
        report.lost = max(0, given - sealed_to - report.unsealed)
        report.findings += self._odd(rows_of(self.upto, given), until=now)


def _links() -> Iterator[JournalSeal]:
    """All seals in their order, a few at a time: together they may be larger than memory, and no cursor is held for hours."""
    keys = list(JournalSeal.objects.order_by("to_id", "id").values_list("pk", flat=True))
    for start in range(0, len(keys), SEALS_AT_ONCE):
        chunk = keys[start : start + SEALS_AT_ONCE]
        found = JournalSeal.objects.in_bulk(chunk)
        yield from (found[key] for key in chunk if key in found)


def _split_reordered(harmed: dict[int, tuple[bytes, bytes]]) -> list[Finding]:
    """Contents that merely stand under each other's numbers were exchanged."""
    moved = Counter(found for _, found in harmed.values()) & Counter(sealed for sealed, _ in harmed.values())
    return [
        Finding(Harm.REORDERED if found in moved else Harm.CHANGED, number) for number, (_, found) in harmed.items()
    ]
