"""A clerk decides a case: one person or two, or whether a list means this person. Later runs obey; it takes effect at once."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q

from canbao.bulk.matching.cases import NOBODY
from canbao.rules import second_opinion
from canbao.rules.match_labels import CaseKind
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.second_opinion import Standing
from canbao.services import access, audit, registry
from canbao.services.matching.opinions import Refusal, as_rules, given, may_take_back, refusal
from canbao.store.models import (
    UNDECIDED,
    CaseState,
    MatchCase,
    MatchCaseOpinion,
    MatchCaseRecord,
    MatchDecision,
    PersonMerge,
)

# These are decided and never handed on.
DECIDED_HERE = frozenset({CaseKind.POSSIBLE_SAME, CaseKind.LISTED_PERSON})


class NotDecidable(Exception):
    """The case cannot be decided, taken back or handed on by this actor; `why` tells the reason."""

    def __init__(self, case_id: int, why: Refusal, state: str = "") -> None:
        super().__init__(case_id)
        self.why, self.state = why, state


class AlreadyOne(Exception):
    """The two people of the case have been made one elsewhere; they cannot be called different people."""


@transaction.atomic
def decide(
    case_id: int, *, same: bool, reason: str, on: date, actor: Actor, at: datetime, bulk_id: int | None = None
) -> MatchCase:
    """Say whether the two people of a case are one, or whether a list's row is about its person. Returns the case.

    It takes effect unless a second opinion is due.

    Raises access.NotAllowed, access.NotFound, NotDecidable (also where the row was given to another person), AlreadyOne,
    registry.NoBasis.
    """
    case = access.case(actor, case_id, need=Permission.CASE_DECIDE, lock=True)
    if not reason.strip():
        raise registry.NoBasis
    before = given(case_id)
    if why := refusal(case, before, actor):
        raise NotDecidable(case_id, why, case.state)
    opinion = _add(case, before, same=same, reason=reason, actor=actor, at=at, bulk_id=bulk_id)
    sampled = len(before) > 0 or (bulk_id is None and _sampled(case))
    standing, answer = second_opinion.standing(as_rules([*before, opinion]), sampled=sampled)
    if answer is not None:
        _take_effect(case, same=answer, reason=reason, on=on, actor=actor, at=at)
    _close(case, CaseState(standing))
    detail: dict[str, object] = {"same": same, "persons": case.person_ids, "state": standing.value, "bulk": bulk_id}
    _record(audit.Event.CASE_DECIDED, case, actor, at, reason, detail)
    return case


@transaction.atomic
def hand_on(case_id: int, *, note: str, actor: Actor, at: datetime) -> MatchCase:
    """Acknowledge a case that is settled elsewhere, saying to whom it was handed on.

    Raises access.NotAllowed, access.NotFound, NotDecidable, registry.NoBasis.
    """
    case = access.case(actor, case_id, need=Permission.CASE_DECIDE, lock=True)
    if not note.strip():
        raise registry.NoBasis
    if case.state != CaseState.OPEN or case.kind in DECIDED_HERE:
        raise NotDecidable(case_id, Refusal.NOT_WAITING, case.state)
    _add(case, [], same=None, reason=note, actor=actor, at=at)
    case.note = note
    _close(case, CaseState.NOTED)
    _record(audit.Event.CASE_HANDED_ON, case, actor, at, note, {})
    return case


@transaction.atomic
def set_aside(case_id: int, *, note: str, actor: Actor, at: datetime) -> MatchCase:
    """Cannot be told yet: it stays as it is and goes to the end of the list.

    Raises access.NotAllowed, access.NotFound, NotDecidable.
    """
    case = access.case(actor, case_id, need=Permission.CASE_DECIDE, lock=True)
    if case.state not in UNDECIDED:
        raise NotDecidable(case_id, Refusal.NOT_WAITING, case.state)
    case.note = note.strip()
    _close(case, CaseState(case.state), turn=int(at.timestamp()))
    _record(audit.Event.CASE_SET_ASIDE, case, actor, at, note, {})
    return case


@transaction.atomic
def undo(case_id: int, *, on: date, actor: Actor, at: datetime) -> MatchCase:
    """Take the last opinion on a case back, with what it brought about.

    Raises access.NotAllowed, access.NotFound, NotDecidable, registry.LaterActs.
    """
    case = access.case(actor, case_id, need=Permission.CASE_DECIDE, lock=True)
    opinions = given(case_id)
    if not opinions and case.state == CaseState.OPEN and case.turn:
        return _back(case, CaseState.OPEN, actor, at)
    if not opinions or case.state == CaseState.GONE or not may_take_back(case, opinions[-1], actor):
        raise NotDecidable(case_id, Refusal.NOT_WAITING, case.state)
    if case.state == CaseState.DECIDED:
        _take_back(case, actor=actor, at=at)
    opinions.pop().delete()
    standing, _ = second_opinion.standing(as_rules(opinions), sampled=True)
    assert standing is not Standing.DECIDED
    return _back(case, CaseState(standing), actor, at)


def _back(case: MatchCase, state: CaseState, actor: Actor, at: datetime) -> MatchCase:
    case.note = ""
    _close(case, state)
    _record(audit.Event.CASE_UNDONE, case, actor, at, "", {"state": state.value})
    return case


def _sampled(case: MatchCase) -> bool:
    return case.kind == CaseKind.POSSIBLE_SAME and second_opinion.in_sample(case.subject)


def _add(
    case: MatchCase,
    before: list[MatchCaseOpinion],
    *,
    same: bool | None,
    reason: str,
    actor: Actor,
    at: datetime,
    bulk_id: int | None = None,
) -> MatchCaseOpinion:
    return MatchCaseOpinion.objects.create(
        case_id=case.pk, number=len(before) + 1, account=actor.account, same=same, reason=reason, at=at,
        agrees=before[0].same == same if len(before) == 1 else None, bulk_id=bulk_id, office_path=case.office_path,
    )  # fmt: skip


def _close(case: MatchCase, state: CaseState, *, turn: int = 0) -> None:
    case.state, case.turn, case.claimed_by, case.claimed_at = state, turn, "", None
    case.save(update_fields=["state", "turn", "note", "claimed_by", "claimed_at"])


def _take_effect(case: MatchCase, *, same: bool, reason: str, on: date, actor: Actor, at: datetime) -> None:
    (a_source, a_key), (b_source, b_key) = _sides(case)
    is_list_row = case.kind == CaseKind.LISTED_PERSON
    one, other = registry.stands_as(case.person_ids[0]), registry.stands_as(case.person_ids[-1])
    if one == other and not same and not is_list_row:
        raise AlreadyOne(case.pk)
    if same and is_list_row and _is_given(case.pk, a_source, a_key):
        raise NotDecidable(case.pk, Refusal.ROW_GIVEN, case.state)
    MatchDecision.objects.create(
        a_source=a_source, a_key=a_key, b_source=b_source, b_key=b_key, same=same, reason=reason,
        decided_by=actor.account, decided_at=at, case_id=case.pk, office_path=case.office_path,
    )  # fmt: skip
    if same and is_list_row:
        _apply_row(case, one, on=on, actor=actor, at=at)
    elif same and one != other:
        registry.merge(one, other, on=on, basis=f"case:{case.pk}", actor=actor, at=at)


def _is_given(case_id: int, source: str, record_key: str) -> bool:
    """Whether another case gave this row of a list to its person: a row is about one. Two clerks at once come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"canbao.list_row {source} {record_key}"])
    row = Q(a_source=source, a_key=record_key) | Q(b_source=source, b_key=record_key)
    return MatchDecision.objects.filter(row, same=True).exclude(case_id=case_id).exists()


