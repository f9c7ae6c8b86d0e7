"""A clerk's word on villages: suggestions confirmed in bulk, a village corrected, an assignment withdrawn; undone as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from canbao.rules.offices import office_name, office_open, offices, scope_range
from canbao.rules.period import day_of
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.rules.village_choice import PLACED, RULE_VERSION, AssignmentState, Missing
from canbao.services import access, audit, registry
from canbao.services.villages.gathering import VILLAGE_PATH
from canbao.store.models import VillageAct, VillageAssignment

CLERK = "CLERK"  # the rule of what a clerk said himself
_REASON = 200


class ActKind(StrEnum):
    """What was done with several people."""

    CONFIRM = "CONFIRM"
    CORRECT = "CORRECT"
    WITHDRAW = "WITHDRAW"

    @property
    def label(self) -> str:
        return {"CONFIRM": "确认", "CORRECT": "更正", "WITHDRAW": "撤回"}[self.value]


class NothingToDecideError(Exception):
    """None of the people stands where this step begins."""


class NoReasonError(Exception):
    """A correction and a withdrawal need a reason in writing."""


class NotAVillageBelowError(Exception):
    """An office that is no village of the people's town today, or lies outside the actor's area."""


@transaction.atomic
def confirm(rows: QuerySet[VillageAssignment], *, actor: Actor, at: datetime) -> VillageAct:
    """Make the suggested village of each person the responsible one. rows: a choice of `listing.chosen`.

    Raises NotAllowed, NothingToDecideError.
    """
    access.require(actor, Permission.VILLAGE_DECIDE)
    chosen = _locked(rows.filter(state=AssignmentState.SUGGESTED))
    act = _open(ActKind.CONFIRM, chosen, actor, at)
    with connection.cursor() as cursor:
        cursor.execute(
            "update village_assignment set state = 'CONFIRMED', act = %s, decided_by = %s, decided_at = %s,"
            " office_path = village_path where person_id = any(%s)",
            [act.pk, actor.account, at, list(chosen)],
        )
    _move(act, at)
    _note(audit.Event.VILLAGES_CONFIRMED, act, actor, at)
    return act


@transaction.atomic
def correct(rows: QuerySet[VillageAssignment], *, office: str, reason: str, actor: Actor, at: datetime) -> VillageAct:
    """Give the people to another village of their town. Raises NotAllowed, NoReasonError, NotAVillageBelowError, NothingToDecideError."""
    access.require(actor, Permission.VILLAGE_DECIDE)
    said = _reason(reason)
    chosen = _locked(rows.exclude(office_path=office))
    is_village = len(office) == VILLAGE_PATH and access.is_inside(actor, office) and office_open(office, day_of(at))
    if not is_village or any(not office.startswith(base) for base in chosen.values()):
        raise NotAVillageBelowError(office)
    act = _open(ActKind.CORRECT, chosen, actor, at)
    VillageAssignment.objects.filter(pk__in=list(chosen)).update(
        state=AssignmentState.CORRECTED, town=office[6:15], village=office[6:], village_path=office, rule=CLERK, people=0, in_village=0,
        reason=said, act=act.pk, rule_version=RULE_VERSION, decided_by=actor.account, decided_at=at, office_path=office,
    )  # fmt: skip
    _move(act, at)
    _note(audit.Event.VILLAGES_CORRECTED, act, actor, at, {"reason": said})
    return act


@transaction.atomic
def withdraw(rows: QuerySet[VillageAssignment], *, reason: str, actor: Actor, at: datetime) -> VillageAct:
    """The village is wrong and the right one is not known: back to where the departments have the people, for a clerk to decide.

    Raises NotAllowed, NoReasonError, NothingToDecideError.
    """
    access.require(actor, Permission.VILLAGE_DECIDE)
    said = _reason(reason)
    chosen = _locked(rows.filter(state__in=[*PLACED, AssignmentState.SUGGESTED]))
    act = _open(ActKind.WITHDRAW, chosen, actor, at)
    _back(list(chosen), AssignmentState.WITHDRAWN, act.pk, said, actor, at, basis=_basis(act.pk))
    _note(audit.Event.VILLAGES_WITHDRAWN, act, actor, at, {"reason": said})
    return act


@transaction.atomic
def undo(act_id: int, *, actor: Actor, at: datetime) -> int:
    """Take back what was done at once, as far as nobody has decided since; what the rules say is suggested again.

    Raises NotAllowed, NotFound, NothingToDecideError.
    """
    act = access.fetch(VillageAct.objects.all(), actor, need=Permission.VILLAGE_DECIDE, lock=True, pk=act_id)
    chosen = _locked(access.within(VillageAssignment.objects.filter(act=act_id), actor))
    if act.undone_at or not chosen:
        raise NothingToDecideError(act_id)
    confirmed = list(chosen) if act.kind == ActKind.CONFIRM else []
    basis = _undo_basis(act.pk)
    _back(confirmed, AssignmentState.SUGGESTED, None, "", actor, at, basis=basis)
    rest = [person_id for person_id in chosen if person_id not in set(confirmed)]
    _back(rest, AssignmentState.NONE, None, "", actor, at, basis=basis)
    act.undone_by, act.undone_at = actor.account, at
    act.save(update_fields=["undone_by", "undone_at"])
    audit.record(
        audit.Event.VILLAGES_UNDONE, actor=actor, at=at, target_kind="village_act", target_id=str(act.pk),
        detail={"people": len(chosen)}, area=act.office_path,
    )  # fmt: skip
    return len(chosen)


def _reason(reason: str) -> str:
    said = reason.strip()[:_REASON]
    if not said:
        raise NoReasonError
    return said


def _locked(rows: QuerySet[VillageAssignment]) -> dict[int, str]:
    """Person and base office of the rows, locked until the end. Raises NothingToDecideError."""
    found = dict(rows.order_by("pk").select_for_update().values_list("person_id", "base_path"))
    if not found:
        raise NothingToDecideError
    return found


def _open(kind: ActKind, chosen: Mapping[int, str], actor: Actor, at: datetime) -> VillageAct:
    return VillageAct.objects.create(
        kind=kind, people=len(chosen), office_path=actor.office, decided_by=actor.account, decided_at=at
    )


def undone_bases(since: datetime) -> list[str]:
    """Of what was decided since and has been undone: what it wrote says nothing any more."""
    acts = VillageAct.objects.filter(decided_at__gte=since, undone_at__isnull=False).values_list("pk", flat=True)
    return [basis(act) for act in acts for basis in (_basis, _undo_basis)]


def _basis(act: int) -> str:
    return f"village-act:{act}"


def _undo_basis(act: int) -> str:
    return f"village-undo:{act}"


def _back(
    people: list[int], state: AssignmentState, act: int | None, reason: str, actor: Actor, at: datetime, *, basis: str
) -> None:
    """To the office that the departments name, with the state given; what NONE leaves out is worked out anew."""
    with connection.cursor() as cursor:
        registry.stage_moves()
        cursor.execute(
            "insert into moving select person_id, base_path from village_assignment where person_id = any(%s)", [people]
        )
        cursor.execute(
            "update village_assignment set state = %(state)s, act = %(act)s, reason = %(reason)s, decided_by = %(by)s, decided_at = %(at)s,"
            " office_path = base_path, village = case when %(keeps)s then village else '' end,"
            " village_path = case when %(keeps)s then village_path else '' end,"
            " rule = case when %(keeps)s then rule else %(missing)s end where person_id = any(%(people)s)",
            {
                "state": state, "act": act, "reason": reason, "by": actor.account, "at": at, "people": people,
                "keeps": state is not AssignmentState.NONE, "missing": Missing.NO_SIGN,
            },
        )  # fmt: skip
    registry.place(basis=basis, at=at, plain=False)


def _move(act: VillageAct, at: datetime) -> None:
    registry.stage_moves()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into moving select person_id, office_path from village_assignment where act = %s", [act.pk]
        )
    registry.place(basis=_basis(act.pk), at=at, plain=False)


def _note(
    event: audit.Event, act: VillageAct, actor: Actor, at: datetime, more: Mapping[str, object] | None = None
) -> None:
    """One line of the journal for each village that gained people, or for the towns they went back to."""
    rows = VillageAssignment.objects.filter(act=act.pk).order_by().values("office_path").annotate(n=Count("pk"))
    lines = (
        audit.Line(
            event, "village_act", str(act.pk), basis=_basis(act.pk),
            detail={"people": row["n"], "office": audit.office_words(row["office_path"])} | dict(more or {}),
            area=row["office_path"],
        )
        for row in rows.order_by("office_path")
    )  # fmt: skip
    audit.record_all(lines, actor=actor, at=at)


def villages_of(actor: Actor, town_path: str, *, on: datetime) -> list[tuple[str, str]]:
    """The villages of a town of the actor's area today, by path: what a correction may choose. Raises NotAllowed, NotFound."""
    access.require(actor, Permission.VILLAGE_DECIDE)
    if not access.is_inside(actor, town_path):
        raise access.NotFound(town_path)
    lowest, highest = scope_range(town_path)
    day = day_of(on)
    found = (
        o for o in offices() if lowest < o.path <= highest and len(o.path) == VILLAGE_PATH and o.period.contains(day)
    )
    return sorted((o.path, office_name(o.path)) for o in found)
