"""The chain as it stands now and what the newest verification came to, without looking into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from canbao.rules.anchors import START
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.chain import last_seal
from canbao.services.audit.entry_text import printable
from canbao.services.audit.events import Event
from canbao.services.audit.findings import Finding, Harm, told
from canbao.services.audit.reading import real_names, require
from canbao.services.audit.sealing import unsealed
from canbao.store.models.journal import JournalEntry, JournalSeal


@dataclass(frozen=True)
class Verified:
    """What the newest verification came to; of its findings the first are told again as they stand today."""

    at: datetime
    by: str
    sealed: int
    found: int
    intact: bool
    verdict: str
    findings: list[Finding]
    notices: list[str]


@dataclass(frozen=True)
class Standing:
    """The chain as it is now, without looking into it."""

    seals: int
    sealed: int
    unsealed: int
    is_overdue: bool
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
        is_overdue=unsealed().is_long,
        digest=last.digest if last else START,
        sealed_at=last.sealed_at if last else None,
        verified=_verified(),
    )


def _verified() -> Verified | None:
    newest = JournalEntry.objects.filter(event=Event.JOURNAL_VERIFIED).order_by("-at", "-pk").first()
    if newest is None:
        return None
    detail, who = newest.detail, real_names([newest.account]).get(newest.account, printable(newest.account))
    return Verified(
        at=newest.at,
        by=who,
        sealed=_number(detail.get("sealed")),
        found=_number(detail.get("found")),
        intact=detail.get("intact") is True,
        verdict=printable(str(detail.get("verdict", ""))),
        findings=told(list(_findings(detail.get("findings")))),
        notices=[printable(str(notice)) for notice in _listed(detail.get("notices"))],
    )


def _findings(value: object) -> Iterator[Finding]:
    """As `proof` wrote them; a login of the application may have appended anything under this event."""
    for item in _listed(value):
        match item:
            case [str() as harm, int() as number, str() as says] if harm in Harm.__members__ and abs(number) < 2**63:
                yield Finding(Harm[harm], number, says=printable(says))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
