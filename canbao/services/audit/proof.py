"""Prove that nothing in the journal was touched since it was sealed, or name what was.

Four layers, each catching who got round the one before: entries against their seals; seals against the one before; the chain
against the anchors kept outside the database and printed; the tables themselves against being quietly bent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from canbao.rules.division import CITY
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.checks import Chain, against_anchors, bent, months, walk
from canbao.services.audit.findings import ENTRIES, Finding, Harm, Report, told
from canbao.services.audit.journal import Event, record
from canbao.services.audit.reading import require

NOTED = 50  # findings that go into the journal entry of the verification


class OnlyPart(Exception):
    """Only a city's auditor reads the whole journal; to any other, what is out of sight would look deleted."""


def verify(*, actor: Actor, at: datetime, printed: Iterable[str] = ()) -> Report:
    """Compare entries with seals, seals with each other and with the anchors; goes on record itself.

    printed: digests copied from signed sheets.
    Raises NotAllowed, OnlyPart.
    """
    require(actor, Permission.JOURNAL_VERIFY)
    if actor.office != CITY:
        raise OnlyPart(actor.office)
    report = Report()
    seen = Chain()
    walk(report, seen)
    report.findings += against_anchors(report, seen)
    report.findings += [
        Finding(Harm.PRINTED_UNKNOWN, 0, says=digest)
        for digest in printed
        if digest.lower() not in seen.digests.values()
    ]
    report.findings += [*months(report.findings), *bent()]
    report.findings = told(report.findings)
    _note(report, actor=actor, at=at)
    return report


def _kept(found: Finding) -> str:
    """What the journal keeps of it: not the sentence of an entry, which is told anew whenever it is read."""
    return found.says if found.harm not in ENTRIES or found.harm is Harm.DELETED else ""


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
