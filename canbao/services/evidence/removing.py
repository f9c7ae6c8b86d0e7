"""Withdraw a paper: it proves nothing any more, and stays in the files."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from canbao.rules.approval import NoReason
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services import access, audit
from canbao.store.models import Evidence


class AlreadyRemoved(Exception):
    """Somebody has withdrawn it before."""

    def __init__(self, evidence_id: int, by: str) -> None:
        super().__init__(evidence_id)
        self.by = by


@transaction.atomic
def remove(evidence_id: int, *, reason: str, actor: Actor, at: datetime) -> Evidence:
    """Raises access.NotAllowed, access.NotFound, approval.NoReason, AlreadyRemoved."""
    row = access.fetch(Evidence.objects.all(), actor, need=Permission.EVIDENCE_ADD, lock=True, pk=evidence_id)
    if not reason.strip():
        raise NoReason(evidence_id)
    if row.removed_at is not None:
        raise AlreadyRemoved(evidence_id, row.removed_by)
    row.removed_by, row.removed_at, row.removed_reason = actor.account, at, reason.strip()[:200]
    row.save(update_fields=["removed_by", "removed_at", "removed_reason"])
    audit.record(
        audit.Event.EVIDENCE_REMOVED, actor=actor, at=at, target_kind="evidence", target_id=str(row.pk),
        detail={"reason": row.removed_reason}, area=row.office_path,
    )  # fmt: skip
    return row
