"""A clerk decides a case: one person or two. Later runs obey; the register is merged at once."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from canbao.rules.roles import Actor
from canbao.services import audit, registry
from canbao.services.matching.listing import persons_of
from canbao.store.models import CaseState, MatchCase, MatchDecision, PersonMerge


class NotDecidable(Exception):
    """The case is not open, or does not set two people side by side."""


@transaction.atomic
def decide(case_id: int, *, same: bool, reason: str, on: date, actor: Actor, at: datetime) -> MatchDecision:
    """Settle a case of two possibly identical people.

    Raises NotDecidable, registry.NoBasis.
    """
    case = MatchCase.objects.select_for_update().filter(pk=case_id, state=CaseState.OPEN).first()
    if case is None or len(case.person_ids) != 2:
        raise NotDecidable(case_id)
    sides = _sides(case)
    decision = MatchDecision.objects.create(
        a_source=sides[0][0], a_key=sides[0][1], b_source=sides[1][0], b_key=sides[1][1],
        same=same, reason=reason, decided_by=actor.account, decided_at=at,
    )  # fmt: skip
    if same:
        registry.merge(*case.person_ids, on=on, basis=f"case:{case_id}", actor=actor, at=at)
    case.state = CaseState.DECIDED
    case.save(update_fields=["state"])
    audit.record(
        audit.Event.CASE_DECIDED, actor=actor, at=at, target_kind="case", target_id=str(case_id), basis=reason,
        detail={"same": same, "persons": case.person_ids},
    )  # fmt: skip
    return decision


@transaction.atomic
def undo(case_id: int, *, on: date, actor: Actor, at: datetime) -> None:
    """Take a decision back: the case is open again and the two entries stand apart. Raises NotDecidable, registry.LaterActs."""
    case = MatchCase.objects.select_for_update().filter(pk=case_id, state=CaseState.DECIDED).first()
    if case is None:
        raise NotDecidable(case_id)
    if PersonMerge.objects.filter(from_person_id=max(case.person_ids), unmerged_at__isnull=True).exists():
        registry.unmerge(max(case.person_ids), basis=f"case:{case_id}", actor=actor, at=at)
    (a_source, a_key), (b_source, b_key) = _sides(case)
    MatchDecision.objects.filter(a_source=a_source, a_key=a_key, b_source=b_source, b_key=b_key).delete()
    case.state = CaseState.OPEN
    case.save(update_fields=["state"])
    audit.record(
        audit.Event.CASE_DECIDED,
        actor=actor,
        at=at,
        target_kind="case",
        target_id=str(case_id),
        detail={"undone": True},
    )


def _sides(case: MatchCase) -> tuple[tuple[str, str], tuple[str, str]]:
    """A record of each side: the first, and the first of another person (records are listed side by side)."""
    people = persons_of(case.record_keys)
    first = case.record_keys[0]
    other = next((key for key in case.record_keys if people.get(key) != people.get(first)), None)
    if other is None:
        raise NotDecidable(case.pk)
    a, b = first.split(":", 1), other.split(":", 1)
    return (a[0], a[1]), (b[0], b[1])
