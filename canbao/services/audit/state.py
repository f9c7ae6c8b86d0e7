"""The chain as it stands now and what the newest verification came to, without looking into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.chain import START, last_seal
from canbao.services.audit.findings import Finding, Harm, told
from canbao.services.audit.journal import Event
from canbao.services.audit.reading import real_names, require
from canbao.store.models.journal import JournalEntry, JournalSeal


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
    return Verified(newest.at, who, int(detail["sealed"]), int(detail.get("found", 0)), told(findings))
