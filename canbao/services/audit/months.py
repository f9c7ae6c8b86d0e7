"""The months of the journal, a table each: made ahead, and those that are gone or emptied named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

from django.db import connection

from canbao.services.audit.findings import Finding, Harm


def make_months() -> int:
    """Have the missing partitions of the coming half year made; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("select journal_months_ahead()")
        return int(cursor.fetchone()[0])


def missing_months(findings: Iterable[Finding]) -> Iterator[Finding]:
    """A month whose table is no partition was detached; one that lost entries and has no table was dropped, or no rows, emptied."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""select substr(relname, 9), relispartition, pg_relation_size(oid) = 0 from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r' and relname ~ '^journal_\d{4}_\d\d$'"""
        )
        there = {month: (attached, empty) for month, attached, empty in cursor.fetchall()}
    lost = {found.at.astimezone(UTC).strftime("%Y_%m") for found in findings if found.harm is Harm.DELETED and found.at}
    missing = {*(lost - there.keys()), *(month for month, (attached, _) in there.items() if not attached)}
    emptied = {month for month in lost & there.keys() if there[month][1]} - missing
    for harm, found in ((Harm.MONTH_MISSING, missing), (Harm.MONTH_EMPTIED, emptied)):
        for month in sorted(found):
            yield Finding(harm, int(month.replace("_", "")), says=month.replace("_", "年") + "月")