def _apply_row(case: MatchCase, person_id: int, *, on: date, actor: Actor, at: datetime) -> None:
    """What the list says reaches the person at once; scope, gap and office follow with the next run."""
    row = MatchCaseRecord.objects.get(case_id=case.pk, person_id=NOBODY)
    days = {
        name: date.fromisoformat(text) for name in ("from_on", "until_on", "death_on") if (text := row.facts.get(name))
    }
    spell = registry.Spell(
        row.source, row.record_key, from_on=days.get("from_on") or days.get("death_on"), until_on=days.get("until_on"),
        remark=row.facts.get("extra"), died=row.source == "deaths",
    )  # fmt: skip
    registry.apply_spell(person_id, spell, on=on, basis=f"case:{case.pk}", actor=actor, at=at)


def _take_back(case: MatchCase, *, actor: Actor, at: datetime) -> None:
    decided = MatchDecision.objects.filter(case_id=case.pk).first()
    if decided and decided.same and case.kind == CaseKind.LISTED_PERSON:
        registry.withdraw_spell(
            registry.stands_as(case.person_ids[0]),
            applied_at=decided.decided_at,
            basis=f"case:{case.pk}",
            actor=actor,
            at=at,
        )
    merged = PersonMerge.objects.filter(basis=f"case:{case.pk}", unmerged_at__isnull=True).first()
    if merged:
        registry.unmerge(merged.from_person_id, basis=f"case:{case.pk}", actor=actor, at=at)
    MatchDecision.objects.filter(case_id=case.pk).delete()


def _sides(case: MatchCase) -> tuple[tuple[str, str], tuple[str, str]]:
    """A record of each side: the first, and the first of another person."""
    rows = MatchCaseRecord.objects.filter(case_id=case.pk).order_by("place")
    first = rows.first()
    other = rows.exclude(person_id=first.person_id).first() if first else None
    if first is None or other is None:
        raise NotDecidable(case.pk, Refusal.NOT_TWO_PEOPLE, case.state)
    return (first.source, first.record_key), (other.source, other.record_key)


def _record(
    event: audit.Event, case: MatchCase, actor: Actor, at: datetime, basis: str, detail: dict[str, object]
) -> None:
    audit.record(
        event, actor=actor, at=at, target_kind="case", target_id=str(case.pk), basis=basis, detail=detail,
        area=case.office_path,
    )  # fmt: skip
